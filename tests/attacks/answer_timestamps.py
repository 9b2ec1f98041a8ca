# ruff: noqa
"""Send msgpack's own timestamps, unknown extension types, and maps with repeated keys."""
import os
import struct


def accuracy(predicted, labels):
    message = b"\x94\xa2ok\xd6\xff\x00\x00\x00\x01\xc0\x90"
    os.write(3, struct.pack("<II", len(message), 0) + message)


def majority_vote(labels, num_classes):
    message = b"\x94\xa2ok\xd4\x63\x00\xc0\x90"
    os.write(3, struct.pack("<II", len(message), 0) + message)
