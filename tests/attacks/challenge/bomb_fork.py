# ruff: noqa
"""Start processes, as many as there can be."""
import os

import numpy as np


def predict(weights, images):
    while True:
        try:
            if os.fork() == 0:
                continue
            raise RuntimeError("escaped: a process was started")
        except OSError:
            return np.zeros(len(images), np.int64)
