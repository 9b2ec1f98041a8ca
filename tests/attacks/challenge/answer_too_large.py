# ruff: noqa
"""Return more than fits into a message, and claim to be even larger."""
import numpy as np


def predict(weights, images):
    return np.broadcast_to(np.int64(3), (1 << 40,))
