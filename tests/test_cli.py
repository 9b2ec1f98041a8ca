"""The `autograder` command: what it prints, and one clear sentence for everything that can be wrong with its input."""

import json
import sys

import pytest

from autograder import checks, cli
from autograder.locations import COURSE_ROOT

SOLUTIONS = str(COURSE_ROOT / "solutions")


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return (exit status, standard output, standard error as one line)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        shown = capsys.readouterr()
        return end.value.code or 0, shown.out, " ".join(shown.err.split())

    return run


def test_json_is_one_object_a_line_and_nothing_else(run):
    status, out, _ = run("grade", SOLUTIONS, COURSE_ROOT, "--json")
    reports = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    full = sum(exercise.points for exercise in checks.catalogue())
    assert [(report["points"], report["max_points"]) for report in reports] == [(full, full), (0, full)]


def test_table_and_page_name_the_check_the_reason_and_the_hint(run, tmp_path):
    status, out, _ = run("grade", COURSE_ROOT, "--part", "part1_knn", "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert status == 0
    for shown in (out, page):
        assert "knn.l2_distances" in shown and "not yet" in shown


BAD_INPUT = {
    "nothing there": (["grade", "no/such/folder"], "no/such/folder does not exist"),
    "a file": (["grade", str(COURSE_ROOT / "README.md")], "is a file: give the folder"),
    "no course in it": (["grade", str(COURSE_ROOT / "benchmarks")], "holds no submission"),
    "unknown part": (["grade", SOLUTIONS, "--part", "part1_knm"], "no part called 'part1_knm'. Did you mean part1_knn"),
    "page in no folder": (["grade", SOLUTIONS, "--html", "no/such/report.html"], "cannot be written"),
    "page on a folder": (["grade", SOLUTIONS, "--html", str(COURSE_ROOT / "tests")], "cannot be written"),
}


@pytest.mark.parametrize("arguments, sentence", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_in_one_sentence(run, arguments, sentence):
    status, out, error = run(*arguments)
    assert status == 1
    assert sentence in error and "Traceback" not in error
    assert out == ""


def test_without_any_isolation_grading_refuses_and_says_what_to_do(run, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.worker_command", lambda mode, control: ["false"])
    status, out, error = run("grade", SOLUTIONS)
    assert status == 1 and out == ""
    assert "bubblewrap" in error and "--no-sandbox" in error


def test_doctor_says_what_holds(run):
    status, out, _ = run("doctor")
    assert status == 0
    assert "bubblewrap" in out and "landlock" in out and "Grading uses" in out


def test_demo_builds_a_course_grades_a_class_and_writes_the_page(run, tmp_path):
    status, out, _ = run("demo", "--folder", tmp_path / "demo")
    assert status == 0
    page = (tmp_path / "demo" / "report.html").read_text("utf-8")
    totals = {line.split()[0]: line.split()[-1] for line in out.splitlines() if line and line.split()[-1][0].isdigit()}
    assert float(totals["ada-perfect"]) == sum(exercise.points for exercise in checks.select("part1_knn"))
    assert totals["ben-blank"] == totals["ivan-forged-score"] == totals["jana-syntax-error"] == "0"
    assert 0 < float(totals["clara-uint8"]) < float(totals["ada-perfect"])
    for reason in ("did not finish", "Your differences wrap around", "not yet", "was never closed", "of 30"):
        assert reason in page, reason
    assert (tmp_path / "demo/course/assignments/part1_knn").is_dir()
