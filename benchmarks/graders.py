"""Measure what a submission costs from nbgrader's folder `submitted` to a grade: ours, nbgrader itself, and otter-grader.

    python benchmarks/graders.py [--quick] [--patience SECONDS] [--repeats N] [--otter-python PATH]

Part I. Everybody starts as a process of its own, and runs the same checks on the same modules. nbgrader and otter-grader run
the notebook that students hand in, and, for comparison, one with nothing but its check cells. Writes its section of
benchmarks/README.md; with --quick, one submission each and check cells alone, it only prints it. otter-grader takes part if
PATH, or the environment variable OTTER_PYTHON, names a Python that has it beside this course's requirements.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import measure
import nbformat
import psutil
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from autograder import misconceptions
from autograder.checks import select
from autograder.demo import FORGED_SCORE, MISTAKES, first_half
from autograder.locations import COURSE_ROOT
from autograder.nbgrader_plugin import autograded_cells, exercise_of

PART, NOTEBOOK = "part1_knn", "nearest_neighbours"
SAMPLING = 0.1  # seconds
AIMS = {"direct": {"stock": 40, "otter": 150}, "plugin": {"stock": 7}}
COLUMNS = ("grader", "submissions", "time of one", "the same without start-up", "processor time of one", "without start-up")
RATIO_COLUMNS = ("a submission costs less by", "time", "without start-up", "processor time", "without start-up")
TITLES = {
    "direct": "`autograder grade --gradebook`",
    "plugin": "`nbgrader autograde`, our preprocessors",
    "stock": "`nbgrader autograde`, its own preprocessors",
    "stock, checks alone": "the same, on check cells alone",
    "otter": "`otter run`",
    "otter, checks alone": "the same, on check cells alone",
}
RATIO_TITLES = {
    "stock": "`nbgrader autograde` with its own preprocessors",
    "stock, checks alone": "the same on check cells alone",
    "otter": "`otter run`",
    "otter, checks alone": "the same on check cells alone",
}
# What a notebook needs to grade the submission it lies in by running it.
SCORE = '''
import re

from autograder import check, use

use(".")


def nbgrader_points(name):
    """Check an exercise, and return its points as the number that nbgrader looks for."""
    found = re.search(r": ([0-9.]+) of ", repr(check(name)))
    return float(found[1]) if found else 0.0
'''
OTTER_TEST = """
from otter.test_files import test_case

from autograder import checks, grading

OK_FORMAT = False
name = {test!r}
points = None
exercise = checks.find({name!r})


def passes(number):
    submission = grading.read_submission(".")
    session = grading.open_session(submission, exercise)
    result = grading.run_check(exercise.checks[number], exercise, session, grading.seed_of(exercise))
    assert result.passed, result.message
"""
OTTER_CASE = """

@test_case(points={points!r})
def test_{number}():
    passes({number})
"""


# --------------------------------------------------------------------------------------------------------- what is handed in


def mistaken_modules(perfect, blank):
    """Return knn.py of those students of `autograder demo` who made mistakes, without the endless loop."""
    modules = {"farid-validation": perfect}
    for student, mistakes in MISTAKES.items():
        modules[student] = perfect
        for exercise, name in mistakes:
            known = next(each for each in misconceptions.of(exercise) if each.name == name)
            modules[student] = misconceptions.mistaken(modules[student], known)
    return modules | {
        "ben-blank": blank,
        "gina-unfinished": first_half(perfect, blank, "class NearestNeighbor"),
        "ivan-forged-score": FORGED_SCORE,
        "jana-syntax-error": perfect.replace("def majority_vote(labels, num_classes):", "def majority_vote(labels, num_classes:"),
    }


def make_class(size):
    """Return {student: knn.py}: of three students two are perfect, and of eight mistaken ones each is like one of the demo's."""
    perfect = (COURSE_ROOT / "solutions/dlcourse/knn.py").read_text("utf-8")
    mistaken = list(mistaken_modules(perfect, (COURSE_ROOT / "dlcourse/knn.py").read_text("utf-8")).items())
    students = {}
    for number in range(size):
        name, module = mistaken[number // 3 % len(mistaken)] if number % 3 == 1 else ("perfect", perfect)
        students[f"{number:03}-{name}"] = module
    return students


def reduced(notebook, whole=False):
    """Return a released notebook whose check cells give points, with its set-up and check cells alone unless it is `whole`."""
    notebook = nbformat.from_dict(notebook)
    graded = autograded_cells(notebook)
    setup = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]  # autoreload, and the imports
    for cell in graded:
        cell.source = f"nbgrader_points({exercise_of(cell).name!r})"
    if not whole:
        notebook.cells = setup + graded
    notebook.cells.insert(0, new_code_cell(SCORE))
    return notebook


def for_otter(notebook, whole=False):
    """Return the same for otter-grader, which finds the tests of an exercise by its name."""
    notebook = reduced(notebook, whole)
    notebook.cells[0].source = 'import otter\n\nfrom autograder import use\n\nuse(".")\ngrader = otter.Notebook(tests_dir="tests")'
    for cell in notebook.cells:
        if called := re.fullmatch(r"nbgrader_points\('([^']+)'\)", cell.source):
            cell.source = f"grader.check({called[1].replace('.', '_')!r})"
    return notebook


