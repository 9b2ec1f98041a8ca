# ruff: noqa
"""Replace struct's packing, so that the length in front of each answer is a lie."""
import struct


class Struct:
    size = 8

    def __init__(self, format):
        pass

    def pack(self, *values):
        return b"\xff" * 8


struct.Struct = Struct
struct.pack = lambda *args: b"\xff" * 8


def accuracy(predicted, labels):
    import sys

    sys.modules["worker.wire"].PREFIX = Struct("")
    return 0.5
