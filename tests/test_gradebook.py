"""Grading a class into nbgrader's gradebook: what nbgrader itself would have left, whatever happens on the way."""

import csv
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import lru_cache
from glob import glob
from pathlib import Path
from random import Random

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook as NbGraderGradebook

from autograder import cli, gradebook, grading, misconceptions, recording, standings
from autograder.grading import grade
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_sources
from autograder.recording import Conditions, record_class
from autograder.results import Results
from autograder.sandbox import Limits, Sandbox
from autograder.verification import verify

PART, NOTEBOOK = "part1_knn", "nearest_neighbours"
PERFECT = reference_sources()["knn"]
BLANK = (COURSE_ROOT / "dlcourse/knn.py").read_text("utf-8")
ANSWER = "knn-challenges"
DUE, IN_TIME, LATE = "2026-03-01 12:00:00", "2026-03-01 11:30:00 UTC", "2026-03-02 12:00:00 UTC"


def mistaken(exercise, name):
    return misconceptions.source_with(next(each for each in misconceptions.of(exercise) if each.name == name))


def make_course(root):
    """Make the folder of a course that nbgrader and the grader can work in."""
    for folder in ("solutions", "assignments"):
        shutil.copytree(COURSE_ROOT / folder / PART, root / folder / PART)
    shutil.copy(COURSE_ROOT / "nbgrader_config.py", root)
    return root


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(make_course(tmp_path / "course"))
    return Path.cwd()


def hand_in(course, student, knn=PERFECT, answers=None, timestamp=None, notebook=None):
    """Write the submission of a student; `answers` are {grade_id: text} in the released notebook, `notebook` other bytes."""
    folder = course / "submitted" / student / PART
    (folder / "dlcourse").mkdir(parents=True, exist_ok=True)
    (folder / "dlcourse/knn.py").write_text(knn, "utf-8")
    if notebook is None:
        released = nbformat.read(course / "assignments" / PART / f"{NOTEBOOK}.ipynb", as_version=4)
        for cell in released.cells:
            cell.source = (answers or {}).get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        notebook = nbformat.writes(released).encode()
    (folder / f"{NOTEBOOK}.ipynb").write_bytes(notebook)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder


def dump(url):
    """Return all that the gradebook at a database URL says about submissions, as plain data."""
    with NbGraderGradebook(url) as gradebook:
        return {
            submission.student.id: {
                "timestamp": str(submission.timestamp),
                "scores": (submission.score, submission.max_score, submission.needs_manual_grade),
                **{notebook.name: content_of(notebook) for notebook in submission.notebooks},
            }
            for submission in gradebook.assignment_submissions(PART)
        }


def content_of(notebook):
    grades = {
        grade.name: (grade.auto_score, grade.manual_score, grade.extra_credit, grade.max_score, grade.needs_manual_grade)
        for grade in notebook.grades
    }
    comments = {comment.name: (comment.auto_comment, comment.manual_comment) for comment in notebook.comments}
    return grades, comments, notebook.late_submission_penalty, notebook.flagged, notebook.failed_tests


def sqlite_of(course):
    return f"sqlite:///{course / 'gradebook.db'}"


