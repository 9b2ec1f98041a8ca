"""`dlcourse hint`: one step further each time, from a nudge to nearly the answer."""

from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.cli import exercises
from dlcourse.toolkit.cli.checking import tell_notes
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import say


def hint(name, root=COURSE_ROOT):
    """Show the hints of an exercise seen before, and the next one."""
    exercise, state = exercises.find(name), State(root)
    hints = exercise.hints
    if not hints:
        say(f"There are no hints for {exercise.name} in this course. The lecture has it: {exercise.slide}.")
        return
    seen = min(state.hints.get(exercise.name, 0), len(hints))
    shown = min(seen + 1, len(hints))
    if shown > seen:
        state.remember_hint(exercise.name, shown)
    for position, text in enumerate(hints[:shown], 1):
        say((f"Hint {position} of {len(hints)}", "bold" if position == shown else ""), f"  {text}")
    if seen == len(hints):
        say("That was the last one. What the checks say about your version: dlcourse check ", exercise.name)
    elif shown < len(hints):
        say("Try it first. One step further: the same command again.")
    if shown == len(hints):
        say(f"In the lecture: {exercise.slide}.")
    tell_notes(state)
