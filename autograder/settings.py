"""What an instructor decides about a course: `course.toml` in its folder, read, and checked line by line.

Whoever asks gets what the file says now; a course without one has the defaults. Points and hints of `checks.Exercise` and the
list of parts come from here, so that no other module needs to ask.
"""

import difflib
import math
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from autograder.locations import COURSE_ROOT, CourseError

FILE = "course.toml"
MAX_HINTS = 3
MAX_POINTS = 1000  # of one exercise
MAX_GRACE = 365 * 24 * 60  # minutes
DAY = 24 * 60 * 60  # seconds


@dataclass(frozen=True)
class Late:
    """What handing in late costs.

    Attributes:
        percent_per_day: of the points earned, for each day begun after the deadline.
        at_most: percent; the penalty grows no further.
        grace_minutes: until then nothing is late.
    """

    percent_per_day: float = 0.0
    at_most: float = 100.0
    grace_minutes: float = 0.0

    def share(self, seconds):
        """Return the share of the points earned, 0 to 1, that it costs to be so many seconds late."""
        if seconds <= 60 * self.grace_minutes:
            return 0.0
        return min(self.percent_per_day * math.ceil(seconds / DAY), self.at_most) / 100


@dataclass(frozen=True)
class Settings:
    """What `course.toml` says.

    Attributes:
        title: of the course.
        parts: names of the parts that the course has, in order.
        hints: how many hints of each exercise students may see, 0 to 3.
        points: {name of an exercise: points}, where they are not the usual ones.
        deadlines: {part: datetime with a time zone}.
        late: a Late.
    """

    title: str = "Deep learning by writing it"
    parts: tuple[str, ...] = ()
    hints: int = MAX_HINTS
    points: dict[str, float] = field(default_factory=dict)
    deadlines: dict[str, datetime] = field(default_factory=dict)
    late: Late = Late()


def settings(root=COURSE_ROOT):
    """Return the Settings of the course in a folder.

    Raises:
        CourseError: if its `course.toml` is wrong, with the line, what was given, and what to do.
    """
    path = Path(root) / FILE
    try:
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return defaults()
    return read(path, about.st_mtime_ns, about.st_size)


@lru_cache
def defaults():
    return Settings(parts=all_parts())


