"""The `autograder` command: build the course, grade submissions, see what isolation this machine offers."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: many small products, and a worker beside us

import json
import platform
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from autograder.locations import COURSE_ROOT, CourseError, require_own_course
from autograder.sandbox import MODES, Limits, Sandbox, SandboxError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
export = typer.Typer(no_args_is_help=True, help="Pack the grader for another system.")
app.add_typer(export, name="export")
output, messages = Console(), Console(stderr=True)


def main():
    """Run the command; what is wrong with the input ends in one sentence and exit status 1."""
    try:
        app()
    except (CourseError, SandboxError) as error:
        messages.print(Text(f"autograder: {error}"))
        sys.exit(1)
    except PermissionError as error:
        messages.print(Text(f"autograder: no permission to write {error.filename}: choose another folder"))
        sys.exit(1)


@app.callback()
def everywhere():
    """Build a course, give it out, grade what students hand in, see how the class is doing."""
    require_own_course(Path.cwd())


@app.command()
def build(execute: Annotated[bool, typer.Option(help="Run every notebook again, also where its text is unchanged.")] = False):
    """Build stubs and notebooks from solutions/."""
    from autograder.build import build as build_course

    with progress_bar() as bar:
        task = bar.add_task("Building the course", total=None)
        changed = build_course(execute=execute, progress=lambda sentence: bar.update(task, description=sentence))
    output.print(Text("\n".join(map(str, changed)) or "Everything is up to date."))


@app.command()
def grade(
    folders: Annotated[list[Path], typer.Argument(help="Submissions (folders with dlcourse/ in them), or folders of these.")],
    part: Annotated[str | None, typer.Option(help="Grade this part alone, such as part1_knn.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, and nothing else.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write the report as one HTML page.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes to grade in; one for each core by default.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit of one exercise.")] = Limits.seconds,
    sandbox: Annotated[bool, typer.Option(help="Isolate student code; without, run only code that you trust.")] = True,
    gradebook: Annotated[
        bool, typer.Option("--gradebook", help="Record a class (<student>/<part>/) in nbgrader's gradebook and autograded/.")
    ] = False,
    regrade: Annotated[
        bool, typer.Option("--regrade", help="With --gradebook: grade again what was graded with other checks.")
    ] = False,
):
    """Grade submissions, in isolated processes."""
    from autograder.checks import select
    from autograder.grading import read_class

    select(part)  # an unknown part is said before anything runs
    if regrade and not gradebook:
        raise CourseError("--regrade is about what the gradebook holds: say --gradebook --regrade")
    require_writable(html)
    mode = None if sandbox else "none"
    if gradebook:
        outcome = record(folders, jobs, seconds, mode, part=part, regrade=regrade)
        reports = list(outcome.reports.values())
    else:
        reports = grade_all(read_class(folders), part, jobs, seconds, mode)
    if as_json:
        for report in reports:
            print(json.dumps(report.as_dict()))
    else:
        show(reports)
    if html:
        write_page(reports, html)
    if gradebook:
        say_recorded(outcome)


@app.command()
def regrade(
    verify: Annotated[bool, typer.Option("--verify", help="Record nothing: say which points would differ.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes to grade in; one for each core by default.")] = None,
    sandbox: Annotated[bool, typer.Option(help="Isolate student code; without, run only code that you trust.")] = True,
):
    """Grade again everything that this folder's course has recorded, after its checks have changed."""
    from autograder.gradebook import Course
    from autograder.verification import recorded_folders
    from autograder.verification import verify as verify_recorded

    mode, course = None if sandbox else "none", Course(Path.cwd())
    if not verify:
        folders, gone = recorded_folders(course.root)
        say_recorded(record(folders, jobs, Limits.seconds, mode, regrade=True), gone)
        return
    with counted("Verifying") as progress:
        found = verify_recorded(course.root, conditions(mode, Limits.seconds, jobs), progress)
    for sentence in found.notes + found.unverified + found.different:
        output.print(Text(sentence))
    output.print(Text(f"{found.same} with exactly the same points, {len(found.different)} differences, "
                      f"{len(found.unverified)} that cannot be compared."))  # fmt: skip
    if found.different:
        raise typer.Exit(1)


