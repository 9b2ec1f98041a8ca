# ruff: noqa
"""Send deeply nested extension types and arrays as a raw frame."""
import os
import struct

nested = b"\xc0"
for _ in range(2000):
    nested = b"\xc9" + struct.pack(">Ib", len(nested), 5) + nested


def accuracy(predicted, labels):
    os.write(3, struct.pack("<II", len(nested), 0) + nested)


def majority_vote(labels, num_classes):
    claimed = b"\xdd\x00\x0f\xff\xff" * 1000
    claimed += b"\xc0" * ((1 << 20) - len(claimed))
    os.write(3, struct.pack("<II", len(claimed), 0) + claimed)
