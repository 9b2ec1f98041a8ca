"""nbgrader's gradebook, written in bulk: a batch of submissions in one transaction.

Everything is left as `nbgrader autograde` leaves it, so that formgrader, feedback and export go on from here. nbgrader's own
classes make the tables and enter an assignment; only the many rows of a class are written around them.
"""

import logging
import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import BufferingHandler
from pathlib import Path
from types import SimpleNamespace

import nbformat
from nbgrader import api, utils
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Boolean, Float, bindparam, case, create_engine, event, false, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from autograder.locations import COURSE_ROOT, CourseError
from autograder.settings import FILE, settings

CONFIG = "nbgrader_config.py"
PATIENCE = 30  # seconds to wait while somebody else, such as formgrader, writes to an SQLite gradebook
ADVISORY_LOCK = 0x646C636F  # any number that is ours: on PostgreSQL, one batch at a time, from whatever machine

STUDENT, SUBMISSION, NOTEBOOK = api.Student.__table__, api.SubmittedAssignment.__table__, api.SubmittedNotebook.__table__
GRADE, COMMENT = api.Grade.__table__, api.Comment.__table__
PROBE = GRADE.update().where(false()).values(auto_score=0)  # needs the right to write, and changes nothing


class Course:
    """The course folder as nbgrader sees it.

    Args:
        near: a path in the course: its root is the nearest folder at or above it with nbgrader_config.py.

    Attributes:
        config: everything in nbgrader_config.py.
        directory: nbgrader's CourseDirectory.
        url: of the gradebook's database.
    """

    def __init__(self, near):
        above = [folder for start in (Path(near), Path.cwd()) for folder in (start.resolve(), *start.resolve().parents)]
        self.root = next((folder for folder in above if (folder / CONFIG).is_file()), COURSE_ROOT)
        try:
            self.config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        except Exception as error:  # it is a program: anything can happen in it
            raise CourseError(f"{self.root / CONFIG} cannot be read: {type(error).__name__}: {error}") from error
        self.config.CourseDirectory.setdefault("root", str(self.root))
        self.directory = CourseDirectory(config=self.config)
        require_same_points(self.root)
        self.url = make_url(self.directory.db_url)
        if self.url.get_backend_name() == "sqlite" and not (self.url.database or "").startswith("file:"):
            self.url = self.url.set(database=str(Path(self.root, self.url.database)))

    def folder(self, step, part, student="."):
        """Return nbgrader's folder of one step, such as "submitted"."""
        return Path(self.directory.format_path(getattr(self.directory, f"{step}_directory"), student, part))

    def released(self, part):
        """Return {name: NotebookNode} of the notebooks that students got."""
        folder = self.folder("release", part)
        try:
            notebooks = {path.stem: nbformat.read(path, as_version=4) for path in sorted(folder.glob("*.ipynb"))}
        except (OSError, ValueError, AttributeError) as error:
            raise CourseError(f"a notebook in {folder} cannot be read: build the course with 'autograder build'") from error
        if not notebooks:
            raise CourseError(f"{folder} holds no notebook of {part}: build the course with 'autograder build'")
        return notebooks


def require_same_points(root):
    """Raise CourseError if a folder's `course.toml` gives other points than the grader that runs, which is another folder's."""
    there, here = settings(root), settings()
    if (Path(root) / FILE).is_file() and (there.points, there.parts) != (here.points, here.parts):
        raise CourseError(
            f"{Path(root) / FILE} has other points or parts than {COURSE_ROOT / FILE}, and the autograder that runs is the one in "
            f"{COURSE_ROOT}: install the one of this course, with pip install -e {root}"
        )


@dataclass(frozen=True)
class Entry:
    """What the gradebook is to hold of one submission.

    Attributes:
        scores: {(notebook, cell): points by the grader, or None where a person decides}.
        comments: {(notebook, cell): the grader's comment or None}.
        known: the cells of which the gradebook already has this very answer.
    """

    student: str
    timestamp: datetime | None
    scores: dict
    comments: dict
    known: frozenset = frozenset()