@app.command()
def report(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Submissions to grade for it; without, what this course has recorded.")
    ] = None,
    part: Annotated[str | None, typer.Option(help="This part alone, such as part1_knn.")] = None,
    path: Annotated[Path, typer.Option("--output", help="Where to write the page.")] = Path("report.html"),
    roster: Annotated[Path | None, typer.Option(help="CSV of the class, to list who has handed in nothing.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes to grade in; one for each core by default.")] = None,
    sandbox: Annotated[bool, typer.Option(help="Isolate student code; without, run only code that you trust.")] = True,
):
    """Write a page about the class: scores, hard exercises, frequent misconceptions, who needs help."""
    from autograder import standings
    from autograder.class_report import write_class_report

    require_writable(path)
    listed = class_list(roster)
    if folders:
        found = standings.fresh(*grade_parts(folders, part, jobs, None if sandbox else "none"))
    else:
        found = standings.recorded(Path.cwd(), part)
    write_class_report(found, path, roster=listed)
    output.print(Text(f"{len(found.students)} students, {len(found.of)} submissions: {path}, {path.stat().st_size / 1000:,.0f} kB"))


def grade_parts(folders, part, jobs, mode):
    """Return (Reports, [(student, folder)]) of submissions: of whole courses, or of parts as <student>/<part>/."""
    from autograder.checks import parts, select
    from autograder.grading import find_submissions, read_submission

    select(part)
    places = [(name.split("/")[0], folder) for path in folders for name, folder in find_submissions(path)]
    groups = {}
    for student, folder in places:
        own = folder.resolve().name
        groups.setdefault(own if own in parts() else part, []).append((student, folder))
    reports, submissions = [], []
    for each, group in groups.items():
        if part in (None, each):
            reports += grade_all([read_submission(folder, student) for student, folder in group], each, jobs, Limits.seconds, mode)
            submissions += group
    return reports, submissions


def class_list(path):
    from autograder.roster import read_roster

    return read_roster(path) if path else None


@app.command()
def collect(
    paths: Annotated[list[Path], typer.Argument(help="What was handed in: zips, an LMS's download, or folders of these.")],
    into: Annotated[Path, typer.Option(help="The folder for <student>/<part>/.")] = Path("submitted"),
    received: Annotated[
        Path | None, typer.Option("--received-from", "--received", help="CSV: student (or file), received, and maybe part.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, and nothing else.")] = False,
):
    """Take in what students handed in, ready for grade and for nbgrader; say what was refused, and why."""
    from autograder import intake

    with progress_bar() as bar:
        task = bar.add_task("Collecting", total=None)
        rows = intake.collect(paths, into, received, progress=lambda n, total: bar.update(task, completed=n, total=total))
    if as_json:
        for row in rows:
            print(json.dumps(row.as_dict()))
    else:
        show_collected(rows, into)
    if all(row.result == "refused" for row in rows):
        sys.exit(1)


@app.command("new-course")
def new_course(folder: Annotated[Path, typer.Argument(help="The folder to make.")]):
    """Make a course folder of your own, with everything an instructor needs."""
    from autograder.new_course import new_course as make

    make(folder)
    output.print(Text(f"{folder} is a course of its own, and gets an environment of its own. Go on with:"))
    output.print(Text(f"cd {shlex.quote(str(folder))}"))
    output.print(Text("python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt"))


