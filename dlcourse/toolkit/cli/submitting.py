"""`dlcourse submit`: list what goes in, write it as one zip, and say what is unfinished."""

import hashlib
import json
import zipfile
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from autograder import grading
from autograder.intake import MANIFEST, MAX_NOTEBOOK, course_parts
from autograder.locations import COURSE_ROOT, CourseError
from autograder.weights import Unreadable, read_weights
from dlcourse.toolkit.cli import checking, exercises, overview
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import output, say
from dlcourse.toolkit.storage import atomic_file

UNANSWERED = "YOUR ANSWER HERE"  # what nbgrader puts where an answer belongs


def submit(word, to=None, root=COURSE_ROOT):
    """Pack a part into the one zip to hand in, then check it: what is unfinished is a warning.

    Args:
        word: the part, such as "part1_knn" or "part1".
        to: where to write the zip: a folder, or a file name; None is the course folder.
    """
    part = part_of(word)
    files = files_to_submit(part, root)
    path = zip_path(part, to, root)
    table = Table("in the zip", "size", title=f"{part}, as it is saved on disk")
    for name, content in files.items():
        table.add_row(Text(name), f"{len(content) / 1000:,.1f} kB")
    output.print(table)
    write_zip(part, files, path)
    output.print(Text(f"Written: {path}"), soft_wrap=True)  # on one line, to be copied
    if overview.due(part, root):
        say(overview.due(part, root))
    say("Checking the exercises; Ctrl-C skips that, the zip is complete.")
    state = State(root)
    try:
        warnings = unanswered(part, files) + unfinished(part, state, root)
    except KeyboardInterrupt:
        warnings = ["The checks were skipped."]
    except CourseError as error:
        warnings = [f"The exercises were not checked: {error}"]
    for warning in warnings:
        say(f"- {warning}")
    if warnings:
        say(f"You can hand it in as it is, or go on working, save, and run dlcourse submit {part} again.")
    else:
        say("All exercises pass their checks. Hand in this file.")
    checking.tell_notes(state)


def part_of(word):
    """Return the name of the part that a word means; CourseError if it is an exercise, a module or nothing."""
    found = exercises.select(word)
    part = found[0].part
    if word.lower() not in (part, part.split("_")[0], part.split("_")[0].removeprefix("part")):
        raise CourseError(f"there is no part called {word!r}: a part is handed in as a whole. Did you mean {part}?")
    return part


def files_to_submit(part, root):
    """Return {path in the zip: bytes}: the part's notebooks, and its exercise modules.

    Raises:
        CourseError: if a notebook is missing, or a file is larger than what is accepted.
    """
    found = next(each for each in course_parts(root) if each.name == part)
    paths = {f"{part}/{name}": path for name, path in found.notebooks.items()}
    if not paths:
        raise CourseError(f"there is no notebook in {root / 'assignments' / part}: run this in the course folder you work in")
    paths |= {f"{part}/dlcourse/{module}.py": root / "dlcourse" / f"{module}.py" for module in (*found.modules, *found.others)}
    paths |= {f"{part}/dlcourse/{name}": root / "dlcourse" / name for name in found.weights}
    files = {}
    for name, path in paths.items():
        try:
            files[name] = path.read_bytes()
        except FileNotFoundError:
            continue  # said with the checks: every exercise in it fails
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}") from None
        if path.suffix == ".ipynb" and len(files[name]) > MAX_NOTEBOOK:
            raise CourseError(f"{path.name} is larger than {MAX_NOTEBOOK >> 20} MB: in JupyterLab, choose Edit, Clear Outputs "
                              "of All Cells, save it, and try again; your answers stay")  # fmt: skip
        if path.suffix == ".py" and len(files[name]) > grading.MAX_SOURCE:
            raise CourseError(f"dlcourse/{path.name} is larger than {grading.MAX_SOURCE >> 10} kB: keep data out of it")
        if path.suffix == ".npz":
            try:
                read_weights(files[name])
            except Unreadable as reason:
                raise CourseError(f"dlcourse/{path.name} would not be accepted: {reason}") from None
    return files


def zip_path(part, to, root):
    """Return where the zip goes; CourseError if that is no place for it."""
    name = f"{part}-submission.zip"
    path = root / name if to is None else to / name if to.is_dir() else to
    if path.is_dir():
        raise CourseError(f"{path} is a folder: remove it, or give another place with --output")
    if not path.parent.is_dir():
        raise CourseError(f"{path.parent} is not a folder: make it first, or leave out --output")
    if path.suffix.lower() != ".zip":
        raise CourseError(f"{path.name} is no name for a zip: give a folder, or a name that ends in .zip")
    return path


def write_zip(part, files, path):
    """Write the zip with the files and a manifest, whole or not at all."""
    now = datetime.now(UTC)
    manifest = {
        "part": part,
        "course": grading.course_number(),
        "written": now.isoformat(timespec="seconds"),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    contents = {**files, f"{part}/{MANIFEST}": json.dumps(manifest, indent=1).encode()}
    try:
        with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}; give another place with --output") from None


def unanswered(part, files):
    """Return a warning about questions without an answer; a notebook that cannot be read is worth one as well."""
    warnings = []
    for name, content in files.items():
        if not name.endswith(".ipynb"):
            continue
        try:
            sources = ["".join(cell["source"]) for cell in json.loads(content)["cells"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            warnings.append(f"{name} is not a notebook, or a damaged one: open and save it in JupyterLab.")
            continue
        count = sum(UNANSWERED in source for source in sources)
        if count:
            warnings.append(f"{name}: {count} question{'s' * (count > 1)} without an answer ({UNANSWERED}).")
    return warnings


def unfinished(part, state, root):
    """Return warnings about the exercises of a part that do not pass all their checks; only what changed is run."""
    submission, unwritten, failing = grading.read_submission(root), [], {}
    waiting = [each for each in exercises.select(part) if exercises.standing(each, state, submission) != exercises.PASSED]
    for result in (graded.result for graded in checking.run_and_remember(waiting, submission, state)):
        failed = [check for check in result.checks if not check.passed]
        if not failed:
            continue
        if {check.status for check in result.checks} == {"not written"}:
            unwritten.append(result.name)
            continue
        share = "all checks fail" if len(failed) == len(result.checks) else f"{len(failed)} of {len(result.checks)} checks fail"
        failing.setdefault(f"{share}. {grading.clean(failed[0].message, 240)}", []).append(result.name)
    warnings = [f"{', '.join(names)}: {reason}" for reason, names in failing.items()]
    return warnings + ([f"Not written yet: {', '.join(unwritten)}."] if unwritten else [])
