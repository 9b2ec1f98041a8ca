"""Every command of docs/instructors.md runs, in the order of the page, in a copy of the course with a small class."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.demo import make_class
from autograder.locations import COURSE_ROOT
from autograder.release import FOLDER
from autograder.sandbox import Sandbox
from autograder.settings import Late, settings

PAGE = (COURSE_ROOT / "docs/instructors.md").read_text("utf-8")
COMMANDS = [line.removeprefix("$ ") for block in re.findall(r"```console\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
PART = "part1_knn"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course") / "dlcourse"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db", "submitted", "autograded", "feedback", "demo")
    shutil.copytree(COURSE_ROOT, root, ignore=left_out)
    return root


def run(command, course):
    """Run a command as if the course's virtual environment were active and the course installed in it."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PYTHONPATH": str(course), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, shell=True, cwd=course, env=environment, capture_output=True, text=True)


def hand_in(course, downloads):
    """Let a class hand in with `dlcourse submit`, each student from their own copy of the release."""
    make_class(course.parent / "class", course)
    for student in ("ada-perfect", "ben-blank", "clara-uint8", "ivan-forged-score"):
        shutil.unpack_archive(course / "dlcourse-course.zip", course.parent / "students" / student)
        folder = course.parent / "students" / student / FOLDER
        shutil.copytree(course.parent / "class" / student / "dlcourse", folder / "dlcourse", dirs_exist_ok=True)
        done = run(f"dlcourse submit {PART}", folder)
        assert done.returncode == 0, done.stderr
        (downloads / student).mkdir(parents=True)
        shutil.copy(folder / f"{PART}-submission.zip", downloads / student)


@pytest.mark.slow
def test_every_command_of_the_page_runs_and_the_grades_are_right(course):
    for command in COMMANDS:
        if command == "autograder collect downloads":
            hand_in(course, course / "downloads")
        if command.startswith("python3 -m venv"):
            continue  # the environment these tests run in is what it makes
        done = run(command, course)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    with open(course / "grades.csv", newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == PART}
    assert scores["ada-perfect"] == 30 and scores["ben-blank"] == scores["ivan-forged-score"] == 0
    assert 0 < scores["clara-uint8"] < 30
    assert (course / "feedback/clara-uint8" / PART).is_dir()
    assert (course / "autograder.zip").is_file()
    assert "clara-uint8" in (course / "report.html").read_text("utf-8")
    for table in ("scores.csv", "canvas.csv", "moodle.csv"):
        with open(course / table, newline="", encoding="utf-8") as file:
            rows = {row[0]: row for row in csv.reader(file)}
        column = 2 if table == "scores.csv" else -1
        assert {student: float(rows[student][column]) for student in scores} == pytest.approx(scores)


def test_the_page_names_every_command():
    for command in ("doctor", "new-course", "build", "release", "collect", "grade", "regrade", "report", "export"):
        assert any(line.startswith(f"autograder {command}") for line in COMMANDS), command


def test_isolation_that_the_page_speaks_of_holds_here():
    with Sandbox() as sandbox:
        assert sandbox.mode in ("bubblewrap", "landlock")
        assert sandbox.probe() == []


def test_settings_that_the_page_shows_are_right(tmp_path):
    shown = re.search(r"```toml\n(.*?)```", PAGE, re.S)[1]
    (tmp_path / "course.toml").write_text(shown)
    found = settings(tmp_path)
    assert found.deadlines["part1_knn"].isoformat() == "2030-10-15T18:00:00+02:00"
    assert found.late == Late(percent_per_day=10, at_most=50)
