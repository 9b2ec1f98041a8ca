"""What strangers hand in becomes a clean submission or a reason, and nothing that they hand in does anything else."""

import io
import json
import os
import random
import shutil
import stat
import sys
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbgrader.utils import parse_utc

from autograder import cli, intake, nbgrader_plugin
from autograder.grading import grade, read_class
from autograder.locations import COURSE_ROOT, CourseError

PART, NOTEBOOK = "part1_knn", "nearest_neighbours.ipynb"
RELEASED = (COURSE_ROOT / "assignments" / PART / NOTEBOOK).read_bytes()
MODULE = (COURSE_ROOT / "solutions/dlcourse/knn.py").read_bytes()
QUESTION = "knn-why-validation"
ZIP = f"{PART}-submission.zip"
SECRET = b"SECRET of the instructor"


def notebook(answer="My answer.", change=None):
    """Return a submitted notebook (bytes) with one answer; `change` may spoil it."""
    content = json.loads(RELEASED)
    next(cell for cell in content["cells"] if cell["id"] == QUESTION)["source"] = answer
    if change:
        change(content)
    return json.dumps(content).encode()


def usual(**changes):
    """Return the files of an ordinary submission."""
    return {f"{PART}/{NOTEBOOK}": notebook(), f"{PART}/dlcourse/knn.py": MODULE, **changes}


def zipped(files):
    """Return the bytes of a zip with these files: {name or ZipInfo: content}, or a list of such pairs."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # about names that are there twice
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return file.getvalue()


def entry(name, mode=0, **attributes):
    info = zipfile.ZipInfo(name, (2026, 11, 22, 18, 0, 0))
    info.external_attr = mode << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def put(path, content, time=1_700_000_000):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time, time))
    return path


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def into(tmp_path):
    return tmp_path / "submitted"


@pytest.fixture
def collect(inbox, into):
    """Collect the inbox; return {student: its only row, or its rows}."""

    def collect(*paths, **options):
        rows = {}
        for row in intake.collect(paths or [inbox], into, **options):
            rows.setdefault(row.student, []).append(row)
        return {student: each[0] if len(each) == 1 else each for student, each in rows.items()}

    return collect


@pytest.fixture
def hand_in(inbox, into, collect):
    """Let Ada hand in a zip and Ben, after her, an ordinary one; return Ada's row and what she has in `into`."""

    def hand_in(files):
        put(inbox / "ada" / ZIP, files if isinstance(files, bytes) else zipped(files))
        put(inbox / "ben" / ZIP, zipped(usual()))
        rows = collect()
        assert rows["ben"].result in ("new", "unchanged") and rows["ben"].problems == []
        return rows["ada"], tree(into / "ada" / PART)

    return hand_in


def tree(folder):
    """Return {path: bytes} of all files below a folder, which must hold nothing but files and folders."""
    found = {}
    for path in sorted(folder.rglob("*")):
        assert not path.is_symlink()
        if not path.is_dir():
            assert stat.S_ISREG(path.stat().st_mode) and path.stat().st_nlink == 1
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def answer_in(files):
    cells = json.loads(files[NOTEBOOK])["cells"]
    return "".join(next(cell for cell in cells if cell["id"] == QUESTION)["source"])


def without_answers(content):
    cells = json.loads(content)["cells"]
    return [cell for cell in cells if not cell["metadata"].get("nbgrader", {}).get("solution")]


# ---------------------------------------------------------------------------------------------- what is ordinary


def test_a_zip_becomes_notebook_module_and_timestamp(hand_in):
    row, files = hand_in(usual())
    assert (row.result, row.part, row.problems) == ("new", PART, [])
    assert files.keys() == {NOTEBOOK, "dlcourse/knn.py", "timestamp.txt"}
    assert files["dlcourse/knn.py"] == MODULE and answer_in(files) == "My answer."
    nbformat.validate(nbformat.reads(files[NOTEBOOK].decode(), as_version=4))


def test_what_is_collected_can_be_graded(hand_in, into):
    hand_in(usual())
    ada, ben = read_class([into])
    assert (ada.name, ben.name) == ("ada", "ben")
    report = grade(ada, part=PART)
    assert report.points == report.max_points


def test_timestamp_is_what_nbgrader_reads(hand_in):
    _, files = hand_in(usual())
    assert parse_utc(files["timestamp.txt"].decode().strip()).isoformat() == "2023-11-14T22:13:20"


