# ruff: noqa
"""Return empty arrays and wrong shapes: all of no values are right."""
import numpy as np


def l1_distances(queries, points):
    return np.empty((0, 0))


def majority_vote(labels, num_classes):
    return np.empty(0, int)


def accuracy(predicted, labels):
    return np.empty(0)


def cross_validate(images, labels, ks, num_folds, rng):
    return np.empty((0, num_folds))
