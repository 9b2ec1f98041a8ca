# ruff: noqa
"""Compute for ever."""


def predict(weights, images):
    while True:
        pass
