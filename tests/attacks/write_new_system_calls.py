# ruff: noqa
"""Change attributes by system calls younger than most filters: setxattrat, fchmodat2, file_setattr, open_tree_attr."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {"fchmodat2": 452, "mseal": 462, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469}


def accuracy(predicted, labels):
    for name, number in CALLS.items():
        ctypes.set_errno(0)
        libc.syscall(number, -1, b"{temporary}/{canary}", 0, 0, 0, 0)
        if ctypes.get_errno() not in (1, 38):  # neither refused nor unknown to this kernel
            raise RuntimeError(f"escaped: {name} is let through")
