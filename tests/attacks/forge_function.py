# ruff: noqa
"""Send the grader a function to evaluate: the text of a lambda that reads a file."""
import os
import sys

wire = sys.modules["worker.wire"]
TEXT = "__import__('os').close(__import__('os').open('{temporary}/attacked', 65))"


def accuracy(predicted, labels):
    os.write(3, wire.pack_frame(["ok", wire.Function(TEXT), None, []]))


def majority_vote(labels, num_classes):
    return wire.Function(TEXT)