class Gradebook:
    """One part of a course in nbgrader's database; the part is entered if it is not there.

    Args:
        course: a Course.
        part: name of the part.
        released: {name: NotebookNode}, what students got.

    Raises:
        CourseError: if the database cannot be used.
    """

    def __init__(self, course, part, released):
        self.course, self.part = course, part
        self.late = AssignLatePenalties(config=course.config, log=quiet())
        self.late.init_plugin()
        with self.in_words():
            self.engine = connect(course.url)
            make_tables(self.engine, course)
            with self.engine.begin() as connection:
                connection.execute(PROBE)  # a gradebook that cannot be written is said before anything is graded
                known = source_cells(connection, part)
                # nbgrader enters assignments of the course "", which it forgets to make: PostgreSQL minds
                add_missing(connection, api.Course.__table__, ["id"], [(course.directory.course_id,)])
            if known != released_cells(released):
                enter(course, part)
            with self.engine.begin() as connection:
                self.enter_deadline(connection)
                self.read_cells(connection)

    def in_words(self):
        return in_words(self.course.url)

    def enter_deadline(self, connection):
        """Write the deadline that `course.toml` gives the part; without one, what the gradebook says stays."""
        deadline = settings(self.course.root).deadlines.get(self.part)
        if deadline:
            assignment = api.Assignment.__table__
            connection.execute(
                assignment.update().where(assignment.c.name == self.part).values(duedate=utils.parse_utc(deadline))
            )

    def read_cells(self, connection):
        """Learn the database's ids of the part's notebooks and cells."""
        assignment = api.Assignment.__table__
        found = connection.execute(select(assignment).where(assignment.c.name == self.part)).one()
        self.id, self.duedate = found.id, found.duedate
        notebook, cell = api.Notebook.__table__, api.BaseCell.__table__
        rows = connection.execute(
            select(notebook.c.id, notebook.c.name, cell.c.id, cell.c.name, cell.c.type)
            .join_from(notebook, cell)
            .where(notebook.c.assignment_id == self.id)
        ).all()
        self.notebooks = {name: id for id, name, *_ in rows}
        self.graded = {(row[1], row[3]): row[2] for row in rows if row.type in ("GradeCell", "TaskCell")}
        self.commented = {(row[1], row[3]): row[2] for row in rows if row.type in ("SolutionCell", "TaskCell")}

    def scores(self):
        """Return {student: {(notebook, cell): points by the grader}} of everyone in the gradebook."""
        name_of = {id: key for key, id in self.graded.items()}
        query = (
            select(SUBMISSION.c.student_id, GRADE.c.cell_id, GRADE.c.auto_score)
            .join_from(SUBMISSION, NOTEBOOK, NOTEBOOK.c.assignment_id == SUBMISSION.c.id)
            .join(GRADE, GRADE.c.notebook_id == NOTEBOOK.c.id)
            .where(SUBMISSION.c.assignment_id == self.id)
        )
        found = {}
        with self.in_words(), self.engine.connect() as connection:
            for student, cell, score in connection.execute(query):
                found.setdefault(student, {})[name_of[cell]] = score
        return found

    def write(self, entries):
        """Write a batch of Entries: all of them or, if anything goes wrong, none."""
        with self.in_words(), self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:ours)"), {"ours": ADVISORY_LOCK})
            by_student = {entry.student: entry for entry in entries}
            add_missing(connection, STUDENT, ["id"], [(student,) for student in by_student])
            submissions = self.write_submissions(connection, by_student)
            notebooks = self.write_notebooks(connection, submissions)
            self.write_scores(connection, by_student, notebooks)
            self.write_comments(connection, by_student, notebooks)
            self.write_penalties(connection, submissions, notebooks)

    def settle(self):
        """Bring the late penalties of everybody up to date: a person's grades, `course.toml` or an extension may be new."""
        with self.in_words(), self.engine.begin() as connection:
            rows = connection.execute(select(SUBMISSION).where(SUBMISSION.c.assignment_id == self.id))
            submissions = {row.student_id: row for row in rows}
            if submissions:
                self.write_penalties(connection, submissions, self.write_notebooks(connection, submissions))

    def write_submissions(self, connection, by_student):
        """Return {student: row} of the submissions, each with the time it was handed in."""
        add_missing(connection, SUBMISSION, ["student_id", "assignment_id"], [(student, self.id) for student in by_student])
        times = [{"who": each.student, "when": each.timestamp} for each in by_student.values() if each.timestamp]
        where = SUBMISSION.c.assignment_id == self.id
        change = SUBMISSION.update().where(where, SUBMISSION.c.student_id == bindparam("who"))
        if times:
            connection.execute(change.values(timestamp=bindparam("when")), times)
        rows = connection.execute(select(SUBMISSION).where(where, SUBMISSION.c.student_id.in_(by_student)))
        return {row.student_id: row for row in rows}

    def write_notebooks(self, connection, submissions):
        """Return {id of a submitted notebook: (student, notebook)}."""
        owners = {row.id: student for student, row in submissions.items()}
        names = {id: name for name, id in self.notebooks.items()}
        wanted = [(submission, notebook) for submission in owners for notebook in names]
        add_missing(connection, NOTEBOOK, ["assignment_id", "notebook_id"], wanted, {"flagged": False})
        rows = connection.execute(select(NOTEBOOK).where(NOTEBOOK.c.assignment_id.in_(owners)))
        return {row.id: (owners[row.assignment_id], names[row.notebook_id]) for row in rows}

    def write_scores(self, connection, by_student, notebooks):
        """Write the grader's points; what a person gave stays, and is up for review where the answer or the points are new."""
        wanted = self.cells_of(notebooks, self.graded)
        add_missing(connection, GRADE, ["notebook_id", "cell_id"], wanted, {"needs_manual_grade": True})
        changes = []
        for row in rows_in(connection, GRADE, notebooks):
            student, cell = wanted[row.notebook_id, row.cell_id]
            score = by_student[student].scores.get(cell)
            if cell not in by_student[student].known or score != row.auto_score:
                changes.append({"row": row.id, "score": score, "undecided": score is None})
        by_hand = case((GRADE.c.manual_score.is_not(None), True), else_=bindparam("undecided", type_=Boolean))
        update = GRADE.update().where(GRADE.c.id == bindparam("row"))
        if changes:
            connection.execute(update.values(auto_score=bindparam("score", type_=Float), needs_manual_grade=by_hand), changes)

    def write_comments(self, connection, by_student, notebooks):
        wanted = self.cells_of(notebooks, self.commented)
        add_missing(connection, COMMENT, ["notebook_id", "cell_id"], wanted)
        changes = []
        for row in rows_in(connection, COMMENT, notebooks):
            student, cell = wanted[row.notebook_id, row.cell_id]
            comment = by_student[student].comments.get(cell)
            if comment != row.auto_comment:
                changes.append({"row": row.id, "comment": comment})
        update = COMMENT.update().where(COMMENT.c.id == bindparam("row"))
        if changes:
            connection.execute(update.values(auto_comment=bindparam("comment")), changes)

    def write_penalties(self, connection, submissions, notebooks):
        """Write the penalty of each notebook, by the course's own rule."""
        scores = dict.fromkeys(notebooks, 0.0)
        for row in rows_in(connection, GRADE, notebooks):
            given = row.auto_score if row.manual_score is None else row.manual_score
            scores[row.notebook_id] += 0 if given is None else given + (row.extra_credit or 0)
        penalties = [
            {"row": id, "penalty": self.penalty(submissions[student], scores[id])} for id, (student, _) in notebooks.items()
        ]
        update = NOTEBOOK.update().where(NOTEBOOK.c.id == bindparam("row"))
        connection.execute(update.values(late_submission_penalty=bindparam("penalty")), penalties)

    def penalty(self, submission, score):
        """Return what nbgrader's AssignLatePenalties takes off, or None."""
        if submission.timestamp is None or self.duedate is None:
            return None
        late = (submission.timestamp - self.duedate).total_seconds()
        late -= submission.extension.total_seconds() if submission.extension else 0
        if late <= 0:
            return None
        penalty = self.late.plugin_inst.late_submission_penalty(submission.student_id, score, late)
        return None if penalty is None else self.late._check_late_penalty(SimpleNamespace(score=score), penalty)

    def cells_of(self, notebooks, cells):
        """Return {(id of a submitted notebook, id of a cell): (student, (notebook, cell))}."""
        return {
            (id, cell): (student, key) for id, (student, name) in notebooks.items() for key, cell in cells.items() if key[0] == name
        }


