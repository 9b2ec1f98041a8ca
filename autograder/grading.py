"""Grade a submission: a folder in, a Report out. Everything that grades anything comes through here."""

import hashlib
import os
import stat
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property, lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from pathlib import Path

import numpy as np

from autograder.checks import Measured, catalogue, find, select, title_of
from autograder.endings import ending_of, same
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import has_reference, reference_sources
from autograder.recorded import FILE as RECORDED
from autograder.recorded import Recorded
from autograder.remote import CheckFailed, LocalUnit, NotWritten, Session, clean
from autograder.sandbox import Limits, Stopped
from autograder.weights import FILE, MAX_FILE, Unreadable, read_weights
from autograder.worker.modules import Modules

MAX_SOURCE = 256 << 10  # bytes of one module; the reference's are about 15 kB
# Not through a link, not waiting for a pipe, and on Windows every byte as it is: what the system has of these. In a browser there
# are no pipes, and JupyterLite writes a file opened with O_NONBLOCK again when it is closed: the editor then asks who changed it.
FLAGS = ("O_NOFOLLOW", "O_BINARY") if sys.platform == "emscripten" else ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
READ_ONLY = os.O_RDONLY | sum(getattr(os, name, 0) for name in FLAGS)
PRACTICE = "practice"  # the seed's secret where nothing is secret


@dataclass
class CheckResult:
    """What one check found.

    Attributes:
        status: "passed", "failed", "not written" or "stopped".
        message: what differs, or what happened.
        explanation: what the mistake probably is, in the words of the misconception that gives the same result.
        hint: the exercise's first hint.
        share: of an exercise with a scale, what the check `Measured` is worth; None if it measures nothing.
        measured: the numbers of that.
    """

    name: str
    passed: bool
    status: str
    message: str = ""
    explanation: str | None = None
    hint: str | None = None
    share: float | None = None
    measured: dict | None = None


@dataclass
class ExerciseResult:
    """What one exercise earned."""

    name: str
    part: str
    points: float
    max_points: float
    seed: str
    checks: list[CheckResult] = field(default_factory=list)


@dataclass
class Report:
    """What one submission earned, and all that is needed to find the same again.

    Attributes:
        isolation: the sandbox's mode.
        course: version and fingerprint of checks and reference.
        files: {path: SHA-256} of what was graded; each ExerciseResult has the seed of its inputs.
        problems: sentences about files that could not be read.
    """

    submission: str
    exercises: list[ExerciseResult]
    isolation: str
    course: str
    files: dict[str, str]
    problems: list[str] = field(default_factory=list)

    @property
    def points(self):
        return round(sum(exercise.points for exercise in self.exercises), 2)

    @property
    def max_points(self):
        return sum(exercise.max_points for exercise in self.exercises)

    def as_dict(self):
        """Return the report as plain data, in the order of `autograder grade --json`."""
        start = {"submission": self.submission, "points": self.points, "max_points": self.max_points}
        return start | {key: value for key, value in asdict(self).items() if key not in start}


@dataclass(frozen=True)
class Submission:
    """The exercise modules that a student handed in.

    Attributes:
        name: who, for reports and seeds.
        sources: {module: source}.
        folder: where they came from.
        problems: sentences about what could not be taken.
        files: {path: SHA-256 of the bytes}.
        weights: bytes of the file with the weights of the final challenge; None if there is none.
    """

    name: str
    sources: dict
    folder: Path
    problems: tuple = ()
    files: dict = field(default_factory=dict)
    weights: bytes | None = None


def read_submission(folder, name=None):
    """Return the Submission in a folder, which must hold `dlcourse/`; nothing outside of it is ever read.

    Raises:
        CourseError: if the folder is not a submission.
    """
    folder = Path(folder)
    if not folder.exists():
        raise CourseError(f"{folder} does not exist: give the folder of a submission, the one that holds dlcourse/")
    if not folder.is_dir():
        raise CourseError(f"{folder} is a file: give the folder of a submission, the one that holds dlcourse/")
    package = folder / "dlcourse"
    if package.is_symlink() or not package.is_dir():
        raise CourseError(f"{folder} is not a submission: it holds no folder dlcourse/ with the exercises in it")
    sources, problems, files = {}, [], {}
    for module in sorted({exercise.module for exercise in catalogue()}):
        try:
            raw = read_module(package / f"{module}.py")
            sources[module] = raw.decode("utf-8-sig")
            files[f"dlcourse/{module}.py"] = hashlib.sha256(raw).hexdigest()
        except UnicodeDecodeError:
            problems.append(f"dlcourse/{module}.py is not UTF-8 text")
        except CourseError as error:
            problems.append(str(error))
    weights = None
    if os.path.lexists(package / FILE):
        try:
            weights = read_module(package / FILE, MAX_FILE)
            files[f"dlcourse/{FILE}"] = hashlib.sha256(weights).hexdigest()
        except CourseError as error:
            problems.append(str(error))
    return Submission(clean(name or folder.resolve().name, 100), sources, folder, tuple(problems), files, weights)


