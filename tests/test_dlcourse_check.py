"""`dlcourse check`, `progress`, `hint` and `submit`, as a student meets them."""

import json
import re
import shutil

import pytest

from autograder import checks, grading, misconceptions
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_sources
from autograder.settings import Settings
from dlcourse.toolkit.cli import checking, exercises, hints, overview, process
from dlcourse.toolkit.cli.state import State

PERFECT = reference_sources()
NO_ROOT = next(m for m in misconceptions.of("knn.l2_distances") if m.name == "no-root")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with the stubs; what can be saved in it is `dlcourse/`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "course"
    shutil.copytree(COURSE_ROOT / "dlcourse", folder / "dlcourse", ignore=shutil.ignore_patterns("__pycache__", "*.txt"))
    return folder


@pytest.fixture
def ran(monkeypatch):
    """The names of the exercises that are run, in order."""
    names, run = [], process.run

    def note(chosen, *arguments, **options):
        names.extend(each.name for each in chosen)
        return run(chosen, *arguments, **options)

    monkeypatch.setattr(process, "run", note)
    return names


def save(course, module, text):
    (course / f"dlcourse/{module}.py").write_text(text, "utf-8")


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_only_what_changed_since_it_passed_is_run_again(course, ran, capsys):
    save(course, "losses", PERFECT["losses"])
    assert checking.check("losses", root=course)
    assert ran == ["losses.softmax", "losses.cross_entropy", "losses.hinge_loss"]
    ran.clear()
    assert checking.check("losses", root=course) and ran == []
    assert "Not run again, because they passed and nothing they use changed since: 3 exercises" in said(capsys)
    assert checking.check("losses", again=True, root=course) and len(ran) == 3
    ran.clear()
    save(course, "losses", PERFECT["losses"].replace("\n", "\r\n"))  # another editor
    assert checking.check("losses", root=course) and ran == []
    save(course, "losses", PERFECT["losses"] + "\n\ndef softmax(scores):\n    return scores\n")
    for _ in range(2):
        assert not checking.check("losses", root=course) and ran == ["losses.softmax"]  # what fails is run each time
        ran.clear()


def test_a_file_that_python_cannot_read_is_said_once(course, capsys):
    save(course, "knn", PERFECT["knn"] + "\ndef broken(:\n")
    assert not checking.check("knn", root=course)
    shown = said(capsys)
    assert "knn: 11 exercises 0 of 30" in shown and shown.count("SyntaxError") == 1


def test_what_decides_is_the_code_it_uses_and_the_checks(course, monkeypatch):
    submission, exercise = grading.read_submission(course), checks.find("layers.Linear")
    before = exercises.digest(exercise, submission)
    assert exercises.modules_used("layers", submission.sources) == {"layers", "losses"}
    save(course, "knn", PERFECT["knn"])
    assert exercises.digest(exercise, grading.read_submission(course)) == before
    save(course, "losses", PERFECT["losses"])
    assert exercises.digest(exercise, grading.read_submission(course)) != before
    challenge = checks.find("challenge.predict")
    before = exercises.digest(challenge, submission)
    (course / "dlcourse/challenge.npz").write_bytes(b"weights")
    assert exercises.digest(challenge, grading.read_submission(course)) != before
    before = exercises.digest(exercise, submission)
    monkeypatch.setattr(exercises, "course_fingerprint", lambda: "other checks")
    assert exercises.digest(exercise, submission) != before


def test_of_its_own_module_only_what_an_exercise_uses_decides(course):
    exercise = checks.find("knn.NearestNeighbor")

    def digest(old, new):
        assert old in PERFECT["knn"]
        save(course, "knn", PERFECT["knn"].replace(old, new))
        return exercises.digest(exercise, grading.read_submission(course))

    before = digest("", "")
    accuracy = "def accuracy(predicted, labels):"
    assert digest(accuracy, f"{accuracy}\n    print(1)") == before  # another exercise
    assert digest(accuracy, f"# a comment\n{accuracy}") == before
    for used in ("def l1_distances(queries, points):", "def require_same_width(queries, points):"):  # through l1_distances
        assert digest(used, f"{used}\n    print(1)") != before
    assert digest("import numpy as np", "import numpy as np\nx = 1") != before
    assert digest("class NearestNeighbor:", "@staticmethod\nclass NearestNeighbor:") != before


