# ruff: noqa
"""Answer with forged measurements: no lines, no memory, no changed argument, negative and huge numbers."""
import os
import sys

import numpy as np

wire = sys.modules["worker.wire"]


def l2_distances(queries, points):
    os.write(3, wire.pack_frame(["ok", np.zeros((len(queries), len(points)), queries.dtype), -(1 << 63), []]))
    os.write(3, wire.pack_frame(["ok", np.zeros((len(queries), len(points)), queries.dtype), True, []]))
