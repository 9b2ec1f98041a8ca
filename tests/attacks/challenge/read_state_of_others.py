# ruff: noqa
"""Leave the labels for the next student, and take what an earlier one left: in modules, in files, in shared memory."""
import builtins
import tempfile

import numpy as np


def predict(weights, images):
    if hasattr(np, "kept") or hasattr(builtins, "kept"):
        if NICKNAME not in getattr(np, "kept", NICKNAME):
            raise RuntimeError("escaped: another student's state is there")
    np.kept = builtins.kept = NICKNAME
    for folder in (tempfile.gettempdir(), "/dev/shm", "/var/tmp"):
        try:
            with open(folder + "/attacked-challenge", "a") as file:
                file.write("kept")
                raise RuntimeError("escaped: a file was written")
        except OSError:
            pass
    return np.zeros(len(images), np.int64)


NICKNAME = "{canary}"
