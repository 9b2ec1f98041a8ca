# ruff: noqa
"""Take all memory."""
import numpy as np


def predict(weights, images):
    hoard = []
    while True:
        hoard.append(np.ones(1 << 24))
