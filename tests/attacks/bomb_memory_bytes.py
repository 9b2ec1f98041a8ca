# ruff: noqa
"""Ask for absurd sizes: a petabyte of bytes, a list of 2**62 entries, a string that doubles for ever."""


def accuracy(predicted, labels):
    return bytearray(1 << 50)


def majority_vote(labels, num_classes):
    return [0] * (1 << 61)


def split_indices(*arguments):
    text = "x"
    while True:
        text += text
