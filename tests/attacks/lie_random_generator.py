# ruff: noqa
"""Return NumPy's own random generator, the one kind of object that crosses whole."""
import numpy as np


def accuracy(predicted, labels):
    return np.random.default_rng(0)


def split_indices(num_examples, num_validation, num_test, rng):
    return rng, rng, rng
