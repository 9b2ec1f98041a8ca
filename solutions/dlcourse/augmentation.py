"""Augmentation: more training images for nothing, by changes that leave the class as it is.

Lecture, Part VI. All functions take a batch of images as in the data sets, (N, H, W, C) uint8, and return a new one of
the same shape and dtype. Every image gets its own draw, and the caller's images stay as they are.
"""

import numpy as np


def random_flip(images, rng):
    """Return the images, each mirrored left to right with probability ½.

    Args:
        images: (N, H, W, C) uint8 array.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        (N, H, W, C) uint8 array, a new one.

    Source: lecture, Part VI, "Augmentation".
    """
    ### BEGIN SOLUTION
    flipped = images.copy()
    chosen = rng.random(len(images)) < 0.5
    flipped[chosen] = images[chosen, :, ::-1]
    return flipped
    ### END SOLUTION


def random_crop(images, padding, rng):
    """Return the images, each shifted by up to `padding` pixels in both directions; what comes in at the border is black.

    Put a border of `padding` zeros around each image, then cut out a window of the old size, at a place of its own: each of
    the (2·padding + 1)² places is equally likely.

    Args:
        images: (N, H, W, C) uint8 array.
        padding: width of the border, at least 0.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        (N, H, W, C) uint8 array, a new one.

    Source: lecture, Part VI, "Augmentation".
    """
    ### BEGIN SOLUTION
    _, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    cropped = np.empty_like(images)
    for i, (top, left) in enumerate(rng.integers(0, 2 * padding + 1, size=(len(images), 2))):
        cropped[i] = padded[i, top : top + height, left : left + width]
    return cropped
    ### END SOLUTION


def color_jitter(images, strength, rng):
    """Return the images in slightly other colours: each channel of each image is multiplied by its own random factor.

    The factors are uniform between 1 - strength and 1 + strength. Results are rounded to the nearest integer, and what is
    above 255 becomes 255.

    Args:
        images: (N, H, W, C) uint8 array.
        strength: between 0 and 1.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        (N, H, W, C) uint8 array, a new one.

    Source: lecture, Part VI, "Augmentation".
    """
    ### BEGIN SOLUTION
    num_images, _, _, num_channels = images.shape
    factors = rng.uniform(1 - strength, 1 + strength, size=(num_images, 1, 1, num_channels))
    return np.clip(np.rint(images * factors), 0, 255).astype(np.uint8)
    ### END SOLUTION
