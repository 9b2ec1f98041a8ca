"""Show Reports to people: as tables in a terminal, and as one HTML page to keep or to send.

What a student wrote (names, messages) is shown as it is, never interpreted: `rich.text.Text` in the terminal, Jinja2's
autoescape in HTML.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.challenge import leaderboard
from autograder.grading import ExerciseResult
from autograder.locations import CourseError

WORDS = {"passed": "passed", "failed": "failed", "not written": "not yet", "stopped": "stopped"}
MARKS = {"passed": "✓", "failed": "✗", "not written": "○", "stopped": "■"}
LEVELS = (0, 0.5, 0.75, 1)  # a cell of the gradebook is shaded by how many of these shares it has passed
BINS = 10
NAME_WIDTH = 16  # room for a submission's name in a terminal, before it is folded


# ------------------------------------------------------------------------------------------------- what there is to say


def number(value):
    """Return points as people write them: 2.67, 3, 0.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def out_of(what):
    """Return "of 30" for a report, a section, or a column."""
    return f"of {number(what.max_points)}"


@dataclass
class Loss:
    """One reason for lost points, and the checks that share it."""

    checks: list[str]
    status: str
    reason: str
    explanation: str | None
    hint: str | None

    @property
    def word(self):
        return WORDS[self.status]

    @property
    def mark(self):
        return MARKS[self.status]

    @property
    def same(self):
        return self.status, self.reason, self.explanation


@dataclass
class Section:
    """The reasons for lost points in one exercise, or in several that share their only reason, such as a file that stops."""

    exercises: list[ExerciseResult]
    losses: list[Loss]

    @property
    def title(self):
        if len(self.exercises) == 1:
            return self.exercises[0].name
        return f"{', '.join(dict.fromkeys(map(by_module, self.exercises)))}: {len(self.exercises)} exercises"

    @property
    def not_written(self):
        """Whether there is no more to say than "not yet"."""
        return all(loss.status == "not written" for loss in self.losses)

    @property
    def causes(self):
        """[(explanation or None, its losses)], each explanation once."""
        explanations = dict.fromkeys(loss.explanation for loss in self.losses)
        return [(each, [loss for loss in self.losses if loss.explanation == each]) for each in explanations]

    @property
    def hint(self):
        return next((loss.hint for loss in self.losses if loss.hint), None)

    @property
    def points(self):
        return sum(exercise.points for exercise in self.exercises)

    @property
    def max_points(self):
        return sum(exercise.max_points for exercise in self.exercises)


def sections(report):
    """Return the Sections of a report; an exercise without losses has none."""
    return sections_of(report.exercises)


def sections_of(exercises):
    """Return the Sections of some ExerciseResults: neighbours that share their only reason are one."""
    found = []
    for exercise in exercises:
        losses = losses_of(exercise)
        if not losses:
            continue
        alone = len(losses) == 1 and exercise.points == 0
        if alone and found and found[-1].points == 0 and [loss.same for loss in found[-1].losses] == [losses[0].same]:
            found[-1].exercises.append(exercise)
            found[-1].losses[0].checks += losses[0].checks
            found[-1].losses[0].hint = None  # each exercise has its own, and none of them is about this
        else:
            found.append(Section([exercise], losses))
    return found


def other_problems(report):
    """Return the problems with a submission's files that are not already the reason of a lost check."""
    reasons = {check.message for exercise in report.exercises for check in exercise.checks}
    return [problem for problem in report.problems if problem not in reasons]


def losses_of(exercise):
    """Return the Losses of one exercise, identical reasons together."""
    losses = {}
    for check in exercise.checks:
        if check.passed:
            continue
        loss = Loss([check.name], check.status, reason_of(check), check.explanation, check.hint)
        if loss.same in losses:
            losses[loss.same].checks.append(check.name)
        else:
            losses[loss.same] = loss
    return list(losses.values())


def reason_of(check):
    if check.status == "not written":  # the place is enough: every stub's line says the same
        return check.message.split(": raise NotImplementedError")[0]
    return check.message


def checks_in_words(section, loss):
    """Return which checks of a section share a loss: their names, or "all 4 checks"."""
    count = sum(len(exercise.checks) for exercise in section.exercises)
    return f"all {count} checks" if len(loss.checks) == count > 1 else " · ".join(loss.checks)


