"""Grade inside nbgrader: its commands, formgrader and gradebook as they are, the points and reasons from our grader.

`nbgrader_config.py` puts these preprocessors into `nbgrader autograde`:

    Restore  instead of trusting a submitted notebook, takes the released one and puts the student's answers into it
    Grade    instead of running the notebook, grades the submission's folder and writes the result below each check cell
    Deadline before late penalties are assigned, and when an assignment is generated, enters the deadline of `course.toml`

`LatePenalty` as the rule for late submissions, and `markdown` into every page that shows a submission to somebody. No kernel
is started, and no cell of a student is run.
"""

import atexit
import copy
import math
import os
import re
from functools import lru_cache
from pathlib import Path

import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder import checks, grading
from autograder.locations import COURSE_ROOT, CourseError
from autograder.notebook import rows_of
from autograder.remote import clean
from autograder.report import number, render
from autograder.sandbox import Sandbox
from autograder.settings import settings

CHECK_CELL = re.compile(r"""check\((["'])([^"']+)\1\)""")
TIMESTAMP = "timestamp.txt"  # when it was handed in, for nbgrader
GENERATE = "run autograder build, and nbgrader generate_assignment"
# Dollar signs in a message are no formula, and nbgrader's pages hide the triangle that opens a hint.
FRAME = '<div class="tex2jax_ignore"><style>details > summary {{ display: list-item }}</style>{}</div>'


# ------------------------------------------------------------------------------------------------ from results to outputs


def fill_outputs(notebook, results):
    """Write what was graded below the check cells of a notebook, in place; every other output is dropped.

    nbgrader reads the points from the output, and takes no output, NaN and negative numbers for full marks. So every check
    cell gets exactly one output, with one finite number from 0 to the cell's points.

    Args:
        notebook: NotebookNode whose marked cells are the released ones; see `restored`.
        results: {name of the exercise: grading.ExerciseResult}.

    Raises:
        CourseError: if a graded cell checks no exercise, or none of these, or has other points than its exercise.
    """
    outputs = {cell.metadata.nbgrader.grade_id: output_for(cell, results) for cell in autograded_cells(notebook)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for cell in autograded_cells(notebook):
        cell.outputs = [outputs[cell.metadata.nbgrader.grade_id]]


def autograded_cells(notebook):
    """Return the cells that are graded automatically."""
    return [
        cell for cell in notebook.cells if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)
    ]


def exercise_of(cell):
    """Return the Exercise that a check cell names; CourseError if it names none."""
    call = CHECK_CELL.fullmatch(cell.source.strip())
    if call is None:
        raise CourseError(
            f'the graded cell {cell.metadata.nbgrader.grade_id!r} is not of the form check("module.exercise"), so nothing '
            "says what its points are for"
        )
    return checks.find(call[2])


def output_for(cell, results):
    """Return the output of a check cell: for nbgrader its points, for people the reasons."""
    exercise = exercise_of(cell)
    result = results.get(exercise.name)
    if result is None:
        raise CourseError(f"{exercise.name} is an exercise of {exercise.part}, and that is not what was graded")
    if float(cell.metadata.nbgrader.points) != exercise.points:
        raise CourseError(
            f"{exercise.name} is worth {number(exercise.points)} points, and {cell.metadata.nbgrader.points} in the released "
            f"notebook: {GENERATE}"
        )
    if not math.isfinite(result.points):
        raise CourseError(f"{exercise.name} earned {result.points} points, which is no number")
    points = number(min(max(result.points, 0), exercise.points))
    data = {"text/plain": points, "text/html": feedback(exercise, result)}
    # What nbformat.v4.new_output makes, without its validation, which takes longer than all else here.
    return nbformat.from_dict({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})


