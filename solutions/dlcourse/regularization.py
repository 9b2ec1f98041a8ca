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
    ### BEGIN SOLUTION
    return float(np.sum(weight**2)), 2 * weight
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    return float(np.sum(np.abs(weight))), np.sign(weight)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    l2, l2_gradient = l2_penalty(weight)
    l1, l1_gradient = l1_penalty(weight)
    return alpha * l2 + l1, alpha * l2_gradient + l1_gradient
    ### END SOLUTION


def project_max_norm(weight, radius):
    """Return the weights with every row (the weights of one class or unit) shortened to length `radius` if it is longer.

    Args:
        weight: (C, D) float array; stays as it is.
        radius: the largest L2 norm that a row may have, a positive number.

    Returns:
        (C, D) float array of the same dtype. Rows that are short enough, also zero rows, are unchanged.

    Source: lecture, Part III, "Regularization": max norm.
    """
    ### BEGIN SOLUTION
    norms = np.sqrt(np.sum(weight**2, axis=1, keepdims=True))
    return np.where(norms > radius, weight * (radius / np.maximum(norms, radius)), weight)
    ### END SOLUTION


def scaled(penalty, strength):
    """Given: return the penalty multiplied by `strength`, as a function weight -> (value, gradient)."""

    def scaled_penalty(weight):
        value, gradient = penalty(weight)
        return strength * value, strength * gradient

    return scaled_penalty
