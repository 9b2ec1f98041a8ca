# ruff: noqa
"""Send a pickle that runs a command when it is loaded, as bytes, as an array and as a raw frame."""
import os
import pickle
import struct

import numpy as np


class Command:
    def __reduce__(self):
        return os.system, ("touch {temporary}/attacked",)


def accuracy(predicted, labels):
    return np.frombuffer(pickle.dumps(Command()), np.uint8)


def majority_vote(labels, num_classes):
    data = pickle.dumps(Command())
    os.write(3, struct.pack("<II", len(data), 0) + data)
