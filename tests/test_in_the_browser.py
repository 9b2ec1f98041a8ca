"""Part I needs only what a browser has: no threads, no processes, no sockets, none of the instructor's packages."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder.locations import COURSE_ROOT

GUARD = """
import sys

BLOCKED = {"nbgrader", "rich", "typer", "ipympl", "jupytext", "pytest", "nbformat", "nbclient", "sqlalchemy", "resource",
           "termios", "multiprocessing", "psycopg2", "sklearn", "torch", "watchdog"}

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r} in a browser", name=name)

sys.meta_path.insert(0, Blocked())
sys.modules["fcntl"] = type(sys)("fcntl")  # it is there, and knows no locks

def audit(event, arguments):
    if event in ("socket.__new__", "subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn", "os.system"):
        raise RuntimeError(f"{event} does not work in a browser")

def no_thread(self):
    raise RuntimeError("can't start new thread")

sys.addaudithook(audit)
import importlib.metadata
installed = importlib.metadata.distribution

def not_installed(name):
    if name == "dlcourse":
        raise importlib.metadata.PackageNotFoundError(name)
    return installed(name)

importlib.metadata.distribution = not_installed
import threading
threading.Thread.start = no_thread
"""
IMPORTS = """
import importlib, pkgutil
from autograder import check
import autograder.notebook
import dlcourse
for module in pkgutil.iter_modules(dlcourse.__path__):
    if module.name not in ("toolkit", "__main__"):
        importlib.import_module(f"dlcourse.{module.name}")
import matplotlib.pyplot
from dlcourse.toolkit import datasets, figures
from dlcourse.toolkit.notebook import experiment, scoreboard
"""
RIGHT = """
    distances = np.empty((len(queries), len(points)), np.float64 if queries.dtype == np.float64 else np.float32)
    for i, query in enumerate(queries.astype(distances.dtype)):
        distances[i] = np.abs(points.astype(distances.dtype) - query).sum(axis=1)
    return distances
"""
STUB = "\n    # YOUR CODE HERE\n    raise NotImplementedError(\"knn.l1_distances is not written yet\")\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course") / "drive"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db", "tests", "docs", "build", "benchmarks", "demo")
    shutil.copytree(COURSE_ROOT, root, ignore=left_out)
    return root


def run(course, code):
    environment = {**os.environ, "PYTHONPATH": str(course), "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", GUARD + code]
    done = subprocess.run(command, cwd=course / "assignments/part1_knn", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_imports_need_nothing_that_a_browser_lacks(course):
    assert run(course, IMPORTS + "print(dlcourse.__path__[0])").strip() == str(course / "dlcourse")


def test_the_guard_guards():
    for code in ("import rich", "import socket; socket.socket()", "import threading; threading.Thread(target=print).start()",
                 "import subprocess; subprocess.run(['true'])"):  # fmt: skip
        assert subprocess.run([sys.executable, "-c", GUARD + code], capture_output=True).returncode != 0, code


def test_an_exercise_is_solved_there(course):
    """Not yet, then right, then wrong, each time as the file is saved."""
    module = course / "dlcourse/knn.py"
    stub = module.read_text("utf-8")
    assert stub.count(STUB) == 1, "the stub of l1_distances looks different now"
    said = []
    for body in (STUB, RIGHT, RIGHT.replace("np.abs(", "(")):
        module.write_text(stub.replace(STUB, body), "utf-8")
        said.append(run(course, IMPORTS + "print(check('knn.l1_distances'))"))
    module.write_text(stub, "utf-8")
    unwritten, right, wrong = said
    assert "not yet" in unwritten
    assert "2 of 2 points" in right and "✗" not in right
    assert "✗" in wrong and "Why:" in wrong


def test_data_and_experiments_run_there(course):
    code = IMPORTS + """
digits, shapes = datasets.load("digits"), datasets.load("shapes", train=50, validation=10, test=10)
import numpy as np
from dlcourse import knn
with experiment():
    knn.l1_distances(np.zeros((2, 3)), np.ones((4, 3)))
figures.set_style()
figures.show(figures.image_grid(shapes.train_images[:4]), alt="Four shapes in a row.", caption="Shapes.")
scoreboard([("digits", None, 0.9, 1.0)])
"""
    said = run(course, code)
    assert "waits for knn.l1_distances" in said and "not measured" in said
