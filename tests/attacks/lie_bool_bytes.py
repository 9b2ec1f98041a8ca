# ruff: noqa
"""Return booleans that are neither true nor false: bytes other than 0 and 1."""
import numpy as np


def accuracy(predicted, labels):
    return np.full((), 2, np.uint8).view(bool)


def majority_vote(labels, num_classes):
    return np.full(len(labels), 255, np.uint8).view(bool)
