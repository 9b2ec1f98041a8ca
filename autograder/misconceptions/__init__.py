"""Small plausible mistakes: for each exercise at least three, with the sentence a good teaching assistant would say.

They serve twice. As mutation tests: each must lose points in its own exercise and in no other. As diagnosis: a student
whose output equals a misconception's output on the same input is told its sentence.

A misconception is the reference with one thing changed, so it is written as that change to the reference's source.
"""

import ast
import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import lru_cache
from textwrap import dedent, indent

from autograder.oracle import reference_sources

_misconceptions = {}

REGION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Misconception:
    """One wrong version of one exercise.

    Attributes:
        exercise: "module.Name".
        name: a few words with hyphens, unique within the exercise.
        sentence: what to tell a student who made this mistake.
        edits: pairs (old, new) to apply to the exercise's reference, each `old` found there exactly once.
        body: instead of edits, the text that takes the place of the exercise's (only) solution region.
    """

    exercise: str
    name: str
    sentence: str
    edits: tuple[tuple[str, str], ...] = ()
    body: str | None = None

    @property
    def module(self):
        return self.exercise.split(".")[0]


def misconception(exercise, name, sentence, *edits, body=None):
    """Declare a misconception; see `Misconception` for the arguments."""
    others = _misconceptions.setdefault(exercise, [])
    if any(other.name == name for other in others):
        raise ValueError(f"{exercise} has two misconceptions called {name}")
    others.append(Misconception(exercise, name, sentence, edits, body))


def of(exercise):
    """Return the misconceptions of the exercise with this name."""
    load()
    return tuple(_misconceptions.get(exercise, ()))


def everything():
    """Return all misconceptions."""
    load()
    return [each for several in _misconceptions.values() for each in several]


@lru_cache
def load():
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


@lru_cache(maxsize=512)
def source_with(misconception):
    """Return the source of the reference module with this mistake in it."""
    return mistaken(reference_sources()[misconception.module], misconception)


def mistaken(source, misconception):
    """Return the source of a module, with this mistake made in its reference solution of the exercise.

    Raises:
        ValueError: if an edit does not fit exactly once.
    """
    name = misconception.exercise.split(".")[1]
    node = next(node for node in ast.parse(source).body if getattr(node, "name", None) == name)
    lines = source.splitlines(keepends=True)
    text = "".join(lines[node.lineno - 1 : node.end_lineno + 1])  # the END marker, a comment, is on the line after the node
    for old, new in misconception.edits:
        if text.count(old) != 1:
            raise ValueError(f"{misconception.exercise}, {misconception.name}: {old!r} occurs {text.count(old)} times")
        text = text.replace(old, new)
    if misconception.body is not None:
        regions = REGION.findall(text)
        if len(regions) != 1:
            raise ValueError(f"{misconception.exercise}, {misconception.name}: {len(regions)} solution regions, expected 1")
        body = indent(dedent(misconception.body).strip("\n"), regions[0][0]) + "\n"
        text = REGION.sub(lambda _: body, text)
    return "".join(lines[: node.lineno - 1]) + text + "".join(lines[node.end_lineno + 1 :])
