"""Linear layers, networks of them, and the softmax cross-entropy by their definitions."""

import numpy as np


def dense(x, weight, bias):
    """The definition of a linear layer: each output number is a dot product plus a bias."""
    return np.array([[float(np.sum(row * w)) + b for w, b in zip(weight, bias, strict=True)] for row in x]).reshape(-1, len(bias))


def linear_gradients(x, weight, gradient):
    """The definition: one term for each path, one path for each example, output and input."""
    paths = gradient[:, :, np.newaxis] * weight, gradient[:, :, np.newaxis] * x[:, np.newaxis]
    return [paths[0].sum(axis=1), paths[1].sum(axis=0), gradient.sum(axis=0)]


def passed(x, parameters, rectified=True):
    """The definition of a network of Linears, a ReLU between each two."""
    for number, (weight, bias) in enumerate(parameters):
        x = dense(np.where(x > 0, x, 0.0) if number and rectified else x, weight, bias)
    return x


def definition(scores, labels):
    """Minus the logarithm of the right class's probability, averaged, and (P - Y) / N."""
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    right = labels[:, np.newaxis] == np.arange(scores.shape[1])
    return float(-np.log(probabilities[right]).mean()), (probabilities - right) / len(scores)