@pytest.mark.parametrize("line, names", [
    ("import dlcourse.knn", ["knn"]), ("from dlcourse.knn import accuracy as a", ["knn", "accuracy"]),
    ("from dlcourse import knn, losses", ["knn", "losses"]), ("from . import knn", ["knn"]), ("from .knn import accuracy", ["knn"]),
    ("import numpy", []), ("x = 1", []),
])  # fmt: skip
def test_every_way_to_import_counts(line, names):
    import ast

    found = [name for node in ast.walk(ast.parse(line)) for name in exercises.imported(node)]
    assert set(found) & set(PERFECT) == set(names) & set(PERFECT)


def test_a_mistake_is_explained_without_giving_a_hint_away(course, capsys):
    save(course, "knn", misconceptions.source_with(NO_ROOT))
    assert not checking.check("l2_distances", root=course)
    text = said(capsys)
    assert NO_ROOT.sentence in text and "0 of 4 points" in text and "dlcourse hint knn.l2_distances" in text
    assert not any(hint in text for hint in checks.find("knn.l2_distances").hints)


def test_what_the_code_prints_is_shown_where_it_fails(course, capsys):
    save(course, "knn", PERFECT["knn"] + "\n\ndef accuracy(predicted, labels):\n    print('shape', labels.shape)\n    return 2.0\n")
    checking.check("knn.accuracy", root=course)
    assert "It printed: shape (" in said(capsys)


def test_a_file_that_python_cannot_read_says_the_line(course, capsys):
    save(course, "knn", PERFECT["knn"] + "\ndef broken(:\n")
    checking.check("knn", root=course)
    line = PERFECT["knn"].count("\n") + 2
    assert f"dlcourse/knn.py, line {line}: def broken(:" in said(capsys).replace("\\", "/")


def test_progress_tells_each_standing_and_what_is_next(course, capsys):
    save(course, "losses", PERFECT["losses"])
    save(course, "knn", misconceptions.source_with(NO_ROOT))
    for name in ("losses", "knn"):
        checking.check(name, root=course)
    save(course, "regularization", PERFECT["regularization"])
    save(course, "losses", PERFECT["losses"].replace("np.exp", "np.exp2"))
    capsys.readouterr()
    overview.progress(root=course)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "✓ passed knn.l1_distances 2 of 2 15 min" in lines
    assert "✗ failed knn.l2_distances 0 of 4 25 min" in lines
    value = checks.find("graph.Value")
    assert f"○ not yet graph.Value 0 of {value.points:g} {value.minutes} min" in lines
    assert any(line.startswith("~ changed losses.softmax") for line in lines)
    assert any(line.startswith("· check it regularization.l2_penalty 0 of") for line in lines)
    text = " ".join(lines)
    assert all(exercise.name in text for exercise in checks.catalogue()) and all(part in text for part in checks.parts())
    count, points = len(checks.catalogue()), sum(exercise.points for exercise in checks.catalogue())
    assert f"11 of {count} exercises, 37 of {points:g} points" in text  # 26 of knn, and the 11 that losses had
    assert "Next: knn.l2_distances, in dlcourse/knn.py, line" in text and re.search(r"About \d+ hours", text)


def test_progress_of_a_stub_course_runs_nothing(course, ran, capsys):
    overview.progress("part1", root=course)
    text = said(capsys)
    assert ran == [] and text.count("○ not yet") == 11 and "0 of 11 exercises, 0 of 30 points" in text


