# ruff: noqa
"""Reach outside by links and odd paths: /proc/self/root, .. and //."""
import os


def accuracy(predicted, labels):
    above = "../../../.."
    for folder in (os.path.join("/proc/self", "root"), "//{temporary}", above + "{home}", "/dev/fd/0/.."):
        path = os.path.join(folder, "{canary}")
        try:
            os.close(os.open(path, os.O_RDONLY))
        except (OSError, ValueError):
            continue
        raise RuntimeError(f"escaped: opened {path}")
