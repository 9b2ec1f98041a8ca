"""Who is in the class: a CSV from Canvas, from Moodle or of one's own, and which of its rows is which submission.

The name of a student's folder comes from what the learning platform called the file that was handed in (see `intake`), or
from the instructor. It fits a row if it is one of the row's numbers, logins or addresses, or else the row's name.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.intake import folder_name
from autograder.locations import CourseError
from autograder.remote import clean

# What columns are called whose cells belong to one person alone: in Canvas's gradebook export, in Moodle's, in one's own list.
UNIQUE = ("id", "sis user id", "sis login id", "integration id", "id number", "email address", "username", "email", "login",
          "student_id")  # fmt: skip
WHOLE_NAME, FIRST_NAME, LAST_NAME = ("student", "full name", "name"), ("first name",), ("last name", "surname")


@dataclass
class Roster:
    """A class list.

    Attributes:
        path: where it was read.
        header: names of the columns.
        rows: list of lists of cells, as long as the header.
        points_possible: Canvas's row of that name, or None.
    """

    path: Path
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    points_possible: list[str] | None = None

    @cached_property
    def places(self):
        return {name.strip().casefold(): position for position, name in reversed(list(enumerate(self.header)))}

    def cell(self, row, *columns):
        """Return the first cell that is not empty of a row's columns with these names, or ""."""
        cells = (row[self.places[name]].strip() for name in columns if name in self.places)
        return next((cell for cell in cells if cell), "")

    def name_of(self, row):
        """Return what to call the person in a row."""
        both = f"{self.cell(row, *FIRST_NAME)} {self.cell(row, *LAST_NAME)}".strip()
        return self.cell(row, *WHOLE_NAME) or both or next(iter(self.identities(row)), "")

    def identities(self, row):
        """Return the cells that belong to the person in a row alone; in a list of names, the name."""
        columns = [name for name in UNIQUE if name in self.places] or WHOLE_NAME
        return list(dict.fromkeys(cell for name in columns if (cell := self.cell(row, name))))

    def spellings(self, row):
        """Return how a platform may have written the name of the person in a row, letters and digits only."""
        before, _, after = self.name_of(row).partition(",")
        first, last = self.cell(row, *FIRST_NAME), self.cell(row, *LAST_NAME)
        return {squeezed(way) for way in (before + after, after + before, first + last, last + first)} - {""}

    def match(self, students):
        """Return {name of a student's folder: position of the row}; who is in no row is left out.

        Raises:
            CourseError: if a folder fits several rows, or several folders one row.
        """
        unique, named, numbered = {}, {}, {}
        for position, row in enumerate(self.rows):
            for identity in self.identities(row):
                for key in {identity.casefold(), folder_name(identity, {}).casefold()}:
                    unique.setdefault(key, set()).add(position)
            number = self.cell(row, "id")
            numbered.setdefault(number, set()).add(position)
            for spelling in self.spellings(row):
                named.setdefault(spelling, set()).add(position)
                named.setdefault(spelling + squeezed(number), set()).add(position)
        found = {}
        for student in students:
            fitting = unique.get(student.casefold()) or named.get(squeezed(student)) or set()
            # The platform's own number tells more than a name that it shortens, or that `folder_name` made safe.
            if not fitting and (number := re.search(r"_(\d+)(-[0-9a-f]{8})?$", student)):
                fitting = numbered.get(number[1], set())
            if len(fitting) > 1:
                rows = ", ".join(str(position + 2) for position in sorted(fitting))
                raise CourseError(
                    f"{self.path}: the submission of {student!r} fits several rows ({rows}): rename its folder in submitted/ to "
                    "the login or number of one of them, and grade again"
                )
            if fitting:
                found[student] = min(fitting)
        for student, position in found.items():
            others = [each for each, place in found.items() if place == position and each != student]
            if others:
                raise CourseError(
                    f"{self.path}: the submissions of {student!r} and {others[0]!r} are both "
                    f"{self.name_of(self.rows[position])!r}: leave one of them in submitted/"
                )
        return found


def squeezed(text):
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def read_roster(path):
    """Return the Roster in a CSV file, comma, semicolon or tab between its cells.

    Raises:
        CourseError: if it cannot be read, has no column that says who somebody is, or has somebody twice.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not UTF-8 text: save it as CSV in UTF-8") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error as error:
        raise CourseError(f"{path} cannot be read as CSV: {error}") from None
    header = lines[0] if lines else []
    roster = Roster(Path(path), header)
    if not {*UNIQUE, *WHOLE_NAME, *FIRST_NAME, *LAST_NAME} & set(roster.places):
        raise CourseError(
            f"{path} has no column that says who somebody is, only {clean(', '.join(header), 200) or 'nothing'}: export the "
            "gradebook from Canvas, the grades or participants from Moodle, or write a CSV with a column called student"
        )
    for row in lines[1:]:
        row = (row + [""] * len(header))[: len(header)]
        if row[0].strip().startswith("Points Possible"):
            roster.points_possible = row
        elif any(map(str.strip, row[:3])) and roster.name_of(row):
            roster.rows.append(row)
    seen = {}
    for row in roster.rows:
        for identity in map(str.casefold, roster.identities(row)):
            if seen.setdefault(identity, row) is not row:
                raise CourseError(
                    f"{path}: {identity!r} is there twice, for {roster.name_of(seen[identity])!r} and {roster.name_of(row)!r}: "
                    "leave one of the rows"
                )
    return roster
