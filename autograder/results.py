"""The results store: every grade with all that it rests on, one JSON object a line, safe against a kill at any moment.

Two kinds of lines: a record (a Report, the digests of the files it is about, and what it was graded with), and a mark that
says which records are in the gradebook. A line that was cut off by a kill is dropped at the next start, and what it was about
is done again.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import fields

from autograder.grading import CheckResult, ExerciseResult, Report
from autograder.locations import CourseError


class Results:
    """The results of one course, for one process at a time.

    Args:
        folder: where `results.jsonl` lies or will lie.

    Attributes:
        latest: {(student, part): the newest record}.
        in_gradebook: {(student, part): the newest record that the gradebook holds}.
        damaged: number of lines that could not be read.

    Raises:
        CourseError: if another process has it open, or it cannot be read or written.
    """

    def __init__(self, folder):
        self.path = folder / "results.jsonl"
        self.latest, self.in_gradebook, self.damaged = {}, {}, 0
        self.keys = {}
        try:
            folder.mkdir(exist_ok=True)
            self.lock = open(folder / "lock", "ab")
            self.file = open(self.path, "ab", buffering=0)
        except OSError as error:
            raise CourseError(f"the results cannot be kept in {folder}: {error.strerror}") from None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it, however this process ends
        except OSError:
            self.close()
            raise CourseError(
                f"another run is writing to {folder}: wait until it has ended, or end it; nothing it finished is lost"
            ) from None
        self.read()

    def read(self):
        content = self.path.read_bytes()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            os.truncate(self.path, complete)
        for line in content[:complete].splitlines():
            try:
                self.note(json.loads(line))
            except (ValueError, KeyError, TypeError):
                self.damaged += 1

    def note(self, line):
        for key in line.get("in_gradebook", ()):
            record = self.keys[key]
            self.in_gradebook[record["student"], record["part"]] = record
        if "key" in line:
            self.keys[line["key"]] = self.latest[line["student"], line["part"]] = line

    def add(self, records):
        """Append records; they are on the disk when this returns."""
        self.append(records)

    def mark(self, records):
        """Note that these records are in the gradebook."""
        self.append([{"in_gradebook": [record["key"] for record in records]}])

    def append(self, lines):
        size = self.path.stat().st_size
        try:
            data = memoryview(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
            while data:
                data = data[self.file.write(data) :]
            os.fsync(self.file.fileno())
        except OSError as error:
            os.truncate(self.path, size)
            raise CourseError(f"the results cannot be written to {self.path}: {error.strerror}") from None
        for line in lines:
            self.note(line)

    def close(self):
        self.file.close()
        self.lock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def latest_records(folder):
    """Return {(student, part): the newest record} of the results in a folder, also while another process adds to them."""
    latest = {}
    try:
        with open(folder / "results.jsonl", "rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                    if "key" in record:
                        latest[record["student"], record["part"]] = record
                except (ValueError, KeyError, TypeError):  # damaged, or not yet whole
                    continue
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CourseError(f"the results in {folder} cannot be read: {error.strerror}") from None
    return latest


def new_record(handed_in, report, conditions, cells, root):
    """Return the record of a Report on a submitted.HandedIn.

    Args:
        conditions: the recording.Conditions it was graded under.
        cells: what the gradebook is to know about the notebooks' cells.
        root: folder of the course; the record says where the submission lies, seen from there.
    """
    about = {
        "student": handed_in.student,
        "part": handed_in.part,
        "files": handed_in.files,
        "course": report.course,
        "secret": identity(conditions.secret),
        "seconds": conditions.limits.seconds,
    }
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
    folder = os.path.relpath(handed_in.folder.resolve(), root)
    looked_for = list(handed_in.looked_for)
    return {"key": key, **about, "looked_for": looked_for, "folder": folder, "cells": cells, "report": report.as_dict()}


def changed_files(record, handed_in):
    """Return the paths that the grader looked at then and that hold something else now, whatever else it looks at now."""
    return [path for path in record["looked_for"] if record["files"].get(path) != handed_in.files.get(path)]


def identity(secret):
    """Return what names a secret without telling it."""
    return hashlib.sha256(f"identity of {secret}".encode()).hexdigest()[:12]


def report_of(record):
    """Return the Report of a record."""
    stored = dict(record["report"])
    exercises = [
        ExerciseResult(**{**exercise, "checks": [CheckResult(**check) for check in exercise["checks"]]})
        for exercise in stored.pop("exercises")
    ]
    known = {field.name for field in fields(Report)}
    return Report(exercises=exercises, **{key: value for key, value in stored.items() if key in known})
