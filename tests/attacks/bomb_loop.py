# ruff: noqa
"""Compute for ever."""


def accuracy(predicted, labels):
    while True:
        pass