LAYOUTS = {
    "as nbgrader wants it": usual(),
    "in one more folder": {f"{PART}-submission/{name}": content for name, content in usual().items()},
    "without the part's folder": {NOTEBOOK: notebook(), "dlcourse/knn.py": MODULE},
    "side by side": {NOTEBOOK: notebook(), "knn.py": MODULE},
    "the whole course": {
        f"course/assignments/{PART}/{NOTEBOOK}": notebook(),
        "course/dlcourse/knn.py": MODULE,
        "course/dlcourse/linear.py": b"",
        f"course/solutions/{PART}/{NOTEBOOK}": b"not this one",
        "course/solutions/dlcourse/knn.py": b"not this one",
    },
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("packed", [True, False])
def test_files_are_found_where_students_put_them(inbox, into, collect, files, packed):
    if packed:
        put(inbox / "ada.zip", zipped(files))
    else:
        for name, content in files.items():
            put(inbox / "ada" / name, content)
    row = collect()["ada"]
    files = tree(into / "ada" / PART)
    assert row.result == "new"
    assert files["dlcourse/knn.py"] == MODULE and answer_in(files) == "My answer."


def test_one_student_given_alone(inbox, collect):
    for name, content in usual().items():
        put(inbox / "ada" / name, content)
    assert collect(inbox / "ada")["ada"].result == "new"


def test_without_a_notebook_the_released_one_is_there(hand_in):
    row, files = hand_in({"dlcourse/knn.py": MODULE})
    assert json.loads(files[NOTEBOOK]) == json.loads(RELEASED)
    assert row.problems == [f"{NOTEBOOK} was not handed in"]


def test_without_a_module_the_answers_still_count(hand_in):
    row, files = hand_in({NOTEBOOK: notebook()})
    assert answer_in(files) == "My answer." and "knn.py was not handed in" in row.problems[0]


# ---------------------------------------------------------------------------------------------- who, and when

CANVAS = ["doejane_12345_67890_" + ZIP, "doejane_LATE_12345_67890_" + ZIP, f"doejane_12345_67890_{PART}-submission-1.zip"]


@pytest.mark.parametrize("name", CANVAS)
@pytest.mark.parametrize("packed", [True, False])
def test_canvas_download(inbox, collect, name, packed):
    names = [name, "müllerjörg_222_333_" + ZIP]
    if packed:
        put(inbox / "submissions.zip", zipped({each: zipped(usual()) for each in names}))
    else:
        for each in names:
            put(inbox / each, zipped(usual()))
    rows = collect(*([inbox / "submissions.zip"] if packed else []))
    assert {student: row.result for student, row in rows.items()} == {"doejane_12345": "new", "müllerjörg_222": "new"}


@pytest.mark.parametrize("packed", [True, False])
def test_moodle_download(inbox, collect, packed):
    names = ["Ada Lovelace_123456_assignsubmission_file_/", "Żaneta Ďurišová_7_assignsubmission_file_/"]
    files = {name + ZIP: zipped(usual()) for name in [*names, "Bo_8_assignsubmission_file_"]}
    files["Bo_8_assignsubmission_onlinetext_/onlinetext.html"] = b"<p>See the zip"
    files["Cy_9_assignsubmission_onlinetext_/onlinetext.html"] = b"<p>I have nothing"
    if packed:
        put(inbox / "class.zip", zipped(files))
    else:
        for name, content in files.items():
            put(inbox / name, content)
    rows = collect(*([inbox / "class.zip"] if packed else []))
    results = {student: row.result for student, row in rows.items()}
    assert results == {"Ada_Lovelace": "new", "Żaneta_Ďurišová": "new", "Bo": "new", "Cy": "refused"}
    assert "no submission is in it" in rows["Cy"].problems[0].lower()


def test_zip_of_plain_folders(inbox, collect):
    files = {f"{student}/{name}": content for student in ("ada", "ben") for name, content in usual().items()}
    put(inbox / "class.zip", zipped(files))
    assert {student: row.result for student, row in collect(inbox / "class.zip").items()} == {"ada": "new", "ben": "new"}


def test_two_students_of_one_name_get_two_folders(inbox, collect):
    for number in (5, 6):
        put(inbox / f"Kim Lee_{number}_assignsubmission_file_" / ZIP, zipped(usual()))
    assert len(collect()) == 2


def test_only_the_lms_says_whose_it_is(inbox, collect):
    put(inbox / ("mallory_1_2_ada_3_4_" + ZIP), zipped(usual()))
    put(inbox / "mal_9_assignsubmission_file_" / ("ada_3_4_" + ZIP), zipped(usual()))
    assert set(collect()) == {"mallory_1", "mal"}


def test_a_zip_of_zips_among_others_is_no_class(inbox, collect):
    files = [put(inbox / "ada.zip", zipped(usual()))]
    files.append(put(inbox / "mallory.zip", zipped({"ada_1_2_" + ZIP: zipped(usual())})))
    rows = collect(*files)
    assert rows.keys() == {"ada", "mallory"} and rows["ada"].source == "ada.zip" and rows["mallory"].source == "mallory.zip"


def test_a_file_that_says_nothing_about_whose_it_is(inbox, collect):
    put(inbox / ZIP, zipped(usual()))
    put(inbox / "ben.zip", zipped(usual()))
    rows = collect()
    assert rows["ben"].result == "new" and "does not say whose" in rows[""].problems[0]


BAD_NAMES = ["..", ".", "-rf", "a/b", "a\\b", "../../etc", "", " ", "*", "a\nb", "\x1b[31mred", "<script>"]
BAD_NAMES += ["x" * 500, "é" * 200, "\ud800"]


def test_folder_names_are_safe_and_differ():
    taken, names = {}, []
    for student in [*BAD_NAMES, "Ada", "ada", "ADA", "a b", "a_b", "a  b_", "Ünal Şen"]:
        name = intake.folder_name(student, taken)
        assert taken.setdefault(name.casefold(), name) == name
        names.append(name)
        assert name == Path(name).name and name[0] not in ".-" and len(name.encode()) < 128
        assert name.isprintable() and not set(name) & set("/\\*?[]<>\"'|: ")
    assert len(set(names)) == len(names) - 2 and names.count("a_b") == 3  # with any space between; see below
    assert "Ünal_Şen" in names


def test_a_space_and_an_underscore_are_two_students(inbox, collect):
    put(inbox / "a b.zip", zipped(usual()))
    put(inbox / "a_b.zip", zipped(usual()))
    first = collect()
    assert len(first) == 2 and {row.result for row in first.values()} == {"new"}
    assert {row.result for row in collect().values()} == {"unchanged"}


def test_case_of_a_name_never_mixes_two_students(inbox, into, collect):
    put(inbox / "Ada.zip", zipped(usual()))
    put(inbox / "ada.zip", zipped({"dlcourse/knn.py": b"other"}))
    first = collect()
    assert len({student.casefold() for student in first}) == 2
    assert {row.result for row in collect().values()} == {"unchanged"}
    assert set(collect()) == set(first)


def numbered(version):
    return zipped(usual(**{f"{PART}/dlcourse/knn.py": version}))


def test_the_latest_counts_by_the_files_time(inbox, into, collect):
    put(inbox / "ada/a.zip", numbered(b"new"), 1_700_000_100)
    put(inbox / "ada/b.zip", numbered(b"old"), 1_700_000_000)
    assert [row.result for row in collect()["ada"]] == ["new", "replaced"]
    assert tree(into / "ada" / PART)["dlcourse/knn.py"] == b"new"


@pytest.mark.parametrize("newer", [f"doe_1_30_{ZIP}", *(f"doe_1_20_{PART}-submission-{version}.zip" for version in (1, 10))])
def test_the_numbers_of_the_lms_go_before_the_files_time(inbox, into, collect, newer):
    put(inbox / f"doe_1_20_{ZIP}", numbered(b"old"), 1_700_000_100)
    put(inbox / newer, numbered(b"new"), 1_700_000_000)
    collect()
    assert tree(into / "doe_1" / PART)["dlcourse/knn.py"] == b"new"


def test_the_instructors_list_of_times_goes_before_all(inbox, into, collect, tmp_path):
    put(inbox / f"doe_1_20_{ZIP}", numbered(b"listed later"))
    put(inbox / f"doe_1_30_{ZIP}", numbered(b"listed earlier"))
    times = tmp_path / "times.csv"
    times.write_text(f"file,received\ndoe_1_20_{ZIP},2026-11-22 18:00:00+01:00\ndoe_1_30_{ZIP},2026-11-22 16:00:00 UTC\n")
    collect(received=times)
    files = tree(into / "doe_1" / PART)
    assert files["dlcourse/knn.py"] == b"listed later"
    assert files["timestamp.txt"] == b"2026-11-22 17:00:00.000000 UTC\n"


@pytest.mark.parametrize("who", ["doejane", "12345", "doejane_12345"])
def test_the_list_of_times_may_call_a_student_by_any_name(inbox, into, collect, tmp_path, who):
    put(inbox / ("doejane_12345_67890_" + ZIP), zipped(usual()))
    times = tmp_path / "times.csv"
    times.write_text(f"student,received,part\n{who},2026-01-02 03:04:05,{PART}\n{who},2020-01-01,part2_linear\n", "utf-8-sig")
    assert collect(received=times)["doejane_12345"].received == "2026-01-02 03:04:05.000000 UTC"


def test_no_time_is_taken_from_inside_a_zip(hand_in):
    future = {entry(name, date_time=(2099, 1, 1, 0, 0, 0)): content for name, content in usual().items()}
    _, files = hand_in({**future, f"{PART}/timestamp.txt": "2001-01-01 00:00:00 UTC"})
    assert files["timestamp.txt"].startswith(b"2023-11-14")


def test_a_broken_later_one_leaves_the_earlier_one(inbox, into, collect):
    put(inbox / "ada/a.zip", zipped(usual()), 1_700_000_000)
    put(inbox / "ada/b.zip", b"broken", 1_700_000_100)
    assert [row.result for row in collect()["ada"]] == ["refused", "new"]


# ---------------------------------------------------------------------------------------------- again, and again


def test_collecting_again_changes_nothing(inbox, into, collect, hand_in):
    hand_in(usual())
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in into.rglob("*")}
    os.utime(inbox / "ada" / ZIP, (1_800_000_000, 1_800_000_000))  # downloaded again
    assert {row.result for row in collect().values()} == {"unchanged"}
    assert before == {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in into.rglob("*")}


