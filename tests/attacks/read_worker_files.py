# ruff: noqa
"""Read the worker's own sources and their neighbours, from __file__ of its modules."""
import os
import sys


def accuracy(predicted, labels):
    folder = os.path.dirname(os.path.abspath(sys.modules["worker.serve"].__file__))
    for place in ("../sandbox.py", "../checks/knn.py", "../oracle.py", "../../solutions/dlcourse/knn.py"):
        try:
            open(os.path.join(folder, place)).close()
        except OSError:
            continue
        raise RuntimeError(f"escaped: read {place}")
