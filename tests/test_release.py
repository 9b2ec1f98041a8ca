"""The students' archive: it gives no answer away, judges as grading does, and a student can work with it alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import checks, giveaways, grading, live, misconceptions, recorded, rehearsal
from autograder import release as releasing
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_session, reference_sources
from autograder.release import FOLDER, release
from autograder.sandbox import Stopped

PERFECT = reference_sources()
MISTAKES = misconceptions.everything()
# Wrong only together with what earlier checks left on the class, which the live reference and its own runs share.
STATEFUL = {("layers.Sequential", "layers-shared-by-all-networks")}

GRADE = """
import json, sys
from pathlib import Path
from autograder import checks, grading, oracle
assert not oracle.has_reference() and Path(grading.__file__).is_relative_to(Path.cwd()), grading.__file__
job = json.load(sys.stdin)
weights = Path(job["weights"]).read_bytes()
for name, sources in job["exercises"]:
    submission = grading.Submission("somebody", job["others"] | sources, Path("somebody"), weights=weights)
    result = grading.grade_exercise(submission, checks.find(name))
    print(json.dumps([result.points, [[c.name, c.status, c.message, c.explanation] for c in result.checks]]))
"""

WEIGHTS = COURSE_ROOT / "solutions/dlcourse/challenge.npz"

SOME = {*(each.name for each in checks.catalogue()[::8]), "knn.accuracy", "knn.KNearestNeighbor", "losses.softmax"}


@pytest.fixture(scope="module")
def whole_archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("release") / "course.zip"
    release(path)
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The archive with recorded answers of some exercises: of all of them takes half a minute."""
    path = tmp_path_factory.mktemp("release") / "course.zip"
    with pytest.MonkeyPatch.context() as patch:
        some = rehearsal.recorded_zip([checks.find(name) for name in sorted(SOME)])
        patch.setattr(releasing, "recorded_zip", lambda exercises: some)
        release(path)
    return path


def unpacked(archive, tmp_path_factory):
    """Unpack an archive as a student would, in a folder whose name is not plain."""
    folder = tmp_path_factory.mktemp("student") / "Kurs für Ünal"
    shutil.unpack_archive(archive, folder)
    return folder / FOLDER


@pytest.fixture(scope="module")
def course(archive, tmp_path_factory):
    return unpacked(archive, tmp_path_factory)


@pytest.fixture(scope="module")
def whole_course(whole_archive, tmp_path_factory):
    return unpacked(whole_archive, tmp_path_factory)


@pytest.fixture
def remembered(monkeypatch):
    """Each known mistake is made once for each check: hundreds of gradings ask for the same ones."""
    endings, ending = {}, live.Mistake.ending

    def remember(mistake, check):
        key = mistake.misconception, check
        if key not in endings:
            endings[key] = ending(mistake, check)
        return endings[key]

    monkeypatch.setattr(live.Mistake, "ending", remember)


