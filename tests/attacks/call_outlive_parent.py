# ruff: noqa
"""Undo the promise to die with the parent, and become dumpable again."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def accuracy(predicted, labels):
    for name, arguments in {"pdeathsig": (1, 0), "dumpable": (4, 1), "seccomp": (22, 0), "ptracer": (0x59616D61, -1)}.items():
        if libc.prctl(*arguments, 0, 0, 0) == 0:
            raise RuntimeError(f"escaped: prctl {name}")
