# ruff: noqa
"""Recurse without an end, with and without Python's own limit."""
import sys


def accuracy(predicted, labels):
    return accuracy(predicted, labels)


def majority_vote(labels, num_classes):
    sys.setrecursionlimit(1 << 30)
    return [majority_vote(labels, num_classes)]
