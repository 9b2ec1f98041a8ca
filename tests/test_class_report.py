"""The class report: what an instructor reads about a class, in every size of class, whatever students wrote."""

import importlib.util
import json
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from browser import be_patient
from test_report import Page

from autograder import class_report, misconceptions, standings
from autograder.checks import catalogue, title_of
from autograder.class_report import page, write_class_report
from autograder.grading import CheckResult, ExerciseResult, Report
from autograder.locations import CourseError
from autograder.roster import Roster
from autograder.settings import Late, Settings, defaults
from autograder.standings import Standing, Standings

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
PARTS = [f"part{n}_{name}" for n, name in enumerate("knn linear loss_optimization backprop cnn training".split(), 1)]
FIRST = "Ada Bilal Chidi Dilnoza Elif Farid Göran Hồng Inés Jürgen Kaveh Łukasz Mei Nadia Olga Priya Qiang Rosa Søren Tove".split()
LAST = "Abe Bose Çelik Dumas Eze Fischer García Hansen Ito Jansen Kim Lovelace Müller Nguyen Okafor Petrov Rossi Silva".split()
TIME_OUT = "Stopped after 3 seconds: it did not finish. Is there a loop that never ends, or one over every pixel?"
HOSTILE = ["<script>alert(1)</script>", "{{ 7 * 7 }}", '=HYPERLINK("http://x")', "\u202egnp.exe\u202c", 'O\'Neil & "Söhne"']


def result(exercise, rng, skill):
    """Return the ExerciseResult that somebody of some skill may have."""
    mistakes = misconceptions.of(exercise.name)
    hard = 0.25 + 0.75 * (sum(map(ord, exercise.name)) % 10) / 10
    draw = rng.random()
    if draw < 0.03 / max(skill, 0.2):
        outcome = ["not written"] * len(exercise.checks)
    elif draw < 0.035 / max(skill, 0.2):
        outcome = ["stopped"] * len(exercise.checks)
    else:
        right = min(0.99, skill + 0.35 * (1 - hard))
        outcome = ["passed" if right > rng.random() or rng.random() < right else "failed" for _ in exercise.checks]
    mistake = mistakes[int(len(mistakes) * rng.random() ** 2)].sentence if mistakes and rng.random() < 0.6 else None
    messages = {"passed": "", "failed": "The value at [2, 3] is 1.5, and 0.75 was expected", "stopped": TIME_OUT,
                "not written": f"not yet: dlcourse/{exercise.module}.py, line 40 raises NotImplementedError"}  # fmt: skip
    checks = [
        CheckResult(
            title_of(check), status == "passed", status, messages[status], mistake if status == "failed" else None, "A hint."
        )
        for check, status in zip(exercise.checks, outcome, strict=True)
    ]
    share = sum(check.passed for check in checks) / len(checks)
    return ExerciseResult(exercise.name, exercise.part, round(share * exercise.points, 2), exercise.points, "", checks)


def made_class(size, parts=PARTS, seed=1):
    """Return the Standings of a made-up class."""
    rng = np.random.default_rng(seed)
    by_part = {part: [each for each in catalogue() if each.part == part] for part in parts}
    students = [f"{LAST[i // len(FIRST) % len(LAST)]}_{FIRST[i % len(FIRST)]}{i // 360 or ''}" for i in range(size)]
    of = {}
    for student in students:
        skill = min(0.97, max(0.2, rng.normal(0.78, 0.17)))
        for number, part in enumerate(parts):
            if rng.random() < 0.02 + 0.03 * number:
                continue
            exercises = [result(each, rng, skill) for each in by_part[part]]
            earned = sum(each.points for each in exercises)
            handed_in = DUE + timedelta(hours=float(rng.normal(-20, 14)))
            each = Standing(student, part, exercises, [], earned, sum(e.max_points for e in exercises), 0, handed_in, DUE)
            each.penalty = earned * 0.1 if each.late else 0.0
            of[student, part] = each
    return Standings(list(parts), sorted(students), of, rules(), [], ["bubblewrap"], ["0.1.0+0123456789ab"])


def read(text, tmp_path):
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    return Page(tmp_path / "page.html")


