"""Grade a class into nbgrader's gradebook, so that a run that ends at any moment is finished by the next one.

The order of the steps is what makes that true. Of each batch first the results are stored, then the gradebook is written in
one transaction, then the folders of `autograded/` are put in place, and last the results are marked as recorded. Each step
can be done again with the same outcome, and whatever is not marked is done again from the step after the results.
"""

import hashlib
import shutil
import time
from dataclasses import dataclass, field
from itertools import groupby

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters import Autograde

from autograder import submitted
from autograder.checks import select
from autograder.classroom import grade_class
from autograder.gradebook import Course, Entry, Gradebook
from autograder.grading import ExerciseResult, course_version
from autograder.locations import CourseError
from autograder.nbgrader_plugin import TIMESTAMP, fill_outputs, restored
from autograder.results import Results, changed_files, identity, new_record, report_of
from autograder.sandbox import SandboxError
from autograder.weights import FILE

BATCH = 50  # submissions in one transaction
BATCH_SECONDS = 2.0  # what is graded is stored at most so much later
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Conditions:
    """What a class is graded under.

    Attributes:
        mode: isolation, one of sandbox.MODES.
        secret: what the random inputs are drawn from.
        limits: sandbox.Limits of each exercise.
        jobs: number of processes, or None for one a core.
    """

    mode: str
    secret: str
    limits: object
    jobs: int | None = None


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        reports: {(student, part): Report} of everyone who has a grade.
        graded: how many of these were graded now, and not by an earlier run.
        other_version: how many were graded with other checks than today's, by an earlier run.
        ungraded: sentences, one for each submission without a grade.
        damaged: sentences about the results store.
    """

    reports: dict = field(default_factory=dict)
    graded: int = 0
    other_version: int = 0
    ungraded: list = field(default_factory=list)
    damaged: list = field(default_factory=list)


def record_class(paths, conditions, part=None, regrade=False, progress=None):
    """Grade what is new in some folders, and bring gradebook and `autograded/` up to date; return the Outcome.

    Args:
        paths: folders like nbgrader's `submitted`, or parts of it.
        conditions: the Conditions.
        part: grade this part alone.
        regrade: grade again what was graded with other checks, time limits or another secret.
        progress: called with (how many are done, how many there are).

    Raises:
        CourseError: if gradebook, results or folders cannot be used; nothing is half-written then.
    """
    select(part)
    found, outcome = [], Outcome()
    for path in paths:
        places, left_out = submitted.find(path, part)
        found += places
        outcome.ungraded += left_out
    course = Course(paths[0])
    with Results(course.root / ".autograder") as results:
        if results.damaged:
            outcome.damaged.append(f"{results.path}: {results.damaged} lines were damaged; what they said is graded again.")
        found.sort(key=lambda place: (place[1], place[0]))
        require_one_folder_each(found)
        done = 0
        for each, group in groupby(found, key=lambda place: place[1]):
            for _ in Recorder(course, each, results, conditions).run(list(group), regrade, outcome):
                done += 1
                if progress:
                    progress(done, len(found))
    return outcome


def require_one_folder_each(found):
    """Raise CourseError if two folders claim to be the same submission."""
    for one, other in zip(found, found[1:], strict=False):
        if one[:2] == other[:2]:
            raise CourseError(f"{one[2]} and {other[2]} are both {one[1]} of {one[0]}: give only one of them")


class Recorder:
    """Grades one part of a course into its gradebook.

    Args:
        course: gradebook.Course.
        part: name of the part.
        results: the open results.Results.
        conditions: the Conditions.
    """

    def __init__(self, course, part, results, conditions):
        self.course, self.part, self.results, self.conditions = course, part, results, conditions
        self.released = course.released(part)
        require_gradable(self.released, part)
        self.gradebook = Gradebook(course, part, self.released)
        require_writable(course.folder("autograded", part, "somebody").parent.parent)
        self.pending, self.flushed = [], time.monotonic()

    def run(self, places, regrade, outcome):
        """Record the submissions in some (student, part, folder); yield once for each that is done."""
        handed_in = [submitted.read(*place, self.released, self.course.root) for place in places]
        scores, fresh = self.gradebook.scores(), []
        for each in handed_in:
            record = self.results.latest.get(each.place)
            if not self.fits(record, each) or (regrade and not self.up_to_date(record)):
                fresh.append(each)
                continue
            outcome.reports[each.place] = report_of(record)
            outcome.other_version += not self.up_to_date(record)
            if not self.is_recorded(record, scores.get(each.student)):
                self.take(each, outcome, record)
            yield
        for each, report, reason in grade_each(fresh, self.part, self.conditions):
            if report:
                self.take(each, outcome, None, report)
            else:
                outcome.ungraded.append(f"{each.folder} {reason}")
            yield
        self.flush()
        self.gradebook.settle()

    def fits(self, record, handed_in):
        """Return whether a record is about these files and the cells of the notebooks as they are released now."""
        if record is None or changed_files(record, handed_in):
            return False
        released = {name: {cell.metadata.nbgrader.grade_id for cell in marked(book)} for name, book in self.released.items()}
        return released == {name: set(cells) for name, cells in record["cells"].items()}

    def up_to_date(self, record):
        """Return whether grading again could only give the same."""
        now = (course_version(), identity(self.conditions.secret), self.conditions.limits.seconds)
        return (record["course"], record["secret"], record["seconds"]) == now

    def is_recorded(self, record, scores):
        """Return whether gradebook and folder hold what a record says, whatever happened to them since."""
        folder = self.course.folder("autograded", self.part, record["student"])
        return (
            self.results.in_gradebook.get((record["student"], self.part)) is record
            and scores == self.entry(record, None).scores
            and all((folder / f"{name}.ipynb").is_file() for name in self.released)
        )

    def take(self, handed_in, outcome, record, report=None):
        """Put a graded submission into the batch, and write the batch if it is full or old."""
        new = record is None
        try:
            report = report or report_of(record)
            notebooks, problems = self.notebooks(handed_in, report)
        except submitted.Changed as reason:
            outcome.reports.pop(handed_in.place, None)
            outcome.ungraded.append(f"{handed_in.folder}: {reason}; run the command again")
            return
        if new:
            others = [each for each in handed_in.problems if each not in handed_in.submission.problems]
            report.problems = list(dict.fromkeys([*report.problems, *others, *problems.values()]))
            cells = {name: cells_of(notebook, problems.get(name)) for name, notebook in notebooks.items()}
            record = new_record(handed_in, report, self.conditions, cells, self.course.root)
            outcome.graded += 1
            outcome.reports[handed_in.place] = report
        self.pending.append((new, record, self.entry(record, handed_in.timestamp), files_of(handed_in, notebooks)))
        if len(self.pending) >= BATCH or time.monotonic() - self.flushed > BATCH_SECONDS:
            self.flush()

    def notebooks(self, handed_in, report):
        """Return {name: the notebook that graders see}, {name: why its answers could not be taken over}."""
        exercises = {exercise.name: exercise for exercise in report.exercises}
        notebooks, problems = {}, {}
        for name, released in self.released.items():
            try:
                theirs = submitted.read_notebook(handed_in, f"{name}.ipynb")
                notebooks[name] = restored(released, theirs or NotebookNode(cells=[]))
            except CourseError as error:
                problems[name] = str(error)
                notebooks[name] = restored(released, NotebookNode(cells=[]))
            fill_outputs(notebooks[name], exercises)
        return notebooks, problems

    def entry(self, record, timestamp):
        """Return the gradebook.Entry of a record."""
        before = self.results.in_gradebook.get((record["student"], record["part"]), {"cells": {}})["cells"]
        scores, comments, known = {}, {}, set()
        for name, cells in record["cells"].items():
            for cell, facts in cells.items():
                if "score" in facts:
                    scores[name, cell] = facts["score"]
                if "answer" in facts:
                    comments[name, cell] = facts["comment"]
                if cell in before.get(name, {}) and before[name][cell].get("answer") == facts.get("answer"):
                    known.add((name, cell))
        return Entry(record["student"], timestamp, scores, comments, frozenset(known))

    def flush(self):
        """Write the batch; see the module's docstring for why in this order."""
        batch, self.pending = self.pending, []
        self.flushed = time.monotonic()
        if not batch:
            return
        self.results.add([record for new, record, *_ in batch if new])
        self.gradebook.write([entry for _, _, entry, _ in batch])
        converter = Autograde(coursedir=self.course.directory, config=self.course.config)
        for _, record, _, files in batch:
            replace_folder(self.course.folder("autograded", self.part, record["student"]), files)
            converter.set_permissions(self.part, record["student"])
        self.results.mark([record for _, record, *_ in batch])


