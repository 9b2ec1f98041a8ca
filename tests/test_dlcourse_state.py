"""What `dlcourse` remembers: whole at any time, in the folder that can be written, and never at the cost of another's file."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from autograder.grading import CheckResult, ExerciseResult
from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.cli import state as module
from dlcourse.toolkit.cli.state import State


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    (tmp_path / "course").mkdir()
    return tmp_path / "course"


def result(name="knn.accuracy", passed=2, checks=2):
    listed = [CheckResult("check", number < passed, "passed" if number < passed else "failed") for number in range(checks)]
    return ExerciseResult(name, "part1_knn", passed / checks, 1, "seed", listed)


def test_what_is_recorded_is_read_again_by_people_too(course):
    State(course).record([(result(), "abc")])
    State(course).remember_hint("knn.accuracy", 2)
    again = State(course)
    assert again.exercises["knn.accuracy"] | {"checked": ""} == {
        "passed": 2, "checks": 2, "points": 1.0, "digest": "abc", "checked": "",
    }  # fmt: skip
    assert again.hints == {"knn.accuracy": 2} and again.notes == []
    text = (course / ".dlcourse/progress.json").read_text("utf-8")
    assert "delete this file to begin anew" in text and len(text.splitlines()) > 10


def test_two_processes_do_not_undo_each_other(course):
    watch, check = State(course), State(course)
    watch.record([(result("knn.accuracy"), "a")])
    check.record([(result("knn.majority_vote"), "b")])
    watch.remember_hint("knn.accuracy", 1)
    assert set(State(course).exercises) == {"knn.accuracy", "knn.majority_vote"}


MANY = """
import sys
from pathlib import Path
from dlcourse.toolkit.cli.state import State
print("ready", flush=True)
sys.stdin.readline()
for count in range(20):
    State(Path(sys.argv[1])).remember_hint(f"{sys.argv[2]}.{count}", 1)
"""


def test_what_several_processes_remember_at_the_same_moment_is_all_there(course):
    environment = {**os.environ, "PYTHONPATH": str(COURSE_ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", MANY, course, name], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in "abcd"
    ]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert len(State(course).hints) == 4 * 20


def test_a_file_that_cannot_be_read_now_is_not_overwritten_and_counts_again_later(course, monkeypatch):
    State(course).record([(result("knn.accuracy"), "a")])
    state, real = State(course), module.read
    inside, refusals = state.places[0], [PermissionError(13, "Permission denied")]  # as while a virus scanner looks at it
    before = inside.read_bytes()

    def refuse_once(path):
        if path == inside and refusals:
            raise refusals.pop()
        return real(path)

    monkeypatch.setattr(module, "read", refuse_once)
    state.record([(result("knn.majority_vote"), "b")])
    assert "Permission denied" in state.notes[0] and inside.read_bytes() == before
    assert State(course).exercises.keys() == {"knn.accuracy", "knn.majority_vote"}


GOOD = json.dumps({"format": 1, "saved": "2026", "exercises": {}, "hints": {}})
NOT_OURS = {
    "half": (GOOD[:30], "is damaged"),
    "empty": ("", "is damaged"),
    "binary": ("\0\1\2", "is damaged"),
    "deep": ("[" * 100_000, "is damaged"),
    "other": ('{"mine": 1}', "not a file of dlcourse's progress"),
    "list": ("[1, 2]", "not a file of dlcourse's progress"),
    "newer": ('{"format": 2, "new": "thing"}', "newer version"),
    "wrong kind": (GOOD.replace('"hints": {}', '"hints": {"knn.accuracy": "two"}'), "is damaged"),
    "wrong record": (GOOD.replace('"exercises": {}', '"exercises": {"knn.accuracy": {"passed": 1}}'), "is damaged"),
}


@pytest.mark.parametrize("content, sentence", NOT_OURS.values(), ids=NOT_OURS)
def test_content_that_is_not_ours_is_put_aside_and_said(course, content, sentence):
    path = course / ".dlcourse/progress.json"
    path.parent.mkdir()
    path.write_text(content)
    state = State(course)
    assert len(state.notes) == 1 and sentence in state.notes[0] and "progress-damaged-1.json" in state.notes[0]
    state.record([(result(), "abc")])
    assert (path.parent / "progress-damaged-1.json").read_text() == content
    assert State(course).exercises.keys() == {"knn.accuracy"} and State(course).notes == []


def test_a_second_damaged_file_does_not_replace_the_first(course):
    path = course / ".dlcourse/progress.json"
    path.parent.mkdir()
    for content in ("one", "two"):
        path.write_text(content)
        State(course)
    assert [(path.parent / f"progress-damaged-{n}.json").read_text() for n in (1, 2)] == ["one", "two"]


def test_a_folder_in_its_place_is_left_alone(course):
    (course / ".dlcourse/progress.json/inside").mkdir(parents=True)
    state = State(course)
    state.remember_hint("knn.accuracy", 1)
    assert state.notes and State(course).hints == {"knn.accuracy": 1}
    assert (course / ".dlcourse/progress.json/inside").is_dir()


def test_the_user_folder_takes_over_where_the_course_cannot_be_written(course, tmp_path, monkeypatch):
    State(course).remember_hint("knn.accuracy", 1)
    real = module.atomic_file

    def refuse(path):
        if path.is_relative_to(course):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(module, "atomic_file", refuse)
    state = State(course)
    state.remember_hint("knn.majority_vote", 2)
    assert state.notes == [] and State(course).hints == {"knn.accuracy": 1, "knn.majority_vote": 2}
    (saved,) = (tmp_path / "home").rglob("*.json")
    assert saved.name.startswith("course-")
    monkeypatch.setattr(module, "atomic_file", real)
    State(course).remember_hint("knn.accuracy", 3)  # the course can be written again: the newest file counts
    assert State(course).hints == {"knn.accuracy": 3, "knn.majority_vote": 2}


def test_two_courses_of_one_name_have_two_files(tmp_path):
    assert State(tmp_path / "a/course").places[1] != State(tmp_path / "b/course").places[1]


def test_where_nothing_can_be_written_it_says_so_and_goes_on(course, monkeypatch):
    def refuse(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "atomic_file", refuse)
    state = State(course)
    state.remember_hint("knn.accuracy", 1)
    assert len(state.notes) == 1 and "No space left on device" in state.notes[0]


WRITER = """
import sys
from pathlib import Path
from dlcourse.toolkit.cli.state import State
state = State(Path(sys.argv[1]))
print("begin", flush=True)
count = 0
while True:
    count += 1
    state.hints = {f"knn.exercise{n}": count for n in range(3000)}
    state.update(lambda: state.hints.update({f"knn.exercise{n}": count for n in range(3000)}))
"""


def test_killed_while_writing_the_old_or_the_new_file_is_whole(course):
    environment = {**os.environ, "PYTHONPATH": str(COURSE_ROOT)}
    seen = set()
    for attempt in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, course], env=environment, stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.1 + 0.013 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        state = State(course)
        assert state.notes == [] and len(set(state.hints.values())) <= 1 and len(state.hints) in (0, 3000)
        seen |= set(state.hints.values())
    assert seen, "no writer ever got as far as a whole file"


def test_leftovers_of_a_killed_writer_go_away(course):
    State(course).remember_hint("knn.accuracy", 1)
    old, new = (course / ".dlcourse" / f"progress.json.{name}.tmp" for name in ("old", "new"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 600,) * 2)
    State(course).remember_hint("knn.accuracy", 2)
    assert not old.exists() and new.exists()
