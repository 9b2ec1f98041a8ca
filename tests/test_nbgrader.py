"""nbgrader's own commands on this course: points and reasons are those of our checks, whatever a student hands in."""

import copy
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade
from traitlets.config import Config, PyFileConfigLoader

from autograder import checks, misconceptions, nbgrader_plugin
from autograder.grading import CheckResult, ExerciseResult
from autograder.locations import COURSE_ROOT, CourseError
from autograder.nbgrader_plugin import autograded_cells, fill_outputs, markdown, restored
from autograder.oracle import reference_sources
from autograder.sandbox import SandboxError

PART, NOTEBOOK = "part1_knn", "nearest_neighbours"
WRITTEN = ["knn-challenges", "knn-decision-regions", "knn-why-validation"]
PERFECT = reference_sources()["knn"]
BLANK = (COURSE_ROOT / "dlcourse/knn.py").read_text("utf-8")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
RAISES = f"{PERFECT}\n\ndef accuracy(predicted, labels):\n    raise ValueError({HOSTILE!r})\n"
POINTS = {exercise.name: exercise.points for exercise in checks.select(PART)}
ALL = sum(POINTS.values())


def released():
    return nbformat.read(COURSE_ROOT / "assignments" / PART / f"{NOTEBOOK}.ipynb", as_version=4)


def cell_of(notebook, grade_id):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def mistaken(exercise, name):
    """Return the reference with one misconception."""
    return misconceptions.source_with(next(each for each in misconceptions.of(exercise) if each.name == name))


# -------------------------------------------------------------------------------------------------- a class, really graded


def forged():
    """A notebook whose check cells show whatever nbgrader could take for points."""
    notebook = released()
    forgeries = ["nan", "-1", "1e9", "4", "inf", "None", "full marks", None]
    for number, cell in enumerate(autograded_cells(notebook)):
        text = forgeries[number % len(forgeries)]
        cell.outputs = [new_output("execute_result", {"text/plain": text}, execution_count=1)] if text else []
        cell.execution_count = 1
    autograded_cells(notebook)[0].outputs.append(new_output("stream", name="stderr", text="0"))
    autograded_cells(notebook)[1].outputs.insert(0, new_output("display_data", {"text/html": HOSTILE}))
    return notebook


def twisted():
    """A notebook whose marks are changed in every way that can be thought of, one cell each."""
    notebook = released()
    twists = [
        lambda cell: cell.metadata.nbgrader.update(points=1000),
        lambda cell: cell.metadata.nbgrader.update(solution=True, locked=False),
        lambda cell: cell.metadata.nbgrader.update(grade=False, task=True),
        lambda cell: cell.metadata.nbgrader.update(schema_version=0),
        lambda cell: cell.metadata.nbgrader.update(grade_id=["knn-accuracy"]),
        lambda cell: cell.metadata.update(nbgrader="full marks"),
        lambda cell: cell.update(source="4.0"),
        lambda cell: cell.metadata.nbgrader.update(grade_id="knn-NearestNeighbor"),
        lambda cell: notebook.cells.remove(cell),
        lambda cell: notebook.cells.append(copy.deepcopy(cell)),
        lambda cell: cell.update(cell_type="raw"),
    ]
    for twist, cell in zip(twists, autograded_cells(notebook), strict=True):
        twist(cell)
    return notebook


def hostile():
    """A notebook with scripts in every place that a page may show."""
    notebook = released()
    answer = f"My answer {HOSTILE} [x](javascript:alert(3)) $\\href{{javascript:alert(4)}}{{x}}$"
    cell_of(notebook, "knn-challenges").source = answer
    notebook.cells.insert(0, new_raw_cell(f"raw {HOSTILE}", metadata={"raw_mimetype": "text/html"}))
    notebook.cells.append(new_markdown_cell(f"```mermaid\n{HOSTILE}\n```"))
    notebook.cells.append(new_code_cell("1", outputs=[new_output("display_data", {"text/html": HOSTILE})]))
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"a": f"</script>{HOSTILE}"}}}
    notebook.metadata.update(widgets=state, title=HOSTILE, language_info={"name": HOSTILE, "pygments_lexer": HOSTILE})
    return notebook


