# ruff: noqa
"""Read the memory of the parent by process_vm_readv, ptrace and a descriptor stolen by pidfd_getfd."""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    parent = os.getppid()
    for name, call in {
        "process_vm_readv": (310, parent, None, 0, None, 0, 0),
        "ptrace": (101, 16, parent, 0, 0),
        "pidfd_open": (434, parent, 0),
        "pidfd_getfd": (438, 3, 0, 0),
        "kcmp": (312, parent, os.getpid(), 0, 0, 0),
    }.items():
        ctypes.set_errno(0)
        if libc.syscall(*call) >= 0 or ctypes.get_errno() != 1:
            raise RuntimeError(f"escaped: {name}")
