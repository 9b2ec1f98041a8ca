"""Take in what students handed in: from the zips and folders of strangers to submissions that are safe to grade and to show.

    handed in (an LMS's download, zips, folders)  ->  submitted/<student>/<part>/{*.ipynb, dlcourse/*.py, timestamp.txt}

Nothing is copied as it is, except the exercise modules, which are graded in the sandbox: a notebook is the released one with
the student's answers in it, and the time of receipt comes from the instructor's side, never from inside a zip. Nothing is
unpacked to disk, no link is followed, and whatever is wrong with one submission becomes a sentence about that submission.
"""

import csv
import hashlib
import io
import json
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autograder.checks import catalogue, select
from autograder.grading import MAX_SOURCE, sentence
from autograder.locations import COURSE_ROOT, CourseError
from autograder.remote import clean
from autograder.weights import FILE, MAX_FILE, Unreadable, read_weights

MAX_ZIP = 32 << 20  # bytes of one student's archive, which is held in memory
MAX_FILES = 2000  # in one archive or one student's folder
MAX_NOTEBOOK = 16 << 20  # bytes; with all figures, the reference's has 1 MB
MAX_CELLS = 5000
MAX_ANSWER = {"markdown": 20_000, "code": 200_000}  # characters; a page holds 3,000
MAX_PROBLEMS = 8  # sentences about one submission
MAX_NAME = 100  # bytes of a student's folder; nbgrader takes 128 characters
DEPTH = 6  # folders in folders: what lies deeper is no submission
TIMESTAMP = "timestamp.txt"
MANIFEST = "manifest.json"  # what `dlcourse submit` adds for people: nobody reads it to grade

# How the learning management systems name what they let an instructor download.
CANVAS = re.compile(r"(?P<name>.+?)_(?:LATE_)?(?P<user>\d+)_(?P<number>\d+)_(?P<file>.+)")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?")
OURS = re.compile(r"(?P<student>.*?)[-_ ]?(?P<part>part[0-9][A-Za-z0-9_]*)-submission(?:[-_ (]*\d+\)?)?\.zip", re.I)


class Refused(Exception):
    """Something that was handed in is not taken; the message is the reason, safe to show."""


@dataclass(frozen=True)
class Part:
    """What belongs to a submission of one part.

    Attributes:
        notebooks: {file name: path of the released notebook}.
        modules: names of the exercise modules, such as "knn".
        others: names of further modules that come with it, as a model runs on the layers of earlier parts.
        weights: names of the files with weights: one, or none.
    """

    name: str
    notebooks: dict
    modules: tuple
    others: tuple = ()
    weights: tuple = ()

    @property
    def files(self):
        """The paths of all of it in a submission."""
        modules = (f"{module}.py" for module in self.modules)
        return (*self.notebooks, *(f"dlcourse/{name}" for name in (*modules, *self.weights)))


def course_parts(root=COURSE_ROOT):
    """Return the Parts of the course in `root`, in order."""
    modules, whole = {}, {exercise.part for exercise in select() if exercise.scale}
    for exercise in select():
        modules.setdefault(exercise.part, {})[exercise.module] = None
    every = list(dict.fromkeys(exercise.module for exercise in catalogue()))
    parts = []
    for name, found in modules.items():
        notebooks = {path.name: path for path in sorted((Path(root) / "assignments" / name).glob("*.ipynb"))}
        others = tuple(module for module in every if module not in found) if name in whole else ()
        parts.append(Part(name, notebooks, tuple(found), others, (FILE,) if name in whole else ()))
    return parts


@dataclass
class Collected:
    """What became of one thing that somebody handed in.

    Attributes:
        student: the name of the student's folder.
        part: name of the part, or "" if that could not be found out.
        result: "new", "updated", "unchanged", "older" (than what is already there), "replaced" (by a later one) or "refused".
        source: the file or folder that was handed in.
        received: when, as timestamp.txt says it.
        problems: sentences about what was not taken, and why.
    """

    student: str
    part: str
    result: str
    source: str
    received: str
    problems: list[str] = field(default_factory=list)

    def as_dict(self):
        return asdict(self)


# ------------------------------------------------------------------------------------- files, wherever they are