def alone(outcomes, student="Ada", part="part1_knn", **values):
    """Return a Standing in whose exercises the checks came out as said: {exercise: [status, ...]}, a point for each check."""
    exercises = []
    for name, statuses in outcomes.items():
        checks = [CheckResult(f"check {n}", s == "passed", s, "" if s == "passed" else f"{s}.") for n, s in enumerate(statuses)]
        exercises.append(ExerciseResult(name, part, float(statuses.count("passed")), float(len(checks)), "", checks))
    points = sum(each.points for each in exercises)
    defaults = {"problems": [], "points": points, "max_points": sum(each.max_points for each in exercises)}
    return Standing(student, part, exercises, **(defaults | values))


def of_one_part(group, students=None, **values):
    return Standings(["part1_knn"], students or [each.student for each in group], {(e.student, e.part): e for e in group}, **values)


def rules(**values):
    """Return what a course.toml may say."""
    return Settings(**{"parts": defaults().parts, **values})


# -------------------------------------------------------------------------------------------------------- what the page says


def test_numbers_are_those_of_the_class(tmp_path):
    group = [alone({"knn.accuracy": ["passed"] * n + ["failed"] * (4 - n)}, f"s{n}") for n in range(5)]
    text = read(page(of_one_part(group, ["nobody", *(each.student for each in group)]), now=NOW), tmp_path).text
    assert "Students 6 Handed in 5 of 6 Mean 2 of 4 Median 2 of 4" in text
    assert [re.findall(rf"{label} percent: (\d+)", text) for label in ("0–10", "20–30", "50–60", "70–80", "90–100")] == [["1"]] * 5


def test_each_exercise_says_how_many_solved_it_in_part_not_at_all_or_did_not_write_it():
    statuses = [["passed"] * 2, ["passed", "failed"], ["failed"] * 2, ["not written"] * 2, ["stopped"] * 2, ["passed"] * 2]
    group = [alone({"knn.accuracy": each, "knn.majority_vote": ["passed"]}, str(n)) for n, each in enumerate(statuses)]
    hardest, easiest = class_report.difficulty(group)
    assert (hardest.name, easiest.name) == ("knn.accuracy", "knn.majority_vote")
    assert hardest.kinds == {"solved": 2, "partly": 1, "nothing right": 2, "not written": 1}
    assert (hardest.stopped, hardest.count, hardest.mean) == (1, 6, pytest.approx(100 * 5 / 12))


def test_stopped_code_is_said_once_an_exercise_with_whose_it_was(tmp_path):
    group = [alone({"knn.accuracy": ["stopped", "stopped"]}, name) for name in ("Ada", "Ben")]
    assert class_report.stopped(of_one_part(group)) == [("knn.accuracy", "stopped.", ["Ada", "Ben"])]
    for check in (check for each in group for exercise in each.exercises for check in exercise.checks):
        check.message = "dlcourse/knn.py is missing"
    assert class_report.stopped(of_one_part(group)) == []
    (row,) = class_report.difficulty(group)
    assert row.stopped == 0 and row.kinds == {"not written": 2}


def test_most_frequent_misconceptions_come_with_their_sentences_and_students(tmp_path):
    found = made_class(40, PARTS[:1])
    shown = read(page(found, now=NOW), tmp_path).text
    ranked = class_report.frequent_explanations(class_report.whole(found))
    counts = [count for *_, count in ranked]
    assert counts == sorted(counts, reverse=True) and counts[0] > 1
    for sentence, _, count in ranked:
        assert f"{count} student{'s' * (count != 1)}: {' '.join(sentence.split())}" in shown


def test_late_submissions_come_with_delay_penalty_and_score(tmp_path):
    late = alone({"knn.accuracy": ["passed"] * 4}, "Late", handed_in=DUE + timedelta(days=2, hours=3), deadline=DUE, penalty=1.2)
    grace = alone({"knn.accuracy": ["passed"]}, "Grace", handed_in=DUE + timedelta(minutes=4), deadline=DUE)
    shown = read(page(of_one_part([late, grace], rules=rules(late=Late(10, 50, 5))), now=NOW), tmp_path).text
    assert "10 % of the points earned for each day begun, 50 % at most. The first 5 minutes cost nothing." in shown
    assert "1 late submission, the latest first" in shown
    assert "Late Part 1: knn 2 days 3 h 4 −1.2 2.8 of 4" in shown


