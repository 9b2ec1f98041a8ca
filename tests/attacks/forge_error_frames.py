# ruff: noqa
"""Answer with an error whose fifty thousand stack frames each make the grader look for a line in the source."""
import os
import sys

wire = sys.modules["worker.wire"]
frame = ["dlcourse/knn.py", 1, ""]


def accuracy(predicted, labels):
    os.write(3, wire.pack_frame(["error", "ValueError", "", [frame] * 45000]))


PADDING = """
{padding}
"""