@lru_cache(maxsize=16)
def read(path, *_):
    """Return the Settings in a file; called again when its time or size is new."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        given = tomllib.loads(text)
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not UTF-8 text: save it with that encoding") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(not_toml(path, text, str(error))) from None
    return Reader(path, text).settings(given)


def not_toml(path, text, error):
    """Return a sentence about what is no TOML: the line itself, and the mistakes that people make, by name."""
    said = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", error)
    if not said or not said[2]:
        return f"{path}: {said[1] if said else error} at the end of the file: a quote or a bracket may never have been closed"
    line = text.split("\n")[int(said[2]) - 1].strip()
    key, _, value = (part.strip() for part in line.partition("="))
    if "overwrite" in said[1] or "twice" in said[1] or "already" in said[1]:
        reason = f"{line.split('#')[0].strip()} comes after another line or [table] of that name: one is enough"
    elif re.match(r"\d+-\d+-\d+|\d+[./]\d+[./]\d+|\d+:\d+", value):
        reason = f"{value.split('#')[0].strip()} is no date and time: write {key} = 2030-10-15T18:00:00"
    elif re.match(r"-?\d+,\d+\s*(#|$)", value):
        reason = f"a number has a decimal point: {key} = {value.replace(',', '.', 1)}"
    elif any(quote in value for quote in "“”„‘’«»"):
        reason = f'{value[:80]}: text stands in straight quotes, "like this"'
    else:
        return (f"{path}, line {said[2]}, column {said[3]}: {line[:80]}: {said[1]}. A line reads name = value, with text in "
                "quotes, or [table]; see https://toml.io")  # fmt: skip
    return f"{path}, line {said[2]}: {reason}"


def all_parts():
    from autograder.checks import catalogue  # its exercises ask here for their points

    return tuple(dict.fromkeys(exercise.part for exercise in catalogue()))


def all_exercises():
    from autograder.checks import catalogue

    return tuple(exercise.name for exercise in catalogue())


class Reader:
    """Turns what TOML found in a file into Settings, and what is wrong into a sentence that begins with the place."""

    def __init__(self, path, text):
        self.path, self.lines = path, text.splitlines()

    def settings(self, given):
        allowed = ("title", "parts", "hints", "timezone", "deadlines", "late", "points")
        self.require_known("", given, allowed)
        usual = defaults()
        zone = self.zone(given["timezone"]) if "timezone" in given else None
        deadlines, points = self.table(given, "deadlines"), self.table(given, "points")
        for key in allowed:
            if key in deadlines or key in points:  # of the file itself, but written below the first [table]
                table = "deadlines" if key in deadlines else "points"
                raise CourseError(f"{self.place(table, key)}: {key} stands below [{table}], and so counts as a part of it: move "
                                  "the line above the first [table]")  # fmt: skip
        return Settings(
            title=self.title(given.get("title", usual.title)),
            parts=self.parts(given.get("parts", list(usual.parts))),
            hints=self.hints(given.get("hints", usual.hints)),
            points={name: self.points(name, value) for name, value in points.items()},
            deadlines={part: self.deadline(part, value, zone) for part, value in deadlines.items()},
            late=self.late(self.table(given, "late")),
        )

    # One method for each line of the file

    def title(self, value):
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.wrong("", "title", value, 'give one line of text, such as title = "Deep learning"')
        return value.strip()

    def parts(self, value):
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.wrong("", "parts", value, 'give a list of names, such as parts = ["part1_knn", "part2_linear"]')
        for each in value:
            self.require_name("", "parts", each, all_parts(), "part")
        if not value:
            self.wrong("", "parts", value, "a course has at least one part; leave the line out to have all of them")
        if len(set(value)) < len(value):
            twice = next(each for each in value if value.count(each) > 1)
            self.wrong("", "parts", value, f"{twice} is there twice: once is enough")
        return tuple(part for part in all_parts() if part in value)

    def hints(self, value):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_HINTS:
            self.wrong("", "hints", value, f"give a whole number from 0 (none) to {MAX_HINTS} (all of them)")
        return value

    def zone(self, value):
        if value == "UTC":
            return UTC
        try:
            return ZoneInfo(value)
        except Exception:  # not found, not a name, or not even text: zoneinfo raises a different error for each
            names = available_timezones() | {"UTC"}
            self.wrong("", "timezone", value, f'give a name such as timezone = "Europe/Berlin"{did_you_mean(value, names)}')

    def deadline(self, part, value, zone):
        self.require_name("deadlines", part, part, all_parts(), "part")
        example = f"{part} = 2030-10-15T18:00:00"
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        if isinstance(value, datetime) and zone is None:
            self.wrong("deadlines", part, value.isoformat(), "this has no time zone: add a line such as "
                       f'timezone = "Europe/Berlin" above the first [table], or write {value.isoformat()}Z for UTC')  # fmt: skip
        if isinstance(value, datetime):
            local = value.replace(tzinfo=zone, fold=1)  # of an hour that comes twice, the later one: in favour of students
            if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value:
                self.wrong("deadlines", part, value.isoformat(), f"there is no such time in {zone}, where the clocks go forward "
                           "in that hour: give another one")  # fmt: skip
            return local
        if isinstance(value, date):
            self.wrong("deadlines", part, value.isoformat(), f"say the time of the day too: {part} = {value.isoformat()}T18:00:00")
        if isinstance(value, str):
            self.wrong("deadlines", part, value, f"a date stands without quotes: {example}")
        self.wrong("deadlines", part, value.isoformat() if isinstance(value, time) else value, f"give a date and a time: {example}")

    def points(self, name, value):
        self.require_name("points", name, name, all_exercises(), "exercise")
        if not is_number(value) or not 0 <= value <= MAX_POINTS or round(value, 2) != value:
            self.wrong("points", name, value, f"give a number of points, 0 to {MAX_POINTS}, with at most two decimals, such as 2.5")
        return value

    def late(self, given):
        self.require_known("late", given, tuple(Late.__dataclass_fields__))
        for key, value in given.items():
            unit, most = ("minutes", MAX_GRACE) if key == "grace_minutes" else ("percent", 100)
            if not is_number(value) or not 0 <= value <= most:
                self.wrong("late", key, value, f"give {unit}, a number from 0 to {most}")
        return Late(**{key: float(value) for key, value in given.items()})

    # What all of them use

    def table(self, given, name):
        value = given.get(name, {})
        if not isinstance(value, dict):
            self.wrong("", name, value, f"this is a table: write [{name}] on a line of its own, and its entries below")
        for key, inner in value.items():  # TOML reads knn.accuracy = 2 as a table called knn
            if isinstance(inner, dict):
                dotted = ".".join([key, *list(inner)[:1]])
                place = self.place(name, dotted)
                raise CourseError(f'{place}: {dotted} has a dot in it: write the name in quotes, "{dotted}" = ...')
        return value

    def require_known(self, table, given, allowed):
        for key in given:
            if key not in allowed:
                where = f" in [{table}]" if table else ""
                raise CourseError(f"{self.place(table, key)}: there is no setting called {key!r}{where}"
                                  f"{did_you_mean(key, allowed)}")  # fmt: skip

    def require_name(self, table, key, name, names, what):
        if name not in names:
            raise CourseError(f"{self.place(table, key)}: there is no {what} called {name!r}{did_you_mean(name, names)}")

    def wrong(self, table, key, value, what_to_do):
        raise CourseError(f"{self.place(table, key)}: {key} is {shown(value)}: {what_to_do}")

    def place(self, table, key):
        """Return the file, and the line of a key in a table, or of the table itself."""
        here = ""
        for number, line in enumerate(self.lines, 1):
            header = re.match(r"\s*\[\s*([\w.\"']+)\s*\]", line)
            here = header[1] if header else here
            names_it = re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line)
            if (here == table and names_it and not header) or (header and not table and here == key):
                return f"{self.path}, line {number}"
        return str(self.path)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def shown(value):
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 80 else f"{text[:77]}..."


def did_you_mean(name, names):
    close = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    if close:
        return f". Did you mean {' or '.join(close)}?"
    return f". There are: {', '.join(sorted(names))}." if len(names) < 20 else "."
