# ruff: noqa
"""Compute a power with more digits than there are atoms, in one C call."""


def accuracy(predicted, labels):
    return 7 ** (7 ** 11)


def majority_vote(labels, num_classes):
    return sum(range(1 << 60))