def test_a_newer_one_replaces_and_an_older_one_does_not(inbox, into, collect, hand_in):
    hand_in(usual())
    put(into.parent / "autograded/ada" / PART / NOTEBOOK, b"graded")
    for time, content, result in [(1_700_000_500, b"newer", "updated"), (1_600_000_000, b"older", "older")]:
        put(inbox / "ada" / ZIP, numbered(content), time)
        assert collect()["ada"].result == result
        assert tree(into / "ada" / PART)["dlcourse/knn.py"] == b"newer"
    assert tree(into.parent / "autograded") == {f"ada/{PART}/{NOTEBOOK}": b"graded"}


def test_other_parts_of_a_student_stay(into, hand_in):
    put(into / "ada/part0/notes.txt", b"kept")
    assert hand_in(usual())[0].result == "new"
    assert (into / "ada/part0/notes.txt").read_bytes() == b"kept"


def test_a_submission_appears_whole_or_not_at_all(inbox, into, collect, monkeypatch):
    put(inbox / "ada" / ZIP, zipped(usual()))
    written = []

    def full(path, content):
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return open(path, "wb").write(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CourseError, match="No space left"):
        collect()
    assert list(into.iterdir()) == []


# ---------------------------------------------------------------------------------------------- hostile archives


OUTSIDE = ["../evil.py", f"{PART}/../../evil.py", "/tmp/evil.py", "C:/evil.py", "..\\evil.py", "a/../../b"]
OUTSIDE += ["C:\\evil.py", "\\\\server\\share\\evil.py", f"{PART}\\..\\..\\evil.py"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_paths_that_lead_outside(hand_in, tmp_path, name):
    before = set(tmp_path.parent.iterdir())
    row, files = hand_in({**usual(), name: b"evil"})
    assert len(row.problems) == 1 and "leads out" in row.problems[0]
    assert files["dlcourse/knn.py"] == MODULE and files.keys() == {NOTEBOOK, "dlcourse/knn.py", "timestamp.txt"}
    assert set(tmp_path.parent.iterdir()) == before and {path.name for path in tmp_path.iterdir()} == {"inbox", "submitted"}


def test_backslashes_of_older_windows_tools_separate_folders(hand_in):
    folders = [(entry(f"{PART}\\"), b""), (entry(f"{PART}\\dlcourse\\"), b"")]
    row, files = hand_in([*folders, (entry(f"{PART}\\{NOTEBOOK}"), notebook()), (entry(f"{PART}\\dlcourse\\knn.py"), MODULE)])
    assert row.result == "new" and row.problems == [] and files["dlcourse/knn.py"] == MODULE


def test_zip_that_was_packed_once_more_is_opened_and_no_deeper(hand_in):
    inner = zipped(usual())
    row, files = hand_in({f"{PART}-submission.zip": inner, "__MACOSX/._x": b""})
    assert row.result == "new" and files["dlcourse/knn.py"] == MODULE
    row, _ = hand_in({"again.zip": zipped({"more.zip": inner})})
    assert row.result == "refused" and any("was not opened" in problem for problem in row.problems)


def test_path_in_a_sentence_stays_as_it_is(hand_in):
    row, _ = hand_in([(f"{PART}/{NOTEBOOK}", notebook()), (entry("dlcourse/knn.py", stat.S_IFLNK | 0o777), b"x")])
    assert any(problem.startswith("dlcourse/knn.py is a link") for problem in row.problems)


@pytest.mark.parametrize("name", [f"/{PART}/dlcourse/knn.py", f"C:/{PART}/dlcourse/knn.py", f"../{PART}/dlcourse/knn.py"])
def test_a_module_at_a_path_outside_is_not_taken(hand_in, name):
    row, files = hand_in({f"{PART}/{NOTEBOOK}": notebook(), name: b"evil"})
    assert "dlcourse/knn.py" not in files and any("leads out" in problem for problem in row.problems)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_entries_that_are_no_files(hand_in, kind):
    row, files = hand_in([(f"{PART}/{NOTEBOOK}", notebook()), (entry(f"{PART}/dlcourse/knn.py", kind | 0o777), b"/etc/passwd")])
    assert "dlcourse/knn.py" not in files
    assert "link" in row.problems[0] or "not an ordinary file" in row.problems[0]


def test_names_with_a_zero(hand_in):
    content = zipped(usual()).replace(b"dlcourse/knn.py", b"dlcourse/k\0.py")
    row, files = hand_in(content)
    assert "dlcourse/knn.py" not in files and row.problems


def test_archives_inside_stay_closed(hand_in):
    row, files = hand_in({**usual(), "more.zip": zipped({"dlcourse/knn.py": b"evil"}), "x.tar.gz": b""})
    assert files["dlcourse/knn.py"] == MODULE
    assert [problem.split(" is an archive")[0] for problem in row.problems] == ["more.zip", "x.tar.gz"]


@pytest.mark.parametrize("bomb", [f"{PART}/{NOTEBOOK}", f"{PART}/dlcourse/knn.py"])
def test_bombs_are_measured_while_they_are_unpacked(hand_in, bomb):
    files = usual(**{bomb: bytes(64 << 20)})
    content = zipped(files)
    assert len(content) < 1 << 20
    row, files = hand_in(content)
    assert any("is larger than" in problem for problem in row.problems)
    assert sum(map(len, files.values())) < 1 << 20


def test_sizes_that_lie(hand_in):
    content = bytearray(zipped(usual(**{f"{PART}/dlcourse/knn.py": bytes(64 << 20)})))
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x01\x02" and content[at + 46 :].startswith(f"{PART}/dlcourse/knn.py".encode()):
            content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    row, files = hand_in(bytes(content))
    assert row.result == "new" and len(files.get("dlcourse/knn.py", b"")) <= 1000 and row.problems


def test_many_tiny_files(hand_in):
    row, _ = hand_in({**usual(), **{f"{i}.txt": b"" for i in range(intake.MAX_FILES)}})
    assert row.result == "refused" and "more than 2,000 files" in row.problems[0]


def test_entries_that_overlap(hand_in):
    """Every entry points to the same data: what is unpacked is what was asked for, once."""
    content = zipped([*usual().items(), *((f"{PART}/copy{i}.py", MODULE) for i in range(50))])
    end = content.index(b"PK\x01\x02")
    offset, directory, at = None, bytearray(content[end:]), 0
    while directory[at : at + 4] == b"PK\x01\x02":
        name = int.from_bytes(directory[at + 28 : at + 30], "little")
        if offset is None and b"knn.py" in directory[at + 46 : at + 46 + name]:
            offset = directory[at + 42 : at + 46]
        elif offset is not None:
            directory[at + 42 : at + 46] = offset
        at += 46 + name + int.from_bytes(directory[at + 30 : at + 32], "little")
    row, files = hand_in(content[:end] + bytes(directory))
    assert sum(map(len, files.values())) < 1 << 20 and row.student == "ada"


@pytest.mark.parametrize("field, value", [(36, 0xFFFFFFFF), (48, 0xFFFFFFFF)])
def test_zip64_that_promises_the_impossible(hand_in, field, value):
    content = bytearray(zipped(usual()))
    end = content.rindex(b"PK\x05\x06")
    content[end + 12 : end + 20] = b"\xff" * 8
    row, files = hand_in(bytes(content))
    assert row.result in ("refused", "new")


def test_an_archive_that_is_too_large(hand_in, monkeypatch):
    monkeypatch.setattr(intake, "MAX_ZIP", 1 << 20)
    row, _ = hand_in([*usual().items(), (entry("noise"), random.Random(0).randbytes(2 << 20))])
    assert row.result == "refused" and "is larger than 1 MB" in row.problems[0]


def test_encrypted(hand_in):
    content = bytearray(zipped(usual()))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + flags] |= 1
    row, _ = hand_in(bytes(content))
    assert row.result == "refused" and "encrypted" in row.problems[0]