@dataclass(frozen=True)
class File:
    """A file that was handed in, unread.

    Attributes:
        path: with "/", relative to what was given.
        problem: why it is never read, or None.
        time: when it was written, as far as the side that lists it knows.
        open: function that returns it as a binary file.
    """

    path: str
    problem: str | None
    time: datetime
    open: object

    def read(self, limit):
        """Return its bytes; however large it claims to be, no more than `limit` are unpacked."""
        if self.problem:
            raise Refused(f"{clean(self.path, 80)} {self.problem}")
        with self.open() as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            size = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} kB"
            raise Refused(f"{clean(self.path, 80)} is larger than {size}")
        return raw


def files_in_folder(root, depth=DEPTH):
    """Yield the Files below a folder; what is there besides files and folders has a problem."""
    top = sorted(os.scandir(root), key=lambda entry: entry.name)
    for entry in top:
        yield from files_at(root, entry, "", depth, iter(range(MAX_FILES, -1, -1)))


def files_at(root, entry, prefix, depth, budget):
    """Yield the Files at one entry of a folder; `budget` is an iterator that counts down to 0."""
    path = prefix + entry.name
    if entry.name.startswith(".") or entry.name in ("__pycache__", "__MACOSX"):
        return
    try:
        found = entry.stat(follow_symlinks=False)
        inside = sorted(os.scandir(entry.path), key=lambda each: each.name) if stat.S_ISDIR(found.st_mode) and depth else ()
    except OSError as error:
        yield File(path, f"cannot be read: {error.strerror}", utc(0), None)
        return
    if not stat.S_ISDIR(found.st_mode):
        left = next(budget, None)
        if left is not None:
            problem = problem_of(found) if left else f"comes after {MAX_FILES:,} other files, and nothing more was read"
            yield File(path, problem, utc(found.st_mtime), partial(open_below, root, path))
    for each in inside:
        yield from files_at(root, each, f"{path}/", depth - 1, budget)


def open_below(root, path):
    """Open an ordinary file below `root`; unlike a plain open, no folder on the way may be a link, or become one."""
    *folders, name = path.split("/")
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            above, here = here, os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(above)
        file = open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here), "rb")
    finally:
        os.close(here)
    problem = problem_of(os.fstat(file.fileno()))
    if problem:
        file.close()
        raise Refused(f"{clean(path, 80)} {problem}")
    return file


def problem_of(found):
    """Return why a file with this os.stat_result is never read, or None."""
    if stat.S_ISLNK(found.st_mode):
        return "is a link, and links are not followed"
    if not stat.S_ISREG(found.st_mode):
        return "is not an ordinary file"
    if found.st_nlink > 1:
        return "is one file under several names (a hard link): hand in a copy"
    return None


def files_in_zip(file):
    """Return the Files in a zip.

    Raises:
        Refused: if it is none.
    """
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # a damaged one ends in whatever the damage causes
        raise Refused("it is no zip, or a damaged one") from error
    return [
        File(name_of(info), problem_of_entry(info), utc_of_entry(info), partial(archive.open, info))
        for info in archive.infolist()
        if not name_of(info).endswith("/")
    ]


def files_in_student_zip(file):
    """Return the Files in a zip that a student made: sizes and counts are whatever they want them to be."""
    raw = file.read(MAX_ZIP)
    if raw.count(b"PK\x01\x02") > MAX_FILES:  # before zipfile makes an object of each
        raise Refused(f"{clean(file.path, 80)} holds more than {MAX_FILES:,} files")
    return files_in_zip(io.BytesIO(raw))


def name_of(info):
    """Return the path of a zip's entry; older tools write UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return re.sub(r"^(\./)+", "", name.replace("\\", "/"))  # as older tools of Windows separate folders


def problem_of_entry(info):
    """Return why an entry of a zip is never read, or None."""
    name, kind = name_of(info), stat.S_IFMT(info.external_attr >> 16)
    if "\0" in name:
        return "has a path with a zero in it"
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
        return "has a path that leads out of the archive"
    if kind == stat.S_IFLNK:
        return "is a link, and links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "is not an ordinary file"
    if info.flag_bits & 1:
        return "is encrypted: hand it in without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in an unusual way: use what dlcourse submit writes"
    return None


def utc(seconds):
    """Return a file's time; one that no calendar has becomes the nearest one."""
    return datetime.fromtimestamp(min(max(seconds, 315532800), 7258118400), UTC)  # 1980 to 2200


