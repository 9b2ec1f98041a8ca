# ruff: noqa
"""Abort, and crash Python by writing to address 0."""
import ctypes
import os


def accuracy(predicted, labels):
    ctypes.string_at(0)


def majority_vote(labels, num_classes):
    os.abort()
