"""What a grade rests on: whose code is blamed, what ends an exercise, and what is read from a submission."""

import ast
import json
import os
import time

import pytest

from autograder import checks, grading
from autograder.classroom import grade_class
from autograder.grading import SharedProcess, Submission, grade, grade_exercise, read_submission
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import DEFINITIONS, defined_names, reference_sources, supplied_to
from autograder.sandbox import Limits, Sandbox

KNN = reference_sources()["knn"]
BLANK = (COURSE_ROOT / "dlcourse" / "knn.py").read_text("utf-8")
SHORT = Limits(seconds=1.0, cpu_seconds=1)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["practice", "isolated"])
def place(request, sandbox):
    return sandbox if request.param == "isolated" else None


def submission(source):
    return Submission("somebody", {"knn": source}, COURSE_ROOT)


def with_body(name, body, source=KNN):
    """Return the module with `name` defined once more, at the end: the last definition holds."""
    return f"{source}\n\ndef {name}(*args, **kwargs):\n    {body}\n"


def points(source, name, place, limits=None):
    return grade_exercise(submission(source), checks.find(name), place, limits=limits).points


# ---------------------------------------------------------------------------------------------- blame isolation


def test_wrong_vote_costs_its_own_points_and_not_those_of_the_classifier(place):
    wrong = with_body("majority_vote", "return args[0][:, 0] * 0")
    assert points(wrong, "knn.majority_vote", place) == 0
    assert points(wrong, "knn.KNearestNeighbor", place) == 4
    assert points(wrong, "knn.cross_validate", place) == 4


def test_classifier_on_top_of_blank_functions_earns_its_points(place):
    classifier = KNN[KNN.index("class KNearestNeighbor") : KNN.index("def accuracy")]
    before, after = BLANK[: BLANK.index("class KNearestNeighbor")], BLANK[BLANK.index("def accuracy") :]
    source = before + classifier + after
    assert points(source, "knn.KNearestNeighbor", place) == 4
    assert points(source, "knn.majority_vote", place) == 0


def test_nobody_earns_points_by_calling_a_reference_that_was_not_theirs_to_call(place):
    """l2_distances stays the student's own stub while l2_distances_two_loops is graded."""
    borrowed = with_body("l2_distances_two_loops", "return l2_distances(*args)", BLANK)
    assert points(borrowed, "knn.l2_distances_two_loops", place) == 0


def test_the_graded_exercise_is_never_among_what_is_supplied():
    names = grading.exercise_names()
    for exercise in checks.catalogue():
        reference, supplied = supplied_to(exercise.name, exercise.uses, names)
        module, name = exercise.name.split(".")
        assert name not in supplied.get(module, ())
        assert f"def {name}(" not in reference.get(module, "") and f"class {name}" not in reference.get(module, "")
        assert '"""' not in reference.get(module, ""), "what is supplied needs no docstrings"


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_definition_takes_no_name_of_the_reference_beside_it(path):
    there, own = (ast.parse(source).body for source in (reference_sources()[path.stem], path.read_text("utf-8")))
    assert not {name for node in there for name in defined_names(node)} & {name for node in own for name in defined_names(node)}


def test_distances_are_supplied_with_nothing():
    assert supplied_to("knn.l2_distances", (), grading.exercise_names()) == ({}, {})


def test_own_helpers_and_constants_are_available(place):
    helper = "SCALE = 1.0\n\ndef share(a, b):\n    return SCALE * (a == b).mean()\n\n"
    source = BLANK.replace("def accuracy(", helper + "def accuracy(")
    assert points(with_body("accuracy", "return float(share(*args))", source), "knn.accuracy", place) == 1


def test_seeds_differ_between_students_and_exercises_and_repeat_for_the_same_secret():
    exercises = checks.find("knn.l1_distances"), checks.find("knn.l2_distances")
    handed_in = [Submission(name, {"knn": source}, COURSE_ROOT) for name in ("ada", "ben") for source in (KNN, BLANK)]
    seeds = {grading.seed_of(e, s, secret) for e in exercises for s in handed_in for secret in ("one", "two")}
    assert len(seeds) == 16
    assert grading.seed_of(exercises[0], handed_in[0], "one") in seeds
    assert len({grading.seed_of(exercises[0], s) for s in handed_in}) == 1, "in practice, always the same"


