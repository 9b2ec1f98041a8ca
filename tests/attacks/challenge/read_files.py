# ruff: noqa
"""Read the course: the secret that the hidden images are drawn from, the reference's weights, the recipe."""
import os

import numpy as np

PLACES = (".autograder/secret", "solutions/dlcourse/challenge.npz", "dlcourse/toolkit/shapes.py", "gradebook.db")


def predict(weights, images):
    for place in PLACES:
        try:
            with open(os.path.join("{course}", place), "rb") as file:
                raise RuntimeError(f"escaped: {place} begins with {file.read(20)}")
        except OSError:
            pass
    try:
        from dlcourse.toolkit import shapes
    except ImportError:
        return np.zeros(len(images), np.int64)
    raise RuntimeError("escaped: the recipe can be imported")