def test_unusual_compression(hand_in):
    stored = entry(f"{PART}/dlcourse/knn.py", compress_type=zipfile.ZIP_STORED)
    assert hand_in([(stored, MODULE), (f"{PART}/{NOTEBOOK}", notebook())])[0].problems == []
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("dlcourse/knn.py", MODULE)
    row, _ = hand_in(file.getvalue())
    assert row.result == "refused" and "unusual way" in row.problems[0]


def test_two_copies_of_one_name(hand_in):
    row, files = hand_in([*usual().items(), (f"{PART}/dlcourse/knn.py", b"second")])
    assert "dlcourse/knn.py" not in files and "is there 2 times" in row.problems[0]


def test_names_that_differ_in_case(hand_in):
    row, files = hand_in({**usual(), f"{PART}/dlcourse/KNN.py": b"other"})
    assert files["dlcourse/knn.py"] == MODULE and "left out" in row.problems[0]


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", b"PK\x05\x06" + bytes(18), zipped({}), zipped({"essay.txt": b"?"})])
def test_nothing_to_take(hand_in, content):
    row, files = hand_in(content)
    assert row.result == "refused" and row.problems and files == {}


def test_what_systems_leave_behind_is_no_remark(hand_in):
    extra = {f"__MACOSX/{PART}/._knn.py": b"", f"{PART}/.DS_Store": b"", f"{PART}/manifest.json": b"{}"}
    extra |= {f"{PART}/.ipynb_checkpoints/{NOTEBOOK}": b"old", f"{PART}/dlcourse/__pycache__/knn.cpython-311.pyc": b""}
    assert hand_in({**usual(), **extra})[0].problems == []


