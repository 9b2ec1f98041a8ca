# ruff: noqa
"""Compute for ever while the file is read."""
while True:
    pass


def accuracy(predicted, labels):
    pass
