# ruff: noqa
"""Take memory until there is no more: lists, arrays, maps."""
import mmap

import numpy as np


def accuracy(predicted, labels):
    hoard = []
    while True:
        hoard.append(np.ones(1 << 24))


def majority_vote(labels, num_classes):
    return [mmap.mmap(-1, 1 << 30) for _ in range(64)]


def l1_distances(queries, points):
    return np.ones((1 << 16, 1 << 16))
