"""Gradescope: pack the grader of one part as an `autograder.zip`, and grade with it in Gradescope's container.

Gradescope unpacks the zip into /autograder/source, runs its setup.sh once, with a network, and then for every submission
its run_autograder, which calls `main` below. The same checks grade there as here: this file only finds the student's
modules in what was uploaded, and writes the Report in Gradescope's words.
https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import json
import os
import shutil
import sys
import tempfile
import textwrap
import time
import traceback
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from autograder.archive import packed, replace_file
from autograder.checks import catalogue, select
from autograder.grading import Submission, course_secret, grade, read_submission, sentence
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import has_reference
from autograder.remote import clean
from autograder.sandbox import Limits, Sandbox, SandboxError
from autograder.settings import FILE as COURSE_FILE
from autograder.weights import FILE, MAX_FILE

TEMPLATES = COURSE_ROOT / "autograder" / "templates" / "gradescope"
SETTINGS = "gradescope.json"  # in the zip: what was said at export
SECRET = ".autograder/secret"
MODES = {"setup.sh": 0o755, "run_autograder": 0o755, SECRET: 0o600}

BUDGET = 300  # seconds that all exercises together may take; Gradescope's own limit is 600 unless raised
MEMORY = 512 << 20  # bytes of address space: Gradescope's smallest container has 768 MB, and the grader needs some
MAX_DEPTH = 4  # folders below the upload in which modules are looked for
WIDTH = 100  # columns of the text that students read
ISOLATION = {
    "bubblewrap": "bubblewrap: student code sees a private root with only Python and NumPy in it, behind a system-call filter.",
    "landlock": "Landlock: student code can read only Python and NumPy and write nothing, behind a system-call filter.",
    "none": "NONE, limits of time and memory only: student code could read the solutions and change scores. "
    "The autograder was exported with --no-sandbox, and nothing better holds in this container.",
}


# ------------------------------------------------------------------------------------------------------------- export


def export(part, path, sandbox=True):
    """Write the zip to upload to Gradescope, and return the points that the part is worth.

    Args:
        part: such as "part1_knn".
        path: where to write; what is there is replaced.
        sandbox: whether to refuse to grade where no isolation holds.

    Raises:
        CourseError: if there is no such part, the course holds no solutions, or the file cannot be written.
    """
    points = sum(exercise.points for exercise in select(part))
    if not has_reference():
        raise CourseError("this course holds no solutions/dlcourse to grade against: export from the instructor's course")
    content = packed(files_for(part, sandbox), MODES)
    try:
        replace_file(Path(path), content, mode=0o600)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written ({error.strerror}): give a file name in a folder that exists and is yours"
        ) from None
    return points


def files_for(part, sandbox):
    """Return {path in the zip: bytes} of all that grading a part needs."""
    sources = [*COURSE_ROOT.glob("autograder/**/*.py"), *COURSE_ROOT.glob("solutions/dlcourse/*.py")]
    # What the checks use of the given package.
    used = ("__init__.py", "toolkit/__init__.py", "toolkit/gradient_check.py", "toolkit/shapes.py")
    sources += [COURSE_ROOT / "dlcourse" / name for name in used]
    files = {path.relative_to(COURSE_ROOT).as_posix(): path.read_bytes() for path in sources}
    for path in TEMPLATES.iterdir():
        files[path.name] = path.read_bytes().replace(b"\r\n", b"\n")  # bash on Linux, whatever git made of it here
    if (COURSE_ROOT / COURSE_FILE).is_file():  # points and hints
        files[COURSE_FILE] = (COURSE_ROOT / COURSE_FILE).read_bytes()
    files[SECRET] = course_secret().encode()
    files[SETTINGS] = json.dumps({"part": part, "sandbox": sandbox}).encode()
    number = version("dlcourse")  # reports name it, and nothing is installed there
    files[f"dlcourse-{number}.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: dlcourse\nVersion: {number}\n".encode()
    return files


# -------------------------------------------------------------------------------------------------- in the container


def main(root):
    """Grade the upload in `root`/submission and write `root`/results/results.json, whatever happens.

    What is printed is for the instructor: Gradescope keeps it from students, and results.json says so again.
    """
    root, started = Path(root), time.monotonic()
    try:
        results = graded(root, **json.loads((COURSE_ROOT / SETTINGS).read_text("utf-8")))
    except SandboxError as error:
        print(error, 'Export the autograder again with "--no-sandbox" to grade without; read first what that means.')
        results = not_graded("nothing in this container isolates student code")
    except Exception:
        traceback.print_exc()
        results = not_graded("the autograder itself failed")
    results["execution_time"] = round(time.monotonic() - started)
    sys.stdout.flush()
    replace_file(root / "results" / "results.json", json.dumps(results, allow_nan=False, indent=1).encode(), mode=0o644)


def graded(root, part, sandbox):
    """Return the results of the upload in `root`."""
    submission = submission_in(root / "submission", part, students(root / "submission_metadata.json"))
    seconds = min(Limits.seconds, BUDGET / len(select(part)))
    limits = Limits(seconds=seconds, cpu_seconds=max(1, round(seconds)), memory_bytes=MEMORY)
    with strongest_sandbox(refuse=sandbox) as box:
        print("Isolation:", ISOLATION[box.mode])
        report = grade(submission, box, part, course_secret(), limits)
    print(f"Course: {report.course}\nStudent: {report.submission}\nSeeds of the random inputs, and points:")
    for exercise in report.exercises:
        print(f"  {exercise.seed}  {exercise.points:g} of {exercise.max_points:g}  {exercise.name}")
    return results_of(report)


def strongest_sandbox(refuse):
    try:
        return Sandbox()
    except SandboxError:
        if refuse:
            raise
        return Sandbox("none")


def students(metadata):
    """Return Gradescope's numbers of those who hand in: their seeds are the same at every attempt, and need no name."""
    try:
        users = json.loads(metadata.read_text("utf-8"))["users"]
        return "-".join(sorted(str(user["id"]) for user in users)) or "unknown"
    except (OSError, ValueError, LookupError, TypeError):
        return "unknown"


