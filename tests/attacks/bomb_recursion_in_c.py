# ruff: noqa
"""Overflow the C stack: nested reprs, nested iterators, pickles and deep object trees that are freed at once."""
import itertools
import sys

sys.setrecursionlimit(1 << 30)


def accuracy(predicted, labels):
    chain = iter(())
    for _ in range(1_000_000):
        chain = itertools.chain(chain)
    return list(chain)
