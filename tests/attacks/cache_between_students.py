# ruff: noqa
"""Leave a mark in the process for the next student: warnings, random state, NumPy settings, environment."""
import os
import random
import sys

import numpy as np


def accuracy(predicted, labels):
    os.environ["ATTACKED"] = "1"
    random.seed(0)
    np.random.seed(0)
    np.set_printoptions(precision=1)
    sys.setrecursionlimit(50)
    sys.setswitchinterval(100)
    np.mean = lambda values: 0.0
    return 0.5