# ------------------------------------------------------------------------------------------- what ends an exercise

ENDINGS = {
    "a loop that never ends": ("while True: pass", "seconds"),
    "waiting": ("import time; time.sleep(60)", "did not finish"),
    "leaving": ("import os; os._exit(0)", "ended the Python process"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "crashed"),
    "a recursion without end": ("return l1_distances(*args)", "RecursionError"),
    "a huge array": ("return np.ones(1 << 40)", "allocate"),
    "memory, bit by bit": ("x = []\n    while True: x.append(np.empty(1 << 26))", "MemoryError"),
    "a flood of output": ("while True: print('x' * 100000)", "seconds"),
    "a huge answer": ("return np.zeros(1 << 24)", "more than"),
    "an exit": ("raise SystemExit(0)", "SystemExit"),
}


@pytest.mark.parametrize("body, word", ENDINGS.values(), ids=ENDINGS)
def test_exercise_ends_with_a_reason_and_the_next_is_graded_as_if_nothing_had_been(body, word, sandbox):
    source = with_body("l1_distances", body)
    limits = SHORT if word in ("seconds", "did not finish") else None  # what ends by itself has the time of a busy machine
    result = grade_exercise(submission(source), checks.find("knn.l1_distances"), sandbox, limits=limits)
    assert result.points == 0
    assert {word in check.message for check in result.checks} == {True}, result.checks[0].message
    assert points(source, "knn.l2_distances", sandbox) == 4


# ---------------------------------------------------------------------------------------- exercises that share a process


def test_exercises_of_a_submission_share_one_process(sandbox, monkeypatch):
    opened = []
    monkeypatch.setattr(sandbox, "open", lambda *args: opened.append(args) or Sandbox.open(sandbox, *args))
    report = grade(submission(KNN), sandbox, "part1_knn")
    assert report.points == report.max_points
    assert len(opened) == 1


@pytest.mark.parametrize(
    "left_behind",
    [
        "np.sum = np.mean = np.argmin = np.einsum = None",
        "np.seterr(all='raise')",
        "import sys; sys.setrecursionlimit(30)",
        "import builtins; builtins.len = lambda x: 7",
        "x = np.full(180 << 20, 1.0); np.kept = x",
        "import time; time.sleep(0.3)",
        "import os; os.close(3)",
    ],
)
def test_what_one_exercise_leaves_behind_costs_the_next_nothing(left_behind, sandbox):
    report = grade(submission(with_body("l1_distances", f"{left_behind}; return 0")), sandbox, "part1_knn")
    lost = {result.name for result in report.exercises if result.points < result.max_points}
    assert lost == {"knn.l1_distances"}


def test_exercise_whose_reference_was_lent_before_does_not_share_the_process(sandbox):
    thief = f"""{BLANK}
import builtins

class KNearestNeighbor:
    def __init__(self, *args): builtins.stolen = majority_vote

def majority_vote(labels, num_classes): return builtins.stolen(labels, num_classes)
"""
    with SharedProcess(submission(thief), sandbox) as process:
        for name in ("knn.KNearestNeighbor", "knn.majority_vote"):
            assert grade_exercise(submission(thief), checks.find(name), sandbox, process=process).points == 0


def test_slow_exercise_gets_its_full_time_although_it_shares(sandbox):
    patient = KNN.replace("    return votes.argmax(axis=1)", "    import time; time.sleep(0.8)\n    return votes.argmax(axis=1)")
    assert patient != KNN
    report = grade(submission(patient), sandbox, "part1_knn")
    assert report.points == report.max_points


def test_module_that_hangs_while_it_is_read_is_waited_for_once(sandbox):
    started = time.monotonic()
    report = grade(submission(KNN + "\nwhile True: pass\n"), sandbox, limits=SHORT)
    assert report.points == 0
    assert time.monotonic() - started < 8
    assert {check.status for exercise in report.exercises for check in exercise.checks} == {"stopped"}


def test_module_that_does_not_parse_says_where(place):
    broken = KNN.replace("def accuracy(predicted, labels):", "def accuracy(predicted, labels:")
    line = broken[: broken.index("def accuracy")].count("\n") + 1
    report = grade(submission(broken), place)
    assert report.points == 0
    assert f"line {line}: def accuracy" in report.exercises[0].checks[0].message


