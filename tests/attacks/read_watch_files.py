# ruff: noqa
"""Watch which files others open, by inotify and fanotify."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    for name, call in {"inotify_init": (253,), "inotify_init1": (294, 0), "fanotify_init": (300, 0, 0)}.items():
        if libc.syscall(*call) >= 0:
            raise RuntimeError(f"escaped: {name}")
