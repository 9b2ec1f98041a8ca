"""The student's archive: one zip with all that students need, and nothing that gives an answer away.

Stubs and notebooks are built from solutions/ while the archive is made, so that nobody's half-finished work gets in. In the
place of the reference there are recorded answers. The same course always gives the same bytes.
"""

import ast
import json
import tomllib
from pathlib import Path
from string import Template

from autograder.archive import packed, replace_file
from autograder.build import built_files
from autograder.checks import catalogue, select
from autograder.giveaways import giveaways
from autograder.locations import COURSE_ROOT, CourseError
from autograder.rehearsal import recorded_zip
from autograder.settings import settings

FOLDER = "dlcourse-course"  # what the zip unpacks to
WITHHELD = {"autograder.live"}  # the reference and its misconceptions, which recorded answers replace
INSTRUCTORS_PACKAGES = ("nbgrader", "pytest", "jupytext")
README = Path(__file__).parent / "templates" / "release" / "README.md"

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "dlcourse"
version = {version}
description = {title}
requires-python = {python}
dependencies = {dependencies}

[project.scripts]
dlcourse = {script}

[tool.setuptools.packages.find]
include = ["dlcourse*", "autograder*"]

[tool.setuptools.package-data]
autograder = ["templates/*", "recorded.zip", "stubs.json"]
"""


def release(path, root=COURSE_ROOT, progress=None):
    """Write the student's archive, whole or not at all, and return {path in it: size in bytes}.

    Args:
        path: the zip to write; what is there is replaced.
        progress: called with a sentence before each step.

    Raises:
        CourseError: if a source cannot be built, if something gives an answer away, or if the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".zip" or not path.resolve().parent.is_dir():
        raise CourseError(f"{path} is no place for the archive: give a name that ends in .zip, in a folder that exists")
    files = students_files(root, progress or (lambda sentence: None))
    if problems := giveaways(files, root):
        raise CourseError("nothing is written, for students would get what they are to find out (what is given on purpose "
                          "stands in GIVEN in autograder/giveaways.py):\n" + "\n".join(problems[:20]))  # fmt: skip
    try:
        replace_file(path, packed({f"{FOLDER}/{name}": content for name, content in files.items()}))
    except OSError as error:
        raise CourseError(f"{path} cannot be written ({error.strerror}): give a name in a folder that is yours") from None
    return {name: len(content) for name, content in files.items()}


def students_files(root, say):
    """Return {path: bytes} of everything in the student's archive."""
    say("Building stubs and notebooks")
    unexecuted = built_files(root, run=lambda notebook, folder, name: None)  # students' notebooks hold no outputs
    built = {path.as_posix(): content for path, content in unexecuted.items()}
    parts = settings(root).parts
    files = {
        name: content
        for name, content in built.items()
        if name.startswith("dlcourse/") or name.startswith(tuple(f"assignments/{part}/" for part in parts))
    }
    given = [root / "dlcourse/__init__.py", root / "dlcourse/__main__.py", *root.glob("dlcourse/toolkit/**/*.py")]
    given += [path for path in root.glob("data/*") if path.is_file() and not path.name.startswith(".")]
    given += [*root.glob("LICENSE*"), *root.glob("course.toml")]
    given += [root / "autograder/templates" / name for name in ("check.html", "note.html")]
    given += graders_files(root)
    files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in given}
    for name in [name for name in files if name.startswith("autograder/checks/")]:
        files[name] = with_hints(files[name], settings(root).hints)
    stubs = {Path(name).stem: content.decode() for name, content in built.items() if name.startswith("dlcourse/")}
    files["autograder/stubs.json"] = json.dumps(stubs, indent=1, sort_keys=True).encode()  # for `dlcourse reset`
    say("Recording the answers that the checks compare with")
    files["autograder/recorded.zip"] = recorded_zip([each for part in parts for each in select(part)])
    files["README.md"] = readme(root, sorted(name for name in files if name.endswith(".ipynb"))).encode()
    files["requirements.txt"] = b"# pip install -r requirements.txt, in this folder; the packages are in pyproject.toml.\n-e .\n"
    files["pyproject.toml"] = pyproject(root).encode()
    return files


def graders_files(root):
    """Return the paths of all modules of autograder that students need: what their notebook and command line import."""
    needed, waiting = set(), ["autograder", "autograder.notebook"]
    waiting += sorted({f"autograder.checks.{exercise.module}" for exercise in catalogue()})
    sources = {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
               for path in [*root.glob("autograder/**/*.py"), *root.glob("dlcourse/toolkit/**/*.py")]}  # fmt: skip
    waiting += [name for name in sources if name.startswith("dlcourse.toolkit")]
    while waiting:
        name = waiting.pop()
        if name in sources and name not in needed | WITHHELD:
            needed.add(name)
            waiting += imported(ast.parse(sources[name].read_bytes()), name, sources[name].name == "__init__.py")
    return [sources[name] for name in needed if name.startswith("autograder")]


def imported(tree, name, is_package):
    """Return the names of all modules, and of what may be modules, that a module imports, at its start or later."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: len(name.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return [".".join(each.split(".")[:depth]) for each in found for depth in range(1, each.count(".") + 2)]


def with_hints(source, most):
    """Return the source of checks with so many hints of each exercise, and no more of them."""
    lines = source.splitlines(keepends=True)
    hints = [
        keyword.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "exercise"
        for keyword in node.keywords
        if keyword.arg == "hints" and isinstance(keyword.value, ast.Tuple) and len(keyword.value.elts) > most
    ]
    for given in sorted(hints, key=lambda node: -node.lineno):  # from the end, so that the line numbers above stay true
        kept = repr(tuple(ast.literal_eval(given))[:most]).encode()
        before, after = lines[given.lineno - 1][: given.col_offset], lines[given.end_lineno - 1][given.end_col_offset :]
        lines[given.lineno - 1 : given.end_lineno] = [before + kept + after]
    return b"".join(lines)


def readme(root, notebooks):
    parts = settings(root).parts
    values = {
        "title": settings(root).title,
        "first": next((name for name in notebooks if f"/{parts[0]}/" in name), "").removeprefix("assignments/"),
        "part": parts[0],
        "parts": ", ".join(f"`{part}`" for part in parts),
    }
    return Template(README.read_text("utf-8")).substitute(values)


def pyproject(root):
    """Return what pip needs to install the archive: the course's packages without those for instructors alone."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        raise CourseError(f"{root / 'pyproject.toml'} does not say which packages the course needs") from None
    wanted = [each for each in project["dependencies"] if not each.startswith(INSTRUCTORS_PACKAGES)]
    quoted = {"version": project["version"], "title": settings(root).title, "python": project["requires-python"]}
    quoted["script"] = project["scripts"]["dlcourse"]
    return PYPROJECT.format(dependencies=json.dumps(wanted, indent=4), **{key: json.dumps(text) for key, text in quoted.items()})
