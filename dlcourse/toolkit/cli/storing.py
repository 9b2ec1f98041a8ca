"""`dlcourse data`: which data sets are there, and where; download, verify and remove them."""

import shutil
import zipfile
from pathlib import Path

from rich.table import Table
from rich.text import Text

from autograder.locations import CourseError
from dlcourse.toolkit import cifar10, datasets, mnist
from dlcourse.toolkit.cli.terminal import output, say
from dlcourse.toolkit.download import md5_of
from dlcourse.toolkit.storage import EMBEDDED, DatasetError, cache_folder, own_data_folder

SOURCES = {"mnist": mnist, "cifar10": cifar10}
CHECKSUMS = {"mnist": {remote.name: remote.md5 for remote in mnist.REMOTE_FILES}, "cifar10": cifar10.MD5}
DOWNLOAD_BYTES = {"mnist": sum(remote.size for remote in mnist.REMOTE_FILES), "cifar10": cifar10.ARCHIVE.size}
UNPACKED_BYTES = {"mnist": 0, "cifar10": 190_000_000}  # beside the archive, which is deleted afterwards


def show():
    """Print each data set: whether it is there, how large, and where."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("data set", "is it there?", "size"):
        table.add_column(heading, no_wrap=heading != "is it there?")
    places = []
    for name in datasets.NAMES:
        state, size, place = look(name)
        table.add_row(name, state, size)
        places.append((name, place))
    output.print(table)
    output.print()
    for name, place in places:
        output.print(Text(f"{name}: {place}"), soft_wrap=True)
    say("The course works with digits and shapes alone. dlcourse data download NAME gets another one, verify reads what is there, "
        "remove NAME frees the space.")  # fmt: skip


def look(name):
    """Return (state, size, place) of one data set, in words."""
    if name == "digits":
        path = EMBEDDED / "digits.npz"
        return ("yes, in the course", megabytes([path]), path) if path.is_file() else ("no: get the course again", "", path)
    if name == "shapes":
        files = downloaded(name)
        return ("yes" if files else "drawn on first use", megabytes(files), cache_folder())
    folder, own = place_of(name)
    here = [file for file in SOURCES[name].FILES if (folder / file).is_file()]
    if len(here) == len(SOURCES[name].FILES):
        state = "yes, your own files" if own else "yes"
    elif here:
        state = f"in part: {len(here)} of {len(SOURCES[name].FILES)} files"
    else:
        begun = any(path.name.endswith(".part") for path in downloaded(name))
        state = "download begun" if begun else f"no ({DOWNLOAD_BYTES[name] / 1e6:.0f} MB to download)"
    return state, megabytes([folder / file for file in here]), folder


def place_of(name):
    """Return where the files of a data set are looked for, and whether that is a folder of the user's own."""
    own = in_own_folder(name)
    return (own, True) if own else (cache_folder() / SOURCES[name].FOLDER, False)


def in_own_folder(name):
    try:
        folder = own_data_folder()
    except DatasetError as error:
        raise CourseError(str(error)) from None
    for place in [folder / SOURCES[name].FOLDER, folder] if folder else []:
        if any((place / file).is_file() for file in SOURCES[name].FILES):
            return place
    return None


def downloaded(name):
    """Return the paths of everything that downloading or drawing a data set has left in the cache folder."""
    cache = cache_folder()
    if name == "shapes":
        return sorted(cache.glob("shapes-*"))
    folder = cache / SOURCES[name].FOLDER
    found = sorted(path for path in folder.glob("*") if path.is_file())
    return found + (sorted(cache.glob(f"{cifar10.ARCHIVE.name}*")) if name == "cifar10" else [])


def megabytes(paths):
    size = sum(Path(path).stat().st_size for path in paths)
    return "" if not size else f"{size / 1e6:.1f} MB" if size > 1e6 else f"{size / 1e3:.0f} kB"


def require_name(name, names=datasets.NAMES):
    if name not in names:
        raise CourseError(f"there is no data set {name!r} here: name one of {', '.join(names)}")


def download(name):
    """Make a data set ready for use without a network."""
    require_name(name)
    if name == "digits":
        say("digits is a part of the course: nothing to download.")
        return
    if name == "shapes":
        datasets.load("shapes")
        say(f"shapes is drawn, and kept in {cache_folder()}")
        return
    if folder := in_own_folder(name):
        say(f"{name} is in your own folder {folder}: nothing to download.")
        return
    folder = cache_folder() / SOURCES[name].FOLDER
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        free, needed = shutil.disk_usage(folder.parent).free, DOWNLOAD_BYTES[name] + UNPACKED_BYTES[name]
        if free < needed and look(name)[0] != "yes":
            raise CourseError(f"{name} needs {needed / 1e6:.0f} MB, and {folder.parent} has {free / 1e6:.0f} MB free: make room")
        SOURCES[name].download(folder)
    except DatasetError as error:
        raise CourseError(f"{error} Try again later: it goes on where it stopped. Or set DLCOURSE_DATA to a folder that holds "
                          f"{SOURCES[name].FOLDER}/.") from None  # fmt: skip
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror}") from None
    say(f"{name} is complete, with the right checksums, in {folder}")


def verify(name=None):
    """Read the files of one data set, or of all that are there; return whether they are right."""
    if name:
        require_name(name)
    right = True
    for each in [name] if name else datasets.NAMES:
        try:
            say(f"{each}: {verified(each)}")
        except DatasetError as error:
            right = False
            say(f"{each}: wrong. {error}")
    return right


def verified(name):
    """Return what is right about the files of a data set; DatasetError if something is wrong."""
    if name == "digits":
        datasets.load("digits")
        return "right: it can be read."
    if name == "shapes":
        if not downloaded(name):
            return "not drawn yet, nothing to verify."
        damaged = [path.name for path in downloaded(name) if not sound(path)]
        if damaged:
            raise DatasetError(f"{', '.join(damaged)} is damaged, and will be drawn anew when it is needed.")
        return "right: it can be read."
    folder, own = place_of(name)
    here = [file for file in SOURCES[name].FILES if (folder / file).is_file()]
    if not here:
        return "not there, nothing to verify."
    other = [file for file in here if md5_of(folder / file) != CHECKSUMS[name][file]]
    if other and not own:
        raise DatasetError(f"The checksums of {', '.join(other)} differ. dlcourse data download {name} gets them again.")
    SOURCES[name].read(folder)
    missing = len(SOURCES[name].FILES) - len(here)
    part = f" {missing} of {len(SOURCES[name].FILES)} files are missing." if missing else ""
    if other:
        return f"can be read; {len(other)} of {len(here)} files are not the official ones, which your own need not be.{part}"
    return f"right: {len(here)} files with the official checksums.{part}"


def sound(path):
    """Return whether a file of NumPy arrays is whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def remove(name):
    """Delete what was downloaded or drawn for a data set, never files in a folder of the user's own."""
    require_name(name, ("shapes", *SOURCES))
    paths = downloaded(name)
    size = megabytes(paths)
    try:
        for path in paths:
            path.unlink()
        if name in SOURCES and (folder := cache_folder() / SOURCES[name].FOLDER).is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise CourseError(f"{error.filename} cannot be deleted: {error.strerror}. Close what uses it, a notebook perhaps") from None
    say(f"{name}: {size} deleted." if paths else f"{name}: nothing of it in {cache_folder()}.")
    if name in SOURCES and (own := in_own_folder(name)):
        say(f"Your own files in {own} stay.")
