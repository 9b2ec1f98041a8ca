"""Scores for spreadsheets, Canvas and Moodle: the right columns, the right people, and no formula among the names."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from autograder import exports
from autograder.cli import app
from autograder.grading import ExerciseResult, Report
from autograder.locations import COURSE_ROOT, CourseError
from autograder.roster import read_roster
from autograder.standings import Standing, Standings

DUE = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
# As Canvas exports a gradebook: https://github.com/instructure/canvas-lms, lib/gradebook_exporter.rb
CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Part 1: knn (4711),Quiz (4712),Current Score
    Points Possible,,,,,30,10,(read only)
"Lovelace, Ada",101,u-1,ada,"Deep learning, A",,9,90
"Çelik, İpek",102,u-2,ipek,"Deep learning, A",,8,80
"Student, Test",103,,5f2e,"Deep learning, A",,,
"""
# As Moodle exports grades as plain text: https://docs.moodle.org/en/Grade_export
MOODLE = """First name,Last name,ID number,Email address,Course total
Ada,Lovelace,u-1,ada@example.org,-
İpek,Çelik,u-2,ipek@example.org,-
Nobody,Yet,u-3,nobody@example.org,-
"""


def standing(student, score, part="part1_knn", **values):
    exercises = [
        ExerciseResult("knn.accuracy", part, score / 2, 15, ""),
        ExerciseResult("knn.l1_distances", part, score / 2, 15, ""),
    ]
    return Standing(student, part, exercises, [], score, 30, **values)


def of(*found, parts=("part1_knn",)):
    students = sorted({each.student for each in found})
    return Standings(list(parts), students, {(each.student, each.part): each for each in found})


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def listed(tmp_path):
    """Write a class list and read it."""

    def write(text, encoding="utf-8"):
        (tmp_path / "list.csv").write_bytes(text.encode(encoding))
        return read_roster(tmp_path / "list.csv")

    return write


CLASS = of(standing("lovelaceada", 28.5), standing("İpek_Çelik", 2 / 3))


# ------------------------------------------------------------------------------------------------------------------ one table


def test_table_has_every_exercise_and_what_became_of_the_points():
    late = standing("ada", 20, handed_in=DUE + timedelta(hours=25), deadline=DUE, penalty=4.0, waiting=2)
    found = of(late, standing("ben", 10, "part2_linear"), parts=("part1_knn", "part2_linear"))
    header, ada, ben = rows_of(exports.everything(found))
    cells = dict(zip(header, ada, strict=True))
    assert cells["student"] == "ada" and cells["part1_knn: score (of 30)"] == "16"
    assert cells["part1_knn: points before the penalty"] == "20" and cells["part1_knn: late penalty"] == "4"
    assert cells["part1_knn: hours late"] == "25" and cells["part1_knn: handed in"] == "2026-03-02T19:00:00+00:00"
    assert cells["part1_knn: answers not graded yet"] == "2" and header[8] == "knn.accuracy (of 15)" and ada[8:10] == ["10", "10"]
    assert [ada[-1], ben[2:10]] == ["", [""] * 8]  # what was not handed in is empty, and not 0


def test_table_with_a_class_list_has_everybody_and_also_who_is_not_in_it(listed):
    roster = listed("student,email\nada,ada@x\nzoë,zoe@x\n")
    rows = rows_of(exports.everything(of(standing("ada@x", 3), standing("stranger", 2)), roster))
    assert [row[:3] for row in rows[1:]] == [["ada@x", "ada", "3"], ["zoe@x", "zoë", ""], ["stranger", "", "2"]]


def test_lines_end_as_rfc_4180_says_and_numbers_have_a_point():
    text = exports.everything(of(standing("ada", 2 / 3)))
    assert text.count("\r\n") == text.count("\n") == 2 and "0.67" in text


