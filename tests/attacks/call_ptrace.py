# ruff: noqa
"""Ask to be traced, trace the parent, and read registers."""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    for request, target in ((0, 0), (16, os.getppid()), (0x4206, os.getppid())):
        if libc.ptrace(request, target, None, None) >= 0:
            raise RuntimeError(f"escaped: ptrace {request}")