def files_below(folder):
    """Return {path: (content, permissions)} of a folder; of notebooks what their cells say."""
    return {
        path.relative_to(folder).as_posix(): (shown(path), oct(path.stat().st_mode))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def shown(path):
    if path.suffix != ".ipynb":
        return path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    return [[cell.cell_type, cell.source, cell.get("outputs"), cell.metadata] for cell in notebook.cells]


# ------------------------------------------------------------------------------------------ the same as nbgrader's own


def nbgrader(course, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course, capture_output=True, text=True,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def make_mixed_class(course):
    """Hand in everything that decides about what nbgrader writes down, one student each."""
    html = {ANSWER: "<script>alert(1)</script> **bold** $x < y$ \u00e4"}
    added = nbformat.read(course / "assignments" / PART / f"{NOTEBOOK}.ipynb", as_version=4)
    added.cells.insert(5, new_markdown_cell("My own notes"))
    added.cells = [cell for cell in added.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "knn-accuracy"]
    hand_in(course, "perfect", timestamp=IN_TIME, answers={ANSWER: "Occlusion.", "knn-why-validation": "Chance."})
    hand_in(course, "blank", BLANK)
    hand_in(course, "late", mistaken("knn.l2_distances", "hidden-loop"), html, LATE)
    hand_in(course, "own-zone", timestamp="2026-03-01 13:30:00 +0200")
    hand_in(course, "extended", mistaken("knn.accuracy", "percent"), html, LATE)
    hand_in(course, "unparsable", "def accuracy(:", timestamp=LATE)
    hand_in(course, "own-cells", notebook=nbformat.writes(added).encode())
    shutil.rmtree(hand_in(course, "no-modules", timestamp=IN_TIME) / "dlcourse")
    (course / "course.toml").write_text("[late]\npercent_per_day = 100\n")


def grant_extension(course):
    with NbGraderGradebook(sqlite_of(course)) as gradebook:
        gradebook.update_or_create_assignment(PART, duedate=DUE)
        gradebook.update_or_create_student("extended")
        gradebook.update_or_create_submission(PART, "extended")
        gradebook.grant_extension(PART, "extended", days=7)


@pytest.mark.slow
def test_database_folders_export_and_feedback_are_those_of_stock_nbgrader(course, tmp_path, fair):
    make_mixed_class(course)
    nbgrader(course, "generate_assignment", PART)
    grant_extension(course)
    stock = tmp_path / "stock"
    shutil.copytree(course, stock)
    outcome = record_class([course / "submitted"], fair)
    nbgrader(stock, "autograde", PART)
    assert outcome.graded == 8 and not outcome.ungraded
    assert dump(sqlite_of(course)) == dump(sqlite_of(stock))
    assert dump(sqlite_of(course))["late"][NOTEBOOK][2] > 0 and not dump(sqlite_of(course))["extended"][NOTEBOOK][2]
    assert files_below(course / "autograded") == files_below(stock / "autograded")
    nbgrader(course, "export", "--to", "grades.csv")  # and nbgrader goes on from here
    nbgrader(course, "generate_feedback", PART)
    with open(course / "grades.csv") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == scores_of(course) | {"late": 0, "own-zone": 0} and exported["perfect"] == 30
    assert len(list(course.glob("feedback/*/*/*.html"))) == 8


# --------------------------------------------------------------------------------- without isolation, for speed: our own code


@pytest.fixture(scope="module")
def fair():
    """Conditions with the isolation that this machine offers."""
    with Sandbox() as sandbox:
        return Conditions(sandbox.mode, grading.course_secret(), Limits())


@pytest.fixture
def trusted(monkeypatch):
    """Conditions under which known submissions are graded once in all tests; `.graded` lists who was graded here."""
    under = Conditions("none", "secret", Limits(), 1)
    object.__setattr__(under, "graded", [])

    def grade_class(submissions, mode, secret, part, limits, jobs):
        for position, submission in enumerate(submissions):
            under.graded.append(submission.name)
            source = submission.sources.get("knn", "")
            if source not in reports:
                reports[source] = grade(submission, None, part, secret, limits)
            yield (
                position,
                replace(reports[source], submission=submission.name, files=submission.files, course=grading.course_version()),
            )

    monkeypatch.setattr(recording, "grade_class", grade_class)
    monkeypatch.setattr(recording, "fill_outputs", fill_points)
    return under


reports = {}


def fill_points(notebook, results):
    """Do what fill_outputs does, without the pages for people."""
    for cell in recording.marked(notebook):
        if cell.cell_type == "code":
            name = cell.metadata.nbgrader.grade_id.replace("-", ".")
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": repr(results[name].points)})]


@pytest.fixture
def new_class(course, monkeypatch):
    """A class of five, and no gradebook yet."""
    monkeypatch.setattr(gradebook.api, "get_alembic_version", version_of_tables)  # a process of two seconds, each time
    for student, knn in {"ada": PERFECT, "ben": BLANK, "eva": PERFECT, "jan": BLANK, "kim": PERFECT}.items():
        hand_in(course, student, knn, {ANSWER: f"{student} says: light."}, IN_TIME)
    return course


@pytest.fixture
def small_class(new_class, entered):
    """The same class, and a gradebook that knows the part."""
    shutil.copy(entered, new_class)
    return new_class


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    course = gradebook.Course(make_course(tmp_path_factory.mktemp("entered") / "course"))
    gradebook.Gradebook(course, PART, course.released(PART)).engine.dispose()
    return course.root / "gradebook.db"


version_of_tables = lru_cache(gradebook.api.get_alembic_version)


def record(course, under, **options):
    return record_class([course / "submitted"], under, **options)


def scores_of(course):
    return {student: submission["scores"][0] for student, submission in dump(sqlite_of(course)).items()}


def test_gradebook_is_made_and_the_part_entered_if_they_are_not_there(new_class, trusted):
    outcome = record(new_class, trusted)
    assert outcome.graded == 5 and scores_of(new_class) == {"ada": 30, "ben": 0, "eva": 30, "jan": 0, "kim": 30}
    assert dump(sqlite_of(new_class))["ada"]["scores"] == (30, 36, True)


def test_modules_of_other_parts_are_not_missed_and_those_of_this_part_are(small_class, trusted):
    (small_class / "submitted/ben" / PART / "dlcourse/knn.py").unlink()
    outcome = record(small_class, trusted)
    missed = {student: report.problems for (student, _), report in outcome.reports.items()}
    assert missed == {"ada": [], "ben": ["dlcourse/knn.py is missing"], "eva": [], "jan": [], "kim": []}
    recorded = standings.recorded(small_class, PART)
    assert {student: each.problems for (student, _), each in recorded.of.items()} == missed


def test_second_run_grades_and_writes_nothing(small_class, trusted):
    record(small_class, trusted)
    before = (small_class / "gradebook.db").read_bytes(), files_below(small_class)
    outcome = record(small_class, trusted)
    assert (outcome.graded, len(outcome.reports), outcome.other_version) == (0, 5, 0)
    assert ((small_class / "gradebook.db").read_bytes(), files_below(small_class)) == before
    assert len(trusted.graded) == 5


def test_changed_submission_is_graded_anew_and_no_other(small_class, trusted):
    record(small_class, trusted)
    hand_in(small_class, "ben", PERFECT)
    trusted.graded.clear()
    assert record(small_class, trusted).graded == 1
    assert trusted.graded == ["ben"] and scores_of(small_class)["ben"] == 30
    assert (small_class / "autograded/ben" / PART / "dlcourse/knn.py").read_text("utf-8") == PERFECT


@pytest.mark.parametrize("lost", ["gradebook.db", "autograded", "autograded/ada", f"autograded/ada/{PART}/{NOTEBOOK}.ipynb"])
def test_what_is_lost_is_written_again_from_the_results_without_grading(small_class, trusted, lost):
    record(small_class, trusted)
    before = dump(sqlite_of(small_class)), files_below(small_class / "autograded")
    lost = small_class / lost
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    assert record(small_class, trusted).graded == 0
    assert (dump(sqlite_of(small_class)), files_below(small_class / "autograded")) == before


# ----------------------------------------------------------------------------------------------------- people's own grades


def give(course, student, cell, points, comment=None):
    """Do what a person does in formgrader."""
    with NbGraderGradebook(sqlite_of(course)) as gradebook:
        grade = gradebook.find_grade(cell, NOTEBOOK, PART, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            gradebook.find_comment(cell, NOTEBOOK, PART, student).manual_comment = comment
        gradebook.db.commit()


def other_version(monkeypatch, points):
    """Pretend that the checks were changed, and that all submissions now earn so many points in knn.accuracy."""
    monkeypatch.setattr(grading, "course_version", lambda: "fixed")
    monkeypatch.setattr(recording, "course_version", lambda: "fixed")
    earlier = recording.grade_class

    def grade_class(*arguments):
        for position, report in earlier(*arguments):
            exercises = [replace(each, points=points) if each.name == "knn.accuracy" else each for each in report.exercises]
            yield position, replace(report, exercises=exercises)

    monkeypatch.setattr(recording, "grade_class", grade_class)


def test_regrading_is_an_option_and_keeps_what_people_gave(small_class, trusted, monkeypatch):
    record(small_class, trusted)
    give(small_class, "ada", ANSWER, 1.5, "Good, but short")
    give(small_class, "ada", "knn-accuracy", 0.75)
    give(small_class, "ada", "knn-majority_vote", 2.5)
    other_version(monkeypatch, 0.5)
    kept = record(small_class, trusted)
    assert (kept.graded, kept.other_version) == (0, 5) and scores_of(small_class)["eva"] == 30
    assert record(small_class, trusted, regrade=True).graded == 5
    grades, comments, *_ = dump(sqlite_of(small_class))["ada"][NOTEBOOK]
    assert grades[ANSWER] == (None, 1.5, None, 2, False) and comments[ANSWER] == (None, "Good, but short")
    assert grades["knn-accuracy"] == (0.5, 0.75, None, 1, True)  # what the person corrected has changed: look again
    assert grades["knn-majority_vote"] == (3, 2.5, None, 3, False)
    assert scores_of(small_class)["eva"] == 29.5
    assert record(small_class, trusted, regrade=True).graded == 0  # nothing could come out differently


def test_new_answer_is_up_for_review_and_keeps_its_points_until_then(small_class, trusted):
    record(small_class, trusted)
    give(small_class, "ada", ANSWER, 1.5)
    give(small_class, "ada", "knn-why-validation", 1)
    hand_in(small_class, "ada", PERFECT, {ANSWER: "Something new"}, IN_TIME)
    record(small_class, trusted)
    grades, *_ = dump(sqlite_of(small_class))["ada"][NOTEBOOK]
    assert grades[ANSWER] == (None, 1.5, None, 2, True)
    assert grades["knn-why-validation"] == (0, 1, None, 2, False)


# ------------------------------------------------------------------------------------------------------- ended at any moment


class Killed(BaseException):
    """Stands for a kill: nothing in the course catches it."""


def kill_in(monkeypatch, place, attribute, call, after):
    """Make the given call of a function the last thing a run does."""
    function, calls = getattr(place, attribute), []

    def last(*arguments, **options):
        calls.append(arguments)
        if len(calls) == call and not after:
            raise Killed
        result = function(*arguments, **options)
        if len(calls) == call and after:
            raise Killed
        return result

    monkeypatch.setattr(place, attribute, last)


ONCE, THRICE = (1,), (1, 2, 3)
STEPS = {
    "results": (Results, "append", THRICE),
    "transaction begins": (gradebook.Gradebook, "write", THRICE),
    "students": (gradebook.Gradebook, "write_submissions", ONCE),
    "scores": (gradebook.Gradebook, "write_scores", (1, 2)),
    "penalties": (gradebook.Gradebook, "write_penalties", (1, 2)),
    "folders": (recording, "replace_folder", THRICE),
    "folder moved away": (Path, "rename", ONCE),
    "permissions": (recording.Autograde, "set_permissions", ONCE),
    "mark": (Results, "mark", THRICE),
    "enter the part": (gradebook, "enter", ONCE),
    "make the tables": (gradebook, "make_tables", ONCE),
    "nbgrader's cells": (gradebook.api.Gradebook, "update_or_create_source_cell", (1, 7)),
    "version of the tables": (gradebook.api, "get_alembic_version", ONCE),
}
MOMENTS = [
    pytest.param((*step, call), after, id=f"{'after' if after else 'before'}-{name}-{call}")
    for name, (*step, calls) in STEPS.items()
    for call in calls
    for after in (False, True)
]


@pytest.mark.parametrize("moment, after", MOMENTS)
def test_run_that_ended_at_any_step_is_finished_by_the_next(small_class, trusted, monkeypatch, finished, moment, after):
    monkeypatch.setattr(recording, "BATCH", 2)
    if moment[0] in (gradebook, gradebook.api, gradebook.api.Gradebook):
        (small_class / "gradebook.db").unlink()
    with monkeypatch.context() as patched:
        kill_in(patched, *moment, after)
        with pytest.raises(Killed):
            record(small_class, trusted)
    lines = stored_lines(small_class)
    outcome = record(small_class, trusted)
    assert len(outcome.reports) == 5 and outcome.graded == 5 - lines
    assert (dump(sqlite_of(small_class)), files_below(small_class / "autograded")) == finished
    assert stored_lines(small_class) == 5  # nothing lost, nothing twice
    assert not list(small_class.glob("autograded/*/.*"))


@pytest.fixture
def finished(new_class, entered, trusted, tmp_path):
    """What an undisturbed run of the class of five leaves: gradebook and folders."""
    if not undisturbed:
        other = shutil.copytree(new_class, tmp_path / "undisturbed")
        shutil.copy(entered, other)
        record(other, trusted)
        undisturbed.extend([dump(sqlite_of(other)), files_below(other / "autograded")])
    return tuple(undisturbed)


undisturbed = []


def stored_lines(course):
    """Return how many submissions have a record, and require that none has two."""
    path = course / ".autograder/results.jsonl"
    complete = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
    places = [(line["student"], line["key"]) for line in map(json.loads, complete) if "key" in line]
    assert len(places) == len(set(places))
    return len(places)


def test_torn_last_line_costs_at_most_its_own_batch(small_class, entered, trusted, finished):
    record(small_class, trusted)
    results, database = small_class / ".autograder/results.jsonl", small_class / "gradebook.db"
    content = results.read_bytes()
    for kept in [0, 1, 100, content.index(b"\n"), content.index(b"\n") + 1, len(content) // 2, len(content) - 1]:
        results.write_bytes(content[:kept])
        database.unlink()
        shutil.copy(entered, database)
        lines = stored_lines(small_class)
        assert record(small_class, trusted).graded == 5 - lines
        assert stored_lines(small_class) == 5
        assert (dump(sqlite_of(small_class)), files_below(small_class / "autograded")) == finished


def test_damaged_line_is_said_and_graded_again(small_class, trusted):
    record(small_class, trusted)
    results = small_class / ".autograder/results.jsonl"
    lines = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(b"".join([b"\0\0\0\n", *lines[1:]]))
    outcome = record(small_class, trusted)
    assert outcome.graded == 1 and "lines were damaged" in outcome.damaged[0]


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return (exit status, standard output, standard error as one line)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        shown = capsys.readouterr()
        return end.value.code or 0, shown.out, " ".join(shown.err.split())

    return run


def nothing(course):
    """The course as it is."""


def no_layout(course):
    shutil.rmtree(course / "submitted")
    (course / "submitted/ada/dlcourse").mkdir(parents=True)


def corrupt(course):
    (course / "gradebook.db").write_bytes(b"no database at all" * 1000)


def read_only(course):
    with open(course / "nbgrader_config.py", "a") as config:
        config.write(f'\nc.CourseDirectory.db_url = "sqlite:///file:{course}/gradebook.db?mode=ro&uri=true"\n')


def no_driver(course):
    with open(course / "nbgrader_config.py", "a") as config:
        config.write('\nc.CourseDirectory.db_url = "postgresql+pg8000://me:hush@localhost/grades"\n')


def no_server(course):
    with open(course / "nbgrader_config.py", "a") as config:
        config.write('\nc.CourseDirectory.db_url = "postgresql+psycopg2://me:hush@localhost:1/grades"\n')


def autograded_is_a_file(course):
    (course / "autograded").write_text("")


def results_are_a_file(course):
    (course / ".autograder").write_text("")


def not_built(course):
    shutil.rmtree(course / "assignments")


def damaged_release(course):
    (course / "assignments" / PART / f"{NOTEBOOK}.ipynb").write_text("<<<<<<< HEAD")


def damaged_configuration(course):
    (course / "nbgrader_config.py").write_text("c = get_config(")


def other_points(course):
    path = course / "assignments" / PART / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.source == 'check("knn.accuracy")').metadata.nbgrader.points = 7
    nbformat.write(notebook, path)


GRADE = ("grade", "submitted", "--gradebook")
BAD_INPUT = {
    "nothing there": (nothing, ("grade", "no/such", "--gradebook"), "no/such does not exist: give the folder that holds"),
    "a file": (nothing, ("grade", "nbgrader_config.py", "--gradebook"), "is not a folder"),
    "unknown part": (nothing, (*GRADE, "--part", "part1_knm"), "no part called 'part1_knm'. Did you mean part1_knn"),
    "no parts in it": (no_layout, GRADE, "holds no submission in nbgrader's layout"),
    "twice": (nothing, (*GRADE, "submitted/ada"), "are both part1_knn of ada: give only one"),
    "regrade without gradebook": (nothing, ("grade", "submitted", "--regrade"), "say --gradebook --regrade"),
    "corrupt database": (corrupt, GRADE, "cannot be used: file is not a database"),
    "read-only database": (read_only, GRADE, "readonly database"),
    "no driver": (no_driver, GRADE, "needs a driver: pip install pg8000"),
    "no server": (no_server, GRADE, "me:***@localhost:1/grades cannot be used"),
    "autograded is a file": (autograded_is_a_file, GRADE, "autograded cannot be written"),
    "results are a file": (results_are_a_file, GRADE, "the results cannot be kept in"),
    "not built": (not_built, GRADE, "holds no notebook of part1_knn: build the course with 'autograder build'"),
    "damaged release": (damaged_release, GRADE, "cannot be read: build the course with 'autograder build'"),
    "damaged configuration": (damaged_configuration, GRADE, "nbgrader_config.py cannot be read: SyntaxError"),
    "other points": (other_points, GRADE, "knn.accuracy is worth 1 points, and 7"),
}


@pytest.mark.parametrize("damage, arguments, sentence", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_in_one_sentence_before_anything_is_graded(small_class, run, monkeypatch, damage, arguments, sentence):
    monkeypatch.setattr(recording, "grade_class", lambda *_: pytest.fail("graded"))
    damage(small_class)
    before = sorted(path for path in small_class.rglob("*") if ".autograder" not in path.parts)
    status, out, error = run(*arguments)
    assert status == 1 and out == ""
    assert joined(sentence) in joined(error) and "Traceback" not in error and "hush" not in error
    after = sorted(path for path in small_class.rglob("*") if ".autograder" not in path.parts)
    assert set(after) - set(before) <= {small_class / "autograded"}


def joined(text):
    return "".join(text.split())  # a terminal breaks lines anywhere


def test_locked_database_is_waited_for_and_then_said(small_class, trusted, monkeypatch):
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    holder = sqlite3.connect(small_class / "gradebook.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CourseError, match="database is locked"):
        record(small_class, trusted)
    holder.close()
    assert trusted.graded == [] and record(small_class, trusted).graded == 5


def test_database_that_fails_in_the_middle_loses_no_grade(small_class, trusted, monkeypatch):
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    with monkeypatch.context() as patched:
        holder = sqlite3.connect(small_class / "gradebook.db", isolation_level=None)
        patched.setattr(recording, "files_of", lambda *_: holder.in_transaction or holder.execute("BEGIN EXCLUSIVE"))
        with pytest.raises(CourseError, match="database is locked"):
            record(small_class, trusted)
        holder.close()
    assert record(small_class, trusted).graded == 0
    assert scores_of(small_class)["ada"] == 30


def test_second_run_at_the_same_time_is_told_to_wait(small_class, trusted, run):
    with Results(small_class / ".autograder"):
        status, out, error = run(*GRADE)
    assert status == 1 and "another run is writing" in error
    assert record(small_class, trusted).graded == 5


# ----------------------------------------------------------------------------------- one submission never stops the others


def make_hostile_class(course):
    """Hand in what has stopped graders; return what each is to end with: points, or None for a reason without a grade."""
    deep = b'{"cells": ' + b"[" * 100_000
    surrogate = json.dumps({"cells": [{"cell_type": "markdown", "source": "\ud800", "metadata": {"nbgrader": {
        "grade_id": ANSWER, "solution": True}}}]}).encode()  # fmt: skip
    hand_in(course, "fine")
    hand_in(course, "deep", notebook=deep)
    hand_in(course, "list", notebook=b"[1, 2]")
    hand_in(course, "no-json", notebook=b"\xff\xfe{")
    hand_in(course, "surrogate", notebook=surrogate)
    hand_in(course, "odd-cells", notebook=b'{"cells": [null, 3, {"metadata": 7, "source": {"a": 1}}, {"source": [1]}]}')
    hand_in(course, "odd-time", timestamp="the day after tomorrow")
    hand_in(course, "far-time", timestamp="99999-01-01 00:00:00 UTC")
    (hand_in(course, "no-notebook") / f"{NOTEBOOK}.ipynb").unlink()
    linked = hand_in(course, "link") / f"{NOTEBOOK}.ipynb"
    linked.unlink()
    linked.symlink_to(course / "solutions" / PART / f"{NOTEBOOK}.ipynb")
    fifo = hand_in(course, "fifo") / f"{NOTEBOOK}.ipynb"
    fifo.unlink()
    os.mkfifo(fifo)
    hand_in(course, "x" * 200)
    (course / "submitted/twin").symlink_to(course / "submitted/fine")
    (course / "submitted/nothing").mkdir()
    (course / "submitted/empty" / PART).mkdir(parents=True)
    return {"x" * 200: None, "twin": None, "nothing": None, "empty": 0}


def test_each_submission_ends_with_a_grade_or_a_reason(course, entered, trusted):
    shutil.copy(entered, course)
    expected = make_hostile_class(course)
    outcome = record(course, trusted)
    points = {student: report.points for (student, _), report in outcome.reports.items()}
    assert points == {name: 30 for name in points} | {name: each for name, each in expected.items() if each is not None}
    assert len(points) == 12 and set(points) == set(scores_of(course))
    for name in (name for name, points in expected.items() if points is None):
        assert any(f"submitted/{name}" in sentence for sentence in outcome.ungraded), name
    for name in ("deep", "list", "no-json", "odd-time", "far-time", "no-notebook", "link", "fifo", "odd-cells", "empty"):
        assert outcome.reports[name, PART].problems, name
    content = dump(sqlite_of(course))
    for name in ("deep", "list", "no-json", "link", "fifo"):  # there may be answers in it: a person decides
        grades, comments, *_ = content[name][NOTEBOOK]
        assert grades[ANSWER][0] is None and grades[ANSWER][4] and ".ipynb" in comments[ANSWER][0]
    assert content["no-notebook"][NOTEBOOK][0][ANSWER][0] == 0
    assert "SECRET" not in str(files_below(course / "autograded/link"))


@pytest.mark.parametrize("poison", [{"ben"}, {"ada", "kim"}])
def test_grader_that_breaks_on_one_submission_grades_the_others(small_class, trusted, monkeypatch, poison):
    healthy = recording.grade_class

    def grade_class(submissions, *conditions):
        for position, report in healthy(submissions, *conditions):
            if report.submission in poison:
                raise RuntimeError("the pool is broken")
            yield position, report

    with monkeypatch.context() as patched:
        patched.setattr(recording, "grade_class", grade_class)
        outcome = record(small_class, trusted)
    assert set(scores_of(small_class)) == {"ada", "ben", "eva", "jan", "kim"} - poison
    assert len(outcome.ungraded) == len(poison) and "the pool is broken" in outcome.ungraded[0]
    assert record(small_class, trusted).graded == len(poison)


def test_submission_that_changes_while_it_is_graded_is_not_recorded(small_class, trusted, monkeypatch):
    healthy = recording.grade_class

    def grade_class(*arguments):
        hand_in(small_class, "eva", BLANK, {ANSWER: "too late?"})
        yield from healthy(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(recording, "grade_class", grade_class)
        assert "changed while it was graded" in record(small_class, trusted).ungraded[0]
    assert record(small_class, trusted).graded == 1 and scores_of(small_class)["eva"] == 0


# ----------------------------------------------------------------------------------------------------------- verification


def test_verifying_finds_the_same_points_exactly(course, entered, fair, run):
    shutil.copy(entered, course)
    hand_in(course, "ada")
    hand_in(course, "bea", mistaken("knn.cross_validate", "trains-on-validation"))
    record(course, fair)
    status, out, _ = run("regrade", "--verify")
    assert status == 0 and "2 with exactly the same points, 0 differences" in out
    results = course / ".autograder/results.jsonl"
    results.write_bytes(results.read_bytes().replace(b'"points": 4.0, "max_points": 4', b'"points": 3.5, "max_points": 4', 1))
    status, out, _ = run("regrade", "--verify")
    assert status == 1 and "1 differences" in out and "was 3.5 and is now 4.0" in " ".join(out.split())


def test_verifying_says_what_cannot_be_compared(small_class, trusted):
    record(small_class, trusted)
    hand_in(small_class, "ben", PERFECT)
    shutil.rmtree(small_class / "submitted/eva")
    found = verify(small_class, trusted)
    assert (found.same, found.different) == (3, [])
    assert sorted(found.unverified) == [f"submitted/{who}/{PART}: dlcourse/knn.py changed since it was graded" for who in
                                        ("ben", "eva")]  # fmt: skip
    other = replace(trusted, secret="another")
    assert all("another secret" in sentence for sentence in verify(small_class, other).unverified)


def test_record_says_all_that_a_grade_rests_on(small_class, trusted):
    record(small_class, trusted)
    line = json.loads((small_class / ".autograder/results.jsonl").read_text().splitlines()[0])
    assert line["files"]["dlcourse/knn.py"] == hashlib.sha256(PERFECT.encode()).hexdigest()
    assert {f"{NOTEBOOK}.ipynb", "timestamp.txt"} < set(line["files"])
    assert line["course"] == grading.course_version() and line["seconds"] == 10
    assert line["report"]["isolation"] == "none" and line["report"]["exercises"][0]["seed"]
    assert "secret" in line and trusted.secret != line["secret"]


# -------------------------------------------------------------------------------------------------------------- PostgreSQL


@pytest.fixture(scope="module")
def postgresql():
    """The URL of an empty database on a server of our own."""
    pytest.importorskip("psycopg2")
    found = [shutil.which("initdb"), *sorted(glob("/usr/lib/postgresql/*/bin/initdb"))]
    if not any(found):
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    programs = Path(next(filter(None, reversed(found)))).parent
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if who:
        shutil.chown(folder, "nobody", "nogroup")

    def call(*command):
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **who)

    data = folder / "data"
    call(programs / "initdb", "--auth=trust", "--username=tester", "--no-sync", "-D", data)
    try:
        call(programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log", "-o", f"-k {folder} -h ''", "start")
        yield f"postgresql+psycopg2://tester@/postgres?host={folder}"
        call(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_holds_the_same_as_sqlite(new_class, trusted, postgresql, finished):
    with open(new_class / "nbgrader_config.py", "a") as config:
        config.write(f'\nc.CourseDirectory.db_url = "{postgresql}"\n')
    assert record(new_class, trusted).graded == 5
    assert dump(postgresql) == finished[0]
    hand_in(new_class, "ben", PERFECT, timestamp=LATE)
    assert record(new_class, trusted).graded == 1
    assert dump(postgresql)["ben"]["scores"][0] == 30 and dump(postgresql)["ben"]["timestamp"] == "2026-03-02 12:00:00"
    assert not (new_class / "gradebook.db").exists()


# -------------------------------------------------------------------------------------- the command itself, really killed


def start(course, *options):
    """Start the command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", *GRADE, "--jobs", "2", *options], cwd=course,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def make_large_class(course, copies):
    """Hand in so many copies of a mixed class; return what each is to earn."""
    sources = {
        "perfect": (PERFECT, 30),
        "blank": (BLANK, 0),
        "unparsable": ("def (", 0),
        "stops": ("import os\nos._exit(0)\n", 0),
    }
    expected = {}
    for number in range(copies):
        for name, (source, points) in sources.items():
            student = f"{name}-{number:03}"
            hand_in(course, student, f"{source}\n# {student}\n", {ANSWER: f"{student} says: light."}, IN_TIME)
            expected[student] = points
    return expected


@pytest.mark.slow
def test_command_killed_at_random_moments_is_finished_by_the_next_one(course):
    expected = make_large_class(course, 6)
    random = Random(20)
    began = time.monotonic()
    undisturbed = start(course)
    assert undisturbed.wait(120) == 0, undisturbed.stderr.read().decode()
    seconds = time.monotonic() - began
    whole = dump(sqlite_of(course)), files_below(course / "autograded")
    assert scores_of(course) == expected
    moments = []
    while len(moments) < 25:
        remove_results(course)
        for _ in range(20):
            process = start(course)
            moments.append(random.uniform(0, 1.1 * seconds))
            try:
                status = process.wait(moments[-1])
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                stored_lines(course)
                continue
            assert status == 0, process.stderr.read().decode()
            break
        else:
            assert start(course).wait(120) == 0
        assert stored_lines(course) == len(expected)
        assert (dump(sqlite_of(course)), files_below(course / "autograded")) == whole
        assert not list(course.glob("autograded/*/.*"))


def remove_results(course):
    (course / "gradebook.db").unlink(missing_ok=True)
    shutil.rmtree(course / "autograded", ignore_errors=True)
    shutil.rmtree(course / ".autograder", ignore_errors=True)


@pytest.mark.slow
def test_two_commands_at_the_same_time_leave_one_whole_gradebook(course):
    expected = make_large_class(course, 4)
    for pause in (0, 0.5, 1.5):
        remove_results(course)
        both = [start(course)]
        time.sleep(pause)
        both.append(start(course))
        ends = [(process.wait(120), " ".join(process.stderr.read().decode().split())) for process in both]
        assert all(status == 0 or "another run is writing" in said for status, said in ends)
        assert any(status == 0 for status, _ in ends)
        assert scores_of(course) == expected and stored_lines(course) == len(expected)


@pytest.mark.slow
def test_class_of_hundreds_is_graded_and_recorded(course):
    expected = make_large_class(course, 50)
    began = time.monotonic()
    assert start(course).wait(300) == 0
    seconds = (time.monotonic() - began) / len(expected)
    assert scores_of(course) == expected
    assert len(list(course.glob(f"autograded/*/{PART}/{NOTEBOOK}.ipynb"))) == len(expected)
    print(f"{seconds:.3f} seconds a submission")
