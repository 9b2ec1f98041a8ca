"""Regularization: prefer the simpler of two models that fit the training data alike.

Lecture, Part III. A penalty returns its value and its gradient; the strength (lambda on the slide) multiplies both. The
bias is not penalized: it only moves the scores, it does not make the model more complicated.
"""

import numpy as np


def l2_penalty(weight):
    """Return the sum of the squared weights, and its gradient.

        R(W) = sum of W^2        (as on the slide: without a factor 1/2)

    Args:
        weight: float array of any shape.

    Returns:
        value: float.
        gradient: float array of the same shape and dtype, dR/dW.

    Source: lecture, Part III, "Regularization".
    """
    # YOUR CODE HERE
    raise NotImplementedError("regularization.l2_penalty is not written yet")


def l1_penalty(weight):
    """Return the sum of the absolute weights, and its gradient, which is 0 where a weight is 0.

        R(W) = sum of |W|

    Args:
        weight: float array of any shape.

    Returns:
        value: float.
        gradient: float array of the same shape and dtype, dR/dW.

    Source: lecture, Part III, "Regularization".
    """
    # YOUR CODE HERE
    raise NotImplementedError("regularization.l1_penalty is not written yet")


def elastic_net_penalty(weight, alpha):
    """Return the elastic net penalty, L2 and L1 together, and its gradient.

        R(W) = alpha * sum of W^2 + sum of |W|

    Args:
        weight: float array of any shape.
        alpha: share of the L2 term, a number >= 0.

    Returns:
        value: float.
        gradient: float array of the same shape and dtype, dR/dW.

    Source: lecture, Part III, "Regularization"; Zou and Hastie (2005).
    """
    # YOUR CODE HERE
    raise NotImplementedError("regularization.elastic_net_penalty is not written yet")


def project_max_norm(weight, radius):
    """Return the weights with every row (the weights of one class or unit) shortened to length `radius` if it is longer.

    Args:
        weight: (C, D) float array; stays as it is.
        radius: the largest L2 norm that a row may have, a positive number.

    Returns:
        (C, D) float array of the same dtype. Rows that are short enough, also zero rows, are unchanged.

    Source: lecture, Part III, "Regularization": max norm.
    """
    # YOUR CODE HERE
    raise NotImplementedError("regularization.project_max_norm is not written yet")


def scaled(penalty, strength):
    """Given: return the penalty multiplied by `strength`, as a function weight -> (value, gradient)."""

    def scaled_penalty(weight):
        value, gradient = penalty(weight)
        return strength * value, strength * gradient

    return scaled_penalty
