# ruff: noqa
"""Reach outside by links and odd paths: /proc/self/root, .., //, and a null byte."""
import os


def accuracy(predicted, labels):
    for path in ("/proc/self/root/{canary}", "//{temporary}/{canary}", "../../../../{home}/{canary}", "/dev/fd/0/../{canary}"):
        try:
            os.close(os.open(path, os.O_RDONLY))
        except (OSError, ValueError):
            continue
        raise RuntimeError(f"escaped: opened {path}")
