"""`dlcourse check`: run what changed since it last passed, and say why something fails."""

import time
from datetime import datetime

from autograder import grading
from autograder.locations import COURSE_ROOT
from autograder.report import MARKS, WORDS, number, print_section, sections_of
from dlcourse.toolkit.cli import exercises, process
from dlcourse.toolkit.cli.exercises import PASSED
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import counted, duration, messages, output, say

SAVE_EVERY = 0.5  # seconds: what was found until an interruption is remembered
LISTED = 12  # of exercises that are not written, how many names


def check(name=None, again=False, root=COURSE_ROOT):
    """Check an exercise, a module, a part, or everything; return whether all of it passes.

    Args:
        name: what to check; None is the whole course.
        again: run also what passed and has not changed.
    """
    chosen = exercises.select(name)
    submission, state = grading.read_submission(root), State(root)
    done = [] if again else [each for each in chosen if exercises.standing(each, state, submission) == PASSED]
    waiting = [each for each in chosen if each not in done]
    results = run_and_remember(waiting, submission, state)
    show(results)
    if done:
        say(already_passed(done, state, alone=len(chosen) == 1))
    summarize(results, done, chosen, state, submission)
    return all(passed(each.result) for each in results)


def run_and_remember(chosen, submission, state, **options):
    """Return the Gradeds of some exercises, with a line of progress on a terminal; each is remembered."""
    results, unsaved, saved = [], [], time.monotonic()
    with messages.status("Running the checks", spinner="line") if messages.is_terminal else Silent() as status:
        try:
            for graded in process.run(chosen, submission, **options):
                results.append(graded)
                unsaved.append((graded.result, graded.digest))
                status.update(f"Checked {len(results)} of {len(chosen)}: {graded.result.name}")
                if time.monotonic() - saved > SAVE_EVERY:
                    state.record(unsaved)
                    unsaved, saved = [], time.monotonic()
        finally:
            if unsaved:
                state.record(unsaved)
    return results


class Silent:
    """Stands in for a status line where there is no terminal."""

    def update(self, text):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def passed(result):
    return all(check.passed for check in result.checks)


def status_of(result):
    """Return one status for an exercise: the worst of its checks'."""
    statuses = {check.status for check in result.checks}
    return next(status for status in ("stopped", "failed", "not written", "passed") if status in statuses)


def show(results):
    """Print what came of the checks: what passes on a line, what fails with its reasons, what is not written together."""
    unwritten = [each.result for each in results if {check.status for check in each.result.checks} == {"not written"}]
    for graded in results:
        if passed(graded.result):
            line(graded.result)
    explain([each for each in results if not passed(each.result) and each.result not in unwritten])
    if unwritten:
        names = [result.name for result in unwritten]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED + 1 else ""
        shown = names[:LISTED] if more else names
        say(f"{MARKS['not written']} {WORDS['not written']}   {counted(len(names), 'exercise')}: {', '.join(shown)}{more}")


def line(result):
    """Print one exercise on one line."""
    status = status_of(result)
    say(f"{MARKS[status]} {WORDS[status]:<7}  {result.name:<34} {number(result.points)} of {number(result.max_points)}")


def explain(results):
    """Print why exercises do not pass, what stops several of them once, and what they printed themselves."""
    printed = {graded.result.name: graded.printed.strip() for graded in results}
    for section in sections_of([graded.result for graded in results]):
        for loss in section.losses:
            loss.hint = None  # dlcourse hint goes one step at a time
            if loss.reason.startswith("not yet"):
                loss.reason = loss.reason[:1].upper() + loss.reason[1:]
        print_section(section, output)
        for text in dict.fromkeys(filter(None, (printed[exercise.name] for exercise in section.exercises))):
            say("  It printed:")
            for each in text.splitlines()[:10]:
                say(each, indent=6)


def already_passed(done, state, alone):
    """Return the sentence about exercises that were not run again."""
    if alone:
        record = state.exercises[done[0].name]
        when = datetime.fromisoformat(record["checked"]).astimezone().strftime("%Y-%m-%d %H:%M")
        return (
            f"{MARKS['passed']} {WORDS['passed']}   {done[0].name}: all {record['checks']} checks on {when}, and nothing that "
            "decides about it changed since. --again runs it all the same."
        )
    return f"Not run again, because they passed and nothing they use changed since: {counted(len(done), 'exercise')}."


def summarize(results, done, chosen, state, submission):
    """Print the points, what is next, and the notes of the state file."""
    points = sum(each.result.points for each in results) + sum(state.exercises[each.name]["points"] for each in done)
    output.print()
    say(f"{number(round(points, 2))} of {number(sum(each.points for each in chosen))} points.")
    following = exercises.next_exercise(state, submission, chosen) or exercises.next_exercise(state, submission)
    if following is None:
        say("Every exercise of the course passes.")
    else:
        say(f"Next: {invitation(following, submission)} A hint: dlcourse hint {following.name}")
    tell_notes(state)


def invitation(exercise, submission):
    return f"{exercise.name}, in {exercises.place_of(exercise, submission)} (about {duration(exercise.minutes)})."


def tell_notes(state):
    for note in state.notes:
        say("Note: ", note)
    state.notes.clear()
