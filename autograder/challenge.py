"""The leaderboard of the final challenge: what a class reached, from its Reports.

It is meant to be shown to the class, so a row carries the nickname that the student chose in `dlcourse/challenge.py`, and only
beside it the submission's name, for whoever grades.
"""

from collections import Counter
from dataclasses import dataclass

EXERCISE = "challenge.predict"
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Row:
    """One model on the leaderboard.

    Attributes:
        place: 1 for the best; equal accuracies share a place, and the next one is left out.
        nickname: what the class may see; "anonymous" if the student chose none.
        submission: who it is; not for the class.
        accuracy: share of the hidden images that it got right.
        error: standard error of the accuracy. Models closer than two or three of these are not really different.
        points, max_points: of the exercise.
        parameters: how many numbers the weights hold.
        seconds: that the evaluation took, on the clock.
    """

    place: int
    nickname: str
    submission: str
    accuracy: float
    error: float
    points: float
    max_points: float
    parameters: int
    seconds: float


def leaderboard(reports):
    """Return the Rows of all Reports in which a model could be evaluated, the best first; of equals the smallest first."""
    entries = [entry for report in reports for entry in entries_of(report)]
    taken = Counter(measured["nickname"] for _, _, measured in entries)
    rows = []
    for report, exercise, measured in entries:
        nickname = measured["nickname"] or ANONYMOUS
        if nickname != ANONYMOUS and taken[nickname] > 1:  # nobody shines with another's name
            nickname = f"{nickname} (one of {taken[nickname]})"
        accuracy = measured["right"] / measured["images"]
        rows.append(
            Row(
                place=1 + sum(other["right"] > measured["right"] for _, _, other in entries),
                nickname=nickname,
                submission=report.submission,
                accuracy=accuracy,
                error=(accuracy * (1 - accuracy) / measured["images"]) ** 0.5,
                points=exercise.points,
                max_points=exercise.max_points,
                parameters=measured["parameters"],
                seconds=measured["seconds"],
            )
        )
    return sorted(rows, key=lambda row: (row.place, row.parameters, row.submission))


def entries_of(report):
    """Return [(report, its ExerciseResult, what was measured)] of the challenge, or []."""
    return [
        (report, exercise, check.measured)
        for exercise in report.exercises
        if exercise.name == EXERCISE
        for check in exercise.checks
        if check.measured
    ]


def print_leaderboard(reports, console):
    """Print the leaderboard as a table, if there is anything on it."""
    rows = leaderboard(reports)
    if not rows:
        return
    from rich.box import SIMPLE_HEAD  # here, because a check cell does without it, in a browser too
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_edge=False, title="Final challenge", title_justify="left")
    for head in ("", "Nickname", "Accuracy", "Points", "Parameters", "Seconds", "Submission"):
        table.add_column(head, justify="left" if head in ("Nickname", "Submission") else "right", overflow="fold")
    for row in rows:
        accuracy = f"{row.accuracy:.2%} ± {row.error:.2%}"
        numbers = (accuracy, f"{row.points:.2f}", f"{row.parameters:,}", f"{row.seconds:.1f}")
        table.add_row(str(row.place), Text(row.nickname), *numbers, Text(row.submission))
    console.print()
    console.print(table)
