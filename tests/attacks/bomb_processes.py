# ruff: noqa
"""Start programs: subprocess, os.system, posix_spawn, exec, multiprocessing."""
import multiprocessing
import os
import subprocess
import sys


def accuracy(predicted, labels):
    for name, start in {
        "subprocess": lambda: subprocess.run(["/bin/true"]),
        "posix_spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
        "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
        "multiprocessing": lambda: multiprocessing.get_context("fork").Process(target=print).start(),
    }.items():
        try:
            start()
        except OSError:
            continue
        raise RuntimeError(f"escaped: {name}")
    if os.system("true") == 0:
        raise RuntimeError("escaped: os.system")
