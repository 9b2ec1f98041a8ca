"""Scores as CSV: everything for a spreadsheet, or the columns that Canvas and Moodle import.

Canvas (https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb): the header begins with Student and ID, maybe
followed by SIS User ID and SIS Login ID, and ends its part about the student with Section; every further column is an
assignment, "Title (number)" one that exists. A row whose first cell holds "Points Possible" is about the assignments. A
student is found by ID, then by SIS User ID, SIS Login ID, and name. An empty cell is no grade.

Moodle (https://docs.moodle.org/en/Grade_import; grade/import/csv/classes/load_data.php): a header, one column that is mapped to
the user's email address, ID number or username (an unknown one refuses the whole file), and a column for each grade item. "-"
is no grade; numbers have a decimal point. Above 100 points, the site must allow unlimited grades.

Who has not handed in has no grade rather than 0: whether that is a zero, an extension or an illness, a person decides.
"""

import csv
import io
import unicodedata

from autograder.locations import CourseError
from autograder.report import Column, number

CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MOODLE = {"email": "Email address", "idnumber": "ID number", "username": "Username"}
FORMULA = "=+-@＝＋－＠"


def title_of(part):
    """Return what people call a part: "Part 1: knn"."""
    return Column(part, 0).title


def safe(text):
    """Return text that no spreadsheet takes for a formula, on one line, and in the direction it was written.

    A leading apostrophe is what spreadsheets themselves use to say that a cell is text.
    """
    line = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in str(text) if c not in BIDI).strip()
    return f"'{line}" if line[:1] and line[0] in FORMULA else line


BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}  # turn around what stands beside them


