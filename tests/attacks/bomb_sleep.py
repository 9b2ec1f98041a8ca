# ruff: noqa
"""Sleep for a year."""
import time


def accuracy(predicted, labels):
    time.sleep(3e7)
