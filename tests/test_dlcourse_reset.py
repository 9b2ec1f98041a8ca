"""`dlcourse reset` takes back one exercise, keeps the student's version, and touches nothing else."""

import ast
import json
import re

import pytest

from autograder.checks import catalogue
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_sources
from dlcourse.toolkit.cli import resetting
from dlcourse.toolkit.cli.resetting import with_stub

STUBS = {path.stem: path.read_text("utf-8") for path in sorted((COURSE_ROOT / "dlcourse").glob("*.py")) if path.stem[0] != "_"}
SOLVED = {name: re.sub(r" *### (BEGIN|END) SOLUTION\n", "", text) for name, text in reference_sources().items()}
OWN = '@staticmethod\ndef helper():\n    """Mine."""\n    return 1  # and my comment\n\n\n'


@pytest.fixture
def course(tmp_path):
    """A release: the reference written by a student, the originals of the stubs, and no solutions."""
    (tmp_path / "dlcourse").mkdir()
    (tmp_path / "autograder").mkdir()
    (tmp_path / "autograder/stubs.json").write_text(json.dumps(STUBS), "utf-8")
    for name, text in SOLVED.items():
        (tmp_path / f"dlcourse/{name}.py").write_text(text, "utf-8", newline="\n")
    return tmp_path


def others(source, name):
    return [ast.dump(node) for node in ast.parse(source).body if getattr(node, "name", None) != name]


def definition(source, name):
    return next(ast.dump(node) for node in ast.parse(source).body if getattr(node, "name", None) == name)


@pytest.mark.parametrize("exercise", catalogue(), ids=lambda exercise: exercise.name)
def test_each_exercise_goes_back_alone(exercise):
    source, given, name = OWN + SOLVED[exercise.module], STUBS[exercise.module], exercise.name.split(".")[1]
    new, old = with_stub(source, given, exercise)
    assert others(new, name) == others(source, name) and definition(new, name) == definition(given, name)
    assert definition(old, name) == definition(source, name)
    assert "### BEGIN SOLUTION" not in new and "# and my comment" in new


def test_resetting_all_of_a_module_gives_the_stub_again():
    for module in set(STUBS) - {"challenge"}:  # whose three functions are one exercise
        source = SOLVED[module]
        for exercise in (each for each in catalogue() if each.module == module):
            source, _ = with_stub(source, STUBS[module], exercise)
        assert source == STUBS[module]


def test_the_version_is_kept_beside_and_a_second_one_too(course, capsys):
    path = course / "dlcourse/knn.py"
    before = path.read_text("utf-8")
    resetting.reset("l1_distances", root=course)
    assert 'NotImplementedError("knn.l1_distances' in path.read_text("utf-8")
    first = course / "dlcourse/knn.l1_distances.yours-1.txt"
    assert "np.abs(points - query).sum(axis=1)" in first.read_text("utf-8") and "yours-1.txt" in capsys.readouterr().out
    path.write_text(before.replace("np.abs(", "np.absolute("), "utf-8")
    resetting.reset("l1_distances", root=course)
    assert "np.absolute(" in (course / "dlcourse/knn.l1_distances.yours-2.txt").read_text("utf-8")
    assert "np.abs(" in first.read_text("utf-8")


def test_nothing_to_do_keeps_nothing(course, capsys):
    resetting.reset("knn.accuracy", root=course)
    resetting.reset("knn.accuracy", root=course)
    assert "still as it was given out" in capsys.readouterr().out
    assert len(list((course / "dlcourse").glob("*.txt"))) == 1


def test_line_endings_byte_order_mark_and_rights_stay(course):
    path = course / "dlcourse/knn.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOLVED["knn"].replace("\n", "\r\n").encode())
    path.chmod(0o640)
    resetting.reset("knn.accuracy", root=course)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\n") == raw.count(b"\r\n") > 100
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"\r\n" in (course / "dlcourse/knn.accuracy.yours-1.txt").read_bytes()


def test_a_file_that_does_not_parse_is_refused_with_a_way_on(course):
    path = course / "dlcourse/knn.py"
    broken = SOLVED["knn"].replace("def accuracy(", "def accuracy((")
    path.write_text(broken, "utf-8")
    with pytest.raises(CourseError, match=r"cannot read dlcourse/knn.py, line \d+.*dlcourse reset knn.l1_distances --module"):
        resetting.reset("l1_distances", root=course)
    assert path.read_text("utf-8") == broken
    resetting.reset("l1_distances", module=True, root=course)
    assert path.read_text("utf-8") == STUBS["knn"]
    assert (course / "dlcourse/knn.yours-1.txt").read_text("utf-8") == broken


@pytest.mark.parametrize("content", [b"\xff\xfe\0x", b"x = 1\0", b""], ids=["not text", "null", "empty"])
def test_a_file_that_is_no_text_can_go_back_whole(course, content):
    (course / "dlcourse/knn.py").write_bytes(content)
    resetting.reset("knn", module=True, root=course)
    assert (course / "dlcourse/knn.py").read_text("utf-8") == STUBS["knn"]


def test_a_missing_file_comes_back(course):
    (course / "dlcourse/knn.py").unlink()
    with pytest.raises(CourseError, match="is missing.*--module"):
        resetting.reset("knn.accuracy", root=course)
    resetting.reset("knn", module=True, root=course)
    assert (course / "dlcourse/knn.py").read_text("utf-8") == STUBS["knn"]


def test_an_exercise_that_was_deleted_comes_back_in_its_place(course):
    exercise = next(each for each in catalogue() if each.name == "knn.majority_vote")
    node = next(node for node in ast.parse(SOLVED["knn"]).body if getattr(node, "name", "") == "majority_vote")
    lines = SOLVED["knn"].split("\n")
    without = "\n".join(lines[: node.lineno - 1] + lines[node.end_lineno + 2 :])
    new, old = with_stub(without, STUBS["knn"], exercise)
    names = [node.name for node in ast.parse(new).body if hasattr(node, "name")]
    assert names == [node.name for node in ast.parse(SOLVED["knn"]).body if hasattr(node, "name")] and old == ""


def test_an_exercise_written_twice_is_replaced_once(course):
    exercise = next(each for each in catalogue() if each.name == "knn.accuracy")
    twice = SOLVED["knn"] + "\n\nx = 1\n\n\ndef accuracy(predicted, labels):\n    return 0\n"
    new, old = with_stub(twice, STUBS["knn"], exercise)
    assert new.count("def accuracy(") == 1 and "x = 1" in new and old.count("def accuracy(") == 2


def test_a_change_to_anything_else_is_refused():
    with pytest.raises(CourseError, match="something else stands on its lines"):
        resetting.require_others_unchanged("x = 1\ndef accuracy(): pass\n", "def accuracy(): pass\n", "accuracy")


def test_a_module_name_alone_asks_which_one(course):
    with pytest.raises(CourseError, match="knn has 11 exercises: name one of knn.l1_distances"):
        resetting.reset("knn", root=course)


def test_a_folder_that_cannot_be_written_is_said(course, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(resetting, "atomic_file", refuse)
    with pytest.raises(CourseError, match="cannot be written: Permission denied.*Copy the course"):
        resetting.reset("knn.accuracy", root=course)


def test_without_originals_it_says_what_is_missing(course):
    (course / "autograder/stubs.json").write_text("{")
    with pytest.raises(CourseError, match="does not hold the original"):
        resetting.reset("knn.accuracy", root=course)


def test_a_course_with_solutions_makes_the_same_stubs():
    assert STUBS == {name: resetting.original(name, COURSE_ROOT) for name in STUBS}