@contextmanager
def in_words(url):
    """Turn what the database says into a sentence."""
    where = url.render_as_string(hide_password=True)
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise CourseError(f"the gradebook {where} cannot be used: {reason}") from error
    except ModuleNotFoundError as error:
        raise CourseError(f"the gradebook {where} needs a driver: pip install {error.name}") from error


def connect(url):
    """Return an engine whose transactions wait for each other instead of failing halfway."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def begin_by_hand(connection, _):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def make_tables(engine, course):
    """Make the tables that are missing, and note nbgrader's version of them, also if an earlier attempt was killed halfway."""
    tables = inspect(engine).get_table_names()
    if {"alembic_version", "course"} <= set(tables):
        return
    search = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), search])  # nbgrader runs the command alembic
    try:
        api.Gradebook(course.url.render_as_string(hide_password=False), course.directory.course_id).close()
        if tables and "alembic_version" not in tables:
            with engine.begin() as connection:
                note_version(connection)
    finally:
        os.environ["PATH"] = search


def note_version(connection):
    """Enter the version that nbgrader enters after making tables; only a gradebook of an older nbgrader has content by now."""
    if connection.execute(select(api.Assignment.__table__.c.id).limit(1)).first():
        raise CourseError("the gradebook is one of an older nbgrader: make a copy of it, then run 'nbgrader db upgrade'")
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": api.get_alembic_version()})


