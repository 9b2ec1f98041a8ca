"""What a class has earned: recorded results, nbgrader's gradebook and the deadlines put together, nothing graded again.

The class report and the exports start from here, so that they and `nbgrader export` say the same.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from autograder.checks import parts, select
from autograder.gradebook import Course, aware, read_lines
from autograder.grading import ExerciseResult, course_version
from autograder.locations import CourseError
from autograder.nbgrader_plugin import TIMESTAMP
from autograder.results import latest_records, report_of
from autograder.settings import Settings, settings
from autograder.submitted import parse_timestamp, read_file


@dataclass
class Standing:
    """What one student has earned in one part.

    Attributes:
        exercises: list of grading.ExerciseResult.
        problems: sentences about files that could not be read.
        points: earned in the checks and by hand, before the penalty.
        max_points: that could be earned.
        waiting: number of written answers that nobody has graded yet.
        handed_in, deadline: times with a zone, or None.
        penalty: what being late costs.
    """

    student: str
    part: str
    exercises: list[ExerciseResult]
    problems: list[str]
    points: float
    max_points: float
    waiting: int = 0
    handed_in: datetime | None = None
    deadline: datetime | None = None
    penalty: float = 0.0

    @property
    def score(self):
        """What counts in the end."""
        return max(0.0, self.points - self.penalty)

    @property
    def in_checks(self):
        return sum(exercise.points for exercise in self.exercises)

    @property
    def late(self):
        """How long after the deadline it was handed in; a timedelta, zero or more."""
        if self.handed_in is None or self.deadline is None:
            return timedelta(0)
        return max(timedelta(0), self.handed_in - self.deadline)


@dataclass
class Standings:
    """What a class has earned.

    Attributes:
        parts: names of the parts that this is about.
        students: everybody's name, sorted.
        of: {(student, part): Standing}; who has not handed in is not there.
        rules: the course's settings.Settings.
        notes: sentences about what is not as one would expect.
        isolation, courses: what the results were graded under, and with which versions.
    """

    parts: list[str]
    students: list[str]
    of: dict
    rules: Settings = field(default_factory=settings)
    notes: list[str] = field(default_factory=list)
    isolation: list[str] = field(default_factory=list)
    courses: list[str] = field(default_factory=list)

    def in_part(self, part):
        """Return the Standings of everybody who has handed in a part."""
        return [self.of[student, part] for student in self.students if (student, part) in self.of]


def recorded(near=".", part=None):
    """Return the Standings of all that `autograder grade --gradebook` has recorded in a course.

    Args:
        near: a path in the course.
        part: this part alone; None for all that the course has.

    Raises:
        CourseError: if results, gradebook or settings cannot be read.
    """
    select(part)
    course = Course(near)
    rules, lines = settings(course.root), read_lines(course)
    wanted = [part] if part else parts()
    of, isolation, courses, stale = {}, set(), set(), 0
    for place, record in sorted(latest_records(course.root / ".autograder").items()):
        if place[1] not in wanted:
            continue
        report = report_of(record)
        isolation.add(report.isolation)
        courses.add(report.course)
        standing = Standing(*place, report.exercises, report.problems, report.points, report.max_points)
        standing.deadline = rules.deadlines.get(place[1])
        line = lines.get(place)
        if line:
            standing.points, standing.max_points, standing.waiting = line.points, line.max_points, line.waiting
            standing.handed_in, standing.deadline = line.timestamp, line.duedate or standing.deadline
            standing.penalty = line.points * rules.late.share(standing.late.total_seconds())
            stale += abs(standing.penalty - line.penalty) > 0.005
        of[place] = standing
    notes = []
    if courses - {course_version()}:
        notes.append("Some were graded with other checks or points than today's: autograder regrade grades them again.")
    if stale:
        notes.append(f"The gradebook takes another late penalty off {stale} submissions than this page, because grades, deadlines "
                     "or course.toml changed: autograder grade submitted --gradebook brings it up to date.")  # fmt: skip
    students = sorted({student for student, _ in of} | {student for student, each in lines if each in wanted})
    return Standings(used(wanted, of, rules), students, of, rules, notes, sorted(isolation), sorted(courses))


def fresh(reports, submissions, part=None):
    """Return the Standings of submissions that have just been graded.

    Args:
        reports: list of grading.Report.
        submissions: list of (student, folder), one for each.
        part: the part that was graded; None if a folder's parts were.
    """
    rules, of = settings(), {}
    for (student, folder), report in zip(submissions, reports, strict=True):
        when = handed_in_at(folder)
        for each, problems in parts_in(report).items():
            exercises = [exercise for exercise in report.exercises if exercise.part == each]
            if (student, each) in of:
                raise CourseError(f"{student} has handed in {each} twice: give only one of the folders")
            earned, most = sum(e.points for e in exercises), sum(e.max_points for e in exercises)
            standing = Standing(student, each, exercises, problems, earned, most, 0, when, rules.deadlines.get(each))
            standing.penalty = earned * rules.late.share(standing.late.total_seconds())
            of[student, each] = standing
    wanted = [part] if part else parts()
    return Standings(
        used(wanted, of, rules),
        sorted({student for student, _ in of}),
        of,
        rules,
        [],
        sorted({report.isolation for report in reports}),
        sorted({report.course for report in reports}),
    )


def parts_in(report):
    """Return {part: its problems} of the parts that were handed in: a module is there; the first part, if none is."""
    found = {}
    for part in dict.fromkeys(exercise.part for exercise in report.exercises):
        files = {f"dlcourse/{exercise.name.split('.')[0]}.py" for exercise in report.exercises if exercise.part == part}
        problems = [problem for problem in report.problems if any(problem.startswith(file) for file in files)]
        if files & set(report.files) or not all(problem.endswith("is missing") for problem in problems):
            found[part] = problems
    return found or {exercise.part: report.problems for exercise in report.exercises[:1]}


def used(wanted, of, rules):
    """Return the parts that somebody has handed in or that are overdue; all of them, if there is none."""
    now = datetime.now().astimezone()
    there = {part for _, part in of} | {part for part, deadline in rules.deadlines.items() if deadline < now}
    return [part for part in wanted if part in there] or wanted


def handed_in_at(folder):
    """Return the time in a submission's timestamp.txt, or None."""
    try:
        return aware(parse_timestamp(read_file(folder, TIMESTAMP) or b""))
    except CourseError:
        return None
