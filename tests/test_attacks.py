"""Attacks on the grader earn nothing, reach nothing, and leave nothing behind.

Every file in `tests/attacks` would be some student's `dlcourse/knn.py`; its docstring says what it tries, and it holds no
solution. One that gets further than it should raises RuntimeError("escaped: …"). In its text, {course}, {home} and
{temporary} stand for folders of this machine, which a stranger might know, and {canary} for a file that lies in each.
"""

import ast
import os
import secrets
import tempfile
import time
from pathlib import Path

import pytest

from autograder import checks
from autograder.grading import SharedProcess, Submission, grade_exercise
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources
from autograder.sandbox import Limits, Sandbox, SandboxError

ATTACKS = {path.stem: path for path in sorted((Path(__file__).parent / "attacks").glob("*.py"))}
EXERCISES = [exercise.name.split(".")[1] for exercise in checks.catalogue() if exercise.module == "knn"]
SHORT = Limits(seconds=0.5, cpu_seconds=1)
FOLDERS = {"course": COURSE_ROOT, "home": Path.home(), "temporary": Path(tempfile.gettempdir())}
WATCHED = [folder for folder in FOLDERS.values() if os.access(folder, os.W_OK)]

def submission(source, name="mallory"):
    return Submission(name, {"knn": source}, COURSE_ROOT)


def exercises_in(source):
    """Return the exercises that a module defines."""
    tree = ast.parse(source)
    names = {getattr(node, "name", None) for node in tree.body}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return [checks.find(f"knn.{name}") for name in EXERCISES if name in names]


@pytest.fixture(scope="module", params=["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)])
def sandbox(request):
    try:
        sandbox = Sandbox(request.param)
    except SandboxError as error:
        pytest.skip(str(error))
    with sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def canary():
    """The name of a file that lies in each of WATCHED and holds its own name."""
    name = f".canary-{secrets.token_hex(8)}"
    for folder in WATCHED:
        (folder / name).write_text(name)
    yield name
    for folder in WATCHED:
        (folder / name).unlink()


def outside(canary):
    """Return all that an attack could have changed outside of the sandbox."""
    places = [*FOLDERS.values(), Path("/dev/shm"), Path("/var/tmp"), Path("/")]
    stats = [os.stat(folder / canary) for folder in WATCHED]
    return (
        [(s.st_mode, s.st_uid, s.st_size, s.st_mtime_ns, s.st_ino, s.st_nlink) for s in stats],
        [((folder / canary).read_text(), os.listxattr(folder / canary)) for folder in WATCHED],
        [name for place in places if place.is_dir() for name in os.listdir(place) if "attacked" in name],
    )


def descendants(process):
    """Return the numbers of the processes below `process`."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(entry)] = int(Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def of_a_bystander(sandbox):
    """Grade another student, who has all points but for ties in the vote."""
    largest_wins = "return num_classes - 1 - votes[:, ::-1].argmax(axis=1)"
    source = reference_sources()["knn"].replace("return votes.argmax(axis=1)", largest_wins)
    start = time.perf_counter()
    results = [grade_exercise(submission(source, "alice"), checks.find(name), sandbox, "secret") for name in BYSTANDER]
    assert time.perf_counter() - start < 5, "another student has to wait"
    return results


BYSTANDER = ("knn.accuracy", "knn.majority_vote")


@pytest.fixture(scope="module")
def before(sandbox, canary):
    """How things are before any attack: files, processes, and another student's results."""
    results = of_a_bystander(sandbox)
    assert results[0].points == 1 and 0 < results[1].points < 3
    return outside(canary), descendants(sandbox.process.pid), results


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_earns_nothing_and_changes_nothing(attack, sandbox, canary, before):
    source = ATTACKS[attack].read_text("utf-8").replace("{canary}", canary).replace("{padding}", "#\n" * 30_000)
    for name, folder in FOLDERS.items():
        source = source.replace(f"{{{name}}}", str(folder))
    exercises = exercises_in(source)
    assert exercises, "it attacks no exercise"

    start = time.perf_counter()
    with SharedProcess(submission(source), sandbox, SHORT) as process:
        results = [
            grade_exercise(submission(source), exercise, sandbox, "secret", SHORT, process=process) for exercise in exercises
        ]
    seconds = time.perf_counter() - start

    messages = " ".join(check.message for result in results for check in result.checks)
    assert "Error: escaped" not in messages
    assert canary not in messages.replace(f"/{canary}", "")  # but in the line of an attack that names the path
    assert {result.name: result.points for result in results} == {exercise.name: 0 for exercise in exercises}
    assert seconds < 2 * len(exercises) * (SHORT.seconds + 1.5), "the grader itself was kept busy"
    assert (outside(canary), descendants(sandbox.process.pid), of_a_bystander(sandbox)) == before


def test_every_attack_says_what_it_tries():
    assert len(ATTACKS) >= 100
    for name, path in ATTACKS.items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), name


def test_a_blank_submission_earns_nothing(sandbox):
    blank = (COURSE_ROOT / "dlcourse" / "knn.py").read_text("utf-8")
    for name in EXERCISES:
        assert grade_exercise(submission(blank), checks.find(f"knn.{name}"), sandbox, "secret").points == 0


def test_inputs_told_in_a_message_do_not_help_the_next_submission(sandbox):
    exercise = checks.find("knn.majority_vote")
    teller = "def majority_vote(labels, num_classes):\n    raise ValueError(''.join(map(str, labels.ravel())))"
    first = grade_exercise(submission(teller), exercise, sandbox, "secret")
    told = [check.message.removeprefix("ValueError: ").partition(" ")[0] for check in first.checks]
    table = {}
    for digits in filter(str.isdigit, told):
        votes = [[int(vote) for vote in digits[start : start + 4]] for start in range(0, len(digits), 4)]
        table[digits] = [min(row, key=lambda label, row=row: (-row.count(label), label)) for row in votes]
    answer = f"import numpy as np\ndef majority_vote(labels, n): return np.array({table}[''.join(map(str, labels.ravel()))])"
    assert grade_exercise(submission(answer), exercise, sandbox, "secret").points == 0
