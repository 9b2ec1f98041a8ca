"""`dlcourse reset`: an exercise as it was given out, and the student's version kept beside it."""

import ast
import importlib
import json
from datetime import datetime

from autograder import grading
from autograder.locations import COURSE_ROOT, CourseError
from dlcourse.toolkit.cli import exercises
from dlcourse.toolkit.cli.exercises import definitions, first_line, lines_of
from dlcourse.toolkit.cli.state import free_name
from dlcourse.toolkit.cli.terminal import say
from dlcourse.toolkit.storage import atomic_file

ORIGINALS = "autograder/stubs.json"  # of a release, which holds no solutions: {module: text}


def reset(name, module=False, root=COURSE_ROOT):
    """Put the stub of one exercise back, or with `module` the whole file, and keep what was there beside it.

    Raises:
        CourseError: if that is not possible; nothing is changed then.
    """
    exercise = exercises.select(name)[0] if module else exercises.find(name)
    path = root / "dlcourse" / f"{exercise.module}.py"
    stub = original(exercise.module, root)
    if module:
        changed, kept = reset_module(path, stub)
        what = f"dlcourse/{path.name}"
    else:
        changed, kept = reset_exercise(path, stub, exercise)
        what = f"{exercise.name} in dlcourse/{path.name}"
    say(f"{what} is {'again' if changed else 'still'} as it was given out.")
    if kept:
        say(f"Your version is kept in dlcourse/{kept.name}")


def original(module, root=COURSE_ROOT):
    """Return the text of a module as students get it; CourseError if this copy of the course cannot say."""
    reference = root / "solutions/dlcourse" / f"{module}.py"
    if reference.is_file():
        stubs = importlib.import_module("autograder.stubs")  # by name: no part of a release, and nothing that one needs
        return stubs.stub(reference, root)
    try:
        return json.loads((root / ORIGINALS).read_text("utf-8"))[module]
    except (OSError, ValueError, KeyError, TypeError):
        raise CourseError(
            f"this copy of the course does not hold the original of dlcourse/{module}.py ({ORIGINALS} is missing or damaged): "
            "take the file from the archive of the course"
        ) from None


def reset_module(path, stub):
    """Put a whole module back, whatever it holds; return whether it changed, and where the old one is kept, if there was one."""
    try:
        old = path.read_bytes()
    except FileNotFoundError:
        old = b""
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    if lines_of(old.decode("utf-8-sig", "replace")) == lines_of(stub):
        return False, None
    kept = free_name(path.with_name(f"{path.stem}.yours"), ".txt") if old.strip() else None
    if kept:
        write(kept, old)
    write(path, stub.encode())
    return True, kept


def reset_exercise(path, stub, exercise):
    """Put one function or class back; return whether it changed, and where the old one is kept, if there was one."""
    raw = read(path, exercise)
    source = raw.decode("utf-8-sig")
    new, old = with_stub(source, stub, exercise)
    if new == "\n".join(lines_of(source)):
        return False, None
    ending = "\r\n" if "\r\n" in source else "\n"
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    kept = free_name(path.with_name(f"{exercise.name}.yours"), ".txt") if old else None
    if kept:
        when = datetime.now().strftime("%Y-%m-%d %H:%M")
        write(kept, f"# {exercise.name} as it was before dlcourse reset, {when}\n{old}\n".replace("\n", ending).encode())
    write(path, mark + new.replace("\n", ending).encode())
    return True, kept


def read(path, exercise):
    """Return the bytes of a module that Python can read; CourseError with a way on otherwise."""
    way_on = f"The whole file can go back, your version is kept beside it: dlcourse reset {exercise.name} --module"
    try:
        raw = grading.read_module(path)
        source = raw.decode("utf-8-sig")
        ast.parse(source)
    except CourseError as error:
        raise CourseError(f"{error}. {way_on}") from None
    except UnicodeDecodeError:
        raise CourseError(f"dlcourse/{path.name} is not UTF-8 text. {way_on}") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f", line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else ""
        raise CourseError(
            f"Python cannot read dlcourse/{path.name}{line}. So nobody can say where {exercise.name} begins and ends: correct "
            f"that line first, then reset again. {way_on}"
        ) from None
    return raw


def with_stub(source, stub, exercise):
    """Return (the source with the exercise's stub in it, the text that it replaces), both with plain line ends.

    Raises:
        CourseError: if anything else in the file would change.
    """
    name = exercise.name.split(".")[1]
    (given,) = definitions(stub, name)
    stub_lines = lines_of(stub)[first_line(given) - 1 : given.end_lineno]
    lines, found = lines_of(source), definitions(source, name)
    old = "\n\n\n".join("\n".join(lines[first_line(node) - 1 : node.end_lineno]) for node in found)
    for node in reversed(found[1:]):
        del lines[first_line(node) - 1 : node.end_lineno]
    if found:
        lines[first_line(found[0]) - 1 : found[0].end_lineno] = stub_lines
    else:
        at = place_for(name, source, stub)
        lines[at:at] = ["", "", *stub_lines, *([""] if at < len(lines) else [""])]
    new = "\n".join(lines)
    require_others_unchanged(source, new, name)
    return new, old


def place_for(name, source, stub):
    """Return after which line a definition that is gone belongs: behind the one that it follows in the stub."""
    order = [node.name for node in ast.parse(stub).body if hasattr(node, "name")]
    for before in reversed(order[: order.index(name)]):
        if found := definitions(source, before):
            return found[-1].end_lineno
    return len("\n".join(lines_of(source)).rstrip("\n").split("\n"))


def require_others_unchanged(source, new, name):
    """Raise CourseError unless two sources differ in the definitions of `name` alone."""

    def others(text):
        return [ast.dump(node) for node in ast.parse(text).body if getattr(node, "name", None) != name]

    try:
        same = others(source) == others(new)
    except SyntaxError:
        same = False
    if not same:
        raise CourseError(
            f"{name} cannot be taken out of its file alone: something else stands on its lines. Put it on lines of its own, "
            "and reset again"
        )


def write(path, content):
    try:
        mode = path.stat().st_mode if path.exists() else None
        with atomic_file(path) as file:
            file.write(content)
        if mode:
            path.chmod(mode)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}. Is the folder read-only, or the file open in another program? "
            "Copy the course to a folder of your own, or close that program"
        ) from None

