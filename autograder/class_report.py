"""The class report: one HTML page on how a class is doing, and who needs help.

`report.py` shows submissions and the reasons for each lost point; this page shows the class. What a student wrote is escaped,
and every name stands in a <bdi>, so that its letters cannot turn around what stands beside them.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median, quantiles
from types import SimpleNamespace

from autograder.challenge import leaderboard
from autograder.exports import title_of
from autograder.report import frequent_explanations, histogram, level, number, render, share, write_whole

# The rules of "who needs help", stated on the page with these numbers.
ENOUGH = 5  # submissions of a part, before somebody is compared with the others
FAR_BELOW = 0.5  # of the median
MOST = 0.8  # of those who handed in
HALF = 0.5  # of the class
GRAVITY = {"nothing handed in": 4, "file": 3, "far below": 2, "stuck": 1}  # whom to ask first
MANY_MISTAKES = 15  # sentences on the page
NAMES = 6  # in one cell


@dataclass
class Help:
    """A student who needs help, and why: {one of GRAVITY: list of parts, sentences or exercises}."""

    student: str
    reasons: dict = field(default_factory=dict)

    def add(self, kind, *what):
        self.reasons.setdefault(kind, []).extend(what)
        self.reasons = dict(sorted(self.reasons.items(), key=lambda item: -GRAVITY[item[0]]))

    @property
    def gravity(self):
        return sum(GRAVITY[kind] * len(what) for kind, what in self.reasons.items())


def write_class_report(standings, path, title=None, roster=None, now=None):
    """Write the class report as one HTML page that needs no other file.

    Args:
        standings: standings.Standings.
        path: the file to write; it appears complete or not at all.
        title: the page's heading; the course's, if there is none.
        roster: roster.Roster, to list who has handed in nothing at all.
        now: a datetime, when the page is made.
    """
    write_whole(path, page(standings, title, roster, now))


def page(standings, title=None, roster=None, now=None):
    """Return the class report as HTML."""
    now = now or datetime.now(UTC)
    students, unlisted = everybody(standings, roster)
    return render(
        "class.html",
        title=title or standings.rules.title,
        now=now,
        standings=standings,
        students=students,
        totals={student: total(standings, student) for student in students},
        unlisted=unlisted,
        overview=overview(standings, students),
        parts=[about_part(standings, part, len(students)) for part in standings.parts],
        exercises={part: difficulty(standings.in_part(part)) for part in standings.parts},
        mistakes=frequent_explanations(whole(standings), MANY_MISTAKES),
        stopped=stopped(standings),
        help=needs_help(standings, students, now),
        late=sorted((each for each in standings.of.values() if is_late(each, standings.rules)), key=lambda each: -each.late),
        leaderboard=leaderboard(whole(standings)),
        rule=SimpleNamespace(enough=ENOUGH, far_below=FAR_BELOW, most=MOST, half=HALF, names=NAMES),
        rules=standings.rules.late,
        title_of=title_of,
        level=level,
        share=share,
        duration=duration,
        when=when,
        is_late=lambda each: is_late(each, standings.rules),
    )


def everybody(standings, roster):
    """Return the names of all students, and of those whose submission is in no row of the roster."""
    if roster is None:
        return standings.students, []
    found = roster.match(standings.students)
    absent = [roster.name_of(row) for position, row in enumerate(roster.rows) if position not in found.values()]
    return sorted([*standings.students, *absent], key=str.casefold), [s for s in standings.students if s not in found]


def whole(standings):
    """Return one report for each student, of all parts together."""
    exercises = {}
    for (student, _), each in standings.of.items():
        exercises.setdefault(student, []).extend(each.exercises)
    return [SimpleNamespace(submission=student, exercises=found) for student, found in exercises.items()]


# ----------------------------------------------------------------------------------------------------------------- numbers


def total(standings, student):
    """Return (score, points that could be earned) over all parts, or None if nothing was handed in; no part is 0 points."""
    mine = [standings.of[student, part] for part in standings.parts if (student, part) in standings.of]
    if not mine:
        return None
    worth = sum(max(each.max_points for each in standings.in_part(part)) for part in standings.parts if standings.in_part(part))
    return sum(each.score for each in mine), worth


def overview(standings, students):
    """Return the numbers of the whole class."""
    totals = [found for student in students if (found := total(standings, student))]
    scores = [score for score, _ in totals]
    return SimpleNamespace(
        students=len(students),
        handed_in=len(totals),
        mean=mean(scores) if scores else 0,
        median=median(scores) if scores else 0,
        max_points=max((worth for _, worth in totals), default=0),
        late=sum(is_late(each, standings.rules) for each in standings.of.values()),
        waiting=sum(each.waiting for each in standings.of.values()),
        bins=histogram([share(*each) for each in totals]),
    )


def about_part(standings, part, students):
    """Return the numbers of one part."""
    found = standings.in_part(part)
    shares = sorted(100 * share(each.score, each.max_points) for each in found)
    quarters = quantiles(shares, n=4, method="inclusive") if len(shares) > 1 else shares * 3 or [0, 0, 0]
    return SimpleNamespace(
        name=part,
        deadline=standings.rules.deadlines.get(part) or max((each.deadline for each in found if each.deadline), default=None),
        handed_in=len(found),
        students=students,
        late=sum(is_late(each, standings.rules) for each in found),
        waiting=sum(each.waiting for each in found),
        max_points=max((each.max_points for each in found), default=0),
        mean=mean(each.score for each in found) if found else 0,
        median=median(each.score for each in found) if found else 0,
        five=(shares[0], *quarters, shares[-1]) if shares else None,
    )


KINDS = ("solved", "partly", "nothing right", "not written")


def kind_of(exercise):
    """Return which of KINDS an ExerciseResult is."""
    if all(check.passed for check in exercise.checks) and exercise.points == exercise.max_points:  # the challenge has a scale
        return "solved"
    if all(check.status == "not written" or check.message.endswith(".py is missing") for check in exercise.checks):
        return "not written"
    return "partly" if exercise.points > 0 else "nothing right"


def difficulty(standings):
    """Return for each exercise of a part, hardest first: name, how many are of which of KINDS, mean share of its points."""
    kinds, earned, stops = {}, {}, Counter()
    for each in standings:
        for exercise in each.exercises:
            kinds.setdefault(exercise.name, Counter())[kind_of(exercise)] += 1
            earned.setdefault(exercise.name, []).append(share(exercise.points, exercise.max_points))
            stops[exercise.name] += any(
                check.status == "stopped" and not does_not_load(check.message, each) for check in exercise.checks
            )
    worth = {exercise.name: exercise.max_points for each in standings for exercise in each.exercises}
    rows = [
        SimpleNamespace(name=name, max_points=worth[name], kinds=kinds[name], count=len(earned[name]), stopped=stops[name],
                        mean=100 * mean(earned[name]))
        for name in kinds
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.mean)


def stopped(standings):
    """Return [(name of the exercise, what happened, names)] of code that was stopped or that ended the process, most first."""
    who = {}
    for (student, _), each in sorted(standings.of.items()):
        for exercise in each.exercises:
            for message in dict.fromkeys(check.message for check in exercise.checks if check.status == "stopped"):
                if not does_not_load(message, each):
                    who.setdefault((exercise.name, message), []).append(student)
    return sorted(((*key, names) for key, names in who.items()), key=lambda row: (-len(row[2]), row[:2]))


def does_not_load(message, standing):
    """Return whether a reason is about a file that is missing or cannot be read: no code ran that could be stopped."""
    return message in standing.problems or re.search(r"\.py (is missing|is not|cannot be read|is larger)", message) is not None


def is_late(standing, rules):
    """Return whether it was handed in after the deadline, and after the time of grace."""
    return standing.late > timedelta(minutes=rules.late.grace_minutes)


# --------------------------------------------------------------------------------------------------------------- who needs help


def needs_help(standings, students, now):
    """Return a Help for each student to whom a rule applies, those with the gravest reasons first.

    The rules are about each part: it is overdue, or half of the class has handed it in, and this student has not; a file cannot
    be read or is no Python; the score is less than half of the median; an exercise that most have solved, was tried and
    earned nothing. The last two compare, and so need a few submissions.
    """
    found = {student: Help(student) for student in students}
    for part in standings.parts:
        group = standings.in_part(part)
        overdue = standings.rules.deadlines.get(part)
        expected = (overdue and overdue < now) or (group and len(group) >= HALF * len(students))
        middle = median(share(each.score, each.max_points) for each in group) if len(group) >= ENOUGH else 0
        easy = solved_by_most(group)
        for student in students:
            each = standings.of.get((student, part))
            if each is None:
                if expected:
                    found[student].add("nothing handed in", title_of(part))
                continue
            problems = unreadable(each)
            if problems:
                found[student].add("file", *(f"{title_of(part)}: {problem}" for problem in problems))
            if share(each.score, each.max_points) < FAR_BELOW * middle:
                found[student].add("far below", f"{title_of(part)}: {number(each.score)} of {number(each.max_points)} points, "
                                   f"where half of the class has {number(middle * each.max_points)} or more")  # fmt: skip
            stuck = [e.name for e in each.exercises if e.name in easy and kind_of(e) == "nothing right"]
            if stuck and not problems:
                found[student].add("stuck", *stuck)
    listed = [each for each in found.values() if each.reasons]
    return sorted(listed, key=lambda each: (-each.gravity, each.student.casefold()))


def solved_by_most(group):
    """Return the names of the exercises that most of those who handed in have solved."""
    if len(group) < ENOUGH:
        return set()
    return {row.name for row in difficulty(group) if row.kinds["solved"] >= MOST * row.count}


def unreadable(standing):
    """Return sentences about files that could not be read, or that Python cannot read."""
    messages = [check.message for exercise in standing.exercises for check in exercise.checks if not check.passed]
    broken = [message for message in messages if re.search(r"\b(SyntaxError|IndentationError|TabError)\b", message)]
    return list(dict.fromkeys([*standing.problems, *broken]))


# ------------------------------------------------------------------------------------------------------------------ words


def duration(time):
    """Return a timedelta in words: "2 days 3 h", "5 h 10 min", "7 min"."""
    minutes = round(time.total_seconds() / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} day{'s' * (days > 1)}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{max(minutes, 1)} min"


def when(time):
    """Return a time as people write it, in its own zone."""
    return f"{time.day} {time:%B %Y, %H:%M} {time.tzname()}"
