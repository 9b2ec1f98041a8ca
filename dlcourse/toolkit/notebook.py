"""Around a notebook's experiments: wait for an unfinished function, compare with the number to expect."""

import contextlib
import html
import os
import sys
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import display


def find_commands():
    """Let `!dlcourse` in a cell be the command beside this Python, also where its environment was not activated."""
    here, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    if sys.executable and here not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, *filter(None, [path])])


if get_ipython() is not None:  # in a notebook, each of which imports this at its beginning
    find_commands()


class Note:
    """A sentence below a cell, or a table, with the same in plain text."""

    def __init__(self, markup, text):
        self.markup, self.text = markup, text

    def _repr_html_(self):
        return self.markup

    def __repr__(self):
        return self.text


@contextlib.contextmanager
def experiment():
    """Run an experiment with the student's functions; if one of them is unfinished, say which, instead of failing.

        with experiment():
            print(l2_distances(queries, points))

    Only a NotImplementedError from a course module is caught. Whatever else goes wrong shows as usual.
    """
    figures_before = set(plt.get_fignums())
    try:
        yield
    except NotImplementedError as error:
        exercise = _unfinished(error)
        if exercise is None:
            raise
        for number in set(plt.get_fignums()) - figures_before:
            plt.close(number)
        display(
            Note(
                '<p style="border-left: 4px solid #0072B2; padding-left: 0.8em">This experiment waits for '
                f"<code>{html.escape(exercise)}</code>: write it, then run this cell again.</p>",
                f"This experiment waits for {exercise}: write it, then run this cell again.",
            )
        )


def scoreboard(rows):
    """Show the numbers reached beside the numbers to expect.

    Args:
        rows: sequence of (what, reached, low, high), between 0 and 1; `reached` is None if it was not measured.
    """
    markup, text = [], []
    for what, reached, low, high in rows:
        if reached is None:
            verdict = "not measured"
        elif low <= reached <= high:
            verdict = "as expected"
        else:
            verdict = "look again"
        number = "–" if reached is None else f"{reached:.1%}"
        expected = f"{low:.0%} to {high:.0%}"
        markup.append(
            f"<tr><td>{html.escape(what)}</td><td>{number}</td><td>{expected}</td><td>{verdict}</td></tr>",
        )
        text.append(f"{what:45} {number:>6}   expect {expected:12}   {verdict}")
    head = "".join(f'<th scope="col">{title}</th>' for title in ("classifier and data", "you reached", "expect", "verdict"))
    display(Note(f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(markup)}</tbody></table>", "\n".join(text)))


def _unfinished(error):
    """The innermost course function in the traceback, as "module.function", or None if there is none."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("dlcourse.") and not module.startswith("dlcourse.toolkit"):
            return f"{module.removeprefix('dlcourse.')}.{frame.f_code.co_qualname}"
    return None
