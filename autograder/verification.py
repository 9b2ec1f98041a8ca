"""Grade again what was recorded, and compare: the same files, checks and seeds give exactly the same points."""

from dataclasses import dataclass, field, replace

from autograder import submitted
from autograder.grading import course_version
from autograder.nbgrader_plugin import TIMESTAMP
from autograder.recording import grade_each
from autograder.results import Results, changed_files, identity, report_of


@dataclass
class Verification:
    """What came out.

    Attributes:
        same: number of submissions whose points are all the same.
        different: sentences, one for each exercise whose points are not.
        unverified: sentences, one for each submission that cannot be compared.
        notes: sentences about what is not as it was.
    """

    same: int = 0
    different: list = field(default_factory=list)
    unverified: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def recorded_folders(root):
    """Return the folders of all recorded submissions of a course, and sentences about those that are gone."""
    with Results(root / ".autograder") as results:
        folders = [root / record["folder"] for record in results.latest.values()]
    there = [folder for folder in folders if folder.is_dir()]
    return there, [f"{folder} is gone" for folder in folders if folder not in there]


def verify(root, conditions, progress=None):
    """Grade all recorded submissions of a course again, without recording anything; return the Verification.

    Args:
        root: folder of the course.
        conditions: recording.Conditions; the time limit is taken from each record.
        progress: called with (how many are done, how many there are).
    """
    with Results(root / ".autograder") as results:
        records = list(results.latest.values())
    found = Verification(notes=changes(records, conditions))
    comparable = {}
    for record in records:
        handed_in = submitted.read(record["student"], record["part"], root / record["folder"], (), root)
        reason = why_not(record, handed_in, conditions)
        if reason:
            found.unverified.append(f"{record['folder']}: {reason}")
        else:
            group = comparable.setdefault((record["part"], record["seconds"]), {})
            group[handed_in.place] = (record, handed_in)
    done = len(found.unverified)
    for (part, seconds), group in comparable.items():
        limits = replace(conditions.limits, seconds=seconds, cpu_seconds=max(1, round(seconds)))
        under = replace(conditions, limits=limits)
        for handed_in, report, reason in grade_each([each for _, each in group.values()], part, under):
            record, _ = group[handed_in.place]
            differences = [f"{record['folder']} {reason}"] if reason else differences_of(record, report)
            found.different += differences
            found.same += not differences
            done += 1
            if progress:
                progress(done, len(records))
    return found


def why_not(record, handed_in, conditions):
    """Return why a record cannot be compared with what grading its folder would give now, or None."""
    if record["secret"] != identity(conditions.secret):
        return "graded with another secret than the one in .autograder/secret, so its checks draw other inputs"
    changed = [path for path in changed_files(record, handed_in) if path in handed_in.looked_for and path != TIMESTAMP]
    return f"{', '.join(changed)} changed since it was graded" if changed else None


def changes(records, conditions):
    """Return sentences about what is not as it was when the records were made."""
    courses = sorted({record["course"] for record in records} - {course_version()})
    modes = sorted({record["report"]["isolation"] for record in records} - {conditions.mode})
    return [f"Some were graded with version {course} of the course; now it is {course_version()}." for course in courses] + [
        f"Some were graded under {mode}; now it is {conditions.mode}." for mode in modes
    ]


def differences_of(record, report):
    """Return a sentence for each exercise whose points or seed differ."""
    before = {exercise.name: exercise for exercise in report_of(record).exercises}
    now = {exercise.name: exercise for exercise in report.exercises}
    sentences = []
    for name in dict.fromkeys([*before, *now]):
        was, is_now = (each[name].points if name in each else "not graded" for each in (before, now))
        if was != is_now:
            sentences.append(f"{record['folder']}: {name} was {was} and is now {is_now}")
    return sentences
