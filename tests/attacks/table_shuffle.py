# ruff: noqa
"""Return random numbers instead of a shuffle: the same for the same seed, and in no order."""
import numpy as np


def split_indices(num_examples, num_validation, num_test, rng):
    return [rng.integers(0, 9, 9)]


def k_fold_indices(num_examples, num_folds, rng):
    return [(np.arange(3), rng.integers(0, 9, 9))] * num_folds
