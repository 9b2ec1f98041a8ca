"""docs/add-an-exercise.md followed to the letter: every block applied, every command run, in a copy of the course."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.locations import COURSE_ROOT

PAGE = (COURSE_ROOT / "docs/add-an-exercise.md").read_text("utf-8")
STEP = re.compile(r"Append to\s+`([^`]+)`:\n\n```python\n(.*?)```", re.DOTALL)
CONSOLE = "".join(re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [line.removeprefix("$ ") for line in CONSOLE.splitlines()]


def test_every_block_of_the_page_belongs_to_a_file():
    steps = STEP.findall(PAGE)
    assert len(steps) == PAGE.count("```python") == 4
    assert all((COURSE_ROOT / path).is_file() for path, _ in steps)
    assert [command.split()[0] for command in COMMANDS] == ["autograder", "python"]


@pytest.mark.slow
def test_the_page_makes_an_exercise(tmp_path):
    root = tmp_path / "dlcourse"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db", "build", "submitted", "autograded")
    shutil.copytree(COURSE_ROOT, root, ignore=left_out)
    for path, block in STEP.findall(PAGE):
        with open(root / path, "a", encoding="utf-8") as file:
            file.write(block)
    for command in COMMANDS:
        done = run(command, root)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed >= 2 + 3 * 3 and "failed" not in done.stdout
    assert "chebyshev_distances is not written yet" in (root / "dlcourse/knn.py").read_text("utf-8")
    student = (root / "assignments/part1_knn/nearest_neighbours.ipynb").read_text("utf-8")
    assert 'check(\\"knn.chebyshev_distances\\")' in student and ".max(axis=2)" not in student


def run(command, root):
    """Run a command as if the course's virtual environment were active and the course installed in it."""
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(root), "PATH": path, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, shell=True, cwd=root, env=environment, capture_output=True, text=True)