def require_writable(folder):
    """Raise CourseError before anything is graded if nothing could be put into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".new").mkdir(exist_ok=True)
        (folder / ".new").rmdir()
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror}") from None


def require_gradable(released, part):
    """Raise CourseError if a released notebook has check cells that are not this part's, or with other points."""
    blank = {each.name: ExerciseResult(each.name, part, 0.0, each.points, "") for each in select(part)}
    for notebook in released.values():
        fill_outputs(restored(notebook, NotebookNode(cells=[])), blank)


def marked(notebook):
    return [cell for cell in notebook.cells if utils.is_grade(cell) or utils.is_solution(cell) or utils.is_task(cell)]


def cells_of(notebook, problem=None):
    """Return {grade_id: facts} of the marked cells, as nbgrader's SaveAutoGrades would find them.

    The facts are: of a graded cell its score, which is None where a person decides; of a cell with an answer a digest of the
    answer, and the grader's comment on it.

    Args:
        problem: why the answers could not be read, if so. There may be some: a person decides.
    """
    cells = {}
    for cell in marked(notebook):
        facts = cells[cell.metadata.nbgrader.grade_id] = {}
        if utils.is_grade(cell) or utils.is_task(cell):
            facts["score"] = utils.determine_grade(cell)[0] if utils.is_grade(cell) else None
        if utils.is_solution(cell) or utils.is_task(cell):
            blank = utils.is_solution(cell) and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            facts["answer"] = hashlib.sha256(cell.source.encode()).hexdigest()[:16]
            facts["comment"] = "No response." if blank else None
            if problem:
                facts |= {"answer": UNREADABLE, "comment": problem} | ({"score": None} if "score" in facts else {})
    return cells


