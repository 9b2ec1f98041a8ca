# ruff: noqa
"""Send half a frame and wait."""
import os
import struct
import time


def accuracy(predicted, labels):
    os.write(3, struct.pack("<II", 1000, 1000) + b"x" * 500)
    time.sleep(60)