def read_module(path, limit=MAX_SOURCE):
    """Return the bytes of one file of a submission, without following links; CourseError says why it cannot be taken."""
    shown = f"dlcourse/{path.name}"
    try:
        with open(os.open(path, READ_ONLY), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CourseError(f"{shown} is not an ordinary file")
            raw = file.read(limit + 1)
    except FileNotFoundError:
        raise CourseError(f"{shown} is missing") from None
    except OSError as error:
        raise CourseError(f"{shown} cannot be read: {error.strerror}") from None
    if len(raw) > limit:
        raise CourseError(f"{shown} is larger than {limit >> 10:,} kB")
    return raw


def find_submissions(path):
    """Return (name, folder) of every submission in `path`: itself, its folders, or nbgrader's student/part folders."""
    path = Path(path)
    if not path.is_dir() or (path / "dlcourse").is_dir():
        return [(path.resolve().name, path)]
    found = []
    for child in sorted(path.iterdir()):
        if child.is_symlink() or not child.is_dir() or child.name.startswith("."):
            continue
        inside = sorted(inner.parent for inner in child.glob("*/dlcourse") if inner.is_dir())
        if (child / "dlcourse").is_dir():
            found.append((child.name, child))
        elif inside:
            found += [(child.name if len(inside) == 1 else f"{child.name}/{part.name}", part) for part in inside]
        else:
            found.append((child.name, child))  # graded as nothing, with the reason
    if not found:
        raise CourseError(f"{path} holds no submission: give a folder with dlcourse/ in it, or a folder of such folders")
    return found


def read_class(paths):
    """Return the Submissions in `paths`, each a submission or a folder of submissions.

    What is named directly must be a submission; in a folder of them, one that cannot be read is graded as nothing, with the
    reason, and does not stop the others.

    Raises:
        CourseError: if a path holds no submission.
    """
    submissions = []
    for path in paths:
        found = find_submissions(path)
        for name, folder in found:
            try:
                submissions.append(read_submission(folder, name))
            except CourseError as error:
                if len(found) == 1:
                    raise
                submissions.append(Submission(clean(name, 100), {}, folder, (str(error),)))
    return submissions


def grade(submission, sandbox=None, part=None, secret=PRACTICE, limits=None, progress=None):
    """Return the Report on a submission.

    Args:
        submission: a Submission.
        sandbox: the sandbox.Sandbox to run it in; None runs it in this process, for your own code only.
        part: grade the exercises of this part alone.
        secret: what the random inputs are drawn from, together with the submission and the exercise.
        limits: sandbox.Limits for each exercise.
        progress: function called with each ExerciseResult.
    """
    results, broken, exercises = [], {}, select(part)
    with SharedProcess(submission, sandbox, limits) as process:
        for exercise in exercises:
            result = grade_exercise(submission, exercise, sandbox, secret, limits, broken, process)
            results.append(result)
            if progress:
                progress(result)
    mode = sandbox.mode if sandbox else "none"
    others = {exercise.module for exercise in catalogue()} - {exercise.module for exercise in exercises}
    problems = [p for p in submission.problems if not any(f"/{module}.py " in p for module in others)]
    return Report(submission.name, results, mode, course_version(), submission.files, problems)


def course_version():
    """Return the version of the course with a fingerprint of everything that decides about points."""
    own = [(each.name, float(each.points)) for each in catalogue() if each.points != each.usual_points]
    return f"{course_number()}+{fingerprint(tuple(own))[:12]}"


def course_number():
    """Return the version number of the course; in a browser, where nothing is installed, "uninstalled"."""
    try:
        return version("dlcourse")
    except PackageNotFoundError:
        return "uninstalled"


@lru_cache
def fingerprint(own_points):
    """Return a digest of the grader, the reference, and the points that are not the usual ones."""
    digest = hashlib.sha256()
    package = COURSE_ROOT / "autograder"
    for path in sorted(path for part in ("*.py", "checks/*.py", "definitions/*.py", "worker/*.py") for path in package.glob(part)):
        digest.update(path.read_bytes())
    for source in reference_sources().values():
        digest.update(source.encode())
    if RECORDED.exists():
        digest.update(RECORDED.read_bytes())
    if own_points:
        digest.update(repr(own_points).encode())
    return digest.hexdigest()


def grade_exercise(submission, exercise, sandbox=None, secret=PRACTICE, limits=None, broken=None, process=None):
    """Return the ExerciseResult of one exercise of a submission.

    Args:
        broken: {module: reason} of modules that stopped while they were loaded; read, and added to.
        process: the SharedProcess to run it in; None gives it one of its own.
    """
    broken = {} if broken is None else broken
    seed = seed_of(exercise, submission, secret)
    result = ExerciseResult(exercise.name, exercise.part, 0.0, exercise.points, seed)
    stopped = broken.get(exercise.module)
    if exercise.module not in submission.sources:
        about = [problem for problem in submission.problems if f"/{exercise.module}.py " in problem]
        stopped = (about or submission.problems or [f"dlcourse/{exercise.module}.py is missing"])[0]
    if stopped:
        runs = [not_run(check, stopped) for check in exercise.checks]
    else:
        with nullcontext(process) if process else SharedProcess(submission, sandbox, limits) as process:
            runs = process.run(exercise, seed, broken)
    result.checks = [checked for _, checked, _ in runs]
    if not exercise.scale and not all(checked.passed for checked in result.checks):
        recognise(exercise, runs, seed)
        blame_needed(exercise, result, submission, sandbox, secret)
    result.points = round(exercise.points * earned(exercise, result.checks), 2)
    return result


def earned(exercise, results):
    """Return the share of the points: the checks that passed or, on a scale, what was measured times those of the others."""
    plain = [each.passed for each in results if each.share is None]
    if not exercise.scale:
        return sum(plain) / len(plain)
    measured = [each.share for each in results if each.share is not None]
    return min(measured, default=0.0) * sum(plain) / max(len(plain), 1)


class SharedProcess:
    """Where the exercises of a submission run, one after another: starting a process costs more than most checks.

    Nothing that an earlier exercise left behind can cost a point: what does not pass runs again in a new process, and that
    counts. Nor can it earn one: an exercise whose reference was lent to an earlier one gets a new process, too. So does one with
    limits of its own, and the next one after it.
    """

    SECONDS = 2.0  # for an exercise that is not the first; what takes longer gets its full time in a new process

    def __init__(self, submission, sandbox, limits=None):
        self.submission, self.sandbox, self.limits = submission, sandbox, limits
        self.session, self.lent = None, set()

    def run(self, exercise, seed, broken):
        """Return [(check, its CheckResult, the Outcomes of its calls)]; add to `broken` if the module cannot be loaded."""
        if exercise.patience == 1 and self.take_over(exercise):
            runs, _ = self.run_checks(exercise, seed)
            if self.session and self.session.does_not_parse:  # nor would it in another process
                return runs
            if all(checked.status in ("passed", "not written") for _, checked, _ in runs):
                return runs
        self.start(exercise)
        runs, stopped = self.run_checks(exercise, seed)
        if stopped:
            broken[exercise.module] = stopped
        if exercise.patience != 1:
            self.close()
        return runs

    def take_over(self, exercise):
        """Go on with `exercise` in the process that is there; return whether that is possible."""
        if self.session is None or self.sandbox is None or exercise.name in self.lent:
            return False
        job = job_of(self.submission, exercise, self.sandbox)
        try:
            self.session.restart(job, self.SECONDS)
        except (Stopped, CheckFailed):
            return False
        self.lent |= lent_in(job)
        return True

    def start(self, exercise):
        """Begin with `exercise` in a new process."""
        self.close()
        self.session = open_session(self.submission, exercise, self.sandbox, self.limits)
        self.lent = lent_in(job_of(self.submission, exercise, self.sandbox))

    def run_checks(self, exercise, seed):
        """Return what `run` does, and why the process stopped while it loaded the module, or None."""
        runs, broken = [], load(self.session)
        stopped = broken
        for check in exercise.checks:
            if stopped:
                runs.append(not_run(check, stopped))
                continue
            checked = run_check(check, exercise, self.session, seed)
            runs.append((check, checked, tuple(self.session.outcomes)))
            stopped = checked.message if checked.status == "stopped" else None
        if stopped:
            self.close()
        return runs, broken

    def close(self):
        if self.session:
            self.session.close()
        self.session = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def not_run(check, reason):
    return check, CheckResult(title_of(check), False, "stopped", reason), ()


def lent_in(job):
    return {f"{module}.{name}" for module, names in job["supplied"].items() for name in names}


def seed_of(exercise, submission=None, secret=PRACTICE):
    """Return the seed of the checks' random inputs: always the same in practice, otherwise known to nobody beforehand.

    It depends on the student, so that nobody can use another's inputs, and on what was handed in, so that whoever learns
    inputs from a message and hands in a table of answers gets other inputs. Where all are compared on one scale, all get the same.
    """
    parts = [secret, exercise.name]
    if secret != PRACTICE and not exercise.scale:
        parts += [submission.name, *(f"{name}\0{source}" for name, source in sorted(submission.sources.items()))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def open_session(submission, exercise, sandbox=None, limits=None):
    """Return a Session with one exercise of a submission: in the sandbox, or without one in this process."""
    job = job_of(submission, exercise, sandbox)
    unit = sandbox.open(job, extended(limits, exercise.patience)) if sandbox else LocalUnit(Modules(job))
    session = Session(unit, {job["filenames"][name]: source for name, source in submission.sources.items()})
    session.weights = submission.weights
    return session


def extended(limits, patience):
    limits = limits or Limits()
    return replace(limits, seconds=limits.seconds * patience, cpu_seconds=round(limits.cpu_seconds * patience))


def job_of(submission, exercise, sandbox):
    """Return what the worker needs to run one exercise of a submission; see worker.modules.Modules."""
    reference, supplied = answers().lent(exercise, exercise_names()) if not exercise.scale else ({}, {})
    filenames = {name: f"dlcourse/{name}.py" for name in submission.sources}
    if sandbox is None:  # real paths, so that tracebacks and debuggers find the file
        filenames = {name: str(submission.folder / "dlcourse" / f"{name}.py") for name in submission.sources}
    return {
        "exercise": exercise.name,
        "student": submission.sources,
        "filenames": filenames,
        "reference": reference,
        "supplied": supplied,
    }


@lru_cache
def exercise_names():
    return frozenset(exercise.name for exercise in catalogue())


def load(session):
    """Load the student's module; return why it stopped the process, or None. An exception is left for the checks to meet."""
    try:
        session.module  # noqa: B018
    except Stopped as reason:
        return f"While Python read your file: {reason}"
    except CheckFailed:
        return None
    return None


def run_check(check, exercise, session, seed):
    """Run one check on a student's session and return its CheckResult."""
    result = CheckResult(title_of(check), True, "passed")
    session.outcomes.clear()
    try:
        found = check(**arguments(check, exercise, session, seed))
        if isinstance(found, Measured):
            result.share, result.message, result.measured = found.share, found.message, found.numbers
            result.passed, result.status = (True, "passed") if found.share == 1 else (False, "failed")
    except NotWritten as error:
        result.passed, result.status, result.message = False, "not written", not_written(error)
    except Stopped as reason:
        result.passed, result.status, result.message = False, "stopped", sentence(str(reason))
    except CheckFailed as error:
        result.passed, result.status, result.message = False, "failed", sentence(str(error))
    except Exception as error:  # a value that no check expected, such as a ragged list, made the check itself stumble
        result.passed, result.status = False, "failed"
        result.message = sentence(f"the result is not what the check can work with ({clean(str(error), 200)})")
    if not result.passed and result.status != "stopped" and exercise.hints:
        result.hint = exercise.hints[0]
    return result


@dataclass(frozen=True)
class Fixtures:
    """What a check can ask for by the names of its arguments; pytest gets the same from `checks/conftest.py`."""

    declared: object
    check: object
    session: Session
    seed: str
    known: object = None  # a Live or a Recorded; the course's own by default

    def exercise(self):
        return self.declared

    def student(self):
        return self.session.module

    def function(self):
        return getattr(self.student(), self.declared.name.split(".")[1])

    def oracle(self):
        return self.expected

    @cached_property
    def expected(self):
        return (self.known or answers()).oracle(self.declared, self.check)

    def reference(self):
        return getattr(self.oracle(), self.declared.name.split(".")[1])

    def weights(self):
        """The arrays of the submission's weights, or the CheckFailed that says why there are none."""
        if self.session.weights is None:
            return CheckFailed(f"dlcourse/{FILE} is missing, or could not be taken: train a model, and save its weights there")
        try:
            return read_weights(self.session.weights)
        except Unreadable as reason:
            return CheckFailed(f"dlcourse/{FILE} cannot be used: {reason}")

    def rng(self):
        return np.random.default_rng([int(self.seed, 16), self.declared.checks.index(self.check)])


@cache
def answers():
    """Return what is known of right and wrong answers: the reference itself, or what a release has recorded of it."""
    if has_reference():
        from autograder.live import Live  # with the misconceptions: no release holds them

        return Live()
    return Recorded()


def arguments(check, exercise, session, seed, known=None):
    """Return the arguments that a check asks for, by name."""
    fixtures = Fixtures(exercise, check, session, seed, known)
    return {name: getattr(fixtures, name)() for name in fixture_names(check)}


@cache
def fixture_names(check):
    return tuple(signature(check).parameters)


def recognise(exercise, runs, seed):
    """Add to each failed check the sentence of the misconception that gives the same result, if there is one.

    Args:
        exercise: the Exercise.
        runs: list of (check, its CheckResult, the Outcomes of its calls) of the student.
        seed: the seed the checks were run with.
    """
    failed = [(check, result, ending_of(outcomes)) for check, result, outcomes in runs if result.status == "failed"]
    failed = [(check, result, ending) for check, result, ending in failed if ending and ending.comparable]
    if not failed:
        return
    matches = {}  # mistake: the failed checks whose ending it shares
    for mistake in answers().mistakes(exercise, partial(play, exercise, seed)):
        shared = [result for check, result, ending in failed if same(ending, mistake.ending(check))]
        if shared:
            matches[mistake] = shared
    if len(matches) > 1:  # several explain it: first the one that explains the most, and that passes where the student passes
        passed = [check for check, r, _ in runs if r.passed]
        astray = {mistake: sum(mistake.ending(check) is not None for check in passed) for mistake in matches}
        matches = dict(sorted(matches.items(), key=lambda item: astray[item[0]] - len(item[1])))
    for mistake, shared in reversed(matches.items()):
        for result in shared:
            result.explanation = mistake.sentence


def play(exercise, seed, check, session, known=None):
    """Return the Ending of a check in a session that a known mistake is made in, or None if the check does not fail."""
    try:
        with np.errstate(all="ignore"):
            check(**arguments(check, exercise, session, seed, known))
    except CheckFailed:
        return ending_of(session.outcomes)
    except Exception:  # a check may stumble over what a mistake returns
        return None
    return None


def blame_needed(exercise, result, submission, sandbox, secret):
    """Say of a failed exercise that another one, which it calls and nothing stands in for, has to be mended first.

    That is so in a student's release, where each exercise meets the student's own others.
    """
    waiting = [check for check in result.checks if check.status == "failed" or is_elsewhere(check, exercise)]
    for name in answers().needed(exercise) if waiting else ():
        needed = find(name)
        if exercise.name in answers().needed(needed):
            continue  # each needs the other: nobody can say which of them is wrong
        with SharedProcess(submission, sandbox) as process:
            runs = process.run(needed, seed_of(needed, submission, secret), {})
        if any(checked.status in ("failed", "not written") for _, checked, _ in runs):
            for check in waiting:
                check.explanation = f"This uses {name}, which does not pass its checks yet: mend that first."
            return


def is_elsewhere(check, exercise):
    """Return whether a check met a stub that is not the exercise itself."""
    return check.status == "not written" and exercise.name not in check.message


def not_written(error):
    return f"not yet: {error.where} raises NotImplementedError" if error.where else "not yet: it is still a stub"


def sentence(text):
    """Return a text with a capital at the start, unless it starts with a name of code: y, running_mean, dlcourse/challenge.npz."""
    first = text.split(" ", 1)[0].rstrip(":,")
    is_name = any(mark in first for mark in "_/.(") or len(first) == 1 and first != "a"
    return text if is_name else text[:1].upper() + text[1:]


def course_secret(folder=COURSE_ROOT / ".autograder"):
    """Return the secret that this course's seeds are drawn from; made on first use, readable by its owner alone."""
    path = folder / "secret"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        temporary = path.with_name(f"secret.{os.getpid()}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex())
        try:
            os.link(temporary, path)  # if two start at the same time, the first one's secret holds
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text("ascii")
