# ruff: noqa
"""Make warnings errors, floating-point warnings exceptions, and logging call home."""
import logging
import warnings

import numpy as np

warnings.simplefilter("error")
np.seterr(all="raise")
logging.raiseExceptions = True


def l1_distances(queries, points):
    return np.sqrt(-np.ones((len(queries), len(points))))
