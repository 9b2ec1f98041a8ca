"""The benchmark of graders still runs, everybody in it gives the right points, and its tables in README.md are its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import checks
from autograder.locations import COURSE_ROOT

BENCHMARKS = COURSE_ROOT / "benchmarks"
PART, NOTEBOOK = "part1_knn", "nearest_neighbours"
OTTER = os.environ.get("OTTER_PYTHON")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")


@pytest.fixture
def graders(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import graders

    return graders


@pytest.fixture
def released():
    return nbformat.read(COURSE_ROOT / "assignments" / PART / f"{NOTEBOOK}.ipynb", as_version=4)


def headings(text):
    """Return the first line of every table in a Markdown text."""
    return re.findall(r"^(\|.*\|)\n\| ---", text, re.MULTILINE)


@pytest.mark.slow
def test_script_runs_at_tiny_sizes_and_readme_holds_its_tables(graders):
    readme = BENCHMARKS / "README.md"
    before = readme.read_bytes()
    done = subprocess.run([sys.executable, BENCHMARKS / "graders.py", "--quick"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr  # the script itself looks whether the points are right
    assert readme.read_bytes() == before, "--quick leaves README.md as it is"
    assert headings(done.stdout) == headings(graders.measure.read_section("graders"))
    assert ("otter run" in done.stdout) == bool(OTTER)


@pytest.mark.skipif(not OTTER, reason="OTTER_PYTHON names no Python with otter-grader in it")
def test_otter_gives_full_points_for_the_reference_and_fewer_for_a_mistake(graders, released, tmp_path, monkeypatch):
    monkeypatch.setattr(graders.Otter, "python", OTTER)
    contestant = graders.OtterChecks(tmp_path / "otter", released, graders.make_class(2))
    contestant()
    graders.require_right_points({"direct": contestant})
    results = json.loads(Path(contestant.folder, "000-perfect/results.json").read_text())
    assert results["tests"]


def test_two_of_three_are_perfect_and_every_mistake_is_another(graders):
    students = graders.make_class(24)
    mistaken = [module for name, module in students.items() if not name.endswith("-perfect")]
    assert (len(students), len(mistaken), len(set(mistaken))) == (24, 8, 8)
    assert graders.make_class(3).items() <= students.items()


def test_the_reduced_notebook_is_the_set_up_and_one_cell_for_each_exercise(graders, released):
    cells = graders.reduced(released).cells
    names = [each.name for each in checks.select(PART)]
    assert sorted(cell.source for cell in cells[3:]) == sorted(f"nbgrader_points({name!r})" for name in names)
    assert "autoreload" in cells[1].source and "from dlcourse import knn" in cells[2].source
    assert len(graders.reduced(released, whole=True).cells) == len(released.cells) + 1
    assert all("nbgrader_points(" not in cell.source for cell in released.cells), "the notebook given is left as it is"


def test_wrong_points_stop_the_benchmark(graders):
    class Generous:
        students = {"000-perfect": "", "001-percent": ""}

        def points(self):
            return dict.fromkeys(self.students, float(sum(each.points for each in checks.select(PART))))

    with pytest.raises(RuntimeError, match="001-percent"):
        graders.require_right_points({"generous": Generous()})


def test_processor_time_counts_children_and_theirs(graders):
    burn = "import subprocess, sys, time\nwhile time.process_time() < 0.3: pass\n"
    both = f"{burn}subprocess.run([sys.executable, '-c', {burn!r}])"
    with graders.processor_time() as spent:
        subprocess.run([sys.executable, "-c", both], check=True)
    assert 0.6 <= spent.total < 2.0


def test_processor_time_counts_what_runs_in_the_sandbox(graders):
    script = """
import sys
from autograder.grading import grade, read_class
from autograder.sandbox import Sandbox
with Sandbox() as sandbox:
    submission = read_class([sys.argv[1]])[0]
    while sandbox_time(sandbox) < 0.6:
        grade(submission, sandbox, "part1_knn")
"""
    watched = f"import sys\nsys.path.insert(0, {str(BENCHMARKS)!r})\nfrom grading import sandbox_time\nimport time\n{script}"
    watched += "    time.sleep(0.5)\nprint(time.process_time())\n"
    with graders.processor_time() as spent:
        command = [sys.executable, "-c", watched, str(COURSE_ROOT / "solutions")]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(COURSE_ROOT)}
        )
    assert spent.total >= float(done.stdout) + 0.6