def source_cells(connection, part):
    """Return {(notebook, cell): checksum} of what the gradebook knows about a part."""
    assignment, notebook, cell = api.Assignment.__table__, api.Notebook.__table__, api.SourceCell.__table__
    rows = connection.execute(
        select(notebook.c.name, cell.c.name, cell.c.checksum)
        .join_from(cell, notebook)
        .join(assignment)
        .where(assignment.c.name == part)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def released_cells(released):
    return {
        (name, cell.metadata.nbgrader.grade_id): cell.metadata.nbgrader.get("checksum")
        for name, notebook in released.items()
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def enter(course, part):
    """Enter a part into the gradebook, or what changed in it, as `nbgrader generate_assignment` does."""
    log, said = quiet(), BufferingHandler(10_000)
    said.setLevel(logging.ERROR)
    log.addHandler(said)
    logging.getLogger("tornado.application").addHandler(logging.NullHandler())  # where nbgrader's database classes log
    with tempfile.TemporaryDirectory() as scratch:  # the release stays as it is
        config = Config(course.config)
        config.merge(Config(CourseDirectory={"root": str(course.root), "assignment_id": part, "release_directory": scratch,
                                             "db_url": course.url.render_as_string(hide_password=False)}))  # fmt: skip
        try:
            GenerateAssignment(coursedir=CourseDirectory(config=config, log=log), config=config, log=log).start()
        except NbGraderException as error:
            lines = "\n".join(record.getMessage() for record in said.buffer).splitlines()
            reason = next((line for line in reversed(lines) if "Error: " in line), str(error))
            raise CourseError(f"nbgrader could not enter {part} into the gradebook: {reason}") from error


def quiet():
    log = logging.Logger("nbgrader")
    log.addHandler(logging.NullHandler())
    return log


def add_missing(connection, table, columns, wanted, values=None):
    """Insert the rows that are not there yet.

    Args:
        columns: names of the columns that tell rows apart; the first one has a value of this batch alone.
        wanted: values of these, a tuple each.
        values: {column: value} of the other columns.
    """
    chosen = [table.c[column] for column in columns]
    query = select(*chosen).where(chosen[0].in_({each[0] for each in wanted}))
    present = {tuple(row) for row in connection.execute(query)}
    rows = [dict(zip(columns, each, strict=True)) | (values or {}) for each in wanted if each not in present]
    if "id" not in columns:
        rows = [{"id": api.new_uuid(), **row} for row in rows]
    if rows:
        connection.execute(table.insert(), rows)


def rows_in(connection, table, notebooks):
    """Return the rows of grades or comments in some submitted notebooks."""
    return connection.execute(select(table).where(table.c.notebook_id.in_(notebooks))).all()


# ------------------------------------------------------------------------------------------------------------- to read


@dataclass
class Line:
    """What the gradebook holds of one student and part.

    Attributes:
        points: by the grader and by persons, before any penalty.
        max_points: of the part.
        waiting: number of answers that a person has not graded yet.
        penalty: what nbgrader takes off.
        timestamp: when it was handed in, and `duedate` when it was due, with this student's extension; UTC, or None.
    """

    points: float
    max_points: float
    waiting: int
    penalty: float
    timestamp: datetime | None
    duedate: datetime | None


def read_lines(course):
    """Return {(student, part): Line} of a course's gradebook, which is not changed; empty if there is none yet.

    Args:
        course: a Course.
    """
    if course.url.get_backend_name() == "sqlite" and not Path(course.url.database or "").is_file():
        return {}
    assignment, notebook = api.Assignment.__table__, api.Notebook.__table__
    base, cell, task = api.BaseCell.__table__, api.GradeCell.__table__, api.TaskCell.__table__
    with in_words(course.url), create_engine(course.url).connect() as connection:
        if not {"assignment", "grade"} <= set(inspect(connection).get_table_names()):
            return {}
        worth = {}
        for table in (cell, task):
            query = select(notebook.c.assignment_id, table.c.max_score).join_from(base, table, base.c.id == table.c.id)
            for part, points in connection.execute(query.join(notebook, notebook.c.id == base.c.notebook_id)):
                worth[part] = worth.get(part, 0) + points
        query = select(
            SUBMISSION.c.id, SUBMISSION.c.student_id, SUBMISSION.c.timestamp, SUBMISSION.c.extension,
            assignment.c.id.label("part_id"), assignment.c.name, assignment.c.duedate,
        ).join_from(SUBMISSION, assignment, SUBMISSION.c.assignment_id == assignment.c.id)  # fmt: skip
        lines, name_of = {}, {}
        for row in connection.execute(query):
            due = row.duedate + row.extension if row.duedate and row.extension else row.duedate
            line = Line(0.0, worth.get(row.part_id, 0.0), 0, 0.0, aware(row.timestamp), aware(due))
            lines[row.student_id, row.name] = name_of[row.id] = line
        owner = {}
        for row in connection.execute(select(NOTEBOOK.c.id, NOTEBOOK.c.assignment_id, NOTEBOOK.c.late_submission_penalty)):
            owner[row.id] = name_of[row.assignment_id]
            owner[row.id].penalty += row.late_submission_penalty or 0
        for row in connection.execute(
            select(GRADE.c.notebook_id, GRADE.c.auto_score, GRADE.c.manual_score, GRADE.c.extra_credit, GRADE.c.needs_manual_grade)
        ):
            given = row.auto_score if row.manual_score is None else row.manual_score
            owner[row.notebook_id].points += (given or 0) + (row.extra_credit or 0)
            owner[row.notebook_id].waiting += bool(row.needs_manual_grade)
    return lines


def aware(time):
    return time and time.replace(tzinfo=UTC)
