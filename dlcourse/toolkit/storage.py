"""Where data sets live on disk: the embedded ones, the cache, and files that appear whole or not at all."""

import contextlib
import os
import sysconfig
import tempfile
from pathlib import Path

import platformdirs

COURSE_DATA = Path(__file__).resolve().parents[2] / "data"
# Installed from a wheel, away from the course's folder, the package finds the data where pip put it.
EMBEDDED = COURSE_DATA if COURSE_DATA.is_dir() else Path(sysconfig.get_path("data"), "share", "dlcourse", "data")


class DatasetError(Exception):
    """A data set cannot be loaded. The message says what failed and what to do instead."""


def cache_folder():
    """The folder for what is downloaded or drawn once, in the user's cache folder of this system."""
    return Path(platformdirs.user_cache_dir("dlcourse", appauthor=False))


def own_data_folder():
    """The folder that the environment variable DLCOURSE_DATA names, or None when it is not set.

    Files there are read, never written. Raises DatasetError if it is set to something that is no folder.
    """
    value = os.environ.get("DLCOURSE_DATA")
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DatasetError(
            f"The environment variable DLCOURSE_DATA is {value!r}, which is not a folder. "
            "Set it to the folder that holds cifar-10-batches-py/ or mnist/, or unset it."
        )
    return folder


@contextlib.contextmanager
def atomic_file(path):
    """Open `path` for writing bytes; the file gets its name only when the block ends without an error.

    The bytes go to a temporary file in the same folder (made if need be), which then replaces `path` in one step.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=path.name + ".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the new name on an empty file
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
