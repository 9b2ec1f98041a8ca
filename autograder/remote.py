"""Call a student's function as if it were here: in this process for practice, in the sandbox for grading.

A `Session` speaks to one exercise of one submission. What it hands out (`session.module`, and every object that is not
plain data) is a `Proxy`: attributes and calls go over the wire, arrays and numbers come back. A check sees no difference.
"""

import io
import itertools
import unicodedata
from dataclasses import dataclass, field

import numpy as np

from autograder.sandbox import Stopped, with_bytes
from autograder.worker import wire
from autograder.worker.executor import Executor
from autograder.worker.wire import Function

__all__ = ["CheckFailed", "Function", "NotWritten", "Proxy", "Session", "StudentError", "changed_arguments", "count_lines"]
__all__ += ["call_strictly", "peak_memory", "run_there"]


class CheckFailed(AssertionError):
    """A check found something wrong; the message says what, and why it might be."""


class StudentError(CheckFailed):
    """The student's code raised an exception.

    Attributes:
        type_name: such as "ValueError".
        where: "dlcourse/knn.py, line 12: return x" or "" where unknown.
    """

    def __init__(self, type_name, message, where):
        self.type_name, self.where = type_name, where
        super().__init__(f"{type_name}: {message}" + (f" ({where})" if where else ""))


class NotWritten(StudentError):
    """The student's code raised NotImplementedError: the exercise, or one that it calls, is still a stub."""


class LocalUnit:
    """An exercise in this process. `exchange` as in sandbox.Unit; `error` is the last exception, for its traceback."""

    def __init__(self, modules):
        self.executor = Executor(modules, propagate=(KeyboardInterrupt,))

    def exchange(self, frame):
        return self.executor.answer(frame)

    @property
    def error(self):
        return self.executor.error

    def close(self):
        pass


FRAMES = 8  # of a traceback that are looked at
KEPT_BYTES = 1 << 20  # of a result that is kept for comparison with those of misconceptions


@dataclass
class Outcome:
    """What one call did: its value or its error, what was measured, and which arguments it changed in place."""

    value: object = None
    error: CheckFailed | None = None
    measured: int | None = None
    changed: list = field(default_factory=list)


class Session:
    """A conversation with one exercise of one submission.

    Args:
        unit: a sandbox.Unit or a LocalUnit.
        sources: {file name: source} of the submission, to show the line where an exception was raised.

    Attributes:
        weights: bytes of the weights in the submission, or None.
    """

    def __init__(self, unit, sources):
        self.unit, self.sources, self.weights = unit, sources, None
        self.outcomes = []  # of every call, and of every look at an object, in order
        self._module, self._functions, self._broken = None, {}, None

    def restart(self, job, seconds):
        """Go on with another exercise in the same process of the sandbox: what was handed out before is void.

        Raises:
            Stopped, CheckFailed: if what ran there before has left nothing to go on with.
        """
        self.outcomes.clear()
        self._module, self._functions, self._broken = None, {}, None
        self.unit.renew(seconds)
        self.request("job", with_bytes(job))

    @property
    def module(self):
        """The module of the graded exercise, as a Proxy; loaded when first asked for."""
        if self._broken:  # it will not load a second time either
            raise self._broken
        if self._module is None:
            try:
                self._module = self.request("load").value
            except CheckFailed as error:
                self._broken = error
                raise
            if not isinstance(self._module, Proxy):
                raise Stopped("your code sent an answer that is not one")
        return self._module

    @property
    def does_not_parse(self):
        """Whether the module could not be loaded because it is not Python."""
        return self._broken is not None and self._broken.type_name in ("SyntaxError", "IndentationError", "TabError")

    def close(self):
        self.unit.close()

    def request(self, *request):
        """Return the Outcome of a request; raise its error."""
        frame = wire.pack_frame(list(request), handle_of)
        try:
            answer = wire.unpack_frame(self.unit.exchange(frame), lambda handle: Proxy(self, handle))
        except wire.WireError as error:
            raise Stopped(f"your code sent an answer that is not one: {error}") from None
        match answer:
            case ["ok", value, None | int() as measured, list() as changed]:
                return Outcome(value, None, measured, changed)
            case ["error", str() as kind, str() as message, list() as frames]:
                error = self.error_of(kind, message, frames)
                raise error from getattr(self.unit, "error", None)
        raise Stopped("your code sent an answer that is not one")

    def recorded(self, *request):
        """Return the Outcome of a request, and keep it for comparison with those of misconceptions."""
        try:
            outcome = self.request(*request)
        except CheckFailed as error:
            self.outcomes.append(Outcome(error=error))
            raise
        small = size_of(outcome.value) <= KEPT_BYTES
        self.outcomes.append(outcome if small else Outcome(too_large, None, outcome.measured, outcome.changed))
        return outcome

    def call(self, proxy, args, kwargs, measure=None):
        return self.recorded("call", proxy, list(args), kwargs, measure)

    def line_of(self, file, number):
        """Return ": text" of a line of the student's source, "" if there is no such line."""
        line = next(itertools.islice(io.StringIO(self.sources[file]), max(number - 1, 0), None), "")
        return f": {clean(line.strip(), 120)}" if line.strip() else ""

    def error_of(self, kind, message, frames):
        where = ""
        for frame in frames[-FRAMES:]:  # the innermost frame that is in the student's own file
            match frame:
                case [str() as file, int() as line, _] if file in self.sources:
                    where = f"{clean(file)}, line {line}{self.line_of(file, line)}"
        error = NotWritten if kind == "NotImplementedError" else StudentError
        return error(clean(kind, 80), clean(message), where)


