# ruff: noqa
"""Return None, NotImplemented, Ellipsis, and empty lists where a list of pairs is expected."""


def split_indices(*arguments):
    return []


def k_fold_indices(num_examples, num_folds, rng):
    return ()


def accuracy(predicted, labels):
    return NotImplemented


def majority_vote(labels, num_classes):
    return ...