def name_for_otter(exercise):
    return exercise.name.replace(".", "_")


# ------------------------------------------------------------------------------------------------------------------ graders


class Contestant:
    """A grader with a class of its own, which it can grade any number of times.

    Args:
        folder: where to put everything.
        released: the notebook as students get it.
        students: {student: knn.py}.

    Attributes:
        processor: processor seconds of every time that it graded its class.
    """

    def __init__(self, folder, released, students):
        self.folder, self.released, self.students, self.processor = folder, released, students, []
        folder.mkdir(parents=True)
        self.prepare()
        print(f"{folder.name}: {len(students)} submissions are ready", file=sys.stderr, flush=True)

    def __call__(self):
        """Grade the class once."""
        self.start_again()
        with processor_time() as spent:
            self.grade()
        self.processor.append(spent.total)
        print(f"{self.folder.name}: graded, {spent.total:.1f} s of processor time", file=sys.stderr, flush=True)

    def run(self, *command, python=sys.executable):
        """Run a Python command in the folder, which must be able to start others of the same environment."""
        path = os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
        threads = {} if command[0] == "autograder.cli" else {"OPENBLAS_NUM_THREADS": "1"}  # that one sets it itself
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(COURSE_ROOT), **threads}
        done = subprocess.run([python, "-m", *command], cwd=self.folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


class Course(Contestant):
    """A contestant with nbgrader's folders and gradebook."""

    def prepare(self):
        self.write_course()
        self.run("nbgrader", "generate_assignment", PART)
        for student, module in self.students.items():
            package = self.folder / "submitted" / student / PART / "dlcourse"
            package.mkdir(parents=True)
            (package / "knn.py").write_text(module, "utf-8")
            shutil.copy(self.folder / "assignments" / PART / f"{NOTEBOOK}.ipynb", package.parent)
        shutil.copy(self.folder / "gradebook.db", self.folder / "gradebook.new")

    def write_course(self):
        shutil.copytree(COURSE_ROOT / "solutions" / PART, self.folder / "solutions" / PART)
        shutil.copy(COURSE_ROOT / "nbgrader_config.py", self.folder)

    def start_again(self):
        """Forget all grades: some milliseconds."""
        for made in ("autograded", ".autograder"):
            shutil.rmtree(self.folder / made, ignore_errors=True)
        shutil.copy(self.folder / "gradebook.new", self.folder / "gradebook.db")

    def grade(self):
        self.run("nbgrader", "autograde", PART)

    def points(self):
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            return {
                each.student.id: sum(grade.auto_score or 0.0 for book in each.notebooks for grade in book.grades)
                for each in gradebook.assignment_submissions(PART)
            }


class Direct(Course):
    def grade(self):
        self.run("autograder.cli", "grade", "submitted", "--part", PART, "--gradebook")


class Stock(Course):
    """nbgrader as it comes, on a notebook that grades by being run."""

    whole = True

    def write_course(self):
        source = self.folder / "source" / PART
        source.mkdir(parents=True)
        nbformat.write(reduced(self.released, self.whole), source / f"{NOTEBOOK}.ipynb")
        self.folder.joinpath("nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.release_directory = "assignments"\nc.ExecutePreprocessor.timeout = 600\n'
        )


class StockChecks(Stock):
    whole = False


class Otter(Contestant):
    """otter-grader without Docker: a process for each submission."""

    python, whole = None, True

    def prepare(self):
        with zipfile.ZipFile(self.folder / "autograder.zip", "w") as tests:
            for each in select(PART):
                count = len(each.checks)
                cases = (OTTER_CASE.format(number=n, points=each.points / count) for n in range(count))
                body = OTTER_TEST.format(test=name_for_otter(each), name=each.name)
                tests.writestr(f"tests/{name_for_otter(each)}.py", body + "".join(cases))
        for student, module in self.students.items():
            with zipfile.ZipFile(self.folder / f"{student}.zip", "w") as submission:
                submission.writestr(f"{NOTEBOOK}.ipynb", nbformat.writes(for_otter(self.released, self.whole)))
                submission.writestr("dlcourse/knn.py", module)

    def start_again(self):
        for student in self.students:
            shutil.rmtree(self.folder / student, ignore_errors=True)
            (self.folder / student).mkdir()

    def grade(self):
        for student in self.students:
            self.run("otter", "run", f"{student}.zip", "-a", "autograder.zip", "-o", student, "--no-logo", python=self.python)

    def points(self):
        return {student: self.points_of(student) for student in self.students}

    def points_of(self, student):
        results = json.loads((self.folder / student / "results.json").read_text("utf-8"))
        return sum(each.get("score", 0.0) for each in results["tests"])


class OtterChecks(Otter):
    whole = False


def require_right_points(contestants):
    """Raise RuntimeError unless everybody gave full points for the reference and for nothing else."""
    full = sum(exercise.points for exercise in select(PART))
    for name, contestant in contestants.items():
        points = contestant.points()
        wrong = [each for each in contestant.students if (abs(points[each] - full) < 0.01) != each.endswith("-perfect")]
        if wrong:
            raise RuntimeError(f"{name} does not grade what it should: {', '.join(f'{each} {points[each]}' for each in wrong)}")


# ----------------------------------------------------------------------------------------------------------- processor time


@contextmanager
def processor_time():
    """Add up the processor seconds of all processes that are started in this context: an object whose `total` they are.

    Processes add theirs to their parent's as they end, except for the sandbox's: those end with their namespace, which
    tells nobody. These are looked at while they run.
    """

    class Spent:
        total = 0.0

    sandboxes, over = {}, threading.Event()

    def watch():
        while not over.wait(SAMPLING):
            for each in psutil.Process().children(recursive=True):
                try:
                    if "bwrap" == each.parent().name() != each.name():
                        sandboxes[each] = sum(each.cpu_times()[:4])
                except (psutil.Error, AttributeError):
                    continue  # it has just ended

    watcher = threading.Thread(target=watch)
    before = ended_processes()
    watcher.start()
    try:
        yield Spent
    finally:
        over.set()
        watcher.join()
        Spent.total = ended_processes() - before + sum(sandboxes.values())


def ended_processes():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ------------------------------------------------------------------------------------------------------------------- result


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one submission each, one sample, and README.md stays as it is")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for a quiet machine")
    parser.add_argument("--repeats", type=int, default=3, help="samples of each")
    parser.add_argument("--otter-python", default=os.environ.get("OTTER_PYTHON"), help="a Python with otter-grader in it")
    options = parser.parse_args(arguments)
    Otter.python = options.otter_python
    repeats, patience = (1, 0.0) if options.quick else (options.repeats, options.patience)
    released = nbformat.read(COURSE_ROOT / "assignments" / PART / f"{NOTEBOOK}.ipynb", as_version=4)
    kinds = {"direct": (Direct, 96), "plugin": (Course, 24), "stock": (Stock, 2), "stock, checks alone": (StockChecks, 4)}
    if options.otter_python:
        kinds |= {"otter": (Otter, 1), "otter, checks alone": (OtterChecks, 3)}
    if options.quick:
        kinds = {name: (kind, 1) for name, (kind, _) in kinds.items() if name not in ("stock", "otter")}
    with tempfile.TemporaryDirectory() as folder:
        contestants = {}
        for name, (kind, size) in kinds.items():
            contestants[name] = kind(Path(folder, name), released, make_class(size))
            if kind not in (Otter, OtterChecks) and size > 1:  # there, every submission is a start
                contestants[f"{name}, one"] = kind(Path(folder, f"{name}, one"), released, make_class(1))
        samples = measure.interleaved(contestants, repeats, patience)
        require_right_points(contestants)
    costs = {name: cost(name, contestants, samples) for name in kinds}
    rows = [[TITLES[name], str(len(contestants[name].students)), *map(shown, costs[name])] for name in kinds]
    notes = [] if options.otter_python else ["otter-grader was not installed."]
    text = "\n\n".join(
        [
            measure.table(COLUMNS, rows),
            measure.table(RATIO_COLUMNS, ratios(costs)),
            *notes,
            f"{measure.machine(*versions(options.otter_python))}. {measure.discarded(samples.values())}",
        ]
    )
    if options.quick:
        print(text)
    else:
        measure.write_section("graders", text)
    return text