@app.command()
def release(
    path: Annotated[Path, typer.Option("--output", help="Where to write the archive.")] = Path("dlcourse-course.zip"),
):
    """Write the students' archive, which holds no answers, of the parts that course.toml names."""
    from autograder.release import release as write_release

    with progress_bar() as bar:
        task = bar.add_task("Building", total=None)
        sizes = write_release(path, progress=lambda sentence: bar.update(task, description=sentence))
    output.print(Text(f"{path}: {len(sizes)} files, {path.stat().st_size / 1e6:.1f} MB. Searched: no answer is in it."))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where to put course, class and report; replaced if it is there.")] = COURSE_ROOT
    / "demo",
):
    """Build the course, make a small class, grade it, and say why points were lost."""
    from autograder.demo import PART, build_course, make_class
    from autograder.grading import read_class

    with progress_bar() as bar:
        task = bar.add_task("Building the student's course from solutions/", total=None)
        course = build_course(folder / "course", lambda sentence: bar.update(task, description=sentence))
        bar.update(task, description="Making a class", total=1)
        make_class(folder / "submitted", course)
        bar.update(task, description="Course and class are ready", advance=1)
    reports = grade_all(read_class([folder / "submitted"]), PART, None, 3.0, None)
    show(reports)
    write_page(reports, folder / "report.html")


@app.command()
def doctor():
    """Say what isolation for student code holds on this machine, and what to install."""
    table = Table("isolation", "holds", "what it means", title=f"Python {platform.python_version()} on {platform.platform()}")
    meaning = {
        "bubblewrap": "a private root with only Python and NumPy in it, and a system-call filter",
        "landlock": "only Python and NumPy can be read, nothing written, and a system-call filter",
        "none": "time and memory limits only: for code that you trust (--no-sandbox)",
    }
    best = None
    for mode in MODES:
        try:
            with Sandbox(mode) as sandbox:
                holds, best = "yes", best or sandbox.mode
        except SandboxError as error:
            holds = f"no: {error}"
        table.add_row(mode, Text(holds), meaning[mode])
    output.print(table)
    if best in (None, "none"):
        raise SandboxError("nothing isolates student code here. On Debian or Ubuntu: apt install bubblewrap. On Windows: WSL2. "
                           "On macOS: a Linux container.")  # fmt: skip
    advice = "" if best == "bubblewrap" else " 'apt install bubblewrap' gives the strongest."
    output.print(f"Grading uses {best}.{advice}")


@export.command()
def gradescope(
    part: Annotated[str, typer.Argument(help="The part that the assignment is about, such as part1_knn.")],
    path: Annotated[Path, typer.Option("--output", help="Where to write the zip.")] = Path("autograder.zip"),
    sandbox: Annotated[bool, typer.Option(help="Refuse to grade in a container where no isolation holds.")] = True,
):
    """Write the autograder.zip of one part, to upload to Gradescope. It holds the solutions: not for students."""
    from autograder.gradescope import export as export_zip

    points = export_zip(part, path, sandbox)
    output.print(Text(f"{path}: upload it as the autograder of a programming assignment worth {points:g} points."))


PART = Annotated[str | None, typer.Option(help="This part alone, such as part1_knn; all that are recorded by default.")]
ROSTER = Annotated[Path | None, typer.Option(help="The platform's own export, or another CSV of the class.")]


@export.command("csv")
def export_csv(
    part: PART = None,
    roster: ROSTER = None,
    path: Annotated[Path, typer.Option("--output", help="Where to write the table.")] = Path("scores.csv"),
):
    """Write what is recorded as one table: a row for each student, a column for each exercise."""
    from autograder import exports, standings

    save(exports.everything(standings.recorded(Path.cwd(), part), class_list(roster)), [], path)


@export.command()
def canvas(
    part: PART = None,
    roster: ROSTER = None,
    assignment: Annotated[str | None, typer.Option(help="The assignment's title in Canvas, if it is not the part's.")] = None,
    path: Annotated[Path, typer.Option("--output", help="Where to write the table.")] = Path("canvas.csv"),
):
    """Write the scores as Canvas imports them. With --roster, Canvas's own export, students and assignments are Canvas's."""
    from autograder import exports, standings

    save(*exports.canvas(standings.recorded(Path.cwd(), part), class_list(roster), assignment), path)