def feedback(exercise, result):
    """Return the result of an exercise as HTML, everything from the student escaped: what its check cell shows in practice."""
    passed = all(check.passed for check in result.checks)
    unwritten = all(check.status == "not written" for check in result.checks)
    count = f"{sum(check.passed for check in result.checks)} of {len(result.checks)} checks passed"
    page = render(
        "check.html",
        sentence=f"{exercise.name}: {number(result.points)} of {number(exercise.points)} points, "
        f"{'not written yet' if unwritten else count}.",
        rows=() if unwritten else rows_in_short(result),
        explanations=list(dict.fromkeys(check.explanation for check in result.checks if check.explanation)),
        hints=() if passed else exercise.hints,
        passed=passed,
        saved="",
    )
    return FRAME.format(page)


def rows_in_short(result):
    """Return the rows of `rows_of`, and only one where a single reason, such as a missing file, is behind all of them."""
    rows = rows_of(result, COURSE_ROOT)
    mark, word, _, reason = rows[0]
    if len(rows) > 1 and rows[1:] == [(mark, word, check.name, "The same.") for check in result.checks[1:]]:
        return [(mark, word, f"all {len(rows)} checks", reason)]
    return rows


# ------------------------------------------------------------------------------------------------ from a submission to results


@lru_cache(1)
def sandbox():
    """Return this process's Sandbox: it takes longer to start than a submission to grade."""
    started = Sandbox()
    atexit.register(started.close)
    return started


def submission_in(folder, student):
    """Return the grading.Submission in a folder; without modules, and with the reason, if it is none."""
    try:
        return grading.read_submission(folder, student)
    except CourseError as error:
        return grading.Submission(clean(student, 100), {}, Path(folder), (str(error),))


def grade_folder(folder, student, part):
    """Return {name of the exercise: grading.ExerciseResult} of the submission in a folder.

    Raises:
        SandboxError: where nothing isolates student code.
    """
    report = grading.grade(submission_in(folder, student), sandbox(), part, grading.course_secret())
    return {result.name: result for result in report.exercises}


# ------------------------------------------------------------------------------------------------ from strangers to notebooks


def restored(released, submitted):
    """Return the released notebook with what a student wrote: the answers, and cells that were added or changed.

    Only text is taken over: the cells' metadata and outputs decide about points and can carry scripts. An added or changed
    cell follows the released cell that it followed in the submission; a deleted cell is there again.

    Args:
        released, submitted: NotebookNodes; `submitted` may be anything that is one by name.
    """
    position_of = {text_of(cell): position for position, cell in enumerate(released.cells)}
    position_of |= {mark_of(cell): position for position, cell in enumerate(released.cells) if mark_of(cell)}
    answers, added, here = {}, {}, -1
    for cell in submitted.cells:
        text, mark = text_of(cell), mark_of(cell)
        here = position_of.get(mark or text, position_of.get(text, here))
        if mark in position_of and mark not in answers and utils.is_solution(released.cells[here]):
            answers[mark] = text
        elif text.strip() and text not in position_of:
            added.setdefault(here, []).append(plain(cell, text))
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        cell.source = answers.get(mark_of(cell), cell.source)
    for position in sorted(added, reverse=True):
        notebook.cells[position + 1 : position + 1] = added[position]
    return notebook