def cost(name, contestants, samples):
    """Return seconds a submission: time, the same without start-up, processor time, the same without start-up."""
    both = []
    for seconds in (
        {each: samples[each].median for each in contestants},
        {each: statistics.median(contestants[each].processor) for each in contestants},
    ):
        size, one = len(contestants[name].students), f"{name}, one"
        each = seconds[name] / size
        both += [each, (seconds[name] - seconds[one]) / (size - 1) if one in seconds else each]
    return both


def ratios(costs):
    """Return the rows that say by how much ours is cheaper; the aims are for the same notebook, or an equivalent one."""
    rows = []
    for ours, aims in AIMS.items():
        for other in RATIO_TITLES:
            if other not in costs:
                continue
            found = [theirs / mine for mine, theirs in zip(costs[ours], costs[other], strict=True)]
            aim = aims.get(other)
            cells = [f"{ratio:.1f}" for ratio in found]
            if aim:
                cells = [measure.verdict(cell, f"at least {aim}", ratio >= aim) for cell, ratio in zip(cells, found, strict=True)]
            rows.append([f"{TITLES[ours]} against {RATIO_TITLES[other]}", *cells])
    return rows


def shown(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def versions(otter_python):
    found = [("nbgrader", version("nbgrader"))]
    if otter_python:
        ask = "from importlib.metadata import version; print(version('otter-grader'))"
        done = subprocess.run([otter_python, "-c", ask], capture_output=True, text=True, check=True)
        found.append(("otter-grader", done.stdout.strip()))
    return found


if __name__ == "__main__":
    main()
