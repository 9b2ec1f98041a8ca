# ruff: noqa
"""Make files without a name: O_TMPFILE, memfd, and POSIX shared memory."""
import os
from multiprocessing import shared_memory


def attempts():
    for folder in ("{temporary}", "/dev/shm", "/"):
        yield f"O_TMPFILE in {folder}", lambda folder=folder: os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    yield "memfd_create", lambda: os.memfd_create("attacked")
    yield "shm_open", lambda: shared_memory.SharedMemory("attacked", create=True, size=100)


def accuracy(predicted, labels):
    for name, action in attempts():
        try:
            action()
        except OSError:
            continue
        raise RuntimeError(f"escaped: {name}")
