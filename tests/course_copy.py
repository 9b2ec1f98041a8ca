"""A student's copy of the course in any folder, and the `dlcourse` command as a person starts it there."""

import os
import shutil
import subprocess
import sys

from autograder.locations import COURSE_ROOT

WITH_SOLUTIONS = ("dlcourse", "autograder", "data", "assignments/part1_knn", "solutions/dlcourse", "pyproject.toml")
NO_CACHES = shutil.ignore_patterns("__pycache__", "*.yours-*.txt", ".dlcourse")


def copy_course(folder, what=WITH_SOLUTIONS):
    """Copy parts of the course into a folder, and return it."""
    for name in what:
        source, target = COURSE_ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=NO_CACHES)
        else:
            shutil.copy(source, target)
    return folder


def environment(course, home, **more):
    """Return the environment of somebody whose home is `home`, working in `course`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PYTHON", "DLCOURSE", "NO_COLOR"))}
    return {**kept, "PYTHONPATH": str(course), "HOME": str(home), "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", **more}


def dlcourse(course, home, *arguments, cwd=None, **more):
    """Run `python -m dlcourse` and return the CompletedProcess, its output as bytes decoded in the encoding asked for."""
    encoding = more.get("PYTHONIOENCODING", "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "dlcourse", *arguments],
        cwd=cwd or course, env=environment(course, home, **more), capture_output=True, encoding=encoding, timeout=120,
    )  # fmt: skip
