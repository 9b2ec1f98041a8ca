"""Build a student's course from `solutions/`: stub modules, executed notebooks and the notebooks a student gets.

Everything is computed first and written last, file by file, and only where bytes differ: a build that fails changes
nothing, and a second build changes nothing either.
"""

import asyncio
import copy
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
import psutil
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder import checks
from autograder.locations import COURSE_ROOT, CourseError
from autograder.settings import settings
from autograder.stubs import stub

MAX_NOTEBOOK_BYTES = 1_500_000
IDLE, ATTEMPTS = 60, 3  # seconds without work after which a kernel is stuck; how often a notebook is begun
CELL_TIMEOUT = 600  # seconds: a cell of a course notebook that takes longer hangs
METADATA = {  # the same on every machine, whatever executed the notebook
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def build(root=COURSE_ROOT, execute=False, progress=None):
    """Bring everything that is built in the course at `root` up to date with its `solutions/`.

    Args:
        root: folder of the course.
        execute: run every source notebook again, also those whose text did not change.
        progress: called with a sentence before each step that takes seconds.

    Returns:
        list of the paths that changed, relative to `root`.

    Raises:
        CourseError: if a source cannot be built; nothing is written then.
    """
    root = Path(root).resolve()
    say = progress or (lambda sentence: None)
    settings(root)  # what is wrong in course.toml is said before the first notebook asks for it

    def run(notebook, folder, name):
        say(f"Executing {name}")
        execute_notebook(notebook, folder, root, name)

    files = built_files(root, run, execute, say)
    changed = [path for path, content in files.items() if _bytes_of(root / path) != content]
    for path in changed:
        _replace(root / path, files[path])
    obsolete = _obsolete(root, files)
    for path in obsolete:
        (root / path).unlink()
    return sorted(changed + obsolete)


def differences(root=COURSE_ROOT):
    """Say what `build` would change, one sentence a file; an empty list means that the course is up to date.

    Nothing is executed: a notebook whose source text changed since it was executed counts as different.
    """
    root = Path(root).resolve()
    files = built_files(root, run=lambda notebook, folder, name: None)
    sentences = []
    for path, content in files.items():
        present = _bytes_of(root / path)
        if present is None:
            sentences.append(f"{path.as_posix()} is missing")
        elif present != content:
            sentences.append(f"{path.as_posix()} differs from what its source builds")
    sentences += [f"{path.as_posix()} has no source any more" for path in _obsolete(root, files)]
    return sorted(sentences)


def built_files(root, run, execute=False, say=lambda sentence: None):
    """Return the content (bytes) of every file that is built, by its path relative to `root`."""
    modules = sorted((root / "solutions/dlcourse").glob("*.py"))
    if not modules:
        raise CourseError(f"{root} holds no solutions/dlcourse/*.py, so there is nothing to build from: give the "
                          "folder of the whole course, not of a student's release")  # fmt: skip
    files = {Path("dlcourse", module.name): stub(module, root).encode() for module in modules}
    notebooks = {}
    for source in sorted((root / "solutions/notebooks").glob("part*/*.py")):
        path = Path("solutions", source.parent.name, f"{source.stem}.ipynb")
        notebooks[path] = solution_notebook(source, root / path, root, run, execute)
    files.update(notebooks)
    files.update(student_files(root, notebooks, say))
    return files


def _obsolete(root, files):
    """Return the paths of files that an earlier build wrote and that have no source any more."""
    patterns = ("dlcourse/*.py", "solutions/part*/*.ipynb", "assignments/part*/*.ipynb")
    present = {path.relative_to(root) for pattern in patterns for path in root.glob(pattern)}
    return sorted(present - set(files) - {Path("dlcourse/__init__.py"), Path("dlcourse/__main__.py")})


def _bytes_of(path):
    return path.read_bytes() if path.is_file() else None


def _replace(path, content):
    """Write a file so that whoever reads it meanwhile sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


# The instructor's notebooks


def solution_notebook(source, target, root, run, execute=False):
    """Return the instructor's notebook that a source text builds, with outputs, as bytes.

    Args:
        source: the notebook as text, in jupytext's percent format.
        target: the notebook built earlier, whose outputs are kept if the source text has not changed since.
        root: folder of the course.
        run: called with (notebook, folder to run in, name) to put the outputs into the notebook.
        execute: run it even if the text has not changed.
    """
    name = source.relative_to(root).as_posix()
    text = source.read_text(encoding="utf-8")
    notebook = read_source(text, name)
    if execute or not _take_outputs(notebook, target):
        run(notebook, target.parent, name)
        _drop_widgets(notebook)
    _require_no_machine_paths(notebook, root, name)
    content = (nbformat.writes(notebook) + "\n").encode()
    if len(content) > MAX_NOTEBOOK_BYTES:
        number, cell = max(enumerate(notebook.cells, 1), key=lambda pair: len(json.dumps(pair[1])))
        raise CourseError(
            f"{name} builds a notebook of {len(content) / 1e6:.1f} MB, and {MAX_NOTEBOOK_BYTES / 1e6} MB is the limit: "
            f"the largest is {_cell_name(number, cell)} with {len(json.dumps(cell)) / 1e6:.1f} MB; show less or smaller"
        )
    return content


def read_source(text, name):
    """Return a source text as a notebook without outputs, check and answer cells marked for nbgrader."""
    notebook = jupytext.reads(text, fmt="py:percent")
    digest = hashlib.sha256(text.encode()).hexdigest()
    notebook.metadata = nbformat.from_dict({**METADATA, "dlcourse": {"source_sha256": digest}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5  # the first format whose cells have ids
    seen = {}
    for number, cell in enumerate(notebook.cells, 1):
        where = f"{name}, {_cell_name(number, cell)}"
        marks = _marks(cell, where)
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note on blank lines in the text
        if marks is None:
            continue
        if marks["grade_id"] in seen:
            raise CourseError(f"{where}: grade_id {marks['grade_id']!r} is already that of {seen[marks['grade_id']]}")
        seen[marks["grade_id"]] = _cell_name(number, cell)
        cell.metadata["nbgrader"] = marks
    own = _own_points(notebook)
    if own:
        notebook.metadata.dlcourse["points"] = own
    _name_cells(notebook.cells)
    nbformat.validate(notebook)
    return notebook


def _cell_name(number, cell):
    first_line = cell.source.strip().partition("\n")[0]
    return f"cell {number} ({first_line[:60]})"


def _marks(cell, where):
    """Return nbgrader's metadata for a check cell or an answer cell, None for every other cell."""
    points, grade_id = cell.metadata.pop("answer_points", None), cell.metadata.pop("grade_id", None)
    common = {"schema_version": 3, "grade": True, "task": False}
    if points is not None or grade_id is not None:
        if cell.cell_type != "markdown" or not isinstance(points, int | float) or points < 0:
            raise CourseError(f"{where}: an answer that is graded by hand is a markdown cell with both, as in "
                              '# %% [markdown] answer_points=2 grade_id="why-l1"')  # fmt: skip
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", str(grade_id)):
            raise CourseError(f"{where}: grade_id {grade_id!r} may only hold letters, digits, - and _")
        return {**common, "solution": True, "locked": False, "grade_id": grade_id, "points": points}
    if "BEGIN SOLUTION" in cell.source:
        raise CourseError(f"{where}: only an answer cell can hold a solution region; a cell that students do not "
                          "get at all is tagged solutions-only")  # fmt: skip
    if cell.cell_type != "code" or not re.search(r"^\s*check\(", cell.source, re.MULTILINE):
        return None
    call = re.fullmatch(r"""check\((["'])([^"']+)\1\)""", cell.source.strip())
    if call is None:
        raise CourseError(f'{where}: a check stands alone in its cell and reads check("module.exercise")')
    exercise = call[2]
    grade_id = exercise.replace(".", "-")
    return {**common, "solution": False, "locked": True, "grade_id": grade_id, "points": points_of(exercise, where)}


def points_of(exercise, where):
    """Return the points of an exercise, such as "knn.l2_distances", that is checked at `where`."""
    try:
        return checks.find(exercise).points
    except CourseError as error:
        raise CourseError(f"{where}: {error}") from error


def _own_points(notebook):
    """Return {exercise: points} where `course.toml` says others than usual: the outputs of a notebook speak of them."""
    names = {cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata}
    own = {name: points for name, points in settings().points.items() if name.replace(".", "-") in names}
    return {name: points for name, points in sorted(own.items()) if points != checks.find(name).usual_points}


def _name_cells(cells):
    """Give each cell an id that stays when other cells change: nbgrader's, else a digest of its text."""
    count = Counter()
    for cell in cells:
        marks = cell.metadata.get("nbgrader")
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        name = marks["grade_id"][:64] if marks else digest
        count[name] += 1
        cell.id = name if count[name] == 1 else f"{name}-{count[name]}"


def _take_outputs(notebook, target):
    """Copy the outputs of the notebook built earlier; False if there is none or the source text changed since."""
    try:
        earlier = nbformat.read(target, as_version=4)
    except (FileNotFoundError, ValueError):  # none yet, or damaged, as by the marks of a merge
        return False
    sources = [cell.source for cell in notebook.cells]
    if earlier.metadata.get("dlcourse") != notebook.metadata.dlcourse or sources != [c.source for c in earlier.cells]:
        return False
    for cell, executed in zip(notebook.cells, earlier.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = executed.outputs, executed.execution_count
    return True


class _ThisPython(AsyncKernelManager):
    """Starts the Python that runs the build, whatever kernels are installed for the user."""

    @property
    def kernel_spec(self):
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=ERROR"]))


def execute_notebook(notebook, folder, root, name):
    """Run all cells of a notebook, in `folder` and with the course at `root`, and put the outputs into it.

    Raises:
        CourseError: naming the cell, if one fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    where = name

    def before_cell(cell, cell_index):
        nonlocal where
        where = f"{name}, {_cell_name(cell_index + 1, cell)}"

    def after_cell(cell, cell_index, execute_reply):
        for widget in client.widget_state.values():  # an interactive figure shows its errors itself: the cell succeeds
            for output in widget.get("outputs", ()):
                if output["output_type"] == "error":
                    raise CourseError(f"{where} fails with {output['ename']}: {output['evalue']}")

    for attempt in range(1, ATTEMPTS + 1):
        with tempfile.TemporaryDirectory() as profile:
            client = NotebookClient(
                copy.deepcopy(notebook),
                timeout=CELL_TIMEOUT,
                kernel_manager_class=_ThisPython,
                record_timing=False,
                coalesce_streams=True,  # of a progress bar, only the end
                resources={"metadata": {"path": str(folder)}},
                on_cell_start=before_cell,
                on_cell_executed=after_cell,
            )
            try:
                run_sync(_execute_watched)(client, _environment(root, profile))
                break
            except _Stalled:
                if attempt == ATTEMPTS:
                    raise CourseError(f"{where}: the kernel did nothing for {IDLE} seconds, {ATTEMPTS} times") from None
            except CellExecutionError as error:
                raise CourseError(f"{where} fails with {error.ename}: {error.evalue}") from error
            except (CellTimeoutError, DeadKernelError) as error:
                raise CourseError(f"{where}: {error}") from error
    for cell, executed in zip(notebook.cells, client.nb.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = executed.outputs, executed.execution_count


class _Stalled(Exception):
    """A kernel waits for its client, and the client for the kernel."""


async def _execute_watched(client, environment):
    """Run the client's notebook; _Stalled if its kernel does nothing for long: now and then one misses a message (jupyter_client 8,
    ipykernel 7), and both would wait until the cell's time is over."""
    running = asyncio.ensure_future(client.async_execute(env=environment))
    worked, since = 0.0, time.monotonic()
    while not (await asyncio.wait({running}, timeout=IDLE / 12))[0]:
        now = _processor_time(client)
        if now > worked + 1:
            worked, since = now, time.monotonic()
        elif time.monotonic() > since + IDLE:
            await client.km.shutdown_kernel(now=True)
            await asyncio.gather(running, return_exceptions=True)  # the client notices that it is dead
            raise _Stalled
    await running


def _processor_time(client):
    """Return the seconds of processor time that a client's kernel and its children have used."""
    try:
        kernel = psutil.Process(client.km.provisioner.pid)
        return sum(sum(each.cpu_times()[:4]) for each in (kernel, *kernel.children(recursive=True)))
    except (psutil.Error, AttributeError, TypeError):  # not started yet, or gone
        return 0.0


def _environment(root, profile):
    """Return the environment variables of a kernel whose outputs depend on the course, not on this machine."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "0", "IPYTHONDIR": profile}
    for name in ("MPLBACKEND", "DLCOURSE_DATA"):  # another way to show figures; data sets that others do not have
        environment.pop(name, None)
    return environment


def _drop_widgets(notebook):
    """Drop outputs that only a live kernel can draw: a stored notebook would show an error in their place."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("data", {}).pop(WIDGET, None):
                output.data.pop("text/plain", None)  # says only which class the widget has
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]