def submission_in(upload, part, name):
    """Return the Submission in an upload; one that holds none is a Submission without modules that says so."""
    wanted = {f"{exercise.module}.py" for exercise in select(part)}
    try:
        package = find_package(upload, part, wanted)
    except CourseError as error:
        return Submission(name, {}, upload, (str(error),))
    with tempfile.TemporaryDirectory() as folder:
        stage(package, Path(folder, "dlcourse"))
        submission = read_submission(folder, name)
    about_this_part = [problem for problem in submission.problems if any(f"/{file} " in problem for file in wanted)]
    return replace(submission, problems=tuple(about_this_part))


def find_package(upload, part, wanted):
    """Return the folder with the student's modules: dlcourse/ as deep as it may lie, else wherever the files are.

    Args:
        upload: folder that Gradescope made of what was uploaded, zips unpacked.
        part: where there are several such folders, the one of this part counts.
        wanted: names of the files looked for, such as {"knn.py"}.
    """
    found, seen = [], []
    for where, folders, files in os.walk(upload):  # links to folders are not followed
        depth = len(Path(where).relative_to(upload).parts)
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__"))) if depth < MAX_DEPTH else []
        seen += files
        if wanted & set(files):
            found.append((depth, Path(where)))
    candidates = [each for each in found if each[1].name == "dlcourse"] or found
    candidates = [each for each in candidates if part in each[1].parts] or candidates
    nearest = [folder for depth, folder in candidates if depth == min(candidates)[0]]
    if len(nearest) == 1:
        return nearest[0]
    files = " or ".join(sorted(wanted))
    if nearest:
        several = " and ".join(clean(str(folder.relative_to(upload)), 80) for folder in sorted(nearest)[:3])
        raise CourseError(f"there are several {files}, in {several}: hand in one dlcourse folder")
    came = ", ".join(clean(name, 40) for name in sorted(seen)[:5]) or "nothing"
    raise CourseError(f"there is no {files} in what you handed in ({came}): upload the file itself, or the folder dlcourse "
                      f"with it, or the zip that 'dlcourse submit {part}' wrote")  # fmt: skip


def stage(package, target):
    """Copy the exercise modules in `package` to `target`, links as links, for `read_submission` to refuse."""
    target.mkdir()
    for module in sorted({exercise.module for exercise in catalogue()}):
        path = package / f"{module}.py"
        if path.is_symlink() or path.is_file():
            shutil.copyfile(path, target / path.name, follow_symlinks=False)
    weights = package / FILE
    if weights.is_symlink() or (weights.is_file() and weights.stat().st_size <= MAX_FILE + 1):
        shutil.copyfile(weights, target / FILE, follow_symlinks=False)


# ------------------------------------------------------------------------------------------------------- results.json


def results_of(report):
    """Return a Report in the words of Gradescope's results.json."""
    summary = [f"{report.points:g} of {report.max_points:g} points.", *map(sentence, report.problems)]
    tests = [test_of(exercise, number) for number, exercise in enumerate(report.exercises, 1)]
    details = {"course": report.course, "isolation": report.isolation, "files": report.files}
    return results(report.points, paragraphs(summary), tests, details)


def not_graded(reason):
    return results(0.0, f"This submission was not graded: {reason}. Tell your instructor.", [], {})


def results(score, output, tests, details):
    """Return results.json: all text in it is plain, shown as it is, and what was printed is for instructors alone."""
    return {
        "score": score,
        "output": output,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": details,
        "tests": tests,
    }


def test_of(exercise, number):
    """Return one exercise as one of Gradescope's test cases."""
    return {
        "score": exercise.points,
        "max_score": exercise.max_points,
        "status": "passed" if all(check.passed for check in exercise.checks) else "failed",
        "name": exercise.name,
        "number": str(number),
        "output": output_of(exercise.checks),
    }


def output_of(checks):
    """Return what a student reads about an exercise: every check, the reason where one failed, and a hint at the end."""
    lines, said = [], set()
    for check in checks:
        lines.append(f"{'passed' if check.passed else 'FAILED'}  {check.name}")
        for text in (check.message, check.explanation):
            if text and text not in said:  # what stopped the file is the same for every check
                lines.append(paragraphs([sentence(text)], indent=" " * 8))
                said.add(text)
    hint = next((check.hint for check in checks if check.hint), None)
    return "\n".join([*lines, *(["", paragraphs([f"Hint: {hint}"])] if hint else [])])


def paragraphs(texts, indent=""):
    """Return texts, which may hold words of the student's, wrapped and without control characters."""
    return "\n".join(textwrap.fill(clean(text, 2000), WIDTH, initial_indent=indent, subsequent_indent=indent) for text in texts)


if __name__ == "__main__":
    main(sys.argv[1])