def run(course, *command, text="", python=sys.executable, **more):
    environment = {**os.environ, "PYTHONPATH": str(course), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([python, *command], input=text, cwd=course, env=environment, capture_output=True, text=True,
                          encoding="utf-8", **more)  # fmt: skip


def graded_there(course, exercises, others=PERFECT):
    """Return [points, [[check, status, message, explanation], …]] of each (exercise, changed sources), by the release alone."""
    job = {"exercises": exercises, "others": others, "weights": str(WEIGHTS)}
    done = run(course, "-W", "ignore", "-c", GRADE, text=json.dumps(job))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def graded_here(name, sources):
    submission = grading.Submission("somebody", PERFECT | sources, Path("somebody"), weights=WEIGHTS.read_bytes())
    result = grading.grade_exercise(submission, checks.find(name))
    return [result.points, [[c.name, c.status, c.message, c.explanation] for c in result.checks]]


def without_place(result):
    """Drop where an exception was raised, and how long a model took.

    Nothing stands in for the student's other exercises, so an exception may come from one of them.
    """
    points, rows = result
    changing = r" \(somebody/dlcourse/.*|[\d.]+ s$"
    return [points, [[name, status, re.sub(changing, "", message), told] for name, status, message, told in rows]]


def assert_judged_alike(course, mistakes):
    wrong = [[each.exercise, {each.module: misconceptions.source_with(each)}] for each in mistakes]
    there = graded_there(course, wrong)
    assert len(there) == len(mistakes) > 40
    for mistake, (name, sources), result in zip(mistakes, wrong, there, strict=True):
        if (mistake.exercise, mistake.name) in STATEFUL:
            assert result[0] < checks.find(name).points
        else:
            assert without_place(result) == without_place(graded_here(name, sources)), (mistake.exercise, mistake.name)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_recorded_answers_judge_some_misconceptions_as_grading_does(course, remembered):
    assert_judged_alike(course, [each for each in MISTAKES if each.exercise in SOME][::2])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_recorded_answers_judge_every_misconception_as_grading_does(whole_course, remembered):
    assert_judged_alike(whole_course, MISTAKES)


def test_in_a_release_some_references_pass_and_stubs_are_not_yet_written(course):
    assert_two_sided(course, sorted(SOME))


@pytest.mark.slow
def test_in_a_release_references_pass_and_stubs_are_not_yet_written(whole_course):
    assert_two_sided(whole_course, [each.name for each in checks.catalogue()])


def assert_two_sided(course, names):
    exercises = [[name, {}] for name in names]
    for name, (points, rows) in zip(names, graded_there(course, exercises), strict=True):
        assert points == checks.find(name).points, (name, rows)
    stubs = {path.stem: path.read_text("utf-8") for path in (course / "dlcourse").glob("*.py")}
    for name, (points, rows) in zip(names, graded_there(course, exercises, stubs), strict=True):
        assert points == 0 and {row[1] for row in rows} == {"not written"}, name


def test_what_an_exercise_calls_is_blamed_where_it_is_wrong(course):
    """KNearestNeighbor as in the reference, with a majority_vote that asks the first neighbour alone, and one that is a stub."""
    wrong = "return labels[:, 0]"
    stub = "raise NotImplementedError('knn.majority_vote is not written yet')"
    for body in (wrong, stub):
        changed = {"knn": f"{PERFECT['knn']}\n\ndef majority_vote(labels, num_classes):\n    {body}\n"}
        [[points, rows]] = graded_there(course, [["knn.KNearestNeighbor", changed]])
        told = {told for _, status, _, told in rows if status != "passed"}
        assert points < checks.find("knn.KNearestNeighbor").points
        assert "This uses knn.majority_vote, which does not pass its checks yet: mend that first." in told, rows
        assert graded_here("knn.KNearestNeighbor", changed)[0] == checks.find("knn.KNearestNeighbor").points


def test_a_request_that_was_not_recorded_is_not_answered():
    exercise = checks.find("knn.l2_distances")
    check = next(each for each in exercise.checks if each.__name__ == "check_random_points")
    practice = grading.seed_of(exercise)
    heard = rehearsal.Rehearsal()
    play = heard.conversation(exercise, check, reference_session(exercise.name),
                              lambda check, session, known: grading.play(exercise, practice, check, session, known))  # fmt: skip
    for seed, fits in ((practice, True), ("1234", False)):
        playback = recorded.Session(recorded.Playback(play[1]), sources={})
        known = type("Known", (), {"oracle": lambda self, *_, there=playback: there.module})()
        arguments = grading.arguments(check, exercise, reference_session(exercise.name), seed, known)
        if fits:
            check(**arguments)
        else:
            with pytest.raises(Stopped, match="do not fit what this check asks"):
                check(**arguments)


def test_inputs_may_differ_in_their_last_bits():
    import numpy as np

    numbers = np.random.default_rng(0).normal(size=(4, 5))
    one, other, third = (recorded.sketch_of(["call", x]) for x in (numbers, numbers * (1 + 1e-12), numbers * 1.01))
    assert recorded.alike(one, other) and not recorded.alike(one, third)


def test_a_check_that_asks_what_a_student_answered_cannot_be_recorded(monkeypatch):
    exercise = checks.find("linear.predict_labels")

    def check_asks(function, reference, rng):
        """asks about what the student returned"""
        scores = rng.normal(size=(3, 4))
        got = function(scores)
        np_got = got.astype(float).reshape(1, -1)
        assert reference(np_got) is not None
        grading_fails = list(got) != list(scores.argmax(axis=1))
        if grading_fails:
            raise grading.CheckFailed("wrong")

    monkeypatch.setattr(exercise, "checks", [check_asks])
    with pytest.raises(CourseError, match="check_asks asks the reference depends on the student's answer"):
        rehearsal.record(exercise)


def test_recording_gives_the_same_bytes_again():
    some = [checks.find(name) for name in ("knn.majority_vote", "losses.softmax", "regularization.l2_penalty")]
    assert rehearsal.recorded_zip(some) == rehearsal.recorded_zip(some)


@pytest.mark.slow
def test_the_same_course_gives_the_same_archive(whole_archive, tmp_path):
    release(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").stat().st_size < 3e6
    assert (tmp_path / "again.zip").read_bytes() == whole_archive.read_bytes()


# ------------------------------------------------------------------------------------------------------ nothing given away


def test_archive_holds_no_answer(archive):
    with zipfile.ZipFile(archive) as zipped:
        files = {name.removeprefix(f"{FOLDER}/"): zipped.read(name) for name in zipped.namelist()}
        assert zipped.namelist() == sorted(zipped.namelist())
        assert {info.date_time for info in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert giveaways.giveaways(files, COURSE_ROOT) == []
    assert not [name for name in files if name.startswith(("solutions", ".")) or "misconceptions" in name or "/live" in name]
    assert {"README.md", "requirements.txt", "pyproject.toml", "dlcourse/knn.py", "data/digits.npz"} <= files.keys()
    for module in PERFECT:
        assert b"NotImplementedError" in files[f"dlcourse/{module}.py"]


def solution_only_text():
    return giveaways.answer_texts(COURSE_ROOT)[0]


LEAKS = {
    "a reference module": ("dlcourse/knn.py", PERFECT["knn"]),
    "a function under other names": (
        "dlcourse/toolkit/helpers.py",
        "def f(a, b):\n    return np.concatenate([a, b[:, np.newaxis]], axis=1)\n",
    ),
    "two lines in another layout": (
        "autograder/checks/knn.py",
        "def far(one, many):\n    out = np.empty((len(one), len(many)))\n    for i, a in enumerate(one):  # each\n"
        "        for j, b in enumerate(many):\n            out[ i,j ]=1\n",
    ),
    "a marker": ("README.md", "### BEGIN SOLUTION"),
    "hidden tests": ("dlcourse/toolkit/x.py", "### BEGIN HIDDEN TESTS\n"),
    "the solutions": ("solutions/dlcourse/knn.py", "import numpy"),
    "misconceptions": ("autograder/misconceptions/knn.py", ""),
    "definitions": ("autograder/definitions/convolution.py", ""),
    "a definition that a check compares with": (
        "autograder/checks/convolution.py",
        (COURSE_ROOT / "autograder/definitions/convolution.py").read_text("utf-8"),
    ),
    "a compiled file": ("dlcourse/knn.cpython-311.pyc", ""),
    "git data": (".git/config", ""),
    "the secret's folder": (".autograder/secret", "0"),
    "a path of this machine": ("dlcourse/toolkit/x.py", f"# {COURSE_ROOT.resolve()}\n"),
    "outputs": ("assignments/p/x.ipynb", {"cell_type": "code", "source": "1 + 1", "metadata": {}, "outputs": [{"text": "2"}]}),
    "a written answer": ("assignments/p/x.ipynb", {"cell_type": "markdown", "source": "LEAK", "metadata": {}}),
    "a wrong version of an answer": (
        "autograder/checks/knn.py",
        next(m.body for m in MISTAKES if m.exercise == "linear.fold_bias" and m.name == "always-float64").strip("\n"),
    ),
}


@pytest.mark.parametrize("path, content", LEAKS.values(), ids=LEAKS)
def test_what_gives_an_answer_away_is_found(path, content):
    if isinstance(content, dict):
        content = json.dumps({"cells": [content]}).replace("LEAK", solution_only_text())
    elif path.endswith(".py") and content.startswith("    "):
        content = f"def f():\n{content}\n"
    assert giveaways.giveaways({path: content.encode()}, COURSE_ROOT)


def test_every_exception_of_the_search_is_needed():
    """What is given on purpose stays a short list: each entry is found where the search does not know it."""
    files = {path: (COURSE_ROOT / path).read_bytes() for path, _ in giveaways.GIVEN}
    known = giveaways.Known(COURSE_ROOT)
    for path, module in giveaways.GIVEN:
        rest = {key: why for key, why in giveaways.GIVEN.items() if key != (path, module)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(giveaways, "GIVEN", rest)
            found = giveaways.in_notebook(path, files[path], known, []) if path.endswith(".ipynb") else known.found_in(
                path, giveaways.code_lines(files[path].decode(), path))  # fmt: skip
        assert any(f"exercise of {module}:" in each for each in found), (path, module)


def test_archive_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "course.zip"
    target.write_bytes(b"the one before")
    monkeypatch.setattr(releasing, "students_files", lambda root, say: {"dlcourse/knn.py": PERFECT["knn"].encode()})
    with pytest.raises(CourseError, match="students would get what they are to find out"):
        release(target)
    assert target.read_bytes() == b"the one before" and [each.name for each in tmp_path.iterdir()] == ["course.zip"]
    for nowhere in (tmp_path / "no" / "course.zip", tmp_path / "course.tar", tmp_path):
        with pytest.raises(CourseError, match="no place for the archive"):
            release(nowhere)


def test_parts_and_hints_are_those_of_course_toml(monkeypatch):
    settings = replace(releasing.settings(COURSE_ROOT), parts=("part1_knn",), hints=1)
    monkeypatch.setattr(releasing, "settings", lambda root: settings)
    monkeypatch.setattr(releasing, "recorded_zip", lambda exercises: ",".join(each.name for each in exercises).encode())
    files = releasing.students_files(COURSE_ROOT, lambda sentence: None)
    assert {name.split("/")[1] for name in files if name.startswith("assignments/")} == {"part1_knn"}
    assert b"knn.cross_validate" in files["autograder/recorded.zip"] and b"linear" not in files["autograder/recorded.zip"]
    hints = checks.find("linear.fold_bias").all_hints
    assert repr(hints[0])[1:-1].encode() in files["autograder/checks/linear.py"]
    assert hints[2].encode() not in files["autograder/checks/linear.py"]
    assert "part1_knn" in files["README.md"].decode() and "part2_linear" not in files["README.md"].decode()
    compile(files["autograder/checks/linear.py"], "linear.py", "exec")


# ------------------------------------------------------------------------------------------------------ used by a student

FEW_PACKAGES = """
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in {"nbgrader", "rich", "typer", "nbformat", "IPython", "ipywidgets", "pytest", "jupytext"}:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Missing())
import autograder
from autograder import check
print(check("knn.accuracy"))
print(check("losses.softmax").html[:20])
"""


def test_check_works_where_there_is_little_more_than_numpy(course):
    done = run(course, "-c", FEW_PACKAGES)
    assert done.returncode == 0, done.stderr
    assert "knn.accuracy: not yet" in done.stdout


def test_student_submits_and_practices_in_the_release(course, tmp_path):
    folder = shutil.copytree(course, tmp_path / "Kurs 2")
    path = folder / "dlcourse" / "knn.py"
    mistake = next(m for m in MISTAKES if (m.exercise, m.name) == ("knn.accuracy", "percent"))
    right, wrong = PERFECT["knn"], misconceptions.source_with(mistake)
    for source, expected in ((right, r"(\d+) of \1 checks passed"), (wrong, re.escape(mistake.sentence))):
        path.write_text(source, "utf-8")
        done = run(folder, "-c", "from autograder import check; print(check('knn.accuracy'))")
        assert re.search(expected, done.stdout), done.stdout + done.stderr
    done = run(folder, "-m", "dlcourse", "submit", "part1_knn")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "part1_knn/dlcourse/knn.py" in zipfile.ZipFile(folder / "part1_knn-submission.zip").namelist()
    done = run(folder, "-m", "dlcourse", "reset", "knn.accuracy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "knn.accuracy is not written yet" in path.read_text("utf-8")


def environment_of(folder):
    """Return the Python of a fresh virtual environment in which a release is installed as its README says."""
    readme = (folder / "README.md").read_text("utf-8")
    scripts = ".venv\\Scripts\\python" if os.name == "nt" else ".venv/bin/python"
    assert f"{scripts} -m pip install -r requirements.txt" in readme
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=folder, check=True)
    python = folder / scripts
    pip = run(folder, "-m", "pip", "install", "-q", "-r", "requirements.txt", python=python)
    if pip.returncode != 0 and re.search("No matching distribution|Connection|Temporary failure|Max retries", pip.stderr):
        pytest.skip("there is no network to install packages from")
    assert pip.returncode == 0, pip.stderr
    return python


@pytest.mark.slow
def test_a_student_from_a_fresh_machine_to_the_gradebook(whole_course, tmp_path):
    """Install, run the first notebook unfinished, write an exercise right and another one wrong, hand in, and be graded."""
    folder = shutil.copytree(whole_course, tmp_path / "Mein Kurs")
    python = environment_of(folder)
    notebook = "assignments/part1_knn/nearest_neighbours.ipynb"
    done = run(folder, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", notebook, python=python)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "not yet. Write it in dlcourse/knn.py" in (folder / notebook).read_text("utf-8")

    wrong = next(m for m in MISTAKES if (m.exercise, m.name) == ("knn.accuracy", "percent"))
    (folder / "dlcourse" / "knn.py").write_text(misconceptions.source_with(wrong), "utf-8")
    done = run(folder, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", notebook, python=python)
    assert done.returncode == 0, done.stderr[-2000:]
    shown = (folder / notebook).read_text("utf-8")
    assert re.search(r"knn.l2_distances: ([\d.]+) of \1 points", shown)
    assert json.dumps(wrong.sentence, ensure_ascii=False)[1:-1] in shown
    assert run(folder, "-m", "dlcourse", "submit", "part1_knn", python=python).returncode == 0

    (tmp_path / "downloads" / "mia").mkdir(parents=True)
    shutil.copy(folder / "part1_knn-submission.zip", tmp_path / "downloads" / "mia")
    command = [sys.executable, "-m", "autograder.cli"]
    environment = {**os.environ, "PYTHONPATH": str(COURSE_ROOT)}
    for arguments in (["collect", "downloads"], ["grade", "submitted", "--part", "part1_knn", "--json"]):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    points = {each["name"]: each for each in json.loads(done.stdout)["exercises"]}
    assert points["knn.l2_distances"]["points"] == points["knn.l2_distances"]["max_points"]
    assert points["knn.accuracy"]["points"] < points["knn.accuracy"]["max_points"]
    assert wrong.sentence in {check["explanation"] for check in points["knn.accuracy"]["checks"]}
