# ruff: noqa
"""Match a regular expression that backtracks for ever, in C, where no Python signal handler runs."""
import re


def accuracy(predicted, labels):
    return re.match(r"(a|a)*$", "a" * 60 + "b")