def files_of(handed_in, notebooks):
    """Return {path: content} of what graders find in `autograded/`: what was graded, and nothing else of a student's."""
    modules = {f"dlcourse/{name}.py": source.encode() for name, source in handed_in.submission.sources.items()}
    weights = {} if handed_in.submission.weights is None else {f"dlcourse/{FILE}": handed_in.submission.weights}
    # As nbformat.writes does, but without validating what was made from a valid notebook a moment ago.
    pages = {f"{name}.ipynb": nbformat.v4.writes(notebook).encode() for name, notebook in notebooks.items()}
    return modules | weights | pages | ({TIMESTAMP: handed_in.stamp} if handed_in.timestamp else {})


def replace_folder(folder, files):
    """Put a folder with these files in the place of whatever is there; whoever looks meanwhile never sees a part of it."""
    new, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    try:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        for path, content in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror}") from None


def grade_each(handed_in, part, conditions):
    """Yield (HandedIn, Report or None, reason or None) for each, as they are done; one that fails does not stop the others.

    If the pool of processes breaks, what is left is graded in small groups, and a group that fails one by one.
    """
    left = dict(enumerate(handed_in))
    for size in (len(left), BATCH, 1):
        for group in groups(list(left), size):
            try:
                for position, report in graded([left[each].submission for each in group], part, conditions):
                    yield left.pop(group[position]), report, None
            except SandboxError:
                raise
            except Exception as error:
                if size == 1:
                    yield left.pop(group[0]), None, f"could not be graded: {type(error).__name__}: {error}"


def graded(submissions, part, conditions):
    return grade_class(submissions, conditions.mode, conditions.secret, part, conditions.limits, conditions.jobs)


def groups(items, size):
    return [items[start : start + size] for start in range(0, len(items), max(size, 1))]