def utc_of_entry(info):
    """Return the time of an entry of an LMS's own zip, which is in local time."""
    try:
        return utc(datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return utc(0)


# ------------------------------------------------------------------------------------- who handed in what, and when


@dataclass(frozen=True)
class HandIn:
    """One thing that one student handed in.

    Attributes:
        student: who, in the words of the LMS or the name of the folder; None if nothing says so.
        aliases: all that a list of times may call the student.
        source: the file or folder, as it is called.
        files: function that returns its Files.
        time: when it was written.
        order: the LMS's own numbers, which rise; () where it has none.
        part: name of the part that the file name tells, or None.
        problem: why nothing is in it, or None.
    """

    student: str | None
    aliases: tuple
    source: str
    files: object
    time: datetime
    order: tuple = ()
    part: str | None = None
    problem: str | None = None


def find(paths, course):
    """Yield the HandIns in what the instructor gave.

    Raises:
        CourseError: if a path is nothing that anything could be collected from.
    """
    for path in paths:
        path = Path(path)
        try:
            kind = os.stat(path).st_mode
            if stat.S_ISDIR(kind):
                yield from in_listing(list(files_in_folder(path)), path.resolve().name, course)
            elif stat.S_ISREG(kind):
                yield from in_file(path, len(paths) == 1, course)
            else:
                raise CourseError(f"{path} is neither a folder nor a zip: give what students handed in")
        except FileNotFoundError:
            raise CourseError(f"{path} does not exist: give the folder or the zip that holds what students handed in") from None
        except PermissionError as error:
            raise CourseError(f"{error.filename} cannot be read: its permissions forbid it") from None


def in_file(path, alone, course):
    """Yield the HandIns in a file that the instructor named: one student's zip, or, if it is given alone, a whole class's.

    Among several zips none is a class: the file names would be a student's own, and could be another student's.
    """
    found = path.stat()
    file = File(path.name, None, utc(found.st_mtime), partial(open, path, "rb"))
    if alone:
        if not zipfile.is_zipfile(path):
            raise CourseError(f"{path} is no zip: give a zip, or a folder with what students handed in")
        try:
            files = files_in_zip(path)
        except Refused:
            files = []
        if not named_by_lms(path.name) and not OURS.fullmatch(path.name) and is_class(files, course):
            yield from in_listing(files, path.stem, course)
            return
    yield from in_top_file(file)


def named_by_lms(name):
    return CANVAS.fullmatch(name) or MOODLE.fullmatch(name)


def is_class(files, course):
    """Return whether the files of a zip are those of several students, or other zips."""
    if is_one_student(files, course):
        return False
    tops = {file.path.split("/")[0] for file in files if "/" in file.path and placed(file.path, course)}
    return len(tops) > 1 or any(file.path.lower().endswith(".zip") for file in files)


def is_one_student(files, course):
    """Return whether these files lie as in a submission, and not in folders of students."""
    tops = {"dlcourse", "assignments", *(part.name for part in course)}
    if any(named_by_lms(file.path.split("/")[0]) for file in files):
        return False
    return any(placed(file.path, course) and ("/" not in file.path or file.path.split("/")[0] in tops) for file in files)


def in_listing(files, name, course):
    """Yield the HandIns in a folder or a zip called `name`: that of one student, or one of many students."""
    zips = [OURS.fullmatch(file.path) for file in files]
    if MOODLE.fullmatch(name) or is_one_student(files, course) or (zips and all(zip and not zip["student"] for zip in zips)):
        yield from in_student_folder(name, files, course)
        return
    folders = {}
    for file in files:
        top, _, rest = file.path.partition("/")
        if rest:
            folders.setdefault(top, []).append(File(rest, file.problem, file.time, file.open))
        elif not top.lower().endswith((".csv", ".json", ".html", ".md")) or named_by_lms(top):
            yield from in_top_file(file)
    for top, inside in folders.items():
        yield from in_student_folder(top, inside, course)


def in_top_file(file):
    """Yield the HandIn that a file among those of a class is; its name tells whose."""
    name = file.path
    ours, canvas, moodle = OURS.fullmatch(name), CANVAS.fullmatch(name), MOODLE.fullmatch(name)
    part, order = part_in(name), ()
    if moodle:
        student, aliases = moodle["name"], (moodle["name"], moodle["user"])
    elif canvas:
        student, aliases = f"{canvas['name']}_{canvas['user']}", (canvas["name"], canvas["user"])
        order = (int(canvas["number"]), version_in(name))
    else:
        student = ours["student"] if ours else Path(name).stem
        aliases = (student,)
        if not student or re.fullmatch(r"part\d\w*", student):
            student = None
    problem = f"it {file.problem}" if file.problem else None
    if problem is None and student is None:
        problem = "its name does not say whose it is: put it into a folder with the student's name"
    elif problem is None and not name.lower().endswith(".zip"):
        problem = "it is no zip: ask for the one that dlcourse submit writes"
    yield HandIn(student, aliases, name, partial(files_in_student_zip, file), file.time, order, part, problem)


def part_in(name):
    """Return the part that a file name tells, or None."""
    ours = OURS.search(name)
    return ours["part"].lower() if ours else None


def version_in(name):
    """Return the number that Canvas appends to a file that is handed in again, else 0."""
    again = re.search(r"-(\d{1,9})\.\w+$", name)
    return int(again[1]) if again else 0


def in_student_folder(name, files, course):
    """Yield the HandIns in one student's folder: its zips, and what lies there unpacked."""
    moodle = MOODLE.fullmatch(name)
    student, aliases = (moodle["name"], (moodle["name"], moodle["user"])) if moodle else (name, (name,))
    make = partial(HandIn, student, aliases)
    zips = [file for file in files if file.path.lower().endswith(".zip")]
    loose = [file for file in files if file not in zips]
    handed_in = [file for file in loose if placed(file.path, course)]
    now = max((file.time for file in files), default=utc(0))
    if not moodle and any(named_by_lms(file.path.split("/")[0]) for file in files):
        yield make(name, None, now, problem="it holds files of several students: give this folder itself")
        return
    for file in zips:
        source = f"{name}/{file.path}"
        yield make(source, partial(files_in_student_zip, file), file.time, (), part_in(file.path.split("/")[-1]))
    if handed_in:
        yield make(name, partial(list, loose), max(file.time for file in handed_in))
    if not zips and not handed_in:
        reasons = ["no submission is in it: neither a zip nor a file of the course", *left_out(files, {})]
        yield make(name, None, now, problem="; ".join(reasons[:MAX_PROBLEMS]))


def read_received(path):
    """Return {(student or file, part or ""): time} of a CSV file with the columns student (or file), received, and maybe part.

    Raises:
        CourseError: naming the line, if it cannot be read.
    """
    if path is None:
        return {}
    times = {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in (rows := csv.DictReader(file)):
                who = (row.get("student") or row.get("file") or "").strip()
                when = (row.get("received") or "").strip()
                if not who or not when:
                    raise CourseError(f"{path}, line {rows.line_num}: give the columns student (or file) and received")
                try:
                    time = datetime.fromisoformat(re.sub(r" ?(UTC|Z)$", "+00:00", when))
                except ValueError:
                    raise CourseError(f"{path}, line {rows.line_num}: {clean(when, 40)!r} is no time; write it as "
                                      "2026-11-22 18:00:00+01:00") from None  # fmt: skip
                times[who, (row.get("part") or "").strip()] = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (OSError, UnicodeError, csv.Error) as error:
        raise CourseError(f"{path} cannot be read as CSV: {getattr(error, 'strerror', None) or error}") from None
    return times


def received_at(hand_in, part, times):
    """Return the time that the instructor's list gives for this hand-in, or None."""
    names = (hand_in.source, hand_in.source.split("/")[-1], hand_in.student, *hand_in.aliases)
    found = (times.get((name, p)) for name in names for p in (part or hand_in.part or "", ""))
    return next((time for time in found if time), None)


def newest_first(hand_ins, times):
    """Return one student's HandIns, the latest first: by the list of times, the LMS's numbers, or else the files' times."""
    listed = [received_at(hand_in, None, times) for hand_in in hand_ins]
    numbered = all(hand_in.order for hand_in in hand_ins) and not any(listed)

    def moment(pair):
        hand_in, time = pair
        when = time or hand_in.time
        return (hand_in.order, when) if numbered else (when, hand_in.order)

    return [hand_in for hand_in, _ in sorted(zip(hand_ins, listed, strict=True), key=moment, reverse=True)]


# ------------------------------------------------------------------------------------- from files to a submission


def placed(path, course):
    """Return what a path can be: list of (part, path in the submission, how far from where it should lie)."""
    *folders, name = path.split("/")
    if any(folder.startswith(".") or folder in ("solutions", "__MACOSX") for folder in folders):
        return []
    named = [part for part in course if part.name in folders]
    found = []
    for part in named or course:
        far = (not named, len(folders))
        if name in part.notebooks:
            found.append((part, name, far))
        modules = (*part.modules, *(part.others if named else ()))  # alone, those of another part are that part's
        if name in part.weights or (name.removesuffix(".py") in modules and name.endswith(".py")):
            if folders[-1:] == ["dlcourse"] or "dlcourse" not in folders:
                found.append((part, f"dlcourse/{name}", ("dlcourse" not in folders, *far)))
    return found


def submissions_in(files, course, hint=None):
    """Return {Part: {path in the submission: [Files that could be it, nearest first and equally near]}}."""
    found = {}
    for file in files:
        for part, target, far in placed(file.path, course):
            found.setdefault(part.name, {}).setdefault(target, []).append((far, file))
    chosen = {}
    for part in course:
        targets = found.get(part.name, {})
        nearest = {target: [f for far, f in each if far == min(far for far, _ in each)] for target, each in targets.items()}
        if nearest:
            chosen[part.name] = (part, nearest)
    if hint in chosen:
        return [chosen[hint]]
    with_notebook = [each for each in chosen.values() if set(each[1]) & set(each[0].notebooks)]
    return with_notebook or list(chosen.values())


def contents_of(part, found, files):
    """Return the files of a submission and what was not taken.

    Args:
        part: the Part.
        found: {path in the submission: Files that could be it}.
        files: all Files that were handed in.

    Returns:
        {path: bytes}, list of sentences.

    Raises:
        Refused: if nothing could be taken.
    """
    taken, problems = {}, []
    for target, candidates in found.items():
        try:
            limit = {".py": MAX_SOURCE, ".npz": MAX_FILE}.get(Path(target).suffix, MAX_NOTEBOOK)
            taken[target] = only(candidates, target).read(limit)
        except Refused as reason:
            problems.append(str(reason))
        except Exception as error:  # a damaged entry of a zip ends in whatever the damage causes
            problems.append(f"{target} cannot be read ({clean(str(error) or type(error).__name__, 80)})")
    if not taken:
        raise Refused("; ".join(problems[:MAX_PROBLEMS]))
    problems += [f"{path} was not handed in" for path in part.files if path not in found]
    contents = {}
    for name, released in part.notebooks.items():
        contents[name], about = with_answers(released.read_bytes(), taken.get(name), name)
        problems += about
    for module in (*part.modules, *part.others):
        path = f"dlcourse/{module}.py"
        if path in taken:
            contents[path], about = module_text(taken[path], path)
            problems += about
    for name in part.weights:
        path = f"dlcourse/{name}"
        if path in taken:
            try:
                read_weights(taken[path])
                contents[path] = taken[path]
            except Unreadable as reason:
                problems.insert(0, f"the weights in {path} were not taken: {reason}")
    return contents, problems + left_out(files, found)


def only(candidates, target):
    if len(candidates) > 1:
        raise Refused(f"{target} is there {len(candidates)} times, and which one counts is not clear")
    return candidates[0]


def left_out(files, found):
    """Return sentences about what was handed in besides a submission."""
    taken = {id(file) for candidates in found.values() for file in candidates}
    others = [file for file in files if id(file) not in taken and not is_harmless(file.path)]
    problems = [f"{clean(file.path, 80)} {file.problem}" for file in others if file.problem]
    fine = [file.path for file in others if not file.problem]
    archives = [path for path in fine if path.lower().endswith((".zip", ".gz", ".tar", ".7z", ".rar", ".xz", ".bz2"))]
    problems += [f"{clean(path, 80)} is an archive inside of what was handed in, and was not opened" for path in archives]
    rest = [path for path in fine if path not in archives]
    if rest:
        count = f"{len(rest)} other files were" if len(rest) > 1 else "Another file was"
        problems.append(f"{count} left out: {clean(rest[0], 80)}{', …' if len(rest) > 1 else ''}")
    return problems


def is_harmless(path):
    """Return whether a file is one that nobody misses: what systems and tools leave behind."""
    left_behind = ("__MACOSX", "__pycache__", MANIFEST, TIMESTAMP)
    return ".." not in path and any(part.startswith(".") or part in left_behind for part in path.split("/"))


def decoded(raw, name):
    """Return a text file's text: UTF-8, or UTF-16 if it begins by saying so, as Windows may write it."""
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{name} is not UTF-8 text") from None


def module_text(raw, path):
    """Return the bytes of a module, and sentences about them; what is not readable stays as it is, for the grader to say so."""
    try:
        text = decoded(raw, path)
    except Refused as reason:
        return raw, [f"{reason}: it earns nothing until it is saved as UTF-8"]
    return (text.encode("utf-8", "replace") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw), []


def with_answers(released, submitted, name):
    """Return the released notebook (bytes) with the answers from a submitted one, and sentences about what was not taken.

    Everything else in the result is the released notebook's: points, marks, checks, other cells. A notebook that cannot be
    read leaves the questions unanswered.
    """
    notebook, problems = json.loads(released), []
    try:
        answers = answers_in(submitted, name) if submitted is not None else None
    except Refused as reason:
        answers = None
        problems.append(f"{reason}: its questions count as not answered")
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if not marks.get("solution") or answers is None:
            continue
        given = answers.get(marks["grade_id"])
        if given is None:
            problems.append(f"the answer cell {marks['grade_id']} is missing in {name}")
            continue
        question = "".join(cell["source"])
        texts = [text for text in dict.fromkeys(given) if text.strip() != question.strip()]
        if len(texts) > 1:
            problems.append(f"the answer cell {marks['grade_id']} is there {len(given)} times: all were taken together")
        if texts:
            cell["source"], about = safe_answer("\n\n".join(texts), cell["cell_type"], marks["grade_id"])
            problems += about
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode(), problems


def answers_in(raw, name):
    """Return {grade_id: texts of the cells that carry it} of a submitted notebook.

    Raises:
        Refused: if it is no notebook.
    """
    try:
        notebook = json.loads(decoded(raw, name))
    except (ValueError, RecursionError):
        raise Refused(f"{name} is not a notebook, or a damaged one") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        raise Refused(f"{name} is not a notebook in format 4, the one of Jupyter today")
    if len(cells) > MAX_CELLS:
        raise Refused(f"{name} has more than {MAX_CELLS:,} cells")
    answers = {}
    for cell in cells:
        mark = mark_of(cell)
        if mark is not None and (text := text_of(cell)) is not None:
            answers.setdefault(mark, []).append(text)
    return answers


def mark_of(cell):
    """Return the grade_id of a cell that a stranger wrote, or None; the cell's own id where the mark got lost."""
    if not isinstance(cell, dict):
        return None
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    mark = marks.get("grade_id") if isinstance(marks, dict) else cell.get("id")
    return mark if isinstance(mark, str) else None


def text_of(cell):
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source if isinstance(source, str) else None


def safe_answer(text, kind, mark):
    """Return an answer as text that is safe to store and, in Markdown, to show; and sentences about what it lost."""
    problems = []
    text = re.sub(r"\r\n?", "\n", text).encode("utf-8", "replace").decode("utf-8")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    if len(text) > MAX_ANSWER[kind]:
        text = text[: MAX_ANSWER[kind]]
        problems.append(f"the answer in {mark} is longer than {MAX_ANSWER[kind]:,} characters, and ends there")
    return (harmless_markdown(text) if kind == "markdown" else text), problems


def harmless_markdown(text):
    """Return Markdown without HTML, pictures, and links that lead anywhere but to the web.

    One space makes each of them plain text, wherever it stands: in `$a< b$` and in code as well as in prose. An entity such as
    &lt; would not do, because formulas and code would show it. What is safe already is not changed again.
    """
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", text)
    text = text.replace("![", "! [")
    return re.sub(r"\](?=[(:](?!\s*https?://))", "] ", text)


# ------------------------------------------------------------------------------------- from submissions to folders


def folder_name(student, taken):
    """Return the name of a student's folder: as the LMS writes it, if that is safe, else without what is not.

    Args:
        student: who, in a stranger's words.
        taken: {name as a system that ignores case sees it: name} of the folders that are there.
    """
    whole = unicodedata.normalize("NFC", student).strip()
    name = "_".join(whole.split()) if "_" not in whole else whole
    safe = "".join(c if c.isalnum() or c in "-_.@+" or unicodedata.category(c).startswith("M") else "_" for c in name)
    safe = safe.lstrip(".-").rstrip(".")
    while len(safe.encode()) > MAX_NAME:
        safe = safe[:-1]
    if safe and safe == name and taken.get(safe.casefold(), safe) == safe:
        return safe
    return f"{safe or 'student'}-{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def folder_names(hand_ins, into):
    """Return {(student, number of the LMS if two share a name): name of the folder}, no two alike."""
    users = {}
    for hand_in in hand_ins:
        users.setdefault(hand_in.student, set()).add(hand_in.aliases)
    taken = {path.name.casefold(): path.name for path in into.iterdir()} if into.is_dir() else {}
    names = {}
    for student in sorted(name for name in users if name is not None):
        for aliases in sorted(users[student]):
            whole = student if len(users[student]) == 1 else f"{student}_{aliases[-1]}"
            name = folder_name(whole, taken)
            if name in names.values():  # "a b" and "a_b" are two students
                name = folder_name(whole, {name.casefold(): None})
            names[student, aliases] = name
            taken.setdefault(name.casefold(), name)
    return names


def store(contents, time, listed, into, student, part):
    """Put a submission in its place, whole or not at all; return what that did to the one that was there.

    Args:
        contents: {path: bytes}.
        time: when it was received.
        listed: whether that is the instructor's word; a file's time does not make the same work later than it was.
    """
    folder = into / student / part
    if (into / student).is_symlink() or folder.is_symlink():
        raise Refused(f"{student}/{part} is a link where submissions are collected, and links are not followed")
    contents = {**contents, TIMESTAMP: f"{shown(time)}\n".encode()}
    present = present_in(folder)
    if present:
        changed = {**present, TIMESTAMP: b""} != {**contents, TIMESTAMP: b""}
        if present == contents or (not changed and not listed):
            return "unchanged"
        if changed and not listed and present.get(TIMESTAMP, b"") > contents[TIMESTAMP]:
            return "older"
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=into) as scratch:
        ready, replaced = Path(scratch, student, part), Path(scratch, "replaced")
        (ready / "dlcourse").mkdir(parents=True)
        for path, content in contents.items():
            (ready / path).write_bytes(content)
        if not (into / student).exists():
            os.rename(ready.parent, into / student)
            return "new"
        if os.path.lexists(folder):
            os.rename(folder, replaced)
        os.rename(ready, folder)
    return "updated" if present else "new"


def present_in(folder):
    """Return {path: bytes} of a submission that was collected before; empty if there is none."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()] if folder.is_dir() else ()
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def shown(time):
    """Return a time as nbgrader reads it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


# ------------------------------------------------------------------------------------- all of it


def collect(paths, into="submitted", received=None, root=COURSE_ROOT, progress=None):
    """Take in what a class handed in.

    Args:
        paths: folders and zips.
        into: the folder for `<student>/<part>/`; made if need be.
        received: CSV file with the times of receipt, where the LMS has them; else the times of the files count.
        root: folder of the course, whose released notebooks and exercises say what a submission is.
        progress: called with the number of students that are done and the number of all.

    Returns:
        list of Collected, one for each thing that was handed in and each part in it.

    Raises:
        CourseError: if nothing at all was handed in, or nothing can be written.
    """
    if not hasattr(os, "O_NOFOLLOW"):
        raise CourseError("collecting needs a system that can refuse to follow links: use Linux, WSL2, macOS or a container")
    into, course, times = Path(into), course_parts(root), read_received(received)
    require_apart(paths, into)
    hand_ins = list(find(paths, course))
    if not hand_ins:
        raise CourseError(f"{', '.join(map(str, paths))}: nothing that was handed in is there")
    make_folder(into)
    names = folder_names(hand_ins, into)
    students = {}
    for hand_in in hand_ins:
        students.setdefault(names.get((hand_in.student, hand_in.aliases), ""), []).append(hand_in)
    rows = []
    for done, student in enumerate(sorted(students), 1):
        rows += collect_student(student, newest_first(students[student], times), times, into, course)
        if progress:
            progress(done, len(students))
    return rows


def collect_student(student, hand_ins, times, into, course):
    """Take in what one student handed in, the latest first, and return its rows."""
    rows, done = [], set()
    for hand_in in hand_ins:
        for part, contents, problems in opened(hand_in, course, done):
            listed = received_at(hand_in, part, times)
            time = listed or hand_in.time
            row = Collected(student, part, "refused", clean(hand_in.source, 120), shown(time), capped(problems))
            rows.append(row)
            if part in done:
                row.result, row.problems = "replaced", []
            elif contents:
                try:
                    row.result = store(contents, time, bool(listed), into, student, part)
                    done.add(part)
                except Refused as reason:
                    row.problems = [str(reason)]
                except OSError as error:
                    raise CourseError(f"{into} cannot be written to: {error.strerror}") from error
    fine = [row for row in rows if row.result != "refused"]
    empty = {clean(hand_in.source, 120) for hand_in in hand_ins if hand_in.problem}
    return [row for row in rows if not (fine and row.source in empty)]  # such as the empty folder of an online text


def opened(hand_in, course, done):
    """Return (part, its contents or None, sentences) of every part in a HandIn; reading it can end in no other way."""
    try:
        if hand_in.problem:
            raise Refused(hand_in.problem)
        if hand_in.part in done:
            return [(hand_in.part, None, [])]
        files = unwrapped(hand_in.files())
        found = submissions_in(files, course, hand_in.part)
        if not found:
            wanted = next((part for part in course if part.name == hand_in.part), course[0])
            raise Refused("; ".join([f"it holds none of {', '.join(wanted.files)}", *left_out(files, {})]))
    except Refused as reason:
        return [(hand_in.part or "", None, [str(reason)])]
    except Exception as error:
        return [(hand_in.part or "", None, [f"it cannot be read ({clean(str(error) or type(error).__name__, 80)})"])]
    results = []
    for part, candidates in found:
        try:
            results.append((part.name, *contents_of(part, candidates, files)))
        except Refused as reason:
            results.append((part.name, None, [str(reason)]))
        except Exception as error:  # such as no memory left for what a notebook unfolds to
            results.append((part.name, None, [f"it cannot be read ({type(error).__name__})"]))
    return results


def unwrapped(files):
    """Return the Files in the only zip where nothing else is, as of a zip that was packed once more; else the Files given."""
    real = [file for file in files if not is_harmless(file.path)]
    return files_in_student_zip(real[0]) if len(real) == 1 and real[0].path.lower().endswith(".zip") else files


def capped(problems):
    problems = [sentence(problem) for problem in problems]
    more = len(problems) - MAX_PROBLEMS
    return problems if more <= 0 else [*problems[:MAX_PROBLEMS], f"And {more} more"]


def require_apart(paths, into):
    """Raise CourseError if what was handed in and what is collected lie in each other: answers would be taken in twice."""
    there = into.resolve()
    for path in map(Path, paths):
        here = path.resolve()
        if here == there or there in here.parents or (here in there.parents and path.is_dir()):
            raise CourseError(f"{path} and {into} lie in each other: keep what was handed in and what is collected apart")


def make_folder(into):
    """Make the folder that submissions are collected in, or say why it cannot be."""
    try:
        into.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CourseError(f"{into} is a file: name a folder for the collected submissions") from None
    except OSError as error:
        raise CourseError(f"{into} cannot be made: {error.strerror}") from None
    if not os.access(into, os.W_OK | os.X_OK):
        raise CourseError(f"{into} cannot be written to: choose another folder")