def mark_of(cell):
    """Return a cell's grade_id, or None; whatever a stranger wrote in its place is none."""
    marks = cell.metadata.get("nbgrader") if isinstance(cell.get("metadata"), dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def text_of(cell):
    """Return a cell's source as text that can be written to a file."""
    source = cell.get("source")
    return source.encode("utf-8", "replace").decode("utf-8") if isinstance(source, str) else ""


def plain(cell, text):
    """Return a new cell with nothing but this text; a raw cell, which a page would show as HTML, becomes code."""
    return new_markdown_cell(text) if cell.get("cell_type") == "markdown" else new_code_cell(text)


def keep_modules(copied, submission):
    """Remove from nbgrader's copy of a submission all that is not graded.

    nbgrader follows links while it copies, formgrader serves the copy to the instructor's browser, and the student gets it
    back with the feedback.
    """
    kept = {copied / path for path in submission.files}
    if not (submission.folder / TIMESTAMP).is_symlink():
        kept.add(copied / TIMESTAMP)
    for folder, _, files in os.walk(copied):
        for path in (Path(folder, name) for name in files):
            if path not in kept and not (path.suffix == ".ipynb" and path.parent == copied):
                path.unlink()


# ------------------------------------------------------------------------------------------------ from submissions to pages


class SafeRenderer(IPythonRenderer):
    """Shows HTML in Markdown as the text it is, and follows links only to the web and within the page."""

    def __init__(self):
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)

    def safe_url(self, url):
        return super().safe_url(url) if re.match(r"https?://|mailto:|#", url) else "#"

    def block_mermaidjs(self, code):
        return super().block_code(code)

    def _embed_image_or_attachment(self, src):
        return src  # attachments stay behind in `restored`


def markdown(source):
    """Return Markdown as HTML that a stranger may have written: formgrader shows it beside buttons that give points."""
    html = MarkdownWithMath(renderer=SafeRenderer()).render(source)
    return html.replace("\\href", "\\mathrm")  # in a formula, a link to anything


# ------------------------------------------------------------------------------------------------ nbgrader's preprocessors


class FromCourse(NbGraderPreprocessor):
    """A preprocessor that knows the course folder, which is the current one while nbgrader converts."""

    def folder(self, step, resources, student=None):
        """Return the folder of one nbgrader step, such as "submitted", relative to the course: people read it in reasons."""
        names, course = resources["nbgrader"], self.parent.parent.coursedir
        path = course.format_path(getattr(course, f"{step}_directory"), student or names["student"], names["assignment"])
        return Path(os.path.relpath(path, course.root))


class Restore(FromCourse):
    """First of all, replace a submitted notebook by the released one with the student's answers in it."""

    def preprocess(self, notebook, resources):
        name, folder = f"{resources['nbgrader']['notebook']}.ipynb", self.folder("submitted", resources)
        if (folder / name).is_symlink():
            raise CourseError(f"{folder / name} is a link, and nothing outside of a submission is graded")
        path = self.folder("release", resources, student=".") / name
        if not path.exists():
            raise CourseError(f"{path} is missing: {GENERATE} {resources['nbgrader']['assignment']}")
        released = nbformat.read(path, as_version=4)
        keep_modules(self.folder("autograded", resources), submission_in(folder, resources["nbgrader"]["student"]))
        return restored(released, notebook), resources


class Grade(FromCourse):
    """In place of running the notebook, grade the folder it lies in, and write what was found below the check cells."""

    def preprocess(self, notebook, resources):
        for cell in autograded_cells(notebook):
            exercise_of(cell)  # a cell without an exercise stops everything before anything is graded
        student, part = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        fill_outputs(notebook, grade_folder(self.folder("submitted", resources), student, part))
        return notebook, resources


class Deadline(FromCourse):
    """Enter the deadline that `course.toml` gives a part into nbgrader's gradebook; without one, what is there stays."""

    def preprocess(self, notebook, resources):
        names = resources["nbgrader"]
        deadline = settings(self.parent.parent.coursedir.root).deadlines.get(names["assignment"])
        if deadline:
            with Gradebook(names["db_url"]) as gradebook:
                gradebook.update_or_create_assignment(names["assignment"], duedate=utils.parse_utc(deadline))
        return notebook, resources


class LatePenalty(BasePlugin):
    """What handing in late costs, by `course.toml`: a share of the points earned, so that each notebook loses its own."""

    course = Unicode(str(COURSE_ROOT), help="folder that holds course.toml").tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """Return the points that a notebook loses, as nbgrader's LateSubmissionPlugin does."""
        return score * settings(self.course).late.share(total_seconds_late)