@dataclass
class Column:
    """One column of the gradebook: a part, a module of it, or an exercise."""

    key: str
    max_points: float

    @property
    def title(self):
        part = re.fullmatch(r"part(\d+)_(\w+)", self.key)
        return f"Part {part[1]}: {part[2].replace('_', ' ')}" if part else self.key.removeprefix(".")


def by_part(exercise):
    return exercise.part


def by_module(exercise):
    return exercise.name.split(".")[0]


def by_exercise(exercise):
    return exercise.name


def columns(reports, key):
    """Return the gradebook's Columns, its exercises put together by `key`."""
    exercises = {exercise.name: exercise for report in reports for exercise in report.exercises}
    points = Counter()
    for exercise in exercises.values():
        points[key(exercise)] += exercise.max_points
    return [Column(*item) for item in points.items()]


def points_by(report, key):
    """Return {key: points} of one report."""
    points = Counter()
    for exercise in report.exercises:
        points[key(exercise)] += exercise.points
    return points


def natural_key(reports):
    """Return what a column of the gradebook is: a part if there are several, else an exercise."""
    return by_part if len(columns(reports, by_part)) > 1 else by_exercise


# ------------------------------------------------------------------------------------------------------- the terminal


def print_gradebook(reports, console):
    """Print a table: one row a submission, one column a part, or an exercise if there is only one part.

    Columns are numbered, and named below the table: eleven names do not fit beside each other.

    Args:
        reports: list of grading.Report.
        console: rich.console.Console.
    """
    from rich.box import SIMPLE_HEAD  # here, because a check cell shows reasons without it, in a browser too
    from rich.columns import Columns
    from rich.table import Table
    from rich.text import Text

    key = natural_key(reports)
    shown = columns(reports, key)
    if key is by_exercise and NAME_WIDTH + sum(len(f" {out_of(column)}") for column in shown) + 6 > console.width:
        key = by_module
        shown = columns(reports, key)
    table = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column(Text("Submission"), overflow="fold")
    total = Column("Total", sum(column.max_points for column in shown))
    for head, column in [*enumerate(shown, 1), ("Total", total)]:
        text = Text(f"{head}\n{out_of(column)}", justify="right")
        table.add_column(text, justify="right", no_wrap=True, min_width=len(out_of(column)))
    for report in reports:
        points = points_by(report, key)
        cells = [number(points[column.key]) if column.key in points else "–" for column in shown]
        table.add_row(Text(report.submission), *cells, Text(number(report.points), "bold"))
    console.print()
    console.print(table)
    console.print()
    legend = [Text(f"{position:3}  {column.title}") for position, column in enumerate(shown, 1)]
    console.print(Columns(legend, column_first=True, padding=(0, 2)))
    console.print()


def print_losses(reports, console):
    """Print for each submission and exercise where points were lost, why, and what to try.

    Args:
        reports: list of grading.Report.
        console: rich.console.Console.
    """
    for report in reports:
        if report.points == report.max_points and not report.problems:
            continue
        console.print()
        say(console, 0, (report.submission, "bold"), f"  {number(report.points)} {out_of(report)}")
        for problem in other_problems(report):
            say(console, 2, (problem, "yellow"))
        for section in sections(report):
            print_section(section, console)


def print_section(section, console):
    heading = (section.title, "cyan"), f"  {number(section.points)} {out_of(section)}"
    if section.not_written:
        say(console, 2, *heading, "  ○ ", section.losses[0].reason)
        return
    say(console, 2, *heading)
    for explanation, losses in section.causes:
        indent = 4
        if explanation:
            say(console, indent, (explanation, "bold"))
            indent += 2  # what it explains, and no more
        for loss in losses:
            say(console, indent, f"{loss.mark} {loss.word}: ", checks_in_words(section, loss))
            say(console, indent + 2, loss.reason)
    if section.hint:
        say(console, 4, (f"Hint: {section.hint}", "italic"))