# ------------------------------------------------------------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'=1"), ("\r\n=1", "'=1"),
        (" =1", "'=1"), ("＝1", "'＝1"), ("a\nb", "a b"), ("\u202e=1", "'=1"), ("x\u2066y", "xy"),
        ("O'Neil, Zoë-Ann", "O'Neil, Zoë-Ann"), ("می‌خواهم", "می‌خواهم"), ("a=b", "a=b"), ("", ""),
    ],
)  # fmt: skip
def test_text_is_never_a_formula_and_otherwise_stays(name, cell):
    assert exports.safe(name) == cell


@pytest.mark.parametrize("write", [exports.everything, lambda c: exports.canvas(c)[0], lambda c: exports.moodle(c)[0]])
@pytest.mark.parametrize("sign", "=+-@")
def test_no_cell_of_any_table_that_a_student_wrote_begins_like_a_formula(write, sign):
    rows = rows_of(write(of(standing(f'{sign}cmd|"/c calc"!A1', 3), standing("ada", 2))))
    texts = [cell for row in rows for cell in row if cell[:1] and cell[0] in "=+-@\t\r"]
    assert texts == []


# -------------------------------------------------------------------------------------------------------------------- Canvas


def test_canvas_gets_its_own_rows_and_columns_back_with_our_scores(listed):
    text, warnings = exports.canvas(CLASS, listed(CANVAS))
    header, possible, *students = rows_of(text)
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Part 1: knn (4711)"]
    assert [possible[0].strip(), *possible[1:]] == ["Points Possible", "", "", "", "", "30"]
    assert students == [
        ["Lovelace, Ada", "101", "u-1", "ada", "Deep learning, A", "28.5"],
        ["Çelik, İpek", "102", "u-2", "ipek", "Deep learning, A", "0.67"],
        ["Student, Test", "103", "", "5f2e", "Deep learning, A", ""],
    ]
    assert warnings == []


def test_canvas_number_in_the_name_of_a_folder_tells_whose_it_is_whatever_the_name(listed):
    found = of(standing("countess_101", 3), standing("_pek_102-b4bc0d2b", 2), standing("x_999", 1))
    text, warnings = exports.canvas(found, listed(CANVAS))
    assert [row[-1] for row in rows_of(text)[2:]] == ["3", "2", ""] and len(warnings) == 1 and "'x_999'" in warnings[0]


def test_canvas_without_its_export_gets_the_folders_names_as_logins():
    header, possible, ada = rows_of(exports.canvas(of(standing("ada", 30)))[0])
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Part 1: knn"]
    assert "Points Possible" in possible[0] and ada == ["ada", "", "", "ada", "", "30"]


def test_canvas_assignment_of_another_title_is_named_and_a_new_one_is_said(listed):
    text, warnings = exports.canvas(CLASS, listed(CANVAS), "quiz")
    assert rows_of(text)[0][-1] == "Quiz (4712)"
    assert warnings == ["'Quiz (4712)' is worth 10 points in Canvas and 30 here: importing changes Canvas."]
    text, warnings = exports.canvas(CLASS, listed(CANVAS), "Homework 1")
    assert rows_of(text)[0][-1] == "Homework 1"
    assert len(warnings) == 1 and "has no assignment 'Homework 1': Canvas will offer to make a new one" in warnings[0]


def test_canvas_with_several_parts_has_a_column_for_each(listed):
    found = of(standing("ada", 30), standing("ada", 5, "part2_linear"), parts=("part1_knn", "part2_linear"))
    text, warnings = exports.canvas(found, listed(CANVAS))
    assert rows_of(text)[0][5:] == ["Part 1: knn (4711)", "Part 2: linear"] and rows_of(text)[2][5:] == ["30", "5"]
    with pytest.raises(CourseError, match="--assignment names one assignment: say which part"):
        exports.canvas(found, None, "x")


def test_canvas_export_with_more_columns_between_student_and_section_keeps_them(listed):
    text = "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section\nAda,1,u,ada,,x.edu,A\n"
    header, _, ada = rows_of(exports.canvas(of(standing("ada", 30)), listed(text))[0])
    assert header[4:] == ["Integration ID", "Root Account", "Section", "Part 1: knn"] and ada[4:] == ["", "x.edu", "A", "30"]


