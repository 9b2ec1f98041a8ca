"""Inside the process that runs a student's code: grade exercises one after another, and report each on a line of JSON.

It is started by `process.Runner`, which ends it when it must. What the code prints goes to nobody else than the report,
and there is no keyboard to wait for. A time limit of Python's own ends it too and says in which line, even inside of NumPy.
"""

import contextlib
import faulthandler
import io
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

PRINTED = 2000  # characters of what one exercise prints that are kept


def main():
    """Wait for one job on standard input, {"folder", "names", "seconds", "careful"}, and do it."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    from autograder import checks, grading
    from dlcourse.toolkit.cli.exercises import course_fingerprint

    checks.catalogue()
    course_fingerprint()
    tell(report, ready=True)
    line = sys.stdin.buffer.readline()
    if not line:
        return  # nobody needed it
    job = json.loads(line)
    silence()
    submission = grading.read_submission(Path(job["folder"]))
    for name in job["names"]:
        tell(report, begin=name)
        faulthandler.dump_traceback_later(job["seconds"] * checks.find(name).patience, exit=True, file=report)
        if job["careful"]:  # the process before this one ended: was that while the file was read?
            job["careful"] = False
            with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
                grading.load(grading.open_session(submission, checks.find(name)))
            tell(report, loaded=True)
        answer = graded(submission, checks.find(name))
        faulthandler.cancel_dump_traceback_later()
        tell(report, **answer)
    tell(report, end=True)
    report.close()
    os._exit(0)  # whatever threads or exit handlers student code left behind


def tell(report, **message):
    report.write(json.dumps(message) + "\n")
    report.flush()


def silence():
    """Take the keyboard and the terminal away from what runs from now on, C code included."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin = NoKeyboard()


def graded(submission, exercise):
    """Return the result of one exercise, what decided about it, and what was printed, as plain data."""
    from autograder import grading
    from dlcourse.toolkit.cli.exercises import digest

    printed = Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        result = asdict(grading.grade_exercise(submission, exercise))
    for check in result["checks"]:
        check["message"] = check["message"].replace(f"{submission.folder}{os.sep}", "")  # dlcourse/knn.py is enough
        if check["message"].startswith(("SystemExit:", "KeyboardInterrupt:")):
            check["message"] += " This line ends Python, the notebook's too: take it out, and let the function return."
    return {"result": result, "digest": digest(exercise, submission), "printed": printed.text()}


class Printed(io.TextIOBase):
    """Keeps the beginning of what is printed, and counts the rest."""

    encoding = "utf-8"

    def __init__(self):
        self.kept, self.left_out = "", 0

    def writable(self):
        return True

    def write(self, text):
        room = PRINTED - len(self.kept)
        self.kept += text[:room]
        self.left_out += max(0, len(text) - room)
        return len(text)

    def text(self):
        return self.kept + (f"\n… and {self.left_out:,} characters more" if self.left_out else "")


class NoKeyboard(io.TextIOBase):
    """Standard input for code that is being checked: asking for a line is an error with a reason."""

    def readable(self):
        return True

    def readline(self, size=-1):
        raise EOFError("the code asks for the keyboard, with input() for example, and a check has none: "
                       "take what you need as arguments")  # fmt: skip

    read = readline


if __name__ == "__main__":
    main()
