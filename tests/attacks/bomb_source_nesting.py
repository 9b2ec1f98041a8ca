# ruff: noqa
"""Crash the parser or compiler at import, by evaluating brackets nested a hundred thousand deep."""


def accuracy(predicted, labels):
    return eval("(" * 100_000 + ")" * 100_000)


def majority_vote(labels, num_classes):
    return eval("-" * 1_000_000 + "1")


def split_indices(*arguments):
    return compile("+".join(["1"] * 1_000_000), "", "eval")