def test_progress_says_when_a_part_is_due(course, capsys):
    overview.progress("part1", root=course)
    assert "due" not in said(capsys).lower()
    deadlines = "[deadlines]\npart1_knn = 2999-10-15T18:00:00Z\npart2_linear = 2019-07-02T18:00:00Z\n"
    (course / "course.toml").write_text(deadlines, "utf-8")
    overview.progress(root=course)
    text = said(capsys)
    assert "Due: Tuesday, 2999-10-15 18:00 (UTC)." in text and "Was due: Tuesday, 2019-07-02 18:00 (UTC); it is late now." in text


def test_hints_go_one_step_further_and_are_remembered(course, capsys):
    given = checks.find("knn.l2_distances").hints
    for shown in (1, 2, 3, 3):
        hints.hint("l2_distances", root=course)
        text = said(capsys)
        assert [" ".join(hint.split()) in text for hint in given] == [number < shown for number in range(3)]
    assert "the last one" in text and State(course).hints == {"knn.l2_distances": 3}


def test_a_course_decides_how_many_hints_there_are(course, capsys, monkeypatch):
    hints_allowed, parts = 1, ("part1_knn",)
    monkeypatch.setattr(checks, "settings", lambda: Settings(hints=hints_allowed, parts=parts))
    for _ in range(2):
        hints.hint("l2_distances", root=course)
    text = said(capsys)
    assert "Hint 1 of 1" in text and checks.find("knn.l2_distances").all_hints[1] not in text
    hints_allowed = 0
    hints.hint("l2_distances", root=course)
    assert "no hints for knn.l2_distances" in said(capsys)
    with pytest.raises(CourseError, match="no exercise, module or part called 'losses'"):
        exercises.select("losses")


WORDS = {
    "part1_knn": 11, "part1": 11, "1": 11, "PART1": 11, "knn": 11, "knn.l2_distances": 1, "l2_distances": 1, "conv2d": 1,
    "dlcourse/knn.py": 11, "dlcourse\\knn.py": 11, "dlcourse.knn": 11, "optimization": 5, "part3": 12,
}  # fmt: skip


@pytest.mark.parametrize("word, count", WORDS.items())
def test_names_are_found_as_people_write_them(word, count):
    assert len(exercises.select(word)) == count


def test_a_wrong_name_gets_the_nearest_ones():
    with pytest.raises(CourseError, match="Did you mean knn.l2_distances"):
        exercises.select("knn.l2_distence")
    with pytest.raises(CourseError, match="dlcourse progress lists them all"):
        exercises.select("qqqqqq")


def test_the_state_is_readable_and_holds_no_code(course):
    save(course, "losses", PERFECT["losses"])
    checking.check("losses.softmax", root=course)
    text = (course / ".dlcourse/progress.json").read_text("utf-8")
    assert json.loads(text)["exercises"]["losses.softmax"]["points"] > 0 and "import" not in text


def test_a_notebook_check_cell_is_remembered_for_this_course_alone(course, monkeypatch):
    from autograder import notebook

    save(course, "losses", PERFECT["losses"])
    monkeypatch.setattr(notebook, "COURSE_ROOT", course)
    monkeypatch.setattr(notebook, "State", lambda: State(course))
    monkeypatch.setattr("dlcourse.__path__", [str(course / "dlcourse")])
    notebook.check("losses.softmax")
    exercise = checks.find("losses.softmax")
    assert exercises.standing(exercise, State(course), grading.read_submission(course)) == exercises.PASSED
    monkeypatch.setattr("dlcourse.__path__", [str(COURSE_ROOT / "solutions/dlcourse")])
    notebook.check("losses.hinge_loss")
    assert set(State(course).exercises) == {"losses.softmax"}


@pytest.mark.slow
def test_the_whole_course_is_checked_within_twenty_seconds(course, capsys):
    """Processor time of one process that runs all right answers from nothing, so that other work on the machine does not count."""
    import resource

    for path in (COURSE_ROOT / "solutions/dlcourse").iterdir():
        if path.is_file():
            shutil.copy(path, course / "dlcourse")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert checking.check(root=course)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 20
    points = sum(exercise.points for exercise in checks.catalogue())
    assert f"{points:g} of {points:g} points" in said(capsys)
