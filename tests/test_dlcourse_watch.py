"""`dlcourse watch` in a real terminal: save, and the verdict is there."""

import re
import sys
import time

import pytest
from course_copy import copy_course, environment

from autograder.oracle import reference_sources
from dlcourse.toolkit.cli.exercises import definitions, first_line

pexpect = pytest.importorskip("pexpect", reason="a terminal of its own needs pexpect, which there is not on Windows")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pexpect.spawn needs a pseudo-terminal of POSIX")

REFERENCE = re.sub(r" *### (BEGIN|END) SOLUTION\n", "", reference_sources()["knn"])
SOON = 5  # seconds: a verdict takes a third of one on an idle machine, and tests share theirs with others
CLEARED = r"\x1b\[2J"


def segment(source, name):
    (node,) = definitions(source, name)
    return first_line(node) - 1, node.end_lineno


class Student:
    """Somebody with an editor and `dlcourse watch` in a terminal beside it."""

    def __init__(self, course, home):
        self.module = course / "dlcourse/knn.py"
        self.began = None
        self.screen = pexpect.spawn(
            sys.executable, ["-m", "dlcourse", "watch"], cwd=str(course), encoding="utf-8", timeout=60, dimensions=(40, 100),
            env=environment(course, home, TERM="xterm-256color"),
        )  # fmt: skip
        self.see("Ctrl-C ends the watch")
        time.sleep(1)  # as long as nobody needs to save; the spare process gets ready

    def save(self, name, text=None, source=None):
        """Put a text, or else the reference's, in the place of a function of a source, or else of the file's, and save."""
        source = source or self.module.read_text("utf-8")
        begin, end = segment(source, name)
        if text is None:
            text = "\n".join(REFERENCE.split("\n")[slice(*segment(REFERENCE, name))])
        lines = source.split("\n")
        lines[begin:end] = text.split("\n")
        self.module.write_text("\n".join(lines), "utf-8")
        self.began = time.monotonic()

    def see(self, pattern, within=60):
        self.screen.expect(pattern, timeout=within)
        return self.screen.before + self.screen.after

    def end(self):
        self.screen.sendintr()
        self.see("Stopped watching")
        self.screen.expect(pexpect.EOF)
        self.screen.close()
        return self.screen.exitstatus


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    course = copy_course(tmp_path_factory.mktemp("watch") / "Übung 深層 学習")
    student = Student(course, home)
    yield student
    if not student.screen.closed:
        student.screen.close(force=True)


def test_a_save_is_answered_at_once_on_a_clear_screen(student):
    student.save("l1_distances", "def l1_distances(queries, points):\n    return abs(queries.sum() - points.sum())")
    shown = student.see("Save again when you have changed it", SOON)
    assert time.monotonic() - student.began < SOON
    assert re.search(CLEARED, shown) and "failed" in shown and "dlcourse hint knn.l1_distances" in student.see("l1_distances")


def test_what_passes_is_shown_beside_the_reference_and_the_next_one_comes(student):
    time.sleep(1)
    student.save("l1_distances")
    shown = student.see("For comparison, the reference", SOON)
    assert time.monotonic() - student.began < SOON
    assert re.search(CLEARED, shown) and "passed" in shown
    shown = student.see("Ctrl-C ends the watch")
    assert "How one gets there" in shown and "One loop over the queries" not in shown  # the docstring, which the student has
    assert " 1 of " in shown and "knn.l2_distances_two_loops" in shown and "BEGIN SOLUTION" not in shown


def test_saving_another_exercise_checks_that_one(student):
    student.save("accuracy")
    shown = student.see("For comparison")
    assert "knn.accuracy" in shown and "l1_distances" not in shown
    student.see("Ctrl-C ends the watch")


def test_saving_the_same_again_after_a_loop_without_end_ends_the_loop(student):
    student.save("accuracy", "def accuracy(predicted, labels):\n    while True: pass")
    student.see("Checking knn.accuracy")
    time.sleep(0.5)
    student.save("accuracy")
    shown = student.see("For comparison", 8)  # the time limit would be 10 seconds
    assert "did not end" not in shown
    student.see("Ctrl-C ends the watch")


def test_a_file_that_python_cannot_read_is_said_with_its_line(student):
    source = student.module.read_text("utf-8")
    student.module.write_text(source + "\ndef broken(:\n", "utf-8")
    assert "SyntaxError" in student.see("Save again")
    student.module.write_text(source, "utf-8")
    student.see("Ctrl-C ends the watch|Save again")


def test_a_file_that_can_be_read_again_is_checked_where_it_was_edited(student):
    source = student.module.read_text("utf-8")
    student.module.write_text(source + "\ndef broken(:\n", "utf-8")
    student.see("Save again")
    student.save("split_indices", source=source)
    shown = student.see("Ctrl-C ends the watch|Save again")
    assert "knn.split_indices" in shown and "knn.accuracy" not in shown and "knn.l1_distances" not in shown


def test_ctrl_c_ends_it_with_a_sentence(student):
    assert student.end() == 0
