"""Linear classifier: one template a class, one dot product a score.

Lecture, Part II. Images are flattened into rows of D numbers; `weight` is (C, D), one row a class, and `bias` is (C,).
"""

import numpy as np


def linear_scores(images, weight, bias):
    """Return the score of every class for every image.

        f(x, W) = W x + b

    All images and classes at once, without a loop over them.

    Args:
        images: (N, ...) array of uint8 or of the dtype of `weight`, one image an entry of the first axis; flattened to
            (N, D).
        weight: (C, D) float array.
        bias: (C,) float array.

    Returns:
        (N, C) float array of the dtype of `weight`.

    Source: lecture, Part II, "Score function" and "Worked example".
    """
    ### BEGIN SOLUTION
    return images.reshape(len(images), -1) @ weight.T + bias
    ### END SOLUTION


def predict_labels(scores):
    """Return the class with the highest score of each image; ties go to the smallest label.

    Args:
        scores: (N, C) float array.

    Returns:
        (N,) integer array.

    Source: lecture, Part II, "Score function".
    """
    ### BEGIN SOLUTION
    return scores.argmax(axis=1)
    ### END SOLUTION


def append_ones(images):
    """Return the flattened images with a one appended to each: the input side of the bias trick.

    Args:
        images: (N, ...) array of floats or integers.

    Returns:
        (N, D + 1) array of the same dtype, whose last column is 1. The images themselves stay as they are.

    Source: the bias trick: W x + b = (W b) (x 1).
    """
    ### BEGIN SOLUTION
    flat = images.reshape(len(images), -1)
    return np.concatenate([flat, np.ones((len(flat), 1), flat.dtype)], axis=1)
    ### END SOLUTION


def fold_bias(weight, bias):
    """Return one matrix that holds weight and bias: the weight side of the bias trick.

        append_ones(images) @ fold_bias(weight, bias).T  =  linear_scores(images, weight, bias)

    Args:
        weight: (C, D) float array.
        bias: (C,) float array of the same dtype.

    Returns:
        (C, D + 1) float array of that dtype, whose last column is the bias.

    Source: the bias trick: W x + b = (W b) (x 1).
    """
    ### BEGIN SOLUTION
    return np.concatenate([weight, bias[:, np.newaxis]], axis=1)
    ### END SOLUTION


def nearest_mean_classifier(images, labels, num_classes):
    """Return the linear classifier that assigns each image to the class with the nearest mean image (L2 distance).

    The class with the smallest |x - m|^2 = |x|^2 - 2 m.x + |m|^2 is the class with the largest m.x - |m|^2 / 2, for
    |x|^2 is the same for all classes. That is linear in x:

        weight of class c = m_c,    bias of class c = -|m_c|^2 / 2

    Args:
        images: (N, ...) array of floats or integers (uint8 images too).
        labels: (N,) integer array; each of the classes 0 to num_classes - 1 occurs.
        num_classes: C.

    Returns:
        weight: (C, D) float array, the mean image of each class; float32 for float32 images.
        bias: (C,) float array of the same dtype.

    Source: lecture, Part I (distances) and Part II (score function), put together.
    """
    ### BEGIN SOLUTION
    flat = images.reshape(len(images), -1)
    weight = np.stack([flat[labels == label].mean(axis=0) for label in range(num_classes)])
    return weight, -np.sum(weight**2, axis=1) / 2
    ### END SOLUTION


def templates(weight, image_shape):
    """Return each row of `weight` as an image to look at, its smallest number black (0) and its largest white (1).

    Args:
        weight: (C, D) float array; no row is constant.
        image_shape: shape of one image, such as (32, 32, 3), with D numbers in all.

    Returns:
        (C, *image_shape) float array of the dtype of `weight`, with values from 0 to 1, each row scaled on its own.

    Source: lecture, Part II, rows of W as templates.
    """
    ### BEGIN SOLUTION
    low, high = weight.min(axis=1, keepdims=True), weight.max(axis=1, keepdims=True)
    return ((weight - low) / (high - low)).reshape(-1, *image_shape)
    ### END SOLUTION