def _require_no_machine_paths(notebook, root, name):
    """A path of the machine that built the notebook tells a student nothing and differs on every machine."""
    private = {str(root), str(Path.home()), sys.prefix, os.path.join(tempfile.gettempdir(), "ipykernel")} - {"/"}
    for number, cell in enumerate(notebook.cells, 1):
        shown = json.dumps(cell.get("outputs", []))
        for path in private:
            if re.search(re.escape(json.dumps(path)[1:-1]) + "(?![A-Za-z0-9])", shown):
                raise CourseError(f"{name}, {_cell_name(number, cell)} shows the path {path} of this machine")


# The students' notebooks


def student_files(root, notebooks, say=lambda sentence: None):
    """Return what `nbgrader generate_assignment` makes of each part that is in: its notebooks and the files beside them.

    nbgrader works on a copy of `solutions/` in a temporary folder and without a gradebook: the course's own is only
    written when an instructor calls nbgrader.

    Args:
        root: folder of the course.
        notebooks: contents of the instructor's notebooks by their path relative to `root`.
    """
    files = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch).resolve()
        for part in sorted({path.parent for path in notebooks}):
            if (root / part).is_dir():
                shutil.copytree(root / part, scratch / part, ignore=shutil.ignore_patterns("*.ipynb"))
        for path, content in notebooks.items():
            _replace(scratch / path, content)
        for part in sorted({path.parent.name for path in notebooks} & set(settings(root).parts)):
            say(f"Making the students' notebooks of {part}")
            _generate_assignment(root, scratch, part)
        for path in sorted((scratch / "assignments").rglob("*")):
            if path.is_file():
                files[path.relative_to(scratch)] = path.read_bytes()
    return files


def _generate_assignment(root, scratch, part):
    """Run nbgrader's own converter on one part, with the course's `nbgrader_config.py`."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.merge(Config(
        CourseDirectory={"root": str(scratch), "assignment_id": part},
        GenerateAssignment={"no_database": True},
        SaveCells={"enabled": False},
        Deadline={"enabled": False},
    ))  # fmt: skip
    messages = []
    log = logging.Logger(part)
    log.addHandler(_Collector(messages))
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config, log=log), config=config, log=log)
    try:
        converter.start()
    except NbGraderException as error:
        reasons = "\n".join(messages)
        raise CourseError(f"nbgrader could not make the students' notebooks of {part}:\n{reasons}") from error


class _Collector(logging.Handler):
    """Keeps what nbgrader reports: its errors are in its log, not in what it raises."""

    def __init__(self, messages):
        super().__init__(logging.ERROR)
        self.messages = messages

    def emit(self, record):
        self.messages.append(self.format(record))