def test_class_list_that_is_no_canvas_export_is_refused(listed):
    with pytest.raises(CourseError, match="is no export of Canvas's gradebook: it has no columns Student, ID and Section"):
        exports.canvas(CLASS, listed(MOODLE))


# -------------------------------------------------------------------------------------------------------------------- Moodle


@pytest.mark.parametrize(
    ("by", "column", "names"),
    [("email", "Email address", ["ada@example.org", "ipek@example.org"]), ("idnumber", "ID number", ["u-1", "u-2"])],
)
def test_moodle_gets_one_column_to_find_users_by_and_a_dash_for_no_grade(by, column, names, listed):
    text, warnings = exports.moodle(CLASS, listed(MOODLE), by)
    header, ada, ipek, nobody = rows_of(text)
    assert header == [column, "Part 1: knn"] and [ada, ipek] == [[names[0], "28.5"], [names[1], "0.67"]]
    assert nobody[1] == "-" and warnings == []


def test_moodle_without_a_column_to_find_users_by_is_refused(listed):
    with pytest.raises(CourseError, match="has no column 'Username', only First name, .*--identify-by"):
        exports.moodle(CLASS, listed(MOODLE), "username")
    with pytest.raises(CourseError, match="does not find users by 'phone': give email, idnumber, username"):
        exports.moodle(CLASS, None, "phone")


def test_moodle_user_without_the_identity_is_left_out_and_said(listed):
    text, warnings = exports.moodle(CLASS, listed(MOODLE.replace("nobody@example.org", "")))
    assert len(rows_of(text)) == 3 and len(warnings) == 1 and "'Nobody Yet' has no Email address" in warnings[0]


def test_moodle_identity_that_could_be_a_formula_is_said_because_moodle_will_not_find_it(listed):
    text, warnings = exports.moodle(of(standing("ada", 1)), listed("Username,Email address\nada,=ada@x\n"))
    assert rows_of(text)[1][0] == "'=ada@x" and "Moodle will not find it" in warnings[0]


# ------------------------------------------------------------------------------------------------------------- who is who


@pytest.mark.parametrize("folder", ["lovelaceada", "Ada_Lovelace", "ada", "ADA", "u-1", "101", "lovelaceada_101"])
def test_folder_is_found_by_login_number_or_name_as_platforms_write_them(folder, listed):
    assert listed(CANVAS).match([folder]) == {folder: 0}


def test_name_that_intake_could_not_take_as_it_is_is_found(listed):
    from autograder.intake import folder_name

    folder = folder_name("o'neil&sons", {})
    assert folder != "o'neil&sons" and listed("student\nada\no'neil&sons\n").match([folder]) == {folder: 1}


def test_folder_that_fits_nobody_is_left_out_and_said(listed):
    text, warnings = exports.canvas(of(standing("stranger", 3)), listed(CANVAS))
    assert "3" not in [row[-1] for row in rows_of(text)[2:]]
    assert len(warnings) == 1 and "'stranger' is in no row of" in warnings[0] and "was left out" in warnings[0]


def test_two_of_the_same_name_are_not_guessed(listed):
    twins = listed("Student,ID,SIS Login ID,Section\nAda Abe,1,a1,A\nAda Abe,2,a2,A\n")
    assert twins.match(["a2", "adaabe1"]) == {"a2": 1, "adaabe1": 0}
    with pytest.raises(CourseError, match=r"'ada_abe' fits several rows \(2, 3\): rename its folder"):
        twins.match(["ada_abe"])


def test_two_folders_of_one_person_are_refused(listed):
    with pytest.raises(CourseError, match="'Ada_Lovelace' and 'lovelaceada' are both 'Lovelace, Ada': leave one"):
        listed(CANVAS).match(["Ada_Lovelace", "lovelaceada"])


WRONG_LISTS = {
    "somebody twice": ("student,email\nada,a@x\nben,A@x\n", "'a@x' is there twice, for 'ada' and 'ben': leave one"),
    "no column of people": ("grade,room\n1,2\n", "has no column that says who somebody is, only grade, room: export"),
    "empty": ("", "has no column that says who somebody is, only nothing"),
}


