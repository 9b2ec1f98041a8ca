# ruff: noqa
"""Return the first vote of each row, whatever the others are."""


def majority_vote(labels, num_classes):
    return labels[:, 0]