@pytest.mark.parametrize(
    ("minutes", "words"), [(0.2, "1 min"), (59, "59 min"), (60, "1 h"), (125, "2 h 5 min"), (1440, "1 day"), (3000, "2 days 2 h")]
)
def test_delays_are_said_as_people_say_them(minutes, words):
    assert class_report.duration(timedelta(minutes=minutes)) == words


# ---------------------------------------------------------------------------------------------------------------- who needs help


def kinds_of_help(found, students=None, now=NOW):
    return {each.student: list(each.reasons) for each in class_report.needs_help(found, found.students, now)}


def test_who_has_handed_in_nothing_is_listed_once_it_is_overdue_or_half_of_the_class_has():
    found = of_one_part([alone({"knn.accuracy": ["passed"]})], ["Ada", "Ben", "Cleo"])
    assert kinds_of_help(found) == {}
    found.rules = rules(deadlines={"part1_knn": NOW + timedelta(hours=1)})
    assert kinds_of_help(found) == {}
    found.rules = rules(deadlines={"part1_knn": NOW - timedelta(hours=1)})
    assert kinds_of_help(found) == {"Ben": ["nothing handed in"], "Cleo": ["nothing handed in"]}
    found.rules = rules()
    found.students.remove("Cleo")
    assert kinds_of_help(found) == {"Ben": ["nothing handed in"]}


def test_files_that_cannot_be_read_are_listed_with_the_reason():
    missing = alone({"knn.accuracy": ["stopped"]}, "Missing", problems=["dlcourse/knn.py is missing"])
    broken = alone({"knn.accuracy": ["failed"]}, "Broken")
    broken.exercises[0].checks[0].message = "SyntaxError: '(' was never closed, dlcourse/knn.py, line 3"
    found = class_report.needs_help(of_one_part([missing, broken]), ["Missing", "Broken"], NOW)
    assert {each.student: each.reasons for each in found} == {
        "Missing": {"file": ["Part 1: knn: dlcourse/knn.py is missing"]},
        "Broken": {"file": [f"Part 1: knn: {broken.exercises[0].checks[0].message}"]},
    }


def test_far_below_the_median_needs_a_few_to_compare_with():
    group = [alone({"knn.accuracy": ["passed"] * n + ["failed"] * (10 - n)}, f"s{n}") for n in (3, 4, 8, 9)]
    assert kinds_of_help(of_one_part(group)) == {}
    group.append(alone({"knn.accuracy": ["passed"] * 10}, "s10"))
    assert kinds_of_help(of_one_part(group)) == {"s3": ["far below"]}  # the median is 8, and 4 is half of it


def test_stuck_on_what_most_have_solved_means_written_and_worth_nothing():
    rest = {f"knn.{n}": ["passed"] * 5 for n in "abc"}
    group = [alone(rest | {"knn.accuracy": ["passed"]}, f"s{n}") for n in range(8)]
    group.append(alone(rest | {"knn.accuracy": ["failed"]}, "stuck"))
    group.append(alone(rest | {"knn.accuracy": ["not written"]}, "skipped"))
    assert kinds_of_help(of_one_part(group)) == {"stuck": ["stuck"]}
    group[0].exercises[-1].checks[0].passed = False  # now 7 of 10 have solved it
    assert kinds_of_help(of_one_part(group)) == {}


def test_the_gravest_reasons_come_first_and_the_rules_stand_on_the_page(tmp_path):
    found = made_class(60)
    text = read(page(found, now=NOW), tmp_path).text
    order = [each.student for each in class_report.needs_help(found, found.students, NOW)]
    places = [text.index(student, text.index("those with the gravest reasons first")) for student in order]
    assert places == sorted(places) and len(order) > 3
    for sentence in ("less than 50 % of the median score", "at least 80 % have solved", "from 5 submissions of a part on"):
        assert sentence in text


def test_whoever_is_only_in_the_class_list_is_on_the_page_and_strangers_are_named(tmp_path):
    roster = Roster(Path("list.csv"), ["student", "email"], [["Ada", "ada@x"], ["Zoë Quiet", "zoe@x"]])
    found = of_one_part([alone({"knn.accuracy": ["passed"]}), alone({"knn.accuracy": ["passed"]}, "stranger")])
    text = read(page(found, roster=roster, now=NOW), tmp_path).text
    assert "Students 3 Handed in 2 of 3" in text and "Zoë Quiet – –" in text
    assert "In no row of the class list: stranger ." in text
    assert "Zoë Quiet nothing handed in Part 1: knn" in text


