"""What `dlcourse` remembers: which exercises passed, and how many hints were shown. One small JSON file, whole at any time.

It lies in the course folder, in `.dlcourse/progress.json`, or, where that cannot be written, in the user's own folder for such
things. Student code is not in it: without the file, one `dlcourse check` finds the same again.
"""

import contextlib
import glob
import hashlib
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from autograder.locations import COURSE_ROOT
from dlcourse.toolkit.storage import atomic_file

try:
    import fcntl as posix
except ImportError:
    posix = None
try:
    import msvcrt as windows
except ImportError:
    windows = None

FORMAT = 1
WAIT = 5.0  # seconds for another process to end its saving, which takes milliseconds
ABOUT = "What dlcourse remembers of your work. Your code is not in here; delete this file to begin anew."


class DamagedError(Exception):
    """A state file holds something else; the message says what."""


class State:
    """The memory of one course folder.

    Attributes:
        exercises: {name: {"passed", "checks", "points", "digest", "checked"}} as of the last check of each.
        hints: {name: how many were shown}.
        notes: sentences for the user, about what was found damaged or could not be written.
    """

    def __init__(self, root=COURSE_ROOT):
        self.root = Path(root)
        self.notes = []
        self.exercises, self.hints = {}, {}
        self.reload()

    @property
    def places(self):
        """Where the file may lie: in the course folder, or else in the user's folder for the state of programs."""
        full = str(self.root.resolve())
        name = f"{self.root.resolve().name}-{hashlib.sha256(full.encode()).hexdigest()[:8]}.json"
        return self.root / ".dlcourse" / "progress.json", Path(platformdirs.user_state_dir("dlcourse", appauthor=False)) / name

    def reload(self):
        """Read what is on disk now: of two files the newer record of each exercise. A damaged one is put aside, with a note."""
        found, self.unreadable = [], []
        for path in self.places:
            try:
                found.append(read(path))
            except FileNotFoundError:
                continue
            except OSError as error:
                self.unreadable.append(path)
                self.note(f"{path} cannot be read ({error.strerror}): what it remembers is left out.")
            except DamagedError as damage:
                self.put_aside(path, damage)
        self.exercises, self.hints = {}, {}
        for content in found:
            for name, record in content["exercises"].items():
                if name not in self.exercises or record["checked"] > self.exercises[name]["checked"]:
                    self.exercises[name] = record
            for name, count in content["hints"].items():
                self.hints[name] = max(count, self.hints.get(name, 0))

    def put_aside(self, path, damage):
        """Rename a file that is not ours to overwrite."""
        aside = free_name(path.with_name(f"{path.stem}-damaged"), ".json")
        try:
            os.rename(path, aside)
        except OSError:
            self.note(f"{path} {damage}, so it is left alone, and what was remembered is not known.")
            return
        self.note(f"{path} {damage}. It is now called {aside.name}; dlcourse begins a new one, and dlcourse check fills it.")

    def note(self, sentence):
        if sentence not in self.notes:
            self.notes.append(sentence)

    def record(self, results):
        """Remember the results of checks.

        Args:
            results: list of (autograder.grading.ExerciseResult, digest of what decided).
        """

        def change():
            for result, digest in results:
                self.exercises[result.name] = {
                    "passed": sum(check.passed for check in result.checks),
                    "checks": len(result.checks),
                    "points": result.points,
                    "digest": digest,
                    "checked": now(),
                }

        self.update(change)

    def remember_hint(self, name, count):
        """Remember that `count` hints of an exercise were shown."""
        self.update(lambda: self.hints.update({name: count}))

    def update(self, change):
        """Change what is remembered, on top of what another process may have written meanwhile, and save it."""
        with one_at_a_time(self.places):
            self.reload()
            change()
            self.save()

    def save(self):
        """Write all of it to the first place that takes it."""
        content = {"about": ABOUT, "format": FORMAT, "saved": now(), "exercises": self.exercises, "hints": self.hints}
        text = json.dumps(content, indent=1, ensure_ascii=False).encode()
        reasons = []
        for path in self.places:
            try:
                if path in self.unreadable or path.exists() and not intact(path):
                    reasons.append(f"{path} (not read, so not overwritten)")
                    continue
                save(path, text)
                return
            except OSError as error:
                reasons.append(f"{path} ({error.strerror})")
        self.note(f"What was found cannot be remembered; not writable: {', '.join(reasons)}.")


def now():
    return datetime.now(UTC).isoformat(timespec="microseconds")


def read(path):
    """Return the content of a state file.

    Raises:
        OSError: if it cannot be read.
        DamagedError: if it is not one.
    """
    try:
        content = json.loads(patiently(path.read_bytes))
    except (ValueError, RecursionError):
        raise DamagedError("is damaged") from None
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise DamagedError("is not a file of dlcourse's progress")
    if content["format"] > FORMAT:
        raise DamagedError("was written by a newer version of the course")
    if not well_formed(content):
        raise DamagedError("is damaged")
    return content


def intact(path):
    try:
        return bool(read(path))
    except DamagedError:
        return False


def well_formed(content):
    exercises, hints, saved = content.get("exercises"), content.get("hints"), content.get("saved")
    if not (isinstance(exercises, dict) and isinstance(hints, dict) and isinstance(saved, str)):
        return False
    kinds = {"passed": int, "checks": int, "points": int | float, "digest": str, "checked": str}
    records = all(
        isinstance(record, dict) and all(isinstance(record.get(key), kind) for key, kind in kinds.items())
        for record in exercises.values()
    )
    return records and all(isinstance(count, int) for count in hints.values())


@contextlib.contextmanager
def one_at_a_time(places):
    """Keep other processes from saving the same memory meanwhile, where a file for that can be made.

    The operating system lets go of it when this process ends, however it ends.
    """
    with contextlib.ExitStack() as stack:
        for path in places:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(path.with_suffix(".lock").open("ab"))
            except OSError:
                continue
            wait_for(file)
            break
        yield


def wait_for(file):
    """Lock a file; do without after a while, as on a network drive that knows no locks."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        try:
            if hasattr(posix, "flock"):  # in a browser fcntl is there and knows no locks, nor is there another process
                posix.flock(file, posix.LOCK_EX | posix.LOCK_NB)
            elif windows:
                windows.locking(file.fileno(), windows.LK_NBLCK, 1)
            return
        except (BlockingIOError, PermissionError):  # another process has it
            time.sleep(0.01)
        except OSError:
            return


def patiently(action):
    """Do something to a file again where another program has it open for a moment, as happens on Windows."""
    for attempt in range(5):
        try:
            return action()
        except PermissionError:
            if attempt == 4 or os.name != "nt":
                raise
            time.sleep(0.05)


def save(path, text):
    """Write a file whole or not at all."""

    def write():
        with atomic_file(path) as file:
            file.write(text)

    patiently(write)
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.tmp"):  # of a process that was killed while it wrote
        if time.time() - left.stat().st_mtime > 60:
            left.unlink(missing_ok=True)


def free_name(path, suffix):
    """Return the first of path-1, path-2, … with this suffix that is not taken."""
    number = 1
    while (taken := path.with_name(f"{path.name}-{number}{suffix}")).exists():
        number += 1
    return taken
