"""course.toml: what an instructor decides holds everywhere, and what is wrong in it is said with its line."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder import build, checks, exports, gradescope, grading, intake, settings, standings
from autograder.locations import COURSE_ROOT, CourseError
from autograder.settings import Late, Settings

ALL = settings.all_parts()


@pytest.fixture
def course(tmp_path):
    """Write a course.toml and return the Settings in it."""

    def write(text, encoding="utf-8"):
        (tmp_path / "course.toml").write_bytes(text.encode(encoding))
        os.utime(tmp_path / "course.toml", ns=(0, hash(text) % 10**15))  # a new time, however fast this is
        return settings.settings(tmp_path)

    return write


@pytest.fixture
def decided(course, monkeypatch):
    """Decide something for the course that all modules ask about."""

    def decide(text):
        found = course(text)
        monkeypatch.setattr(checks, "settings", lambda *_: found)
        monkeypatch.setattr(build, "settings", lambda *_: found)
        return found

    return decide


def test_course_without_a_file_has_the_defaults_and_the_file_that_comes_with_it_says_the_same(tmp_path):
    usual = settings.settings(tmp_path)
    assert usual == Settings(parts=ALL) and usual.hints == 3 and usual.deadlines == usual.points == {}
    assert settings.settings(COURSE_ROOT) == usual
    assert all(each.points == each.usual_points and each.hints == tuple(each.all_hints) for each in checks.catalogue())


def test_every_setting_is_in_the_file_that_comes_with_the_course_and_is_explained():
    lines = (COURSE_ROOT / "course.toml").read_text("utf-8").splitlines()
    for key in ("title", "parts", "hints", "timezone", "deadlines", "points", "late", *Late.__dataclass_fields__):
        place = next(n for n, line in enumerate(lines) if re.match(rf"(# )?\[?{key}\b( =|\])", line))
        assert "# " in lines[place][5:] or lines[place - 1].startswith("# "), key


def test_examples_in_the_file_that_comes_with_the_course_are_right_once_the_comment_sign_is_gone(course):
    text = (COURSE_ROOT / "course.toml").read_text("utf-8")
    found = course(re.sub(r'^# (?=timezone|part\d|"knn)', "", text, flags=re.MULTILINE))
    assert found.points == {"knn.l2_distances": 5}
    assert found.deadlines["part1_knn"].utcoffset() == timedelta(hours=2)
    assert found.deadlines["part2_linear"] == datetime(2030, 10, 29, 18, tzinfo=UTC)


def test_everything_can_be_said(course):
    found = course(
        'title = "Tiefes Lernen, Ü"\nparts = ["part2_linear", "part1_knn"]\nhints = 1\ntimezone = "Asia/Kathmandu"\n'
        "[deadlines]\npart1_knn = 2030-01-02T03:04:05\npart2_linear = 2030-01-02 03:04:05+01:00\n"
        '[points]\n"knn.accuracy" = 2.25\n[late]\npercent_per_day = 10\nat_most = 50\ngrace_minutes = 15\n'
    )
    assert (found.title, found.parts, found.hints) == ("Tiefes Lernen, Ü", ("part1_knn", "part2_linear"), 1)
    assert found.points == {"knn.accuracy": 2.25} and found.late == Late(10, 50, 15)
    assert [each.astimezone(UTC).isoformat() for each in found.deadlines.values()] == [
        "2030-01-01T21:19:05+00:00",
        "2030-01-02T02:04:05+00:00",
    ]


def test_file_is_read_again_when_it_changed(course):
    assert course("hints = 1").hints == 1
    assert course("hints = 2").hints == 2


def test_windows_lines_and_a_byte_order_mark_are_read(course):
    assert course("\ufeffhints = 0\r\n[late]\r\nat_most = 5\r\n").late.at_most == 5


def test_hour_that_comes_twice_means_the_later_one(course):
    due = course('timezone = "Europe/Berlin"\n[deadlines]\npart1_knn = 2030-10-27T02:30:00').deadlines["part1_knn"]
    assert due.astimezone(UTC) == datetime(2030, 10, 27, 1, 30, tzinfo=UTC)


WRONG = {
    "no TOML": ("hints = 3\ntitle = Deep\n", r"line 2, column \d+: .*text in quotes"),
    "no such day": (
        "hints = 3\n[deadlines]\npart1_knn = 2030-13-45T18:00:00  # due\n",
        "line 3: 2030-13-45T18:00:00 is no date and time: write part1_knn = 2030-10-15T18:00:00",
    ),
    "date of another country": ("[deadlines]\npart1_knn = 15.10.2030 18:00\n", "line 2: 15.10.2030 18:00 is no date and time"),
    "decimal comma": ("[late]\npercent_per_day = 2,5\n", "line 2: a number has a decimal point: percent_per_day = 2.5"),
    "round quotes": ("title = “Deep”\n", "line 1: “Deep”: text stands in straight quotes"),
    "key twice": ("hints = 3\nhints = 2  # no, two\n", "line 2: hints = 2 comes after another line .* of that name"),
    "table twice": ("[late]\nat_most = 2\n[late]\ngrace_minutes = 1\n", r"line 3: \[late\] comes after another"),
    "open quote": ('title = "Deep\n', r"line 1, column \d+: title = .*text in quotes"),
    "open bracket": ('parts = ["part1_knn"\n', "may never have been closed"),
    "zone below the table": (
        '[deadlines]\npart1_knn = 2030-10-15T18:00:00\ntimezone = "Europe/Berlin"\n',
        r"line 3: timezone stands below \[deadlines\]",
    ),
    "points without end": ('[points]\n"knn.accuracy" = 1e300\n', "line 2: knn.accuracy is 1e\\+300: give a number of points, 0 to"),
    "grace without end": ("[late]\ngrace_minutes = 1e300\n", "line 2: grace_minutes is 1e\\+300: give minutes"),
    "unknown key": ("hint = 3\n", "line 1: there is no setting called 'hint'. Did you mean hints"),
    "unknown key in late": (
        "[late]\nper_day = 3\n",
        r"line 2: there is no setting called 'per_day' in \[late\]. .*percent_per_day",
    ),
    "unknown exercise": (
        '[points]\n"knn.accuracy" = 1\n"knn.l2_distance" = 3\n',
        "line 3: there is no exercise called 'knn.l2_distance'. Did you mean knn.l2_distances",
    ),
    "exercise without quotes": (
        "[points]\nknn.accuracy = 3\n",
        r'line 2: knn.accuracy has a dot in it: write the name in quotes, "knn.accuracy" = ',
    ),
    "unknown part": ('parts = ["part1_kn"]\n', "line 1: there is no part called 'part1_kn'. Did you mean part1_knn"),
    "unknown part with a deadline": ("[deadlines]\npart7_x = 2030-01-01T00:00:00Z\n", "line 2: there is no part called 'part7_x'"),
    "part twice": ('parts = ["part1_knn", "part1_knn"]\n', "line 1: .*part1_knn is there twice"),
    "no part": ("parts = []\n", "line 1: .*at least one part"),
    "parts as text": ('parts = "part1_knn"\n', "line 1: parts is 'part1_knn': give a list"),
    "negative points": ('[points]\n"knn.accuracy" = -1\n', "line 2: knn.accuracy is -1: give a number of points, 0 to 1000"),
    "points as text": ('[points]\n"knn.accuracy" = "2"\n', "line 2: knn.accuracy is '2': give a number"),
    "points not finite": ('[points]\n"knn.accuracy" = inf\n', "line 2: knn.accuracy is inf: give a number"),
    "points true": ('[points]\n"knn.accuracy" = true\n', "line 2: knn.accuracy is true: give a number"),
    "points too fine": ('[points]\n"knn.accuracy" = 0.333\n', "line 2: .*at most two decimals"),
    "date without zone": (
        "[deadlines]\npart1_knn = 2030-01-01T18:00:00\n",
        r'line 2: .*no time zone: add .*timezone = "Europe/Berlin" above .*T18:00:00Z',
    ),
    "date without time": ("[deadlines]\npart1_knn = 2030-01-01\n", "line 2: .*say the time of the day too"),
    "date as text": ('[deadlines]\npart1_knn = "2030-01-01 18:00"\n', "line 2: .*a date stands without quotes"),
    "time alone": ("[deadlines]\npart1_knn = 18:00:00\n", "line 2: .*give a date and a time"),
    "hour that is not": (
        'timezone = "Europe/Berlin"\n[deadlines]\npart1_knn = 2030-03-31T02:30:00\n',
        "line 3: .*there is no such time in Europe/Berlin",
    ),
    "unknown zone": ('timezone = "Europe/Berln"\n', "line 1: timezone is 'Europe/Berln': .*Did you mean Europe/Berlin"),
    "zone as number": ("timezone = 1\n", "line 1: timezone is 1: give a name such as"),
    "penalty above 100": (
        "[late]\npercent_per_day = 101\n",
        "line 2: percent_per_day is 101: give percent, a number from 0 to 100",
    ),
    "penalty below 0": ("[late]\nat_most = -1\n", "line 2: at_most is -1: give percent"),
    "grace below 0": ("[late]\ngrace_minutes = -1\n", "line 2: grace_minutes is -1: give minutes"),
    "late as number": ("late = 10\n", r"line 1: late is 10: this is a table: write \[late\] on a line of its own"),
    "too many hints": ("hints = 4\n", "line 1: hints is 4: give a whole number from 0"),
    "hints true": ("hints = true\n", "line 1: hints is true: give a whole number"),
    "hints not whole": ("hints = 1.5\n", "line 1: hints is 1.5"),
    "empty title": ('title = " "\n', "line 1: title is ' ': give one line of text"),
    "title of two lines": ('title = "a\\nb"\n', "line 1: title is"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(case, course):
    text, sentence = WRONG[case]
    with pytest.raises(CourseError, match=sentence) as error:
        course(text)
    assert "course.toml" in str(error.value) and "\n" not in str(error.value)


def test_file_that_is_no_text_is_said(course):
    with pytest.raises(CourseError, match="is not UTF-8 text"):
        course('title = "Ü"', "latin-1")


# ------------------------------------------------------------------------------------------------------ it holds everywhere


@pytest.mark.parametrize(
    ("seconds", "share"),
    [(0, 0), (600, 0), (601, 0.1), (86_400, 0.1), (86_401, 0.2), (3 * 86_400, 0.3), (3 * 86_400 + 1, 0.35), (10**8, 0.35)],
)
def test_penalty_grows_with_each_day_begun_up_to_its_limit_after_the_grace(seconds, share):
    assert Late(10, 35, 10).share(seconds) == pytest.approx(share)


def test_points_and_version_of_what_is_graded_change_together(decided):
    perfect = grading.read_submission(COURSE_ROOT / "solutions")
    before, usual = grading.grade(perfect, part="part2_linear"), grading.course_version()
    decided('[points]\n"linear.predict_labels" = 7.5\n')
    after = grading.grade(perfect, part="part2_linear")
    points = {each.name: (each.points, each.max_points) for each in after.exercises}
    assert points.pop("linear.predict_labels") == (7.5, 7.5)
    assert points == {e.name: (e.points, e.max_points) for e in before.exercises if e.name in points}
    assert after.course == grading.course_version() != usual
    decided("hints = 1")
    assert grading.course_version() == usual  # hints decide about no point


def test_points_that_are_the_usual_ones_make_no_other_version(decided):
    usual = grading.course_version()
    decided(f'[points]\n"knn.accuracy" = {checks.find("knn.accuracy").usual_points}\n')
    assert grading.course_version() == usual


def test_students_see_as_many_hints_as_the_course_says(decided):
    blank = grading.read_submission(COURSE_ROOT)
    decided("hints = 1")
    assert all(len(each.hints) == 1 for each in checks.catalogue())
    decided("hints = 0")
    assert not any(each.hints for each in checks.catalogue())
    found = grading.grade(blank, part="part2_linear")
    assert [check.hint for exercise in found.exercises for check in exercise.checks if check.hint] == []


def test_part_that_is_left_out_is_neither_graded_nor_collected_nor_released(decided):
    decided('parts = ["part1_knn", "part3_loss_optimization"]\n')
    assert checks.parts() == ["part1_knn", "part3_loss_optimization"]
    assert {each.part for each in checks.select()} == {"part1_knn", "part3_loss_optimization"}
    with pytest.raises(CourseError, match="part2_linear is not in this course: course.toml leaves it out"):
        checks.select("part2_linear")
    assert [part.name for part in intake.course_parts()] == ["part1_knn", "part3_loss_optimization"]
    assert checks.find("linear.templates").part == "part2_linear"  # a later part may still use it


SOURCE = '# %%\ncheck("linear.templates")\n'


def test_built_notebooks_have_the_points_of_the_course_and_are_run_again_when_these_change(decided, tmp_path):
    def built():
        return build.solution_notebook(source, target, tmp_path, lambda *_: runs.append(1))

    runs, source, target = [], tmp_path / "text.py", tmp_path / "built.ipynb"
    source.write_text(SOURCE)
    target.write_bytes(built())
    usual = target.read_bytes()
    assert built() == usual and len(runs) == 1
    decided('[points]\n"linear.templates" = 9\n"knn.accuracy" = 5\n')
    target.write_bytes(built())
    notebook = nbformat.read(target, 4)
    assert notebook.cells[0].metadata.nbgrader.points == 9 and notebook.metadata.dlcourse.points == {"linear.templates": 9}
    assert built() == target.read_bytes() and len(runs) == 2  # the same bytes, and not run again
    decided("")
    assert built() == usual and len(runs) == 3


def test_assignments_are_built_for_the_parts_that_are_in(decided, tmp_path):
    shutil.copy(COURSE_ROOT / "nbgrader_config.py", tmp_path)
    notebook = build.read_source(SOURCE, "x")
    content = (nbformat.writes(notebook) + "\n").encode()
    solved = {Path("solutions", part, "x.ipynb"): content for part in ("part1_knn", "part2_linear")}
    decided('parts = ["part2_linear"]\n')
    assert list(build.student_files(tmp_path, solved)) == [Path("assignments/part2_linear/x.ipynb")]


def test_gradescope_gets_the_settings_too():
    assert gradescope.files_for("part2_linear", True)["course.toml"] == (COURSE_ROOT / "course.toml").read_bytes()


def test_command_line_says_what_is_wrong_and_ends(tmp_path):
    for folder in ("autograder", "dlcourse", "solutions/dlcourse"):
        shutil.copytree(COURSE_ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    (tmp_path / "course.toml").write_text("hints = 9\n")
    done = subprocess.run([sys.executable, "-m", "autograder.cli", "grade", "solutions"], cwd=tmp_path, capture_output=True,
                          text=True, env=os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200"})  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "course.toml, line 1: hints is 9: give a whole number from 0 (none) to 3 (all of them)" in " ".join(done.stderr.split())


# ------------------------------------------------------------------------------------ the same final score, whoever computes it


COMMANDS = [
    ["nbgrader", "generate_assignment", "part2_linear"],
    ["autograder.cli", "grade", "submitted", "--gradebook", "--no-sandbox", "--jobs", "1", "--json"],
]
TOML = """timezone = "Europe/Berlin"
[deadlines]
part2_linear = 2026-03-01T18:00:00
[late]
percent_per_day = 10
at_most = 50
grace_minutes = 30
"""
HANDED_IN = {
    "in-time": "2026-03-01 16:59:00",
    "grace": "2026-03-01 17:29:00",
    "late": "2026-03-02 17:30:00",
    "very": "2026-04-01 17:00:00",
}
SHARES = {"in-time": 1, "grace": 1, "late": 0.8, "very": 0.5}


@pytest.mark.slow
def test_nbgrader_our_gradebook_report_and_exports_give_the_same_final_score(tmp_path):
    root = tmp_path / "course"
    root.mkdir()
    for name in ("autograder", "dlcourse", "solutions", "assignments/part2_linear"):
        shutil.copytree(COURSE_ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "notebooks"))
    shutil.copy(COURSE_ROOT / "nbgrader_config.py", root)
    (root / "course.toml").write_text(TOML)
    for student, when in HANDED_IN.items():
        folder = root / "submitted" / student / "part2_linear"
        (folder / "dlcourse").mkdir(parents=True)
        shutil.copy(root / "solutions/dlcourse/linear.py", folder / "dlcourse")
        shutil.copy(root / "assignments/part2_linear/linear_classifier.ipynb", folder)
        (folder / "timestamp.txt").write_text(f"{when} UTC")
    environment = os.environ | {"PYTHONPATH": str(root), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def run(command, cwd):
        done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(COMMANDS[0], root)
    stock = tmp_path / "stock"
    shutil.copytree(root, stock)
    reports = [json.loads(line) for line in run(COMMANDS[1], root).splitlines() if line.startswith("{")]
    full = reports[0]["points"]
    assert full == sum(each.points for each in checks.select("part2_linear"))
    environment["PYTHONPATH"] = str(stock)
    run(["nbgrader", "autograde", "part2_linear", "--student", "very"], stock)
    expected = {student: pytest.approx(full * share) for student, share in SHARES.items()}
    assert scores_in(root) == expected
    assert scores_in(stock) == {"very": expected["very"]}
    found = standings.recorded(root)
    assert {student: found.of[student, "part2_linear"].score for student in found.students} == expected
    assert found.notes == []
    table = exports.moodle(found, None, "username")[0].splitlines()
    assert {row.split(",")[0]: float(row.split(",")[1]) for row in table[1:]} == expected
    # A person grades an answer, and the rule changes: the next run brings the gradebook up to date.
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        by_hand = next(g for g in book.find_submission("part2_linear", "late").notebooks[0].grades if not g.auto_score)
        by_hand.manual_score = 2.0
        book.db.commit()
    (root / "course.toml").write_text(TOML.replace("= 10", "= 20"))
    assert "autograder grade submitted --gradebook brings it up to date" in standings.recorded(root).notes[0]
    environment["PYTHONPATH"] = str(root)
    run(COMMANDS[1], root)
    found = standings.recorded(root)
    assert found.notes == [] and found.of["late", "part2_linear"].score == pytest.approx((full + 2) * 0.6)
    assert scores_in(root)["late"] == pytest.approx((full + 2) * 0.6)


def scores_in(root):
    """Return {student: final score} as `nbgrader export` computes it."""
    found = {}
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        for student in book.students:
            try:
                submission = book.find_submission("part2_linear", student.id)
            except MissingEntry:
                continue
            found[student.id] = submission.score - submission.late_submission_penalty
    return found
