# ruff: noqa
"""Answer with errors of the grader's own kinds and with wrong types in every place."""
import os
import sys

wire = sys.modules["worker.wire"]


def accuracy(predicted, labels):
    for answer in (
        ["error", "Passed", "", []],
        ["error", "NotImplementedError", "\x1b]0;owned\x07", [["dlcourse/knn.py", -1, ""]]],
        ["error", "CheckFailed", "x", [["dlcourse/knn.py", 1 << 63, None]]],
        ["error", 1, 2, 3],
        ["ok"],
        ["ok", 0.75, "lines", {}],
    ):
        os.write(3, wire.pack_frame(answer))
