# ruff: noqa
"""Send random bytes, zeros, text and half-valid msgpack."""
import os
import struct


def accuracy(predicted, labels):
    os.write(3, os.urandom(4096))


def majority_vote(labels, num_classes):
    os.write(3, b"\0" * 4096)


def split_indices(*arguments):
    os.write(3, struct.pack("<II", 6, 0) + b"\xc1\xc1\xc1\xc1\xc1\xc1")