# --------------------------------------------------------------------------------------------------------- sizes, and strangers


@pytest.mark.parametrize("size", [0, 1, 3, 60])
def test_page_of_any_class_can_be_read_by_a_screen_reader_and_needs_no_other_file(size, tmp_path):
    shown = read(page(made_class(size), now=NOW), tmp_path)
    assert shown.all("html") == [{"lang": "en"}] and len(shown.all("h1")) == 1
    assert all("scope" in attributes for attributes in shown.all("th"))
    assert len(shown.all("caption")) == len(shown.all("table"))
    assert all(a.get("role") == "img" and a.get("aria-label") for a in shown.all("svg"))
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [a["href"].removeprefix("#") for a in shown.all("a")] + [
        a["aria-labelledby"] for _, a in shown.tags if "aria-labelledby" in a
    ]
    assert set(used) <= set(ids)
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in shown.tags}


def test_page_of_an_empty_class_says_what_to_do(tmp_path):
    text = read(page(made_class(0), now=NOW), tmp_path).text
    assert "Nobody has handed in anything yet" in text and "--roster students.csv" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_student_wrote_is_shown_as_it_is(name, tmp_path):
    bad = alone({"knn.accuracy": ["stopped"]}, name, problems=[f"dlcourse/{name}.py is not an ordinary file"],
                handed_in=DUE + timedelta(days=1), deadline=DUE)  # fmt: skip
    bad.exercises[0].checks[0].message = f"while it computed {name}"
    bad.exercises[0].checks[0].explanation = f"a mistake {name}"
    source = page(of_one_part([bad]), title=name, now=NOW)
    shown = read(source, tmp_path)
    assert shown.text.count(name) >= 8
    assert "<script" not in source and "49" not in shown.text
    assert not any(key.startswith("on") for _, attributes in shown.tags for key in attributes)
    rows = re.findall(r'<th scope="row">(?!<code>|Part)(.*?)</th>', source)
    assert len(rows) == 3 and all(row.startswith("<bdi>") and row.endswith("</bdi>") for row in rows)


def test_page_appears_whole_or_not_at_all(tmp_path):
    write_class_report(made_class(3), tmp_path / "report.html", now=NOW)
    assert (tmp_path / "report.html").read_text("utf-8").rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_leaderboard_of_the_final_challenge_is_a_table_where_there_is_one(tmp_path):
    found = made_class(3, PARTS[:1])
    assert "The final challenge" not in page(found, now=NOW)
    for student, nickname, right, points in zip(
        found.students, ("<b>deep</b>", "", None), (987, 900, 0), (10.0, 7.5, 0), strict=True
    ):
        measured = {"nickname": nickname, "right": right, "images": 1000, "parameters": 61_706, "seconds": 1.25}
        check = CheckResult("a model", bool(right), "passed", measured=measured if right else None)
        found.of[student, PARTS[0]].exercises.append(ExerciseResult("challenge.predict", PARTS[0], points, 10.0, "", [check]))
    shown = read(page(found, now=NOW), tmp_path).text
    ada, bilal, _ = found.students
    assert f"1 <b>deep</b> {ada} 98.70 % ± 0.36 10 of 10 61,706 1.2 2 anonymous {bilal} 90.00 % ± 0.95 7.5 of 10" in shown
    kinds = next(row.kinds for row in class_report.difficulty(found.in_part(PARTS[0])) if row.name == "challenge.predict")
    assert kinds == {"solved": 1, "partly": 1, "nothing right": 1}


# --------------------------------------------------------------------------------------------------------------- from the records


def record_of(standing):
    report = Report(standing.student, standing.exercises, "bubblewrap", "0.1.0+test", {})
    return {"key": f"{standing.student}/{standing.part}", "student": standing.student, "part": standing.part,
            "course": report.course, "report": report.as_dict()}  # fmt: skip


def recorded_course(folder, found):
    """Put the results of a class into a course folder, as a recording run does."""
    shutil.copy(Path(__file__).parent.parent / "nbgrader_config.py", folder)
    (folder / ".autograder").mkdir()
    lines = [json.dumps(record_of(each)) for each in found.of.values()]
    (folder / ".autograder/results.jsonl").write_text("\n".join(["{damaged", *lines, '{"key": "half']), "utf-8")
    return folder