def say(console, indent, *pieces):
    """Print an indented paragraph; a piece is text, or (text, style), and never markup."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text.assemble(*pieces), (0, 0, 0, indent), expand=False))


# --------------------------------------------------------------------------------------------------------- the HTML page


def write_html(reports, path, title="Grades"):
    """Write the reports as one HTML page that needs no other file.

    Args:
        reports: list of grading.Report.
        path: the file to write; it appears complete or not at all.
        title: the page's heading.

    Raises:
        CourseError: if the file cannot be written.
    """
    write_whole(path, render("report.html", title=title, reports=reports, **overview(reports)))


def write_whole(path, text, what="report", example="report.html"):
    """Write a text file that appears complete or not at all; CourseError if it cannot be written."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            temporary.write_text(text, encoding="utf-8", newline="")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(
            f"the {what} cannot be written to {path}: {error.strerror}. Give a file name in a folder that exists and that "
            f"you may write to, such as {example}"
        ) from None


def render(template, **values):
    """Return a template of this package as text, every value in it escaped."""
    return templates().get_template(template).render(values)


@lru_cache
def templates():
    environment = Environment(
        loader=PackageLoader("autograder"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, "breakable": breakable}
    return environment


def breakable(name):
    """Return a name such as knn.l2_distances with places where a narrow column may break it."""
    return Markup("<wbr>").join(re.split(r"(?<=[._])|(?<=[a-z])(?=[A-Z])", name))


def overview(reports):
    """Return what the page says about the whole class, as the template's values."""
    key = natural_key(reports)
    shares = [share(report.points, report.max_points) for report in reports]
    return {
        "mean": mean(report.points for report in reports) if reports else 0,
        "median": median(report.points for report in reports) if reports else 0,
        "max_points": max((report.max_points for report in reports), default=0),
        "bins": histogram(shares),
        "columns": columns(reports, key),
        "points_of": lambda report: points_by(report, key),
        "exercises": difficulty(reports),
        "leaderboard": leaderboard(reports),
        "mistakes": frequent_explanations(reports),
        "isolation": sorted({report.isolation for report in reports}),
        "course": sorted({report.course for report in reports}),
        "sections": sections,
        "other_problems": other_problems,
        "checks_in_words": checks_in_words,
        "level": level,
        "share": share,
    }


def share(points, max_points):
    return points / max_points if max_points else 0


def level(points, max_points):
    """Return 0 (nothing) to 4 (everything), for the shade of a cell."""
    earned = share(points, max_points)
    return 0 if earned == 0 else sum(earned >= bound - 1e-9 for bound in LEVELS)


def histogram(shares):
    """Return [(percent, how many, height in percent)] of ten bins; the last one includes 100."""
    counts = Counter(min(int(value * BINS), BINS - 1) for value in shares)
    tallest = max(counts.values(), default=1)
    width = 100 // BINS
    return [(f"{b * width}–{(b + 1) * width}", counts[b], 100 * counts[b] / tallest) for b in range(BINS)]


def difficulty(reports):
    """Return for each exercise, hardest first: name, points, mean, how many got everything, how many had not written it."""
    rows = []
    results = sorted((exercise for report in reports for exercise in report.exercises), key=by_exercise)
    for name, group in groupby(results, by_exercise):
        group = list(group)
        rows.append(
            {
                "name": name,
                "max_points": group[0].max_points,
                "mean": mean(exercise.points for exercise in group),
                "full": sum(all(check.passed for check in exercise.checks) for exercise in group),
                "blank": sum(all(check.status == "not written" for check in exercise.checks) for exercise in group),
                "count": len(group),
            }
        )
    return sorted(rows, key=lambda row: share(row["mean"], row["max_points"]))


def frequent_explanations(reports, most=10):
    """Return [(sentence, names of the exercises, number of submissions)] of the mistakes that the most submissions made."""
    who, where = {}, {}
    for position, report in enumerate(reports):
        for exercise in report.exercises:
            for check in exercise.checks:
                if check.explanation:
                    who.setdefault(check.explanation, set()).add(position)
                    where.setdefault(check.explanation, {})[exercise.name] = True
    ranked = sorted(who, key=lambda sentence: -len(who[sentence]))
    return [(sentence, list(where[sentence]), len(who[sentence])) for sentence in ranked[:most]]