def test_remarks_are_short_and_safe_for_a_terminal(hand_in):
    names = [f"../\x1b]0;evil\x07{i}\u202e{'x' * 300}.zip" for i in range(50)]
    row, _ = hand_in({**usual(), **{name: b"" for name in names}})
    assert len(row.problems) == intake.MAX_PROBLEMS + 1
    assert all(problem.isprintable() and len(problem) < 300 for problem in row.problems)


# ---------------------------------------------------------------------------------------------- hostile folders


@pytest.fixture
def secret(tmp_path):
    return put(tmp_path / "secret/knn.py", SECRET)


def nowhere(secret, folder):
    assert all(SECRET not in content for content in tree(folder).values())


@pytest.mark.parametrize("link", ["dlcourse/knn.py", "dlcourse", NOTEBOOK, "", "student"])
def test_links_are_not_followed(inbox, into, collect, secret, link):
    folder = inbox / "ada" / PART
    for name, content in usual().items():
        put(inbox / "ada" / name, content)
    place = inbox / "ada" if link == "student" else folder / link
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    os.symlink(secret if link.endswith((".py", ".ipynb")) else secret.parent, place)
    put(inbox / "ben.zip", zipped(usual()))
    rows = collect()
    assert any("link" in problem for problem in rows["ada"].problems) and rows["ben"].result == "new"
    nowhere(secret, into)


