"""A new course folder: a copy of this course that an instructor makes their own, whole and installable by itself."""

import shutil
import tempfile
from pathlib import Path

from autograder.locations import COURSE_ROOT, CourseError
from autograder.stubs import stub

CONTENTS = (
    *("LICENSE*", "CITATION.cff", "pyproject.toml", "requirements.txt", "nbgrader_config.py", "course.toml"),
    *(".gitignore", ".gitattributes", "solutions", "assignments", "dlcourse", "autograder", "data", "docs"),
)
README = Path(__file__).parent / "templates" / "new_course" / "README.md"  # without what only the project's own folder has
# What work in a course leaves behind, and what is this course's alone: never the secret, the grades or anybody's submission.
LEFT_BEHIND = shutil.ignore_patterns(
    *("__pycache__", "*.pyc", ".ipynb_checkpoints", "*.egg-info", ".autograder", "*.db", "cache", "recorded.zip", "stubs.json"),
    *("_build", "site", "*.yours-*.txt"),
)


def new_course(folder, root=COURSE_ROOT):
    """Make a course folder with all an instructor needs, whole or not at all.

    Args:
        folder: does not exist yet, or is empty.
        root: the course to copy.

    Raises:
        CourseError: if there is something in the folder, if this course is a student's release, or if nothing can be written.
    """
    folder, root = Path(folder), Path(root)
    if not (root / "solutions" / "dlcourse").is_dir():
        raise CourseError(f"{root} holds no solutions/: start from an instructor's copy of the course")
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise CourseError(f"{folder} is there already and not an empty folder: nothing in it is touched; give another name")
    if folder.resolve().is_relative_to(root.resolve() / "autograder"):
        raise CourseError(f"{folder} lies in the grader's own folder: give another place")
    try:
        folder.resolve().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.resolve().parent, prefix=f".{folder.name}.") as scratch:
            course = Path(scratch, "course")
            course.mkdir()
            for path in sorted({path for pattern in CONTENTS for path in root.glob(pattern)}):
                if path.is_dir():
                    shutil.copytree(path, course / path.name, ignore=LEFT_BEHIND)
                else:
                    shutil.copy2(path, course)
            pristine(course)
            shutil.copyfile(README, course / "README.md")
            if folder.exists():
                folder.rmdir()
            course.rename(folder)
    except (OSError, shutil.Error) as error:
        raise CourseError(f"{folder} cannot be made: {error}; give a folder in a place that is yours") from None


def pristine(course):
    """Put the stubs into dlcourse/, in whatever state somebody's own exercises are."""
    for module in sorted((course / "solutions" / "dlcourse").glob("*.py")):
        (course / "dlcourse" / module.name).write_text(stub(module, course), "utf-8", newline="\n")
