"""Run requests against one exercise: get, set and call what lives in the student's module, and answer with data.

The same Executor runs in the sandbox and, for practice, in the reader's own process, so a check cannot tell them apart:
arguments always arrive as fresh copies, results always leave as data, and anything else stays here behind a Handle.
"""

import sys
import traceback
import tracemalloc

import numpy as np

from . import wire
from .modules import sent_modules

MESSAGE_LIMIT = 500


class Executor:
    """One exercise of one submission.

    Args:
        modules: the Modules of the exercise.
        propagate: exceptions that are not the student's to catch, such as KeyboardInterrupt in a notebook.
    """

    def __init__(self, modules, propagate=()):
        self.modules = modules
        self.propagate = propagate
        self.objects = []
        self.numbers = {}
        self.error = None  # the last exception itself, for a traceback where grader and student share a process

    def answer(self, frame):
        """Return the answer frame to a request frame.

        Requests are lists: ["job", job] goes on with another exercise; ["load"]; ["get", object, name];
        ["set", object, name, value]; ["call", object, args, kwargs, measure], where measure is None, "lines", "peak" or
        "strict".
        Answers are ["ok", value, measured, positions or names of arguments that the call changed]
        or ["error", type, message, [[file, line, function], …]].
        """
        try:
            try:
                return wire.pack_frame(["ok", *self.perform(frame)], self.handle_of)
            except self.propagate:
                raise
            except BaseException as error:
                self.error = error
                return wire.pack_frame(["error", *describe(error)])
        except self.propagate:
            raise
        except BaseException:  # an exception whose own text raises
            return wire.pack_frame(["error", "Exception", "the exception cannot be shown", []])

    def perform(self, frame):
        kind, *rest = wire.unpack_frame(frame, self.object_of, wire.Function)
        if kind == "job":
            self.modules, self.objects, self.numbers = sent_modules(*rest), [], {}
            return None, None, []
        if kind == "load":
            return self.modules.graded(), None, []
        if kind == "get":
            owner, name = rest
            return getattr(owner, name), None, []
        if kind == "set":
            owner, name, value = rest
            setattr(owner, name, value)
            return None, None, []
        function, args, kwargs, measure = rest
        value, measured = MEASURES[measure](function, args, kwargs)
        _, _, pristine_args, pristine_kwargs, _ = wire.unpack_frame(frame, self.object_of, wire.Function)
        given = dict(enumerate(args)) | kwargs
        pristine = dict(enumerate(pristine_args)) | pristine_kwargs
        return value, measured, [key for key in given if not unchanged(given[key], pristine[key])]

    def handle_of(self, value):
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return wire.Handle(number, type(value).__name__)

    def object_of(self, handle):
        return self.objects[handle.number]


def unchanged(now, before):
    """Return whether an argument still is what it was, bit for bit, in its arrays."""
    if type(before) is np.ndarray:
        return type(now) is np.ndarray and now.shape == before.shape and now.tobytes() == before.tobytes()
    if type(before) in (list, tuple):
        return len(now) == len(before) and all(map(unchanged, now, before))
    return True


def describe(error):
    """Return (type, message, frames) of an exception as plain data, capped."""
    frames = [[f.filename, f.lineno, f.name] for f in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames.append([str(error.filename), error.lineno or 0, "<module>"])
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return type(error).__name__[:80], str(message)[:MESSAGE_LIMIT], frames[-8:]


def call_plainly(function, args, kwargs):
    return function(*args, **kwargs), None


def call_counting_lines(function, args, kwargs):
    """Call, and count the Python lines executed, in whichever file: a loop hidden in np.vectorize counts too."""
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        value = function(*args, **kwargs)
        return value, lines if sys.gettrace() is trace else None
    finally:
        sys.settrace(before)


def call_tracing_memory(function, args, kwargs):
    """Call, and return the peak of the memory allocated meanwhile, in bytes, the result included."""
    tracemalloc.start()
    try:
        value = function(*args, **kwargs)
        return value, tracemalloc.get_traced_memory()[1] if tracemalloc.is_tracing() else None
    finally:
        tracemalloc.stop()


def call_strictly(function, args, kwargs):
    """Call while an overflow, a division by zero or a nan that comes up in NumPy is an exception, not a warning."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        return function(*args, **kwargs), None


MEASURES = {None: call_plainly, "lines": call_counting_lines, "peak": call_tracing_memory, "strict": call_strictly}