CLASS = {  # student: (source of knn.py, notebook)
    "ada": (PERFECT, released),
    "blank": (BLANK, released),
    "elif": (mistaken("knn.l2_distances", "hidden-loop"), released),
    "forger": (BLANK, forged),
    "hostile": (RAISES, hostile),
    "links": (PERFECT, released),
    "nothing": (None, released),
    "twister": (PERFECT, twisted),
}


def nbgrader(course, *arguments):
    """Run an nbgrader command in a course, as if its virtual environment were activated."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(course), "PATH": path}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)


def succeed(course, *arguments):
    done = nbgrader(course, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def hand_in(course, student, source, notebook):
    folder = course / "submitted" / student / PART
    folder.mkdir(parents=True)
    (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook))
    if source is not None:
        (folder / "dlcourse").mkdir()
        (folder / "dlcourse/knn.py").write_text(source, "utf-8")
    return folder


@pytest.fixture(scope="module")
def empty_course(tmp_path_factory):
    """A copy of this course with a gradebook and without students."""
    course = tmp_path_factory.mktemp("nbgrader") / "course"
    left_behind = shutil.ignore_patterns(".*", "__pycache__", "cache", "*.egg-info", "*.db", "demo", "tests", "submitted")
    shutil.copytree(COURSE_ROOT, course, ignore=left_behind)
    succeed(course, "generate_assignment", PART)
    return course


@pytest.fixture(scope="module")
def course(empty_course):
    """The course after the whole class was graded by one command."""
    for student, (source, notebook) in CLASS.items():
        hand_in(empty_course, student, source, notebook())
    folder = empty_course / "submitted/links" / PART
    (folder / "answers.py").symlink_to(empty_course / "solutions/dlcourse/knn.py")
    (folder / "page.html").write_text(HOSTILE)
    succeed(empty_course, "autograde", PART)
    return empty_course


@pytest.fixture(scope="module")
def pages(course):
    """{student: the feedback they get}."""
    succeed(course, "generate_feedback", PART)
    return {student: (course / "feedback" / student / PART / f"{NOTEBOOK}.html").read_text("utf-8") for student in CLASS}


def grades(course, student):
    """Return {grade_id: the automatic points} of one student in the gradebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission_notebook(NOTEBOOK, PART, student)
        return {grade.name: grade.auto_score for grade in submission.grades}


def total(course, student):
    return sum(points or 0 for points in grades(course, student).values())


def test_generate_assignment_makes_what_is_checked_in(empty_course):
    path = f"assignments/{PART}/{NOTEBOOK}.ipynb"
    assert (empty_course / path).read_bytes() == (COURSE_ROOT / path).read_bytes()


@pytest.mark.parametrize(
    "student, points", [("ada", ALL), ("blank", 0), ("elif", ALL - 0.5), ("hostile", ALL - 1), ("links", ALL), ("nothing", 0)]
)
def test_points_in_the_gradebook_are_those_of_our_checks(course, student, points):
    assert total(course, student) == points


def test_partial_credit_is_recorded_for_the_exercise_it_belongs_to(course):
    expected = {name.replace(".", "-"): points for name, points in POINTS.items()} | {"knn-l2_distances": 3.5}
    assert {name: points for name, points in grades(course, "elif").items() if name not in WRITTEN} == expected


def test_outputs_that_a_student_forged_earn_nothing(course):
    assert total(course, "forger") == 0


def test_changed_moved_and_deleted_cells_change_no_points(course):
    assert {name: points for name, points in grades(course, "twister").items() if name not in WRITTEN} == {
        name.replace(".", "-"): points for name, points in POINTS.items()
    }


def test_written_answers_wait_for_a_person_and_unanswered_ones_do_not(course):
    assert [grades(course, "hostile")[name] for name in WRITTEN] == [None, 0, 0]


