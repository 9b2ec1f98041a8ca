"""A new course folder is whole, its own, and can build, release and grade by itself."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from autograder.build import stub
from autograder.locations import COURSE_ROOT, CourseError, require_own_course
from autograder.new_course import new_course
from autograder.oracle import reference_sources


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instructor") / "new" / "Kurs 2030"
    new_course(folder)
    return folder


def autograder(course, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(course), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-m", "autograder.cli", *map(str, arguments)], cwd=course, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_new_course_holds_what_an_instructor_needs_and_nothing_private(course):
    names = {path.name for path in course.iterdir()}
    assert {"course.toml", "nbgrader_config.py", "pyproject.toml", "requirements.txt", "solutions", "assignments", "dlcourse",
            "autograder", "data", "README.md"} <= names  # fmt: skip
    everything = {path.name for path in course.rglob("*")}
    assert not everything & {".autograder", "__pycache__", ".git", "tests", "gradebook.db", "recorded.zip", ".ipynb_checkpoints"}
    for path in (course / "solutions" / "dlcourse").glob("*.py"):
        assert (course / "dlcourse" / path.name).read_text("utf-8") == stub(path, course)


def test_readme_of_a_new_course_speaks_of_what_is_there(course):
    text = (course / "README.md").read_text("utf-8")
    for link in re.findall(r"\]\((?!http)(.*?)\)", text):
        assert (course / link).exists(), link
    assert "make " not in text and not (course / "Makefile").exists()


def test_grader_of_one_course_refuses_to_work_in_another(course, monkeypatch):
    require_own_course(COURSE_ROOT / "solutions")
    require_own_course(course.parent)
    with pytest.raises(CourseError, match=f"belongs to the course {course}, .* pip install -e"):
        require_own_course(course / "solutions")
    assert autograder(course, "build", "--help")


def test_new_course_refuses_what_is_there_already(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("")
    for name in ("mine", "file"):
        with pytest.raises(CourseError, match="there already"):
            new_course(tmp_path / name)
    with pytest.raises(CourseError, match="holds no solutions"):
        new_course(tmp_path / "other", root=tmp_path / "mine")
    monkeypatch.setattr("autograder.new_course.pristine", lambda course: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(CourseError, match="the disk is full"):
        new_course(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_new_course_is_made_in_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    new_course(tmp_path / "empty")
    assert (tmp_path / "empty" / "course.toml").read_bytes() == (COURSE_ROOT / "course.toml").read_bytes()


@pytest.mark.slow
def test_a_new_course_builds_releases_and_grades_by_itself(course, tmp_path):
    """The instructor gives Part I alone."""
    for folder in ("solutions/notebooks", "solutions", "assignments"):
        for path in (course / folder).glob("part*"):
            if path.name != "part1_knn":
                shutil.rmtree(path)
    settings = course / "course.toml"
    chosen = re.sub(r"^parts = \[.*?\]", 'parts = ["part1_knn"]', settings.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    settings.write_text(chosen, "utf-8")
    autograder(course, "build")
    assert "Everything is up to date." in autograder(course, "build")
    assert "no answer is in it" in autograder(course, "release", "--output", tmp_path / "course.zip")
    names = zipfile.ZipFile(tmp_path / "course.zip").namelist()
    assert "dlcourse-course/dlcourse/knn.py" in names
    assert [name for name in names if name.endswith(".ipynb")] == ["dlcourse-course/assignments/part1_knn/nearest_neighbours.ipynb"]
    (tmp_path / "ada" / "dlcourse").mkdir(parents=True)
    (tmp_path / "ada" / "dlcourse" / "knn.py").write_text(reference_sources()["knn"], "utf-8")
    report = json.loads(autograder(course, "grade", tmp_path / "ada", "--part", "part1_knn", "--json"))
    assert report["points"] == report["max_points"] == 30
    assert (course / ".autograder" / "secret").exists()  # a secret of its own
