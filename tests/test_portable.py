"""The student's half works on other systems: on this one as it is, and on what Linux can pretend of Windows."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from autograder.locations import COURSE_ROOT

NAMES = subprocess.run(["git", "ls-files"], cwd=COURSE_ROOT, capture_output=True, text=True, encoding="utf-8")

BEGIN = """
import sys
sys.path.insert(0, {tests!r})
if {pretended!r}:
    import pretend_windows
    pretend_windows.pretend()
"""

PRACTICE = """
import importlib, json, pathlib
import numpy as np
import dlcourse
from autograder import check, checks, use
for path in pathlib.Path(dlcourse.__path__[0], "toolkit").glob("*.py"):
    importlib.import_module(f"dlcourse.toolkit.{path.stem}")
assert "not yet" in repr(check("knn.accuracy"))
module = pathlib.Path(dlcourse.__path__[0], "knn.py")
stub = module.read_text("utf-8")
reference = pathlib.Path("solutions/dlcourse/knn.py").read_text("utf-8")
module.write_text(reference.replace("def accuracy(", "# Überprüft: ✓\\ndef accuracy("), "utf-8")  # with Windows' own ends of lines
said = repr(check("knn.accuracy"))
assert "1 of 1 points" in said, said
module.write_text(reference.replace("sqrt", "square"), "utf-8")
said = repr(check("knn.l2_distances"))
assert "of 4 points" in said and "Hint 1" in said and "✗" in said, said
module.write_text(stub, "utf-8")
use("solutions")
for exercise in checks.catalogue():
    said = repr(check(exercise.name))
    assert f"{exercise.points:g} of {exercise.points:g} points" in said, said
print("checked")
"""

GIVEN = """
import numpy as np, pathlib
from dlcourse.toolkit import datasets, figures, training
from autograder import use
use("solutions")
from dlcourse.layers import CrossEntropyLoss, Linear
data = datasets.load("digits")
images = data.train_images.reshape(len(data.train_images), -1) / 255
model = Linear(images.shape[1], 10, np.random.default_rng(0), dtype=np.float64)
sets = (images[:800], data.train_labels[:800], images[800:], data.train_labels[800:])
optimizer = training.GradientDescent(model.parameters(), 0.1)
history = training.fit(model, CrossEntropyLoss(), sets, optimizer, epochs=2, rng=np.random.default_rng(0))
assert len(history.train_loss) == 2
print("trained")
"""

SUBMIT = """
from typer.testing import CliRunner
from dlcourse.toolkit.cli.commands import app
done = CliRunner().invoke(app, ["submit", "part1_knn"], catch_exceptions=False)
assert done.exit_code == 0, done.output
import pathlib, zipfile
files = zipfile.ZipFile("part1_knn-submission.zip").namelist()
assert "part1_knn/dlcourse/knn.py" in files and not any("\\\\" in name for name in files), files
print("packed")
"""


@pytest.fixture
def course(tmp_path_factory):
    """The course in a folder whose name is none of ASCII."""
    root = tmp_path_factory.mktemp("Курс машинного обучения é") / "dl course"
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("dlcourse", "autograder", "solutions/dlcourse", "assignments/part1_knn", "data"):
        shutil.copytree(COURSE_ROOT / folder, root / folder, ignore=left_out)
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(COURSE_ROOT / name, root)
    return root


def run(code, course, pretended):
    """Run code in the course and return what it printed; a text file that our code opens without encoding= fails."""
    begin = BEGIN.format(tests=str(COURSE_ROOT / "tests"), pretended=pretended)
    environment = os.environ | {"PYTHONPATH": str(course), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    command = [sys.executable, "-X", "warn_default_encoding", "-c", begin + code]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    careless = re.findall(r"^(.*(?:dlcourse|autograder)[/\\]\S+\.py:\d+): EncodingWarning.*", done.stderr, re.MULTILINE)
    assert not careless, f"text files without encoding=: {careless}"
    return done.stdout


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="this is Windows"))],
                ids=["this system", "Windows pretended"])  # fmt: skip
def pretended(request):
    return request.param


def test_exercises_are_checked_a_model_is_trained_and_a_part_is_packed(course, pretended):
    assert run(PRACTICE + GIVEN + SUBMIT, course, pretended) == "checked\ntrained\npacked\n"


REFUSED = """
import os, pathlib
file = open("open", "wb")
for attempt in (
    lambda: __import__("resource"),
    lambda: os.fork(),
    lambda: pathlib.Path("x").write_text("✓"),
    lambda: os.replace("open", "z"),
    lambda: os.unlink("open"),
):
    try:
        attempt()
        print("done")
    except Exception as error:
        print(type(error).__name__)
pathlib.Path("text").write_text("a\\n")
print(pathlib.Path("text").read_bytes())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this is Windows")
def test_what_windows_refuses_is_refused_in_the_pretence(course):
    refused = ["ModuleNotFoundError", "AttributeError", "UnicodeEncodeError", "PermissionError", "PermissionError"]
    assert run(REFUSED, course, pretended=True).splitlines() == [*refused, "b'a\\r\\n'"]


@pytest.mark.skipif(NAMES.returncode != 0, reason="not in a git repository")
def test_every_file_can_be_written_on_every_file_system():
    names = NAMES.stdout.splitlines()
    assert len({name.lower() for name in names}) == len(names), "two names differ in capitals alone"
    for name in names:
        assert len(name) <= 120, "Windows allows 260 with the folder's own name"
        for piece in name.split("/"):
            assert not re.search(r'[<>:"|?*\\]|[. ]$', piece), name
            assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", piece), name