class Proxy:
    """An object that lives with the student's code: get, set and call its attributes as if it were here."""

    __slots__ = ("_session", "_handle")

    def __init__(self, session, handle):
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_handle", handle)

    def __getattr__(self, name):
        if name.startswith("__"):  # NumPy and others ask for protocols: a student's object answers to none of them here
            raise AttributeError(name)
        session = self._session
        if self is not session._module:
            return session.recorded("get", self, name).value  # what a call left behind tells mistakes apart, too
        if name not in session._functions:  # a module's functions and classes stay what they are: ask once
            session._functions[name] = session.request("get", self, name).value
        return session._functions[name]

    def __setattr__(self, name, value):
        self._session.request("set", self, name, value)

    def __call__(self, *args, **kwargs):
        return self._session.call(self, args, kwargs).value

    def __repr__(self):
        return f"<{clean(self._handle.type_name, 80)} in the submission>"


too_large = object()  # stands for a result that was not kept; equal to no other


def size_of(value):
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    return getattr(value, "nbytes", 0) if isinstance(value, np.ndarray) else 0


def handle_of(value):
    if not isinstance(value, Proxy):
        raise TypeError(f"a check cannot send {type(value).__name__} to a student's function")
    return value._handle


def count_lines(function, *args, **kwargs):
    """Call a Proxy, or a Function on one, and return (value, number of Python lines executed), whichever file they are in."""
    outcome = session_of(function, *args).call(function, args, kwargs, "lines")
    if not outcome.measured:
        raise CheckFailed("the lines that your code executes cannot be counted: does it call sys.settrace?")
    return outcome.value, outcome.measured


def peak_memory(function, *args, **kwargs):
    """Call a Proxy and return (value, peak of the bytes allocated during the call, the result's included)."""
    outcome = function._session.call(function, args, kwargs, "peak")
    if outcome.measured is None or outcome.measured < size_of(outcome.value):
        raise CheckFailed("the memory that your code needs cannot be measured: does it switch tracemalloc off?")
    return outcome.value, outcome.measured


def call_strictly(function, *args, **kwargs):
    """Call a Proxy and return its value; what NumPy only warns of, an overflow or a nan on the way, is an error here."""
    try:
        return function._session.call(function, args, kwargs, "strict").value
    except StudentError as error:
        if error.type_name != "FloatingPointError":
            raise
        reason = "NumPy warns of it, whatever becomes of that number later; compute so that it does not arise"
        raise CheckFailed(f"{error}: {reason}") from error


def changed_arguments(function, *args, **kwargs):
    """Call a Proxy and return (value, positions or names of the arrays it changed in place)."""
    outcome = function._session.call(function, args, kwargs)
    return outcome.value, outcome.changed


def run_there(function, *args):
    """Call a Function where the Proxies among its arguments live, and return what it returns.

    There they are the objects themselves: operators, `len` and loops work on them, as they do not on a Proxy.
    """
    return session_of(*args).call(function, args, {}).value


def session_of(*objects):
    return next(each._session for each in objects if isinstance(each, Proxy))


def clean(text, limit=500):
    """Return text that a stranger wrote, safe for a terminal: no control or direction characters, capped in length."""
    shown = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
