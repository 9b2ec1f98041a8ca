"""What students handed in, in nbgrader's folders: submitted/<student>/<part>/ with notebooks, dlcourse/ and timestamp.txt.

All of it is data from strangers: no link is followed, sizes are capped, and whatever is wrong with one submission becomes a
sentence about that submission.
"""

import hashlib
import json
import os
import stat
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nbformat import from_dict
from nbgrader import utils

from autograder.checks import catalogue, parts
from autograder.grading import Submission
from autograder.locations import CourseError
from autograder.nbgrader_plugin import TIMESTAMP, submission_in
from autograder.weights import FILE

MAX_NOTEBOOK = 20 << 20  # bytes: with outputs, the reference's has 1 MB
MAX_STUDENT_ID = 128  # characters that nbgrader's gradebook has room for


class Changed(Exception):
    """A file is not what it was when it was graded."""


@dataclass(frozen=True)
class HandedIn:
    """One student's submission of one part.

    Attributes:
        timestamp: when it was handed in, UTC, or None; `stamp` is the file that says it.
        looked_for: paths that decide about its grades.
        files: {path: SHA-256} of those that are there.
        problems: sentences about what could not be taken.
    """

    student: str
    part: str
    folder: Path
    submission: Submission
    timestamp: datetime | None
    stamp: bytes
    looked_for: tuple
    files: dict
    problems: tuple

    @property
    def place(self):
        return self.student, self.part


def find(path, part=None):
    """Return where submissions lie in `path`, and what was left out.

    Args:
        path: a folder like nbgrader's `submitted`, one student's folder in it, or one part of one student.
        part: look for this part alone.

    Returns:
        list of (student, part, folder), list of sentences.

    Raises:
        CourseError: if there is no submission at all.
    """
    path = Path(path)
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise CourseError(f"{path} {what}: give the folder that holds <student>/{part or parts()[0]}/")
    if path.resolve().name in parts():
        students, found = [], [(path.resolve().parent.name, path.resolve().name, path)]
    else:
        students = students_in(path)
        found = [each for student in students for each in in_student_folder(student)]
    found = [each for each in found if part in (None, each[1])]
    if not found:
        raise CourseError(f"{path} holds no submission in nbgrader's layout: a gradebook needs "
                          f"<student>/{part or parts()[0]}/ with dlcourse/ in it")  # fmt: skip
    refused = {folder: reason for student, _, folder in found if (reason := problem_with(student, folder))}
    empty = [f"{each} holds no part of this course" for each in students if not in_student_folder(each)]
    return [each for each in found if each[2] not in refused], [*refused.values(), *empty]


def students_in(path):
    """Return the students' folders in a folder, or the folder itself if it is one student's."""
    if in_student_folder(path):
        return [path]
    return [each for each in sorted(path.iterdir()) if each.is_dir() and not each.name.startswith(".")]


def in_student_folder(path):
    return [(path.resolve().name, part, path / part) for part in parts() if (path / part).is_dir()]


def problem_with(student, folder):
    """Return why nothing can be recorded for this student, or None."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return f"{folder} is a link and was left out: it may lead to files that are not the student's"
    if not student.isprintable() or len(student) > MAX_STUDENT_ID:
        return f"{str(folder)!a} was left out: nbgrader has room for names of {MAX_STUDENT_ID} printable characters"
    return None


def read(student, part, folder, notebooks, root):
    """Return the HandedIn in a folder; whatever is wrong with it becomes one of its problems.

    Args:
        notebooks: names of the part's notebooks. Only their digests are taken: a class of notebooks fills a memory.
        root: folder of the course. Students read the problems, so paths in them start there.
    """
    submission = submission_in(folder, student)
    shown = tuple(problem.replace(str(folder), os.path.relpath(folder, root)) for problem in submission.problems)
    submission = replace(submission, problems=shown)
    files, problems, contents = dict(submission.files), list(submission.problems), {}
    modules = sorted({exercise.module for exercise in catalogue()})
    others = [*(f"{notebook}.ipynb" for notebook in notebooks), TIMESTAMP]
    for name in others:
        try:
            raw = read_file(folder, name)
            if raw is not None:
                files[name], contents[name] = hashlib.sha256(raw).hexdigest(), raw
            elif name != TIMESTAMP:
                problems.append(f"{name} is missing: its answers count as not given")
        except CourseError as error:
            problems.append(str(error))
    timestamp, stamp = None, contents.get(TIMESTAMP, b"")
    try:
        timestamp = parse_timestamp(stamp)
    except CourseError as error:
        problems.append(str(error))
    looked_for = (*(f"dlcourse/{module}.py" for module in modules), f"dlcourse/{FILE}", *others)
    return HandedIn(student, part, folder, submission, timestamp, stamp, looked_for, files, tuple(problems))


def read_file(folder, name, limit=MAX_NOTEBOOK):
    """Return the bytes of an ordinary file, without following a link; None if there is none.

    Raises:
        CourseError: if it is anything else, or larger than `limit` bytes.
    """
    try:
        with open(os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CourseError(f"{name} is not an ordinary file")
            raw = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{name} cannot be read: {error.strerror}") from None
    if len(raw) > limit:
        raise CourseError(f"{name} is larger than {limit >> 20} MB")
    return raw


def parse_timestamp(raw):
    """Return the time that a timestamp.txt tells, in UTC; None for an empty one, as nbgrader does."""
    try:
        text = raw.decode().strip()
        return utils.parse_utc(text) if text else None
    except (ValueError, OverflowError, TypeError, AttributeError):
        raise CourseError("timestamp.txt tells no time: it counts as handed in at an unknown time") from None


def read_notebook(handed_in, name):
    """Return a student's notebook with nothing but the text of its cells, or None if there is none.

    Raises:
        Changed: if it is not the one that was read before.
        CourseError: if it cannot be read.
    """
    raw = read_file(handed_in.folder, name)
    if handed_in.files.get(name) != (raw and hashlib.sha256(raw).hexdigest()):
        raise Changed(f"{name} changed while it was graded")
    if raw is None:
        return None
    try:
        return from_dict({"cells": [only_text(cell) for cell in json.loads(raw)["cells"]]})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CourseError(f"{name} is not a notebook: its answers cannot be read") from None


def only_text(cell):
    metadata, source = cell.get("metadata"), cell.get("source")
    return {
        "cell_type": cell.get("cell_type"),
        "metadata": metadata if isinstance(metadata, dict) else {},
        "source": "".join(source) if isinstance(source, list) else source,
    }
