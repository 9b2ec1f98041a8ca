# ruff: noqa
"""Read /proc: memory, maps, environment and command lines of the parent and the grader."""
import os


def accuracy(predicted, labels):
    for process in ("self", str(os.getppid()), "1", "thread-self"):
        for name in ("mem", "maps", "environ", "cmdline", "status", "fd", "root/{course}"):
            path = f"/proc/{process}/{name}"
            try:
                os.listdir(path) if name in ("fd", "root/{course}") else open(path, "rb").read(1)
            except OSError:
                continue
            raise RuntimeError(f"escaped: read {path}")
