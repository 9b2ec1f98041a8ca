"""The exercises of this course as a student names them, where each stands, and what decides about its checks."""

import ast
import difflib
import hashlib
import platform
import re
from functools import lru_cache

import numpy as np

from autograder import checks, grading
from autograder.locations import CourseError

DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
PASSED, CHANGED, FAILED, WRITTEN, STUB = "passed", "changed", "failed", "written", "stub"


def select(words):
    """Return the exercises that a word means: none (all), a part ("part1_knn", "part1", "1"), a module, or an exercise.

    Raises:
        CourseError: with the nearest names, if it means nothing.
    """
    everything = checks.select()
    if words is None:
        return everything
    word = words.lower().removeprefix("dlcourse.").replace("\\", "/").removeprefix("dlcourse/").removesuffix(".py")
    forms = (
        lambda each: each.name.lower() == word,
        lambda each: each.module == word,
        lambda each: word in (each.part, each.part.split("_")[0], each.part.split("_")[0].removeprefix("part")),
        lambda each: each.name.lower().split(".")[1] == word,
    )
    for form in forms:
        if found := [each for each in everything if form(each)]:
            return found
    names = [name for each in everything for name in (each.name, each.part, each.module)]
    raise CourseError(f"there is no exercise, module or part called {words!r}{nearest(word, names)}")


def nearest(word, names):
    close = difflib.get_close_matches(word, list(dict.fromkeys(names)), n=3, cutoff=0.5)
    return f". Did you mean {' or '.join(close)}?" if close else ": dlcourse progress lists them all"


def find(word):
    """Return the one exercise that a word means, such as "knn.l2_distances" or "l2_distances"; CourseError otherwise."""
    found = select(word)
    if len(found) > 1:
        raise CourseError(f"{word} has {len(found)} exercises: name one of {', '.join(each.name for each in found)}")
    return found[0]


@lru_cache(maxsize=256)
def parsed(source):
    """Return the syntax tree of a source, or None if it is not Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def definitions(source, name):
    """Return the nodes at the top of a module that define a function or class with this name."""
    tree = parsed(source)
    return [node for node in tree.body if isinstance(node, DEFINITION) and node.name == name] if tree else []


def first_line(node):
    """Return the number of the line where a definition begins, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def lines_of(source):
    """Return the lines of a source as Python counts them."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def text_of(exercise, source):
    """Return the text of an exercise in its module, "" if it is not there."""
    found = definitions(source, exercise.name.split(".")[1])
    lines = lines_of(source)
    return "\n".join(line for node in found for line in lines[first_line(node) - 1 : node.end_lineno])


def place_of(exercise, submission):
    """Return where to write an exercise: "dlcourse/knn.py, line 40"."""
    found = definitions(submission.sources.get(exercise.module, ""), exercise.name.split(".")[1])
    return f"dlcourse/{exercise.module}.py" + (f", line {found[-1].lineno}" if found else "")


def modules_used(module, sources):
    """Return the names of the exercise modules that decide about one: itself, and what it imports, directly or not."""
    used, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name in used or name not in sources:
            continue
        used.add(name)
        tree = parsed(sources[name])
        waiting += [other for node in ast.walk(tree) for other in imported(node)] if tree else []
    return used


def imported(node):
    """Return the exercise modules that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name.split(".") for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        start = ["dlcourse"] * bool(node.level) + (node.module.split(".") if node.module else [])
        names = [[*start, alias.name] for alias in node.names]
    else:
        return []
    return [parts[1] for parts in names if parts[0] == "dlcourse" and len(parts) > 1]


def digest(exercise, submission):
    """Return a fingerprint of all that decides about an exercise: the code, the checks, Python and NumPy.

    Of its own module: the exercise, what it mentions there, directly or not, and what stands outside of definitions. Of the
    modules that this one imports: everything. Of a model: its weights, too. Line endings do not decide.
    """
    found = hashlib.sha256()
    found.update(f"{course_fingerprint()}\0{exercise.name}".encode())
    for name in sorted(modules_used(exercise.module, submission.sources)):
        source = submission.sources[name]
        text = used_text(exercise, source) if name == exercise.module else "\n".join(lines_of(source))
        found.update(f"\0{name}\0{text}".encode(errors="replace"))
    if exercise.scale:
        found.update(b"\0weights\0" + (submission.weights or b""))
    return found.hexdigest()[:16]


def used_text(exercise, source):
    """Return the text of all in a module that an exercise can use; of a source that is not Python, the whole."""
    if parsed(source) is None:
        return source
    pieces = pieces_of(source)
    waiting, used = [exercise.name.split(".")[1], *(name for name, _, _ in pieces if name == "")], set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting += {other for piece, _, mentioned in pieces if piece == name for other in mentioned} - used
    return "\n".join(text for name, text, _ in pieces if name in used)


@lru_cache(maxsize=64)
def pieces_of(source):
    """Return (name, text, names that it mentions) of all that stands at the top of a module; "" names what is no definition.

    A name may be mentioned as a string as well, as in globals()["helper"].
    """
    lines, pieces = lines_of(source), []
    nodes = parsed(source).body
    names = {node.name for node in nodes if isinstance(node, DEFINITION)}
    for node in nodes:
        name, begin = (node.name, first_line(node)) if isinstance(node, DEFINITION) else ("", node.lineno)
        words = {getattr(inner, field, None) for inner in ast.walk(node) for field in ("id", "attr")}
        words |= {inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant) and isinstance(inner.value, str)}
        pieces.append((name, "\n".join(lines[begin - 1 : node.end_lineno]), frozenset(words & names)))
    return pieces


@lru_cache
def course_fingerprint():
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{grading.course_version()} {python} {np.__version__}"


def standing(exercise, state, submission):
    """Return where an exercise stands, from what is remembered and what is written, without running anything.

    PASSED: all checks, and nothing changed since. CHANGED: it had passed, then something changed. FAILED: not all
    checks pass. WRITTEN: not checked as it is now. STUB: not written yet.
    """
    record = state.exercises.get(exercise.name)
    complete = record is not None and record["passed"] == record["checks"] == len(exercise.checks)
    unchanged = record is not None and record["digest"] == digest(exercise, submission)
    if complete and unchanged:
        return PASSED
    if is_stub(exercise, submission):
        return STUB
    if complete:
        return CHANGED
    return FAILED if unchanged else WRITTEN


def is_stub(exercise, submission):
    """Return whether a part of an exercise still says that it is not written yet, or is not there at all."""
    source = submission.sources.get(exercise.module)
    if source is None:
        return True
    text = text_of(exercise, source)
    if not text:
        return parsed(source) is not None
    return re.search(rf"NotImplementedError\([\"']{re.escape(exercise.name)}\b", text) is not None


def next_exercise(state, submission, among=None):
    """Return the first exercise, in the order of the course, that has not passed; None if all have."""
    return next((each for each in among or checks.select() if standing(each, state, submission) != PASSED), None)
