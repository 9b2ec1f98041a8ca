# ruff: noqa
"""Change file flags through a descriptor that was only opened for reading, and freeze the file system."""
import fcntl
import os

import numpy as np

GET_FLAGS, FREEZE, SET_OWNER = 0x80086601, 0xC0045877, 0x8901


def accuracy(predicted, labels):
    descriptor = os.open(np.__file__, os.O_RDONLY)
    for number, argument in ((GET_FLAGS, b"\0" * 8), (SET_OWNER, b"\0" * 4)):
        try:
            fcntl.ioctl(descriptor, number, argument)
        except PermissionError:
            continue
        except OSError:
            pass
        raise RuntimeError(f"escaped: ioctl {number:#x} is let through")
