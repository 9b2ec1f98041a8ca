# ruff: noqa
"""Read the kernel's log and the names of keys."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    for name, call in {"syslog": (103, 10, None, 0), "keyctl": (250, 0, -3, 1), "add_key": (248, b"user", b"a", b"b", 1, -3)}.items():
        if libc.syscall(*call) >= 0:
            raise RuntimeError(f"escaped: {name}")
