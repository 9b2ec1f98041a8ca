"""Where the course lies on this disk, and which submission `import dlcourse` means."""

import importlib
import sys
from pathlib import Path

COURSE_ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = COURSE_ROOT / "solutions"


class CourseError(Exception):
    """Something about the input is wrong; the message says what was given and what to do."""


def require_own_course(folder):
    """Raise CourseError if `folder` lies in a course that is not the one whose grader this is.

    It would be built, released and graded with the other one's exercises and settings, and nobody would notice.
    """
    here = Path(folder).resolve()
    for each in (here, *here.parents):
        if (each / "autograder" / "locations.py").is_file() and (each / "solutions" / "dlcourse").is_dir():
            if each != COURSE_ROOT:
                raise CourseError(f"this folder belongs to the course {each}, and the autograder that runs here to {COURSE_ROOT}: "
                                  f"activate the environment of {each.name}, or run: python -m pip install -e {each}")  # fmt: skip
            return


def use(folder):
    """Make `import dlcourse.knn`, and every other exercise module, mean the one in `folder` from now on.

    `dlcourse.toolkit`, which is given, stays the course's own.

    Args:
        folder: a submission, the folder that holds `dlcourse/`; relative to the current folder, else to the course.

    Raises:
        CourseError: if `folder` holds no `dlcourse/`.
    """
    import dlcourse.toolkit  # before the path changes, so that it is never a submission's

    given = Path(folder)
    package = next((p for p in (given / "dlcourse", COURSE_ROOT / given / "dlcourse") if p.is_dir()), None)
    if package is None:
        raise CourseError(f"{folder} holds no dlcourse/ folder: give the folder of a submission, such as 'solutions'")
    dlcourse.__path__[:] = [str(package.resolve()), str(COURSE_ROOT / "dlcourse")]
    for name in [m for m in sys.modules if m.startswith("dlcourse.") and not m.startswith("dlcourse.toolkit")]:
        del sys.modules[name]
        vars(dlcourse).pop(name.removeprefix("dlcourse."), None)
    importlib.invalidate_caches()
