"""`dlcourse doctor`: does this machine have what the course needs, and if not, what to do."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from rich.table import Table
from rich.text import Text

from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import output, say
from dlcourse.toolkit.storage import DatasetError, cache_folder, own_data_folder

OLDEST = (3, 11)
ROOM = 1e9  # bytes free below which CIFAR-10 and a course's figures get into difficulties
INSTALL = "python -m pip install -r requirements.txt"
GOOD, BAD, NOTICE = ("✓ good", "green"), ("✗ wrong", "red"), ("~ note", "yellow")


def doctor(root=COURSE_ROOT):
    """Print what was looked at and what to do; return whether nothing is wrong."""
    findings = [python(), *packages(root), course(root), *memory(root), *space(root), data(), terminal()]
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for (mark, style), what, found, _ in findings:
        table.add_row(Text(mark, style), what, Text(found))
    output.print(table)
    output.print()
    advice = [(what, todo) for _, what, _, todo in findings if todo]
    if not advice:
        say("Nothing to do: the course can begin. dlcourse progress shows where you are.")
    for what, todo in advice:
        say(f"{what}: {todo}")
    return not any(verdict == BAD for verdict, *_ in findings)


def python():
    version = f"Python {platform.python_version()}, {sys.executable}"
    if sys.version_info < OLDEST:
        return BAD, "Python", version, f"install Python {'.'.join(map(str, OLDEST))} or newer, and the course into it: {INSTALL}"
    return GOOD, "Python", version, ""


def packages(root):
    """Return a finding for all packages that are right, and one for each that is not."""
    right = []
    for name, wanted in requirements(root):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield BAD, name, f"missing; {name}{wanted} is needed", INSTALL
            continue
        if older(version, wanted):
            yield BAD, name, f"{version}; {name}{wanted} is needed", f"{INSTALL} --upgrade"
            continue
        right.append(f"{name} {version}")
    try:
        numpy = importlib.import_module("numpy")
        numpy.ones((2, 2)) @ numpy.ones((2, 2))
    except Exception as error:  # a damaged NumPy can raise anything
        yield BAD, "NumPy works", f"{type(error).__name__}: {error}"[:200], "python -m pip install --force-reinstall numpy"
    yield GOOD, "packages", ", ".join(right), ""


def requirements(root):
    """Return [(name, ">=1.2" or "")] of the packages that the course asks for."""
    try:
        listed = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    except (OSError, ValueError, KeyError):
        try:
            listed = [each for each in importlib.metadata.requires("dlcourse") or () if "extra ==" not in each]
        except importlib.metadata.PackageNotFoundError:
            listed = []
    found = []
    for each in listed:
        name = each.split(";")[0].split(">=")[0].strip()
        found.append((name, each.split(";")[0].strip().removeprefix(name)))
    return found


def older(version, wanted):
    """Return whether a version is less than ">=1.26" asks for; only the numbers count."""
    return bool(wanted) and numbers(version) < numbers(wanted.removeprefix(">="))


def numbers(version):
    found = []
    for piece in version.strip().split("."):
        digits = "".join(c for c in piece if c.isdigit()) if piece[:1].isdigit() else ""
        if not digits:
            break
        found.append(int(digits))
    return found


def course(root):
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "autograder/checks").is_dir() and (folder / "dlcourse/toolkit").is_dir():
            if folder.resolve() != Path(root).resolve():
                return (
                    BAD,
                    "course",
                    f"you stand in {folder}, and dlcourse works in {root}",
                    f"in {folder}, run {INSTALL}; or use python -m dlcourse there",
                )
            break
    missing = [name for name in ("assignments", "dlcourse/toolkit", "data") if not (Path(root) / name).is_dir()]
    if missing:
        return BAD, "course", f"{root} lacks {', '.join(missing)}", "get the archive of the course again"
    return GOOD, "course", str(root), ""


def memory(root):
    """Return findings about where progress is remembered."""
    state = State(root)
    for note in state.notes:
        yield NOTICE, "progress", note, ""
    inside, outside = state.places
    if writable(Path(root)):
        yield GOOD, "progress", f"is kept in {inside}", ""
    elif writable(outside.parent):
        todo = "to edit exercises and to submit, copy the course to a folder of your own"
        yield NOTICE, "progress", f"{root} is read-only; progress is kept in {outside}", todo
    else:
        yield BAD, "progress", f"neither {root} nor {outside.parent} can be written", "copy the course to a folder of your own"


def writable(folder):
    """Return whether a file can be made in a folder, or in the nearest one above that exists; only trying tells."""
    folder = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def space(root):
    """Return a finding for each disk that has little room."""
    low = False
    for what, folder in (("the course", Path(root)), ("data sets", cache_folder())):
        there = next(each for each in (folder, *folder.parents) if each.exists())
        free = shutil.disk_usage(there).free
        if free < ROOM:
            low = True
            todo = "make room: dlcourse data shows what the data sets take"
            yield NOTICE, "space", f"{free / 1e6:,.0f} MB free for {what} in {there}", todo
    if not low:
        yield GOOD, "space", f"{free / 1e9:,.0f} GB free", ""


def data():
    try:
        own = own_data_folder()
    except DatasetError as error:
        return BAD, "data", str(error), "correct or unset DLCOURSE_DATA"
    return GOOD, "data", f"your own in {own}" if own else f"{cache_folder()} (dlcourse data shows what is there)", ""


def terminal():
    encoding = (sys.stdout.encoding or "").lower()
    if encoding.replace("-", "") != "utf8":
        found = f"writes {encoding or 'an unknown encoding'}: some signs are replaced"
        return NOTICE, "terminal", found, "set PYTHONUTF8=1 to see all of them"
    return GOOD, "terminal", f"{output.width} columns, UTF-8" + (", no colours" if os.environ.get("NO_COLOR") else ""), ""