def test_recorded_results_are_read_and_nothing_is_graded_again(tmp_path):
    found = made_class(5, PARTS[:2])
    course = recorded_course(tmp_path, found)
    before = sorted(path.name for path in course.rglob("*"))
    again = standings.recorded(course)
    assert again.students == found.students and again.parts == PARTS[:2]
    assert {key: each.exercises for key, each in again.of.items()} == {key: each.exercises for key, each in found.of.items()}
    assert again.notes == ["Some were graded with other checks or points than today's: autograder regrade grades them again."]
    assert standings.recorded(course, PARTS[1]).parts == [PARTS[1]]
    assert sorted(path.name for path in course.rglob("*")) == before  # nothing is left behind


def test_of_a_folder_with_modules_of_several_parts_each_part_that_is_there_is_handed_in():
    exercises = [ExerciseResult(name, part, 1.0, 1.0, "") for name, part in
                 [("knn.accuracy", "part1_knn"), ("linear.templates", "part2_linear"), ("losses.softmax", "part3_x")]]  # fmt: skip
    problems = ["dlcourse/linear.py is not UTF-8 text", "dlcourse/losses.py is missing"]
    report = Report("Ada", exercises, "none", "test", {"dlcourse/knn.py": "1"}, problems)
    assert standings.parts_in(report) == {"part1_knn": [], "part2_linear": problems[:1]}
    report.files.clear()
    report.problems = [f"dlcourse/{module}.py is missing" for module in ("knn", "linear", "losses")]
    assert standings.parts_in(report) == {"part1_knn": report.problems}


def test_freshly_graded_submissions_are_late_by_their_timestamp(tmp_path, monkeypatch):
    found = rules(deadlines={"part1_knn": DUE}, late=Late(percent_per_day=10))
    monkeypatch.setattr(standings, "settings", lambda *_: found)
    reports = []
    for student, when in (
        ("early", "2026-03-01 17:59:59 UTC"),
        ("late", "2026-03-02 18:00:00 UTC"),
        ("odd", "tomorrow?"),
        ("none", None),
    ):
        (tmp_path / student).mkdir()
        if when:
            (tmp_path / student / "timestamp.txt").write_text(when)
        exercises = [ExerciseResult("knn.accuracy", "part1_knn", 4.0, 4.0, "")]
        reports.append(Report(student, exercises, "none", "test", {"dlcourse/knn.py": ""}))
    places = [(report.submission, tmp_path / report.submission) for report in reports]
    again = standings.fresh(reports, places)
    assert {student: again.of[student, "part1_knn"].score for student in again.students} == {
        "early": 4,
        "late": 3.6,
        "odd": 4,
        "none": 4,
    }
    with pytest.raises(CourseError, match="early has handed in part1_knn twice"):
        standings.fresh(reports[:1] * 2, places[:1] * 2)


@pytest.mark.slow
def test_report_of_a_large_class_takes_seconds_and_stays_small(tmp_path):
    course = recorded_course(tmp_path, made_class(300))
    start = time.process_time()
    write_class_report(standings.recorded(course), tmp_path / "report.html", now=NOW)
    assert time.process_time() - start < 15
    assert (tmp_path / "report.html").stat().st_size < 500_000


# ------------------------------------------------------------------------------------------------------------------- in a browser


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
in_browser = pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="chromium or chromedriver is not installed")


def axe_source():
    """Return axe-core, without importing the package that bundles it, which wants Playwright."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None:
        pytest.skip("axe-core is not installed: pip install --no-deps axe-playwright-python")
    return Path(package.submodule_search_locations[0], "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[test]'")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"):
        options.add_argument(each)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    be_patient(driver)
    yield driver
    driver.quit()


@in_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [0, 3, 40])
def test_axe_finds_no_violation_and_nothing_is_wider_than_a_phone(browser, tmp_path, size, scheme):
    write_class_report(made_class(size), tmp_path / "report.html", now=NOW)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    for width in (1280, 360):
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get((tmp_path / "report.html").as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        browser.execute_script(axe_source())
        found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        assert found["passes"] and [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
