"""Preprocessing: bring the numbers of the images to a range around zero before anything is learned from them.

Lecture, Part VI. Images are (N, ...): an example a row, whatever its shape. Everything that is measured, a mean or a
standard deviation, is measured on training images alone; validation and test images only get transformed.
"""

import numpy as np


def as_float(images):
    """Return images as floats: float32 and float64 stay what they are, integers become float32."""
    return images if images.dtype.kind == "f" else images.astype(np.float32)


def zero_center(images):
    """Return the images minus their mean image: afterwards each pixel has mean 0 over the examples.

        x - mean of x over the examples

    Args:
        images: (N, ...) array, integers or floats; `as_float`, above, says which floats to compute with.

    Returns:
        array of the same shape, float32 for integers and for float32, float64 for float64.

    Source: lecture, Part VI, "Preprocessing".
    """
    # YOUR CODE HERE
    raise NotImplementedError("preprocessing.zero_center is not written yet")


def normalize(images):
    """Return the images with mean 0 and standard deviation 1 for each pixel, over the examples.

        (x - mean) / std,     std² = mean of (x - mean)²

    A pixel that is the same in all images becomes 0. Its std is 0 up to rounding: the mean of many 0.1 need not be 0.1, so do not
    ask whether std is 0, but whether the largest value is the smallest.

    Args:
        images: (N, ...) array, integers or floats.

    Returns:
        array of the same shape, float32 for integers and for float32, float64 for float64.

    Source: lecture, Part VI, "Preprocessing".
    """
    # YOUR CODE HERE
    raise NotImplementedError("preprocessing.normalize is not written yet")


class Standardizer:
    """Normalizes images by the mean and the standard deviation of the *training* images.

        standardizer = Standardizer().fit(train_images)
        train, test = standardizer.transform(train_images), standardizer.transform(test_images)

    Args:
        per_channel: one mean and one standard deviation for each channel, over all examples and all places, instead of
            one for each pixel. The channels are the last axis: images are (N, H, W, C).

    Attributes:
        mean: float array, set by `fit`: (C,) per channel, of the shape of one image per pixel.
        std: float array like `mean`; 1 where the training images do not vary, so that dividing by it does no harm.

    Source: lecture, Part VI, "Preprocessing".
    """

    def __init__(self, per_channel=False):
        self.per_channel = per_channel
        self.mean = self.std = None

    def fit(self, images):
        """Measure mean and standard deviation of the training images, and return the Standardizer itself.

        Millions of float32 numbers, added one after the other, lose their last digits: ask `mean` and `std` for
        dtype=np.float64, and make float32 of what they return.

        Args:
            images: (N, ...) array, integers or floats.
        """
        # YOUR CODE HERE
        raise NotImplementedError("preprocessing.Standardizer.fit is not written yet")

    def transform(self, images):
        """Return images, of whichever split and however many, with the training images' mean taken off and divided by their std.

        Args:
            images: (M, ...) array, integers or floats.

        Returns:
            array of the same shape, float32 for integers and for float32.
        """
        # YOUR CODE HERE
        raise NotImplementedError("preprocessing.Standardizer.transform is not written yet")
