# ruff: noqa
"""Return arrays with big-endian, void, string and metadata-carrying dtypes."""
import numpy as np


def l1_distances(queries, points):
    return np.zeros((len(queries), len(points)), ">f8")


def majority_vote(labels, num_classes):
    return np.zeros(len(labels), np.dtype("i8", metadata={"equal": True}))


def accuracy(predicted, labels):
    return np.zeros((), "V8")
