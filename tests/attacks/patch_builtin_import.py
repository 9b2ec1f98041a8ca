# ruff: noqa
"""Call the real __import__ to get at modules that an exercise may not import, and pretend to be one of them."""
import importlib
import sys


def accuracy(predicted, labels):
    for name in ("autograder", "autograder.oracle", "solutions", "dlcourse.knn", "pytest", "nbgrader"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        raise RuntimeError(f"escaped: imported {name} from {module}")
    sys.modules["worker"] = sys.modules["__main__"] = None
