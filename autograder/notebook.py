"""The check cell of a notebook: grade one exercise here and now, and show what holds, what does not, and why."""

import ast
import os
import sys
from pathlib import Path

import dlcourse
from autograder import checks, grading
from autograder.locations import COURSE_ROOT, CourseError
from autograder.report import MARKS, WORDS, number, reason_of, render
from dlcourse.toolkit.cli.exercises import digest
from dlcourse.toolkit.cli.state import State

SAVE = "save the file, and run this cell again"


def check(name):
    """Check one exercise of the submission that `import dlcourse` currently means, as its file is saved on disk.

    Args:
        name: the exercise, such as "knn.l2_distances".

    Returns:
        A Verdict: a table in a notebook, plain text elsewhere.

    Raises:
        CourseError: in a script, if there is no such exercise or no submission; a notebook shows the sentence instead.
    """
    try:
        exercise = checks.find(name)
        submission = grading.read_submission(Path(dlcourse.__path__[0]).parent)
    except CourseError as error:
        if not in_notebook():
            raise
        return Verdict(grading.sentence(str(error)), "note.html", sentence=grading.sentence(str(error)), excerpt="")
    error = syntax_error(submission.sources.get(exercise.module, ""))
    if error:
        return unreadable(exercise, error)
    result = grading.grade_exercise(submission, exercise)
    if submission.folder.resolve() == COURSE_ROOT.resolve():  # not a solution or another's: dlcourse progress knows it too
        State().record([(result, digest(exercise, submission))])
    if all(each.status == "not written" for each in result.checks):
        return unwritten(exercise, submission)
    return graded(exercise, result, submission.folder)


class Verdict:
    """What a check cell shows.

    Args:
        text: for terminals.
        template: for notebooks, one of autograder/templates.
        values: what the template shows.
    """

    def __init__(self, text, template, **values):
        self.text, self.html = text, render(template, **values)

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.text, "text/html": self.html}


def in_notebook():
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def syntax_error(source):
    """Return the SyntaxError of a source that is not Python, else None."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error
    return None


def unreadable(exercise, error):
    """Return the Verdict on a file with a syntax error: where, what, and the line itself."""
    sentence = (
        f"{exercise.name} cannot be checked: Python cannot read dlcourse/{exercise.module}.py, line {error.lineno}: "
        f"{error.msg}. Correct it, {SAVE}."
    )
    excerpt = excerpt_of(error)
    text = "\n".join([sentence, *(f"    {line}" for line in excerpt.splitlines())])
    return Verdict(text, "note.html", sentence=sentence, excerpt=excerpt)


def excerpt_of(error):
    """Return the line of a SyntaxError with a ^ below the place."""
    line = (error.text or "").rstrip()
    stripped = line.lstrip()
    column = (error.offset or 1) - 1 - (len(line) - len(stripped))
    return f"{stripped}\n{' ' * column}^" if 0 <= column <= len(stripped) else stripped


def unwritten(exercise, submission):
    """Return the Verdict on a stub: one friendly line, and the hints for who wants one."""
    name = exercise.name.split(".")[1]
    tree = ast.parse(submission.sources[exercise.module])
    line = next((f" (line {node.lineno})" for node in tree.body if getattr(node, "name", None) == name), "")
    sentence = f"{exercise.name}: not yet. Write it in dlcourse/{exercise.module}.py{line}, {SAVE}."
    values = {"rows": (), "explanations": (), "hints": exercise.hints, "passed": False, "saved": ""}
    return Verdict(sentence, "check.html", sentence=sentence, **values)


def graded(exercise, result, folder):
    """Return the Verdict on an exercise that somebody has written."""
    passed = all(each.passed for each in result.checks)
    sentence = (
        f"{exercise.name}: {number(result.points)} of {number(result.max_points)} points, "
        f"{sum(each.passed for each in result.checks)} of {len(result.checks)} checks passed."
    )
    rows = rows_of(result, folder)
    explanations = list(dict.fromkeys(each.explanation for each in result.checks if each.explanation))
    saved = "" if passed else f"Checked: dlcourse/{exercise.module}.py as it is saved on disk."
    text = [sentence]
    for mark, word, title, reason in rows:
        text.append(f"  {mark} {word:<7} {title}")
        text += [f"            {reason}"] if reason else []
    text += [f"  Why: {explanation}" for explanation in explanations]
    if not passed:
        text += [f"  Hint 1 of {len(exercise.hints)}: {hint}" for hint in exercise.hints[:1]]
        text.append(f"  {saved}")
    return Verdict(
        "\n".join(text),
        "check.html",
        sentence=sentence,
        rows=rows,
        explanations=explanations,
        hints=() if passed else exercise.hints,
        passed=passed,
        saved=saved,
    )


def rows_of(result, folder):
    """Return (mark, word, check, reason) of every check, a repeated reason as "The same."."""
    rows, seen = [], set()
    for each in result.checks:
        reason = reason_of(each).replace(f"{folder}{os.sep}", "")  # dlcourse/knn.py is enough
        rows.append((MARKS[each.status], WORDS[each.status], each.name, "The same." if reason in seen else reason))
        seen |= {reason} - {""}
    return rows