def written(rows):
    """Return rows of cells as CSV (RFC 4180)."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue()


def everything(standings, roster=None):
    """Return a CSV with a row for each student: of each part the sum, the penalty and the times, of each exercise the points.

    Args:
        standings: standings.Standings.
        roster: roster.Roster; adds who has not handed in, and names.
    """
    exercises = {
        part: {e.name: e.max_points for each in standings.in_part(part) for e in each.exercises} for part in standings.parts
    }
    header = ["student", "name"]
    for part in standings.parts:
        worth = max((each.max_points for each in standings.in_part(part)), default=0)
        header += [f"{part}: score (of {number(worth)})", f"{part}: points before the penalty", f"{part}: late penalty",
                   f"{part}: hours late", f"{part}: handed in", f"{part}: answers not graded yet"]  # fmt: skip
        header += [f"{name} (of {number(points)})" for name, points in exercises[part].items()]
    rows = [header]
    for student, row in people(standings, roster):
        name = roster.name_of(row) if row else ""
        cells = [safe(student or next(iter(roster.identities(row)), name)), safe(name)]
        for part in standings.parts:
            each = standings.of.get((student, part))
            cells += about(each) if each else [""] * 6
            points = {e.name: number(e.points) for e in each.exercises} if each else {}
            cells += [points.get(name, "") for name in exercises[part]]
        rows.append(cells)
    return written(rows)


def about(standing):
    hours = standing.late.total_seconds() / 3600
    when = standing.handed_in.isoformat(timespec="seconds") if standing.handed_in else ""
    return [number(standing.score), number(standing.points), number(standing.penalty), number(hours), when, standing.waiting]


def canvas(standings, roster=None, assignment=None):
    """Return (CSV, list of warnings) for Canvas: Grades, Import.

    Args:
        standings: standings.Standings.
        roster: the roster.Roster of Canvas's own export; its students, numbers, sections and assignments are kept.
        assignment: the assignment's title in Canvas, where it is not that of the part.
    """
    if roster and not {"student", "id", "section"} <= set(roster.places):
        raise CourseError(f"{roster.path} is no export of Canvas's gradebook: it has no columns Student, ID and Section")
    if assignment and len(standings.parts) > 1:
        raise CourseError(f"--assignment names one assignment: say which part it is, such as --part {standings.parts[0]}")
    header = roster.header[: roster.places["section"] + 1] if roster else CANVAS
    columns, warnings = [], []
    possible = ["    Points Possible", *[""] * (len(header) - 1)]
    for part in standings.parts:
        column = assignment_column(roster, [assignment] if assignment else [part, title_of(part)])
        worth = max((each.max_points for each in standings.in_part(part)), default=0)
        columns.append(column or assignment or title_of(part))
        possible.append(number(worth))
        if roster and column is None:
            warnings.append(f"{roster.path} has no assignment {columns[-1]!r}: Canvas will offer to make a new one. For one "
                            "that is there, give its title with --assignment.")  # fmt: skip
        elif column and roster.points_possible:
            there = roster.points_possible[roster.header.index(column)].strip()
            if there and there != number(worth) and float_of(there) != worth:
                warnings.append(f"{column!r} is worth {there} points in Canvas and {number(worth)} here: importing changes Canvas.")
    rows = [[*header, *columns], possible]
    for student, row in people(standings, roster, warnings):
        cells = row[: len(header)] if row else [student, "", "", student, ""]
        rows.append([*map(safe, cells), *[score_of(standings, student, part, "") for part in standings.parts]])
    return written(rows), warnings + still_waiting(standings)


def assignment_column(roster, titles):
    """Return the header of the roster's column with one of these titles, with or without Canvas's number, or None."""
    wanted = {title.casefold() for title in titles}
    for column in roster.header if roster else ():
        title, _, rest = column.rpartition(" (")
        known = title if title and rest.rstrip(")").isdigit() else column
        if known.strip().casefold() in wanted or column.strip().casefold() in wanted:
            return column
    return None


def float_of(text):
    try:
        return float(text)
    except ValueError:
        return None


def moodle(standings, roster=None, identify_by="email"):
    """Return (CSV, list of warnings) for Moodle: Grades, Import, CSV file.

    Args:
        standings: standings.Standings.
        roster: the roster.Roster of Moodle's export of grades or participants; without one, folders are named by the identity.
        identify_by: a key of MOODLE: what Moodle is to find a user by.
    """
    if identify_by not in MOODLE:
        raise CourseError(f"Moodle does not find users by {identify_by!r}: give {', '.join(MOODLE)}")
    column = MOODLE[identify_by]
    if roster and column.casefold() not in roster.places:
        raise CourseError(
            f"{roster.path} has no column {column!r}, only {', '.join(roster.header)[:200]}: export it from Moodle with that "
            "column, or choose another one with --identify-by"
        )
    warnings = []
    rows = [[column, *map(title_of, standings.parts)]]
    for student, row in people(standings, roster, warnings):
        identity = roster.cell(row, column.casefold()) if row else student
        if not identity:
            warnings.append(f"{roster.name_of(row)!r} has no {column} in {roster.path} and was left out.")
            continue
        if safe(identity) != identity:
            warnings.append(f"{identity!r} could be a formula in a spreadsheet, and is written {safe(identity)!r}: Moodle will "
                            "not find it.")  # fmt: skip
        rows.append([safe(identity), *[score_of(standings, student, part, "-") for part in standings.parts]])
    return written(rows), warnings + still_waiting(standings)


def people(standings, roster=None, warnings=None):
    """Yield (name of the folder or None, row of the roster or None) of everybody, in the order of the roster, if there is one."""
    if roster is None:
        yield from ((student, None) for student in standings.students)
        return
    found = roster.match(standings.students)
    owner = {position: student for student, position in found.items()}
    for position, row in enumerate(roster.rows):
        yield owner.get(position), row
    for student in standings.students:
        if student not in found:
            if warnings is None:
                yield student, None
            else:
                warnings.append(f"{student!r} is in no row of {roster.path} and was left out.")


def score_of(standings, student, part, nothing):
    each = standings.of.get((student, part))
    return number(each.score) if each else nothing


def still_waiting(standings):
    """Return a warning if scores are not final."""
    waiting = [each for each in standings.of.values() if each.waiting and each.part in standings.parts]
    if not waiting:
        return []
    answers = sum(each.waiting for each in waiting)
    return [f"{answers} written answers in {len(waiting)} submissions wait for a person; they count 0 points so far."]