@export.command()
def moodle(
    part: PART = None,
    roster: ROSTER = None,
    identify_by: Annotated[str, typer.Option(help="What Moodle finds a user by: email, idnumber or username.")] = "email",
    path: Annotated[Path, typer.Option("--output", help="Where to write the table.")] = Path("moodle.csv"),
):
    """Write the scores as Moodle imports them. With --roster, Moodle's own export, students are Moodle's."""
    from autograder import exports, standings

    save(*exports.moodle(standings.recorded(Path.cwd(), part), class_list(roster), identify_by), path)


def save(table, warnings, path):
    from autograder.report import write_whole

    write_whole(path, table, "table", "scores.csv")
    for warning in warnings:
        messages.print(Text(warning))
    output.print(Text(f"Written: {path}"))


def grade_all(submissions, part, jobs, seconds, mode):
    """Return the Reports on all submissions, in their order, with a progress bar."""
    from autograder.classroom import grade_class
    from autograder.grading import course_secret

    mode, limits = isolation(mode), limits_of(seconds)
    reports = [None] * len(submissions)
    with counted(f"Grading ({mode})") as progress:
        for position, report in grade_class(submissions, mode, course_secret(), part, limits, jobs):
            reports[position] = report
            progress(sum(each is not None for each in reports), len(reports))
    return reports


def isolation(mode):
    """Return a mode, or the strongest if it is None: decided once, so that all are graded alike."""
    if mode:
        return mode
    with Sandbox() as strongest:
        return strongest.mode


def limits_of(seconds):
    return Limits(seconds=seconds, cpu_seconds=max(1, round(seconds)))


def conditions(mode, seconds, jobs):
    from autograder.grading import course_secret
    from autograder.recording import Conditions

    return Conditions(isolation(mode), course_secret(), limits_of(seconds), jobs)


def record(folders, jobs, seconds, mode, **options):
    """Grade a class into the gradebook, with a progress bar; return the recording.Outcome."""
    from autograder.recording import record_class

    under = conditions(mode, seconds, jobs)
    with counted(f"Grading ({under.mode})") as progress:
        return record_class(folders, under, progress=progress, **options)


def say_recorded(outcome, gone=()):
    """Say what was recorded; exit status 1 if a submission has no grade."""
    say = (f"In the gradebook: {len(outcome.reports)} submissions, {outcome.graded} of them graded now.",)
    if outcome.other_version:
        say += (f"{outcome.other_version} were graded earlier, with other checks or limits: --regrade grades them again.",)
    for sentence in (*say, *outcome.damaged, *outcome.ungraded, *gone):
        messages.print(Text(sentence))
    if outcome.ungraded or gone:
        raise typer.Exit(1)


@contextmanager
def counted(description):
    """A progress bar as a function of how many are done and how many there are."""
    with progress_bar() as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def progress_bar():
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=messages)


def show(reports):
    from autograder.challenge import print_leaderboard
    from autograder.report import print_gradebook, print_losses

    print_losses(reports, output)
    print_leaderboard(reports, output)
    print_gradebook(reports, output)


def show_collected(rows, into):
    table = Table("student", "part", "result", "received (UTC)")
    table.add_column("handed in as, and what was not taken", overflow="fold")
    for row in rows:
        about = "\n".join([row.source, *row.problems])
        table.add_row(Text(row.student or "?"), Text(row.part), row.result, row.received[:16], Text(about))
    output.print(table)
    students = {row.student for row in rows}
    there = {row.student for row in rows if row.result != "refused"}
    output.print(Text(f"{len(there)} of {len(students)} students have a submission in {into}"))


def write_page(reports, path):
    from autograder.report import write_html

    write_html(reports, path)
    output.print(Text(f"The same as a page: {path}"))


def require_writable(path):
    """Raise CourseError before the work starts if the report could not be written after it."""
    if path is None:
        return
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise CourseError(f"the report cannot be written to {path}: give a file name in a folder that exists and is yours")


if __name__ == "__main__":
    main()