def test_autograded_cells_get_one_output_each_and_other_cells_none(course):
    for student in CLASS:
        notebook = nbformat.read(course / "autograded" / student / PART / f"{NOTEBOOK}.ipynb", as_version=4)
        assert len(autograded_cells(notebook)) == len(POINTS)
        counts = {cell.id: len(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}
        assert {name for name, count in counts.items() if count} == {cell.id for cell in autograded_cells(notebook)}
        assert max(counts.values()) == 1


def test_only_what_was_graded_is_copied(course, pages):
    for step, page in ("autograded", f"{NOTEBOOK}.ipynb"), ("feedback", f"{NOTEBOOK}.html"):
        folder = course / step / "links" / PART
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == {page, "dlcourse/knn.py"}


def test_feedback_says_what_failed_why_and_what_to_try(pages):
    text = BeautifulSoup(pages["elif"], "html.parser").get_text()
    assert "knn.l2_distances: 3.5 of 4 points, 7 of 8 checks passed." in text
    assert "no loop over queries, points or pixels" in text
    assert next(each for each in misconceptions.of("knn.l2_distances") if each.name == "hidden-loop").sentence in text
    assert all(hint in text for hint in checks.find("knn.l2_distances").hints)
    assert "Python executed" in text


def test_submission_without_modules_is_told_so(pages):
    text = BeautifulSoup(pages["nothing"], "html.parser").get_text()
    assert f"submitted/nothing/{PART} is not a submission: it holds no folder dlcourse/" in text
    assert "all 6 checks" in text


def test_stub_is_told_kindly(pages):
    assert "knn.accuracy: 0 of 1 points, not written yet." in pages["blank"]


def test_feedback_shows_what_a_student_wrote_as_text(pages):
    page = BeautifulSoup(pages["hostile"], "html.parser")
    assert "alert" not in "".join(script.get_text() for script in page.find_all("script"))
    assert not [tag for tag in page.find_all() for name in tag.attrs if name.startswith("on")]
    assert not [link for link in page.find_all("a") if "javascript" in link.get("href", "")]
    text = page.get_text()
    assert text.count(HOSTILE) >= 4  # the answer, the raw cell, the diagram, and the message of the exception
    assert "\\href" not in text


def test_export_has_the_sums(course):
    succeed(course, "export")
    with open(course / "grades.csv") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {student: float(row["score"]) for student, row in rows.items()} == {each: total(course, each) for each in CLASS}
    assert {float(row["max_score"]) for row in rows.values()} == {ALL + 6}


def test_grading_again_gives_the_same_points_and_keeps_a_persons(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("knn-challenges", NOTEBOOK, PART, "hostile")
        grade.manual_score = 1.5
        gradebook.db.commit()
    before = grades(course, "hostile")
    succeed(course, "autograde", PART, "--student", "hostile", "--force")
    assert grades(course, "hostile") == before
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission(PART, "hostile").score == ALL - 1 + 1.5


# -------------------------------------------------------------------------------------------- what stops with an error


def without_students(empty_course, folder):
    """Return a copy of the course, as it is before anybody handed in."""
    shutil.copytree(empty_course, folder, ignore=shutil.ignore_patterns("submitted", "autograded", "feedback", "gradebook.db"))
    return folder


@pytest.mark.slow
def test_check_cell_of_no_exercise_stops_and_gives_no_points(empty_course, tmp_path):
    course = without_students(empty_course, tmp_path / "course")
    path = course / "solutions" / PART / f"{NOTEBOOK}.ipynb"
    path.write_text(path.read_text().replace('check(\\"knn.accuracy\\")', 'check(\\"knn.acuracy\\")'))
    succeed(course, "generate_assignment", PART)
    hand_in(course, "ada", PERFECT, released())
    done = nbgrader(course, "autograde", PART)
    assert done.returncode == 1
    assert "there is no exercise called 'knn.acuracy'. Did you mean knn.accuracy" in done.stderr
    assert set(grades(course, "ada").values()) <= {None, 0}
    assert not (course / "autograded/ada" / PART).exists()


def convert(course, student):
    """Autograde in this process."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.merge(Config(CourseDirectory={"root": str(course), "assignment_id": PART, "student_id": student}))
    Autograde(coursedir=CourseDirectory(config=config), config=config).start()


@pytest.fixture
def unisolated(monkeypatch):
    """A machine on which nothing isolates student code."""

    def refuse():
        raise SandboxError("no isolation for student code on this machine")

    monkeypatch.setattr(nbgrader_plugin, "sandbox", refuse)


def test_without_isolation_nothing_is_graded_and_the_reason_is_said(course, unisolated, caplog):
    hand_in(course, "late", PERFECT, released())
    try:
        with pytest.raises(NbGraderException):
            convert(course, "late")
        assert set(grades(course, "late").values()) <= {None, 0}
        assert "no isolation for student code on this machine" in caplog.text
    finally:
        shutil.rmtree(course / "submitted/late")
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            gradebook.remove_student("late")


def test_notebook_that_is_a_link_is_refused(course, caplog):
    folder = hand_in(course, "copier", PERFECT, released())
    try:
        (folder / f"{NOTEBOOK}.ipynb").unlink()
        (folder / f"{NOTEBOOK}.ipynb").symlink_to(course / "solutions" / PART / f"{NOTEBOOK}.ipynb")
        with pytest.raises(NbGraderException):
            convert(course, "copier")
        assert "is a link, and nothing outside of a submission is graded" in caplog.text
    finally:
        shutil.rmtree(course / "submitted/copier")
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            gradebook.remove_student("copier")


# ------------------------------------------------------------------------------------------------ outputs of check cells


def results(**points):
    """Results of the part: everything right, but for the exercises named by keyword."""
    return {
        name: ExerciseResult(name, PART, points.get(name.split(".")[1], most), most, "", [CheckResult("c", True, "passed")])
        for name, most in POINTS.items()
    }


@pytest.mark.parametrize(
    "earned, recorded", [(8 / 3, 2.67), (0, 0), (4, 4), (1e-9, 0), (-5, 0), (1e9, 4)], ids=lambda value: f"{value:.3g}"
)
def test_nbgrader_reads_the_points_that_were_earned(earned, recorded):
    notebook = released()
    fill_outputs(notebook, results(l2_distances=earned))
    assert determine_grade(cell_of(notebook, "knn-l2_distances")) == (recorded, 4)


def test_outputs_that_were_there_are_dropped_from_every_cell():
    notebook = forged()
    notebook.cells.append(new_code_cell("1", outputs=[new_output("stream", name="stderr", text="x")], execution_count=3))
    fill_outputs(notebook, results())
    for cell in autograded_cells(notebook):
        assert determine_grade(cell) == (cell.metadata.nbgrader.points, cell.metadata.nbgrader.points)
    assert sum(len(cell.outputs) for cell in notebook.cells if cell.cell_type == "code") == len(POINTS)


@pytest.mark.parametrize("earned", [float("nan"), float("inf"), -float("inf")])
def test_points_that_are_no_number_are_refused(earned):
    with pytest.raises(CourseError, match="knn.l2_distances earned"):
        fill_outputs(released(), results(l2_distances=earned))


CHANGES = {
    "another exercise": ('check("knn.acuracy")', "no exercise called 'knn.acuracy'"),
    "more than a check": ('check("knn.accuracy"); 1', "'knn-accuracy' is not of the form check"),
    "no check": ("assert True", "'knn-accuracy' is not of the form check"),
    "nothing": ("", "'knn-accuracy' is not of the form check"),
}


@pytest.mark.parametrize("source, complaint", CHANGES.values(), ids=CHANGES)
def test_graded_cell_without_a_check_is_refused(source, complaint):
    notebook = released()
    cell_of(notebook, "knn-accuracy").source = source
    with pytest.raises(CourseError, match=complaint):
        fill_outputs(notebook, results())


def test_check_that_was_not_graded_is_refused():
    graded = results()
    del graded["knn.accuracy"]
    with pytest.raises(CourseError, match="knn.accuracy is an exercise of part1_knn, and that is not what was graded"):
        fill_outputs(released(), graded)


def test_released_notebook_with_other_points_is_refused():
    notebook = released()
    cell_of(notebook, "knn-accuracy").metadata.nbgrader.points = 3
    with pytest.raises(CourseError, match="worth 1 points, and 3 in the released notebook: run autograder build, and nbgrader gen"):
        fill_outputs(notebook, results())


# ---------------------------------------------------------------------------------------------- what a student wrote


def test_answers_are_taken_over_and_the_rest_is_as_released():
    submitted = released()
    for name in WRITTEN:
        cell_of(submitted, name).source = f"answer to {name}"
    cell_of(submitted, "knn-accuracy").source = "1.0"
    notebook = restored(released(), submitted)
    assert [cell_of(notebook, name).source for name in WRITTEN] == [f"answer to {name}" for name in WRITTEN]
    assert cell_of(notebook, "knn-accuracy") == cell_of(released(), "knn-accuracy")


def test_untouched_notebook_comes_back_as_it_was_released():
    assert restored(released(), released()) == released()


def test_added_and_changed_cells_stay_where_they_were_as_text_alone():
    submitted, given = released(), released()
    position = given.cells.index(cell_of(given, "knn-challenges"))
    submitted.cells.insert(position + 1, new_markdown_cell("more of my answer", attachments={"x": {"image/png": "x"}}))
    submitted.cells.insert(position + 2, new_raw_cell("raw", metadata={"raw_mimetype": "text/html"}))
    notebook = restored(given, submitted)
    assert len(notebook.cells) == len(given.cells) + 2
    more, raw = notebook.cells[position + 1 : position + 3]
    assert (more.cell_type, more.source, dict(more.metadata)) == ("markdown", "more of my answer", {})
    assert (raw.cell_type, raw.source, dict(raw.metadata)) == ("code", "raw", {})
    assert "attachments" not in more
    nbformat.validate(notebook)


def test_answer_cell_that_was_copied_loses_neither_text():
    submitted = released()
    answer = cell_of(submitted, "knn-challenges")
    answer.source = "first"
    submitted.cells.append(copy.deepcopy(answer))
    submitted.cells[-1].source = "second"
    notebook = restored(released(), submitted)
    assert cell_of(notebook, "knn-challenges").source == "first"
    assert [cell.source for cell in notebook.cells].count("second") == 1


@pytest.mark.parametrize("cell", [{}, {"metadata": []}, {"metadata": {"nbgrader": 1}, "source": 7}, {"source": "\ud800"}])
def test_cells_that_are_none_do_no_harm(cell):
    notebook = restored(released(), nbformat.from_dict({"cells": [cell]}))
    nbformat.writes(notebook).encode()
    assert len(autograded_cells(notebook)) == len(POINTS)


DANGEROUS = [
    HOSTILE,
    f"a {HOSTILE} b",
    f"# {HOSTILE}",
    f"| a |\n|---|\n| {HOSTILE} |",
    f"```mermaid\n{HOSTILE}\n```",
    f'```" onmouseover="alert(1)\n{HOSTILE}\n```',
    "[x](javascript:alert(1))",
    "[x](JavaScript&colon;alert(1))",
    "[x](<\x01javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "![x](attachment:none.png)",
    '[x](https://a.b/"onmouseover="alert(1))',
    '[x](https://a.b "t\\" onmouseover=\\"alert(1)")',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "$\\href{javascript:alert(1)}{x}$",
    "&#36;\\hr&#101;f{javascript:alert(1)}{x}&#36;",
]


@pytest.mark.parametrize("source", DANGEROUS)
def test_markdown_of_a_stranger_carries_no_script(source):
    page = BeautifulSoup(markdown(source), "html.parser")
    assert not page.find_all(["script", "iframe", "object", "svg", "form"])
    attributes = [(name, str(value)) for tag in page.find_all() for name, value in tag.attrs.items()]
    assert not [name for name, _ in attributes if name.startswith("on")]
    links = [value for name, value in attributes if name in ("href", "src")]
    assert not [link for link in links if ":" in link and not link.startswith("https://")]
    assert "\\href" not in page.get_text()


def test_markdown_keeps_formulas_code_and_links():
    html = markdown("**bold** $a < b$ `x < 1` [web](https://example.org)\n\n```python\nif a < b: pass\n```")
    page = BeautifulSoup(html, "html.parser")
    assert "$a < b$" in page.get_text() and page.find("code").get_text() == "x < 1"
    assert page.find("a")["href"] == "https://example.org" and page.find("strong")