@pytest.mark.parametrize("case", WRONG_LISTS)
def test_class_list_that_cannot_be_used_is_said(case, listed):
    text, sentence = WRONG_LISTS[case]
    with pytest.raises(CourseError, match=sentence):
        listed(text)


def test_class_list_in_another_encoding_or_missing_is_said(listed, tmp_path):
    with pytest.raises(CourseError, match="is not UTF-8 text: save it as CSV in UTF-8"):
        listed(CANVAS.removeprefix("\ufeff").replace("İ", "I"), "latin-1")
    with pytest.raises(CourseError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_class_list_with_another_delimiter_is_read(delimiter, listed):
    assert listed(MOODLE.replace(",", delimiter)).match(["ada@example.org"]) == {"ada@example.org": 0}


# ----------------------------------------------------------------------------------------------------------- the command line


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in the current folder with two recorded submissions."""
    shutil.copy(COURSE_ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / ".autograder").mkdir()
    lines = []
    for each in CLASS.of.values():
        report = Report(each.student, each.exercises, "bubblewrap", "0.1.0+test", {})
        lines.append({"key": each.student, "student": each.student, "part": each.part, "report": report.as_dict()})
    (tmp_path / ".autograder/results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (tmp_path / "canvas export.csv").write_text(CANVAS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.parametrize("kind", ["csv", "canvas", "moodle"])
def test_each_export_writes_its_file_in_utf_8_and_says_so(kind, course):
    done = run("export", kind, "--part", "part1_knn", "--output", "out.csv")
    assert done.exit_code == 0 and "Written: out.csv" in done.output
    rows = rows_of((course / "out.csv").read_bytes().decode("utf-8"))
    assert any("İpek_Çelik" in row for row in rows) and any("28.5" in row for row in rows)


def test_export_merges_into_the_platform_s_own_list(course):
    done = run("export", "canvas", "--roster", "canvas export.csv")
    assert done.exit_code == 0
    assert rows_of((course / "canvas.csv").read_text("utf-8"))[2][:2] == ["Lovelace, Ada", "101"]


def test_export_that_cannot_be_written_leaves_what_was_there(course, monkeypatch):
    (course / "out.csv").write_text("old")
    monkeypatch.setattr("autograder.report.os.replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    done = run("export", "csv", "--output", "out.csv")
    assert isinstance(done.exception, CourseError) and "the table cannot be written to out.csv: Permission denied" in str(
        done.exception
    )
    assert (course / "out.csv").read_text() == "old"
    assert sorted(path.name for path in course.iterdir() if "out" in path.name) == ["out.csv"]


def test_report_of_recorded_results_grades_nothing(course, monkeypatch):
    monkeypatch.setattr("autograder.cli.grade_all", lambda *_: pytest.fail("something was graded"))
    done = run("report", "--roster", "canvas export.csv")
    assert done.exit_code == 0 and "2 students, 2 submissions: report.html" in done.output
    assert "Student, Test" in (course / "report.html").read_text("utf-8")


def test_report_of_a_folder_grades_it_now(course):
    for student, name in (("ada", "solutions/dlcourse"), ("ben", "dlcourse")):
        (course / "submitted" / student / "part2_linear/dlcourse").mkdir(parents=True)
        shutil.copy(COURSE_ROOT / name / "linear.py", course / "submitted" / student / "part2_linear/dlcourse")
    done = run("report", "submitted", "--no-sandbox", "--jobs", 1, "--output", "now.html")
    assert done.exit_code == 0 and "2 students, 2 submissions: now.html" in done.output
    page = (course / "now.html").read_text("utf-8")
    assert "Part 2: linear" in page and "Part 1: knn" not in page


def test_still_waiting_answers_are_said():
    found = of(standing("ada", 3, waiting=2), standing("ben", 3, waiting=1), standing("cleo", 3))
    expected = ["3 written answers in 2 submissions wait for a person; they count 0 points so far."]
    assert exports.canvas(found)[1] == exports.moodle(found)[1] == expected
