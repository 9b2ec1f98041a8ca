"""Run exercises in another process, so that code that never ends, or ends Python, is stopped and gets a reason."""

import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from autograder.checks import find, title_of
from autograder.grading import CheckResult, ExerciseResult, seed_of
from autograder.locations import COURSE_ROOT, CourseError
from dlcourse.toolkit.cli.exercises import digest, lines_of

SECONDS = 10.0  # for one exercise: the slowest reference takes a quarter of a second
GRACE = 3.0  # seconds that a process may take to end itself, before it is ended
START = 60.0  # seconds in which Python and NumPy should be there, on the slowest disk


@dataclass
class Graded:
    """What came of one exercise: its result, the digest of what decided, and what the code printed."""

    result: ExerciseResult
    digest: str
    printed: str = ""


class Runner:
    """A process that has loaded everything, and waits for one job; see `runner`."""

    def __init__(self, root=COURSE_ROOT):
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "dlcourse.toolkit.cli.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows: no second window, no Ctrl-C of its own
        )
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(line.decode(errors="replace"))
        self.lines.put(None)

    def send(self, **job):
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it ended: its last words are in `lines`

    def close(self):
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):  # what nobody reads any more
            self.process.stdin.close()


def run(exercises, submission, seconds=SECONDS, spare=None, interrupted=lambda: False):
    """Yield a Graded for each exercise of a submission, as soon as it is there.

    Args:
        seconds: that an exercise may take; a patient one takes a multiple.
        spare: a Runner that was started earlier, to save its start.
        interrupted: asked several times a second; what is not done when it says True is left out.
    """
    waiting, careful = list(exercises), False
    while waiting:
        runner = spare or Runner()
        spare = None
        try:
            begun, loaded, words = None, not careful, []
            names = [each.name for each in waiting]
            runner.send(folder=str(submission.folder), names=names, seconds=seconds, careful=careful)
            for message in messages(runner, seconds, interrupted):
                if isinstance(message, str):
                    words.append(message)
                elif "begin" in message:
                    begun, words = message["begin"], []
                elif "loaded" in message:
                    loaded = True
                elif "result" in message:
                    waiting.pop(0)
                    yield graded_from(message)
                    begun = None
            if not waiting or interrupted():
                return
        finally:
            runner.close()
        if begun is None:
            raise CourseError("the checks could not be started. dlcourse doctor looks for the cause. Python's last words: "
                              + " ".join(words)[-300:])  # fmt: skip
        careful = True
        reason, while_loading = reason_of(words, submission, runner.process.returncode, seconds * find(begun).patience)
        while_loading = while_loading or not loaded
        hopeless = [each for each in waiting if each is waiting[0] or while_loading and each.module == waiting[0].module]
        for exercise in hopeless:
            waiting.remove(exercise)
            yield stopped(exercise, reason, digest(exercise, submission))


def messages(runner, seconds, interrupted):
    """Yield what a Runner reports, a dict or a line of text, until it ends, hangs, or is no longer wanted."""
    patience = START
    deadline = time.monotonic() + patience
    while not interrupted():
        try:
            line = runner.lines.get(timeout=0.05)
        except queue.Empty:
            if time.monotonic() > deadline:
                yield "Timeout ("
                return
            continue
        if line is None:
            runner.process.wait()
            return
        try:
            message = json.loads(line)
        except ValueError:
            message = line
        if isinstance(message, dict):
            if "begin" in message:
                patience = seconds * find(message["begin"]).patience + GRACE
            if "end" in message:
                return
        else:
            message = line
        deadline = time.monotonic() + patience
        yield message


def graded_from(message):
    result = message["result"]
    listed = [CheckResult(**check) for check in result["checks"]]
    return Graded(ExerciseResult(**{**result, "checks": listed}), message["digest"], message["printed"])


def stopped(exercise, reason, fingerprint):
    """Return the Graded of an exercise that did not come to its end."""
    listed = [CheckResult(title_of(check), False, "stopped", reason) for check in exercise.checks]
    return Graded(ExerciseResult(exercise.name, exercise.part, 0.0, exercise.points, seed_of(exercise), listed), fingerprint)


def reason_of(words, submission, status, seconds):
    """Return why a process ended early, as a sentence, and whether that was while Python read the module.

    Args:
        words: lines that it wrote itself; Python's time limit writes where every thread was, the innermost call first.
    """
    if not any("Timeout (" in line for line in words):
        return (
            f"Python itself ended (exit status {status}) while this ran. Look for os._exit, for recursion without an end, "
            "and for arrays larger than the memory.",
            False,
        )
    calls = re.findall(r'File ".*?[\\/]dlcourse[\\/](\w+)\.py", line (\d+) in (.*)', "".join(words))
    calls = [(module, int(number), function.strip()) for module, number, function in calls if module in submission.sources]
    where = ""
    if calls:
        module, number, _ = calls[0]
        lines = lines_of(submission.sources[module])
        text = lines[number - 1].strip()[:100] if 0 < number <= len(lines) else ""
        where = f" Python was at dlcourse/{module}.py, line {number}: {text}"
    loading = any(function == "<module>" for _, _, function in calls)
    what = "Reading the file" if loading else "It"
    return f"{what} did not end within {seconds:g} seconds: is there a loop that never ends?{where}", loading