def test_a_folder_that_becomes_a_link_after_it_was_listed(inbox, secret):
    put(inbox / "ada/dlcourse/knn.py", MODULE)
    (file,) = intake.files_in_folder(inbox)
    shutil.rmtree(inbox / "ada/dlcourse")
    os.symlink(secret.parent, inbox / "ada/dlcourse")
    with pytest.raises(OSError):
        file.read(1000)


def test_hard_links_are_not_read(inbox, into, collect, secret):
    put(inbox / "ada" / NOTEBOOK, notebook())
    (inbox / "ada/dlcourse").mkdir()
    os.link(secret, inbox / "ada/dlcourse/knn.py")
    assert any("hard link" in problem for problem in collect()["ada"].problems)
    nowhere(secret, into)


def test_a_linked_zip_is_not_read(inbox, into, collect, tmp_path):
    os.symlink(put(tmp_path / "other.zip", zipped(usual())), inbox / "ada.zip")
    (inbox / "ben").mkdir()
    os.symlink(tmp_path / "other.zip", inbox / "ben" / ZIP)
    rows = collect()
    assert {row.result for row in rows.values()} == {"refused"} and "link" in rows["ben"].problems[0]


def test_pipes_and_sockets_are_not_waited_for(inbox, collect):
    put(inbox / "ada" / NOTEBOOK, notebook())
    (inbox / "ada/dlcourse").mkdir()
    os.mkfifo(inbox / "ada/dlcourse/knn.py")
    os.mkfifo(inbox / "ben.zip")
    rows = collect()
    assert any("not an ordinary file" in problem for problem in rows["ada"].problems)
    assert "not an ordinary file" in rows["ben"].problems[0]


def test_a_link_where_submissions_go_is_not_followed(into, hand_in, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    into.mkdir()
    os.symlink(tmp_path / "elsewhere", into / "ada")
    row, _ = hand_in(usual())
    assert row.result == "refused" and "link" in row.problems[0]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_with_too_many_files(inbox, collect, monkeypatch):
    monkeypatch.setattr(intake, "MAX_FILES", 20)
    for i in range(50):
        put(inbox / f"ada/{i:02}.txt", b"")
    put(inbox / "ben.zip", zipped(usual()))
    rows = collect()
    assert rows["ada"].result == "refused" and rows["ben"].result == "new"


# ---------------------------------------------------------------------------------------------- hostile notebooks


def spoil_points(content):
    for cell in content["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks.update(points=1000, locked=False, solution=True, grade=True)
            cell["metadata"]["editable"] = True
            if cell["cell_type"] == "code":
                cell["source"] = "30"
                cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "30", "text/html": "<script>"}}]


def spoil_cells(content):
    content["cells"] = [cell for cell in content["cells"] if cell["id"] in (QUESTION, "knn-accuracy")][::-1]
    content["cells"].append({"cell_type": "raw", "id": "mine", "metadata": {}, "source": "<script>alert(1)</script>"})
    content["metadata"] = {"kernelspec": {"name": "evil"}, "widgets": {"x": "<script>"}}


@pytest.mark.parametrize("change", [spoil_points, spoil_cells])
def test_only_answers_are_taken_from_a_notebook(hand_in, change):
    _, files = hand_in({NOTEBOOK: notebook(change=change)})
    assert without_answers(files[NOTEBOOK]) == without_answers(RELEASED)
    assert json.loads(files[NOTEBOOK])["metadata"] == json.loads(RELEASED)["metadata"]
    assert answer_in(files) == "My answer."


def test_missing_answer_cells_are_named_and_there_again(hand_in):
    def renamed(content):
        for cell in content["cells"]:
            if cell["id"] == QUESTION:
                cell["id"] = cell["metadata"]["nbgrader"]["grade_id"] = "mine"

    row, files = hand_in({**usual(), f"{PART}/{NOTEBOOK}": notebook(change=renamed)})
    assert row.problems == [f"The answer cell {QUESTION} is missing in {NOTEBOOK}"]
    assert answer_in(files) == "YOUR ANSWER HERE"


def test_an_answer_whose_mark_got_lost_is_known_by_its_id(hand_in):
    def unmarked(content):
        for cell in content["cells"]:
            cell["metadata"] = {}

    assert answer_in(hand_in({NOTEBOOK: notebook(change=unmarked)})[1]) == "My answer."


