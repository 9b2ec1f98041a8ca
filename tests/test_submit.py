"""`dlcourse submit`: what a student packs is what is collected and graded, and nothing stops them from handing in."""

import hashlib
import json
import re
import shutil
import sys
import zipfile

import pytest

from autograder import intake
from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.cli import commands, process, submitting

PART, NOTEBOOK = "part1_knn", "nearest_neighbours.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A student's course folder, with the first part solved."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "course"
    (folder / "dlcourse").mkdir(parents=True)
    (folder / "assignments" / PART).mkdir(parents=True)
    shutil.copy(COURSE_ROOT / "assignments" / PART / NOTEBOOK, folder / "assignments" / PART)
    shutil.copy(COURSE_ROOT / "solutions/dlcourse/knn.py", folder / "dlcourse")
    monkeypatch.setattr(submitting.submit, "__defaults__", (None, folder))
    return folder


@pytest.fixture
def run(course, monkeypatch, capsys):
    """Run the command; return (exit status, standard output, standard error), each as one line."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["dlcourse", "submit", *map(str, arguments)])
        status = 0
        try:
            commands.main()
        except SystemExit as end:
            status = end.code or 0
        shown = capsys.readouterr()
        return status, " ".join(shown.out.split()), " ".join(shown.err.split())

    return run


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def answer_all(course):
    path = course / "assignments" / PART / NOTEBOOK
    path.write_text(path.read_text("utf-8").replace("YOUR ANSWER HERE", "Because."), "utf-8")


def test_the_zip_holds_what_nbgrader_wants_and_a_manifest(run, course):
    answer_all(course)
    status, out, _ = run(PART)
    files = contents(course / f"{PART}-submission.zip")
    manifest = json.loads(files.pop(f"{PART}/manifest.json"))
    assert status == 0 and "All exercises pass" in out
    assert files.keys() == {f"{PART}/{NOTEBOOK}", f"{PART}/dlcourse/knn.py"}
    assert all(name in out for name in files)
    assert manifest["sha256"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert manifest["part"] == PART and manifest["course"] and manifest["written"].endswith("+00:00")


def test_what_is_packed_is_collected_without_a_remark(run, course, tmp_path):
    answer_all(course)
    (tmp_path / "inbox/ada").mkdir(parents=True)
    run(PART, "--output", tmp_path / "inbox/ada")
    (row,) = intake.collect([tmp_path / "inbox"], tmp_path / "submitted")
    folder = tmp_path / "submitted/ada" / PART
    assert (row.student, row.result, row.problems) == ("ada", "new", [])
    assert (folder / "dlcourse/knn.py").read_bytes() == (course / "dlcourse/knn.py").read_bytes()
    assert "Because." in (folder / NOTEBOOK).read_text("utf-8")


def test_unfinished_work_is_said_and_packed_all_the_same(run, course):
    shutil.copy(COURSE_ROOT / "dlcourse/knn.py", course / "dlcourse")
    status, out, _ = run(PART)
    assert status == 0 and (course / f"{PART}-submission.zip").exists()
    assert re.search(r"Not written yet: .*knn\.l2_distances,", out) and "3 questions without an answer" in out


BROKEN = {
    "wrong": ("np.abs", "np.sign", "knn.l1_distances: "),
    "no Python": ("def l1_distances(", "def l1_distances((", "checks fail"),
    "leaves": ("import numpy as np", "import numpy as np\nimport sys\nsys.exit(3)", "checks fail"),
    "never ends": ("import numpy as np", "import numpy as np\nwhile True: pass", "Reading the file did not end"),
    "ends Python": ("import numpy as np", "import numpy as np\nimport os\nos._exit(3)", "Python itself ended"),
}


def test_a_part_may_be_named_short(run, course):
    assert run("part1")[0] == run("1")[0] == 0 and (course / f"{PART}-submission.zip").exists()


@pytest.mark.parametrize("old, new, sentence", BROKEN.values(), ids=BROKEN)
def test_mistakes_are_said_and_packed_all_the_same(run, course, old, new, sentence, monkeypatch):
    monkeypatch.setattr(process.run, "__defaults__", (1.0, *process.run.__defaults__[1:]))
    module = course / "dlcourse/knn.py"
    module.write_text(module.read_text("utf-8").replace(old, new, 1), "utf-8")
    status, out, _ = run(PART)
    assert status == 0 and out.count(sentence) == 1 and (course / f"{PART}-submission.zip").exists()


def test_a_missing_module_and_a_damaged_notebook_are_warnings(run, course):
    (course / "dlcourse/knn.py").unlink()
    (course / "assignments" / PART / NOTEBOOK).write_text("{")
    status, out, _ = run(PART)
    assert status == 0 and "is not a notebook" in out and "is missing" in out


def test_ctrl_c_while_checking_keeps_the_zip(run, course, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "run", stop)
    status, out, _ = run(PART)
    assert status == 0 and "checks were skipped" in out and (course / f"{PART}-submission.zip").exists()


def test_a_new_zip_replaces_the_old_one_whole(run, course):
    path = course / f"{PART}-submission.zip"
    path.write_bytes(b"old")
    run(PART)
    assert len(contents(path)) == 3
    assert [each.name for each in course.iterdir() if "zip" in each.name] == [path.name]


def test_output_may_be_a_file(run, course, tmp_path):
    assert run(PART, "--output", tmp_path / "mine.zip")[0] == 0
    assert len(contents(tmp_path / "mine.zip")) == 3


def test_bad_input_ends_in_one_sentence(run, course, tmp_path):
    (tmp_path / f"x/{PART}-submission.zip").mkdir(parents=True)
    cases = {
        "called 'part1_nkn'. Did you mean part1_knn": ["part1_nkn"],
        "a part is handed in as a whole. Did you mean part1_knn": ["l2_distances"],
        "is not a folder": [PART, "--output", tmp_path / "no/such/place.zip"],
        "is a folder: remove it": [PART, "--output", tmp_path / "x"],
        "no name for a zip": [PART, "--output", tmp_path / "mine.tar"],
    }
    for sentence, arguments in cases.items():
        status, out, error = run(*arguments)
        assert status == 1 and sentence in error and "Traceback" not in error and "Written" not in out


def test_what_would_be_refused_is_not_packed(run, course, monkeypatch):
    monkeypatch.setattr(submitting, "MAX_NOTEBOOK", 1000)
    assert "Clear Outputs" in run(PART)[2]


def test_without_the_notebook_it_says_where_to_run(run, course):
    (course / "assignments" / PART / NOTEBOOK).unlink()
    status, _, error = run(PART)
    assert status == 1 and "there is no notebook in" in error
