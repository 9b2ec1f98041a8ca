"""`dlcourse progress`: every part and exercise, where it stands, what is next, and how long it takes."""

import re
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from autograder import grading
from autograder.locations import COURSE_ROOT
from autograder.report import number
from autograder.settings import settings
from dlcourse.toolkit.cli import exercises
from dlcourse.toolkit.cli.checking import invitation, tell_notes
from dlcourse.toolkit.cli.exercises import CHANGED, FAILED, PASSED, STUB, WRITTEN
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import counted, duration, output, say

BAR = 20
LOOKS = {  # mark, word, style
    PASSED: ("✓", "passed", "green"),
    CHANGED: ("~", "changed", "yellow"),
    FAILED: ("✗", "failed", "yellow"),
    WRITTEN: ("·", "check it", ""),
    STUB: ("○", "not yet", "dim"),
}


def progress(name=None, root=COURSE_ROOT):
    """Show where the exercises of a part, a module, or the whole course stand; nothing is run."""
    chosen = exercises.select(name)
    submission, state = grading.read_submission(root), State(root)
    where = {each.name: exercises.standing(each, state, submission) for each in chosen}
    for part in dict.fromkeys(each.part for each in chosen):
        show_part(part, [each for each in chosen if each.part == part], where, state, root)
    show_total(chosen, where, state, submission)
    tell_notes(state)


def show_part(part, members, where, state, root):
    """Print a part: its name, when it is due and a bar, then a line for each exercise."""
    done = sum(where[each.name] == PASSED for each in members)
    say((title(part), "bold"))
    if due(part, root):
        say(due(part, root))
    say(f"{bar(done, len(members))} {done} of {len(members)}, {points_in_words(members, where, state)}")
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for each in members:
        mark, word, style = LOOKS[where[each.name]]
        share = f"{number(points_of(each, where, state))} of {number(each.points)}"
        table.add_row(Text(f"  {mark} {word}", style), Text(each.name), share, f" {each.minutes} min")
    output.print(table)
    output.print()


def show_total(chosen, where, state, submission):
    """Print the sum, what is next, and how much work is left."""
    done = sum(where[each.name] == PASSED for each in chosen)
    left = sum(each.minutes for each in chosen if where[each.name] != PASSED)
    say(f"{bar(done, len(chosen))} {done} of {counted(len(chosen), 'exercise')}, {points_in_words(chosen, where, state)}")
    following = exercises.next_exercise(state, submission, chosen)
    if following is None:
        say("All of it passes. Hand in a part: dlcourse submit PART")
        return
    say(f"About {duration(left)} of work left. Next: {invitation(following, submission)}")
    unchecked = sum(where[each.name] in (CHANGED, WRITTEN) for each in chosen)
    if unchecked:
        say(f"{counted(unchecked, 'exercise')} changed since the last check: dlcourse check")


def title(part):
    found = re.fullmatch(r"part(\d+)_(\w+)", part)
    return f"Part {found[1]}: {found[2].replace('_', ' ')} ({part})" if found else part


def due(part, root):
    """Return when a part is due, and that it is late if so, in a sentence; "" if `course.toml` sets no deadline."""
    deadline = settings(root).deadlines.get(part)
    if deadline is None:
        return ""
    when = f"{deadline:%A, %Y-%m-%d %H:%M} ({deadline.tzname()})"
    return f"Was due: {when}; it is late now." if deadline < datetime.now(UTC) else f"Due: {when}."


def points_in_words(members, where, state):
    earned = sum(points_of(each, where, state) for each in members)
    return f"{number(round(earned, 2))} of {number(sum(each.points for each in members))} points"


def points_of(exercise, where, state):
    """Return the points of the last check; those of what has changed since are only shown as its mark says."""
    record = state.exercises.get(exercise.name)
    return record["points"] if record and where[exercise.name] != STUB else 0


def bar(done, total):
    filled = BAR * done // total if total else 0
    return "█" * filled + "░" * (BAR - filled)
