"""Loss functions: how unhappy we are with the scores of a batch, and in which direction they should change.

Lecture, Part III. `scores` is (N, C), `labels` is (N,) with the right class of each example. A loss is the mean over the
batch, so that its size, and that of its gradient, does not depend on how many examples were drawn.
"""

import numpy as np


def softmax(scores):
    """Return the probability of each class.

        P(Y = k | x) = exp(s_k) / sum over j of exp(s_j)

    Adding a constant to all scores of an example changes nothing: subtract the largest first, and exp cannot overflow.

    Args:
        scores: (N, C) float array, of any size, such as 1000 or -1000.

    Returns:
        (N, C) float array of the same dtype; each row sums to 1.

    Source: lecture, Part III, "Softmax classifier".
    """
    # YOUR CODE HERE
    raise NotImplementedError("losses.softmax is not written yet")


def cross_entropy(scores, labels):
    """Return the softmax loss of a batch and its gradient with respect to the scores.

        L_i = -log P(Y = y_i | x_i) = log(sum over j of exp(s_j)) - s_{y_i},     L = mean of the L_i

    The logarithm is the natural one. Compute it from the scores, not from the probability: a probability of e^-1000 is
    0 in floating point, and its logarithm is not.

    Args:
        scores: (N, C) float array.
        labels: (N,) integer array.

    Returns:
        loss: float.
        gradient: (N, C) float array, dL/dscores, of the dtype of `scores`.

    Source: lecture, Part III, "Softmax classifier".
    """
    # YOUR CODE HERE
    raise NotImplementedError("losses.cross_entropy is not written yet")


def hinge_loss(scores, labels, margin=1):
    """Return the multi-class hinge (support vector machine) loss of a batch and its gradient with respect to the scores.

        L_i = sum over j != y_i of max(0, s_j - s_{y_i} + margin),     L = mean of the L_i

    Where the maximum has its kink, at exactly 0, the gradient is 0.

    Args:
        scores: (N, C) float array.
        labels: (N,) integer array.
        margin: by how much the right class should win, a positive number.

    Returns:
        loss: float.
        gradient: (N, C) float array, dL/dscores, of the dtype of `scores`.

    Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition" (1999).
    """
    # YOUR CODE HERE
    raise NotImplementedError("losses.hinge_loss is not written yet")
