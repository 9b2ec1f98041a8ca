# ruff: noqa
"""Raise an exception whose type has a lying name and whose traceback is endless."""
import types


def accuracy(predicted, labels):
    error = type("ok", (Exception,), {"__str__": lambda self: "x" * (1 << 24)})()
    try:
        raise error
    except Exception as caught:
        traceback = caught.__traceback__
        for _ in range(20000):
            traceback = types.TracebackType(traceback, traceback.tb_frame, 0, 1)
        raise caught.with_traceback(traceback)
