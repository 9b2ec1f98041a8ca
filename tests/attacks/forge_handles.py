# ruff: noqa
"""Answer with handles whose numbers are negative, huge, or belong to the worker's own objects."""
import os
import sys

wire = sys.modules["worker.wire"]


def accuracy(predicted, labels):
    for number in (-1, 1 << 60, 0):
        os.write(3, wire.pack_frame(["ok", wire.Handle(number, "\x1b[31mndarray" * 20), None, []]))


class NearestNeighbor:
    def __new__(cls):
        os.write(3, wire.pack_frame(["ok", wire.Handle(-1, "NearestNeighbor"), None, []]))