def test_import_of_a_package_that_grading_does_not_have_is_explained(place):
    report = grade(submission("import matplotlib.pyplot as plt\n" + KNN), place)
    assert report.points == 0
    assert "may import only numpy" in report.exercises[0].checks[0].message


# ------------------------------------------------------------------------------------------- reading a submission


def folder_with(tmp_path, content):
    package = tmp_path / "ada" / "dlcourse"
    package.mkdir(parents=True)
    (package / "knn.py").write_bytes(content)
    return tmp_path / "ada"


def test_missing_module_earns_nothing_and_says_so(tmp_path):
    (tmp_path / "ada" / "dlcourse").mkdir(parents=True)
    report = grade(read_submission(tmp_path / "ada"), part="part1_knn")
    assert report.points == 0
    assert report.problems == ["dlcourse/knn.py is missing"]
    assert {check.message for exercise in report.exercises for check in exercise.checks} == {"dlcourse/knn.py is missing"}


def test_links_out_of_the_submission_are_not_followed(tmp_path):
    (tmp_path / "ada" / "dlcourse").mkdir(parents=True)
    os.symlink(COURSE_ROOT / "solutions/dlcourse/knn.py", tmp_path / "ada/dlcourse/knn.py")
    assert read_submission(tmp_path / "ada").sources == {}
    os.symlink(COURSE_ROOT / "solutions/dlcourse", tmp_path / "dlcourse")
    with pytest.raises(CourseError, match="holds no folder dlcourse"):
        read_submission(tmp_path)


@pytest.mark.parametrize(
    "content, reason",
    [(b"x = 1\n" * 100_000, "larger than 256 kB"), (b"x = '\xff'", "not UTF-8")],
    ids=["too large", "not UTF-8"],
)
def test_file_that_cannot_be_taken_is_named_with_the_reason(tmp_path, content, reason):
    assert reason in " ".join(read_submission(folder_with(tmp_path, content)).problems)


def test_named_pipe_in_place_of_a_module_does_not_block(tmp_path):
    (tmp_path / "ada" / "dlcourse").mkdir(parents=True)
    os.mkfifo(tmp_path / "ada/dlcourse/knn.py")
    assert "not an ordinary file" in " ".join(read_submission(tmp_path / "ada").problems)


def test_class_is_found_one_or_two_folders_deep(tmp_path):
    for folder in ("ada/dlcourse", "ben/part1_knn/dlcourse", "cleo/notes", ".half-done/dan/dlcourse"):
        (tmp_path / folder).mkdir(parents=True)
    found = grading.read_class([tmp_path])
    assert [each.name for each in found] == ["ada", "ben", "cleo"]
    assert "holds no folder dlcourse" in found[2].problems[0]


def test_class_is_graded_in_order_with_one_report_each(tmp_path):
    members = [Submission("ada", {"knn": KNN}, tmp_path), Submission("ben", {"knn": BLANK}, tmp_path)]
    with Sandbox() as sandbox:
        mode = sandbox.mode
    reports = dict(grade_class(members, mode, "secret", jobs=2))
    assert [reports[0].points, reports[1].points] == [30, 0]


def test_report_as_plain_data_has_the_published_keys():
    data = json.loads(json.dumps(grade(submission(BLANK)).as_dict()))
    assert {"submission", "points", "max_points", "exercises"} <= data.keys()
    assert {"name", "part", "points", "max_points", "checks"} <= data["exercises"][0].keys()
    assert {"name", "passed", "message", "hint"} <= data["exercises"][0]["checks"][0].keys()


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    folder = tmp_path / ".autograder"
    first = grading.course_secret(folder)
    assert first == grading.course_secret(folder) and len(first) == 64
    assert (folder / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == ["secret"]


# ------------------------------------------------------------------------------------------------- reasons


@pytest.mark.parametrize("text, shown", [
    ("got None; is a return missing?", "Got None; is a return missing?"),
    ("a loss of nan", "A loss of nan"),
    ("y with eps = 1e-05: got 1", "y with eps = 1e-05: got 1"),
    ("running_mean: got 1", "running_mean: got 1"),
    ("dlcourse/challenge.npz is missing", "dlcourse/challenge.npz is missing"),
])  # fmt: skip
def test_a_sentence_begins_with_a_capital_and_a_name_stays_as_it_is_written(text, shown):
    assert grading.sentence(text) == shown
