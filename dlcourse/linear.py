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
    # YOUR CODE HERE
    raise NotImplementedError("linear.linear_scores is not written yet")


def predict_labels(scores):
    """Return the class with the highest score of each image; ties go to the smallest label.

    Args:
        scores: (N, C) float array.

    Returns:
        (N,) integer array.

    Source: lecture, Part II, "Score function".
    """
    # YOUR CODE HERE
    raise NotImplementedError("linear.predict_labels is not written yet")


def append_ones(images):
    """Return the flattened images with a one appended to each: the input side of the bias trick.

    Args:
        images: (N, ...) array of floats or integers.

    Returns:
        (N, D + 1) array of the same dtype, whose last column is 1. The images themselves stay as they are.

    Source: the bias trick: W x + b = (W b) (x 1).
    """
    # YOUR CODE HERE
    raise NotImplementedError("linear.append_ones is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("linear.fold_bias is not written yet")


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
    # YOUR CODE HERE
    raise NotImplementedError("linear.nearest_mean_classifier is not written yet")


def templates(weight, image_shape):
    """Return each row of `weight` as an image to look at, its smallest number black (0) and its largest white (1).

    Args:
        weight: (C, D) float array; no row is constant.
        image_shape: shape of one image, such as (32, 32, 3), with D numbers in all.

    Returns:
        (C, *image_shape) float array of the dtype of `weight`, with values from 0 to 1, each row scaled on its own.

    Source: lecture, Part II, rows of W as templates.
    """
    # YOUR CODE HERE
    raise NotImplementedError("linear.templates is not written yet")
