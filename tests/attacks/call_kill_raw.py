# ruff: noqa
"""Send signals by every call that can: tkill, tgkill, sigqueue, pidfd."""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    parent = os.getppid()
    buffer = ctypes.create_string_buffer(128)
    for name, call in {
        "kill": (62, parent, 0),
        "tkill": (200, parent, 0),
        "tgkill": (234, parent, parent, 0),
        "rt_sigqueueinfo": (129, parent, 0, buffer),
        "rt_tgsigqueueinfo": (297, parent, parent, 0, buffer),
        "pidfd_send_signal": (424, 0, 0, None, 0),
        "process_mrelease": (448, 0, 0),
    }.items():
        ctypes.set_errno(0)
        if libc.syscall(*call) >= 0 or ctypes.get_errno() != 1:
            raise RuntimeError(f"escaped: {name}")