def test_a_cell_that_is_there_twice_loses_no_text(hand_in):
    def copied(content):
        cell = next(cell for cell in content["cells"] if cell["id"] == QUESTION)
        content["cells"] += [{**cell, "source": "And more."}, {**cell, "source": "YOUR ANSWER HERE"}]

    row, files = hand_in({**usual(), f"{PART}/{NOTEBOOK}": notebook(change=copied)})
    assert answer_in(files) == "My answer.\n\nAnd more." and "3 times" in row.problems[0]


NO_NOTEBOOKS = {
    "not JSON": b"{",
    "empty": b"",
    "a list": b"[]",
    "no cells": b'{"nbformat": 4}',
    "format 3": b'{"nbformat": 3, "worksheets": [{"cells": []}]}',
    "format 3 with cells": b'{"nbformat": 3, "cells": []}',
    "cells of anything": b'{"nbformat": 4, "cells": [1, null, [], "x", {"metadata": 1, "id": []}, {"id": "x", "source": [1]}]}',
    "deep": b"[" * 200_000,
    "deep in a cell": b'{"nbformat": 4, "cells": ' + b"[" * 200_000,
    "a huge number": b'{"nbformat": ' + b"9" * 100_000 + b"}",
    "many cells": b'{"nbformat": 4, "cells": [' + b"{}," * 10_000 + b"{}]}",
    "latin-1": '{"nbformat": 4, "cells": [{"source": "\xe4"}]}'.encode("latin-1"),
    "UTF-16 without a mark": notebook().decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("content", NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_a_broken_notebook_leaves_the_questions_unanswered(hand_in, content):
    row, files = hand_in({**usual(), f"{PART}/{NOTEBOOK}": content})
    assert row.result == "new" and row.problems
    assert json.loads(files[NOTEBOOK]) == json.loads(RELEASED) and files["dlcourse/knn.py"] == MODULE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(hand_in, encoding):
    row, files = hand_in({NOTEBOOK: notebook("Größe").decode().encode(encoding), "knn.py": "# Größe".encode(encoding)})
    assert row.problems == [] and answer_in(files) == "Größe"
    assert files["dlcourse/knn.py"].decode("utf-8-sig") == "# Größe"


def test_a_module_that_is_not_utf8_is_said_now_and_when_it_is_graded(hand_in, into):
    row, _ = hand_in(usual(**{f"{PART}/dlcourse/knn.py": "# Größe".encode("latin-1")}))
    assert row.result == "new" and "not UTF-8" in row.problems[0]
    assert "dlcourse/knn.py is not UTF-8 text" in read_class([into])[0].problems


def test_answers_are_text_that_can_be_stored(hand_in):
    def spoiled(content):
        cell = next(cell for cell in content["cells"] if cell["id"] == QUESTION)
        cell["source"] = ["a\ud800b\0c\x1b[31m\r\n", "d\r" + "e" * 100_000]
        cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}

    row, files = hand_in({**usual(), f"{PART}/{NOTEBOOK}": notebook(change=spoiled)})
    assert answer_in(files).startswith("a?bc[31m\nd\neee") and len(answer_in(files)) == intake.MAX_ANSWER["markdown"]
    assert "longer than 20,000 characters" in row.problems[0] and b"svg" not in files[NOTEBOOK]


# ---------------------------------------------------------------------------------------------- Markdown


class Dangers(HTMLParser):
    """Collects what a page must not get from a student."""

    PLAIN = "p em strong code pre span div ul ol li a h1 h2 h3 blockquote table thead tbody tr th td br hr del dl dt dd".split()

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("on") or name == "style" or (name in ("href", "src") and not value.startswith(("http", "#"))):
                self.found.append((tag, name, value))
        if tag not in self.PLAIN:
            self.found.append(tag)

    def handle_comment(self, data):
        self.found.append("comment")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<SVG/onload=alert(1)>",
    "text <b onclick=alert(1)>bold</b>",
    "<!-- comment",
    "<?xml?>",
    "</div></div><form action=//evil>",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "$<script>alert(1)</script>$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    "\\begin{x}<script>\\end{x}",
    "`<script>`<script>",
    "\\<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6a;avascript&colon;alert(1))",
    "[x](\tjavascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x][y]\n\n[y]:\n  javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](https://evil/pixel.png)",
    "![x](attachment:missing.png)",
    "![x][y]\n\n[y]: https://evil/pixel.png",
    "![x](../../../secret.png)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    '[x](https://a "<img src=x onerror=alert(1)>")',
    '[x](https://a"onmouseover="alert(1))',
    "<<script>script>alert(1)</script>",
    "<scr<script>ipt>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_html_in_an_answer_is_text_on_any_page(source):
    shown = intake.harmless_markdown(source)
    for render in (markdown2html_mistune, nbgrader_plugin.markdown):
        parser = Dangers()
        parser.feed(render(shown))
        parser.close()
        assert parser.found == []
    assert intake.harmless_markdown(shown) == shown


def test_any_mixture_of_markdown_is_text_on_any_page():
    random_source = random.Random(0)
    pieces = [*HOSTILE, *"`$\\[]()!<>&:\n#*_-|~", "```", "$$", "\n\n", "    ", "javascript:", "&lt;", "\\(", "> ", "- "]
    for _ in range(300):
        parser = Dangers()
        parser.feed(markdown2html_mistune(intake.harmless_markdown("".join(random_source.choices(pieces, k=12)))))
        parser.close()
        assert parser.found == []


ORDINARY = [
    "Because $a < b$ and $$\\sum_i |q_i - p_i|$$ holds, **not** `x[1](2)`.\n\n- one\n- two\n\n> quoted",
    "| k | accuracy |\n|---|---|\n| 1 | 0.5 |",
    "See [the notes](https://cs231n.github.io) & 3 < 5, 5 > 3; $\\begin{matrix}1&2\\\\3&4\\end{matrix}$",
    "```python\nif a < b:\n    print(x[0])\n```",
    "Ünïcödé, 日本語, 👩‍👩‍👧",
]


@pytest.mark.parametrize("source", ORDINARY)
def test_ordinary_markdown_and_formulas_look_the_same(source):
    shown = markdown2html_mistune(intake.harmless_markdown(source))
    assert shown.replace("] (", "](") == markdown2html_mistune(source)


def test_a_formula_without_spaces_stays_a_formula():
    assert markdown2html_mistune(intake.harmless_markdown("$a<b$")) == "<p>$a&lt; b$</p>\n"


# ---------------------------------------------------------------------------------------------- the command


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", "collect", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code or 0
        shown = capsys.readouterr()
        return status, shown.out, " ".join(shown.err.split())

    return run


def test_the_command_prints_a_row_for_everyone(run, inbox, into):
    put(inbox / "ada.zip", zipped(usual()))
    put(inbox / "ben.zip", b"broken")
    status, out, _ = run(inbox, "--into", into)
    assert status == 0 and "ada" in out and "refused" in out and "1 of 2 students" in out
    status, out, _ = run(inbox, "--into", into, "--json")
    ada, ben = map(json.loads, out.splitlines())
    assert ada["result"] == "unchanged" and ben["problems"] == ["It is no zip, or a damaged one"]


def test_bad_input_ends_in_one_sentence(run, inbox, into, tmp_path):
    essay = put(tmp_path / "essay.txt", b"?")
    good = put(inbox / "ada.zip", zipped(usual()))
    (tmp_path / "empty").mkdir()
    times = put(tmp_path / "times.csv", b"student,received\nada,yesterday\n")
    columns = put(tmp_path / "columns.csv", b"who,when\nada,2026-01-01\n")
    cases = {
        "does not exist": [tmp_path / "nowhere", "--into", into],
        "is no zip": [essay, "--into", into],
        "nothing that was handed in": [tmp_path / "empty", "--into", into],
        "is a file": [inbox, "--into", essay],
        "lie in each other": [inbox, "--into", inbox / "submitted"],
        "'yesterday' is no time": [good, "--into", into, "--received-from", times],
        "line 2: give the columns": [good, "--into", into, "--received", columns],
        "cannot be read as CSV": [good, "--into", into, "--received", tmp_path / "nowhere.csv"],
    }
    for sentence, arguments in cases.items():
        status, out, error = run(*arguments)
        assert status == 1 and sentence in error and "Traceback" not in error and out == ""
    assert not into.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_to_write(run, inbox, into):
    put(inbox / "ada.zip", zipped(usual()))
    into.mkdir(mode=0o500)
    status, _, error = run(inbox, "--into", into)
    assert status == 1 and "cannot be written to" in error


def test_a_class_of_nothing_but_reasons_fails(run, inbox, into):
    put(inbox / "ada.zip", b"broken")
    assert run(inbox, "--into", into)[0] == 1


# ---------------------------------------------------------------------------------------------- fuzz


def test_any_damage_to_a_zip_ends_in_a_submission_or_a_reason(inbox, into, tmp_path, collect):
    chance, good = random.Random(7), zipped({**usual(), f"{PART}/manifest.json": b"{}"})
    directory = good.index(b"PK\x01\x02")
    for i in range(300):
        content = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 8))):
            at = chance.randrange(directory if i % 2 else 0, len(content))  # half of it where the names and sizes are
            match chance.randrange(5):
                case 0:
                    content[at] = chance.randrange(256)
                case 1:
                    content[at : at + 4] = b"\xff\xff\xff\xff"
                case 2:
                    del content[at : at + chance.randrange(1, 50)]
                case 3:
                    content[at:at] = chance.randbytes(chance.randrange(1, 20))
                case 4:
                    content[at : at + 3] = b"../"
            directory = min(directory, len(content) - 1)
        put(inbox / f"s{i:03}.zip", bytes(content))
    rows = collect()
    assert len(rows) == 300
    for student, row in rows.items():
        assert row.result in ("new", "refused") and (row.result == "new" or row.problems)
        files = tree(into / student / PART)
        assert bool(files) == (row.result == "new")
        assert files.keys() <= {NOTEBOOK, "dlcourse/knn.py", "timestamp.txt"}
        assert not files or without_answers(files[NOTEBOOK]) == without_answers(RELEASED)
    assert {path.name for path in tmp_path.iterdir()} == {"inbox", "submitted"}
    assert {path.name for path in into.iterdir()} <= set(rows)
