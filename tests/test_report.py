"""What an instructor reads: the gradebook and the reasons, in a terminal and as a page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from autograder import grading, misconceptions, report
from autograder.grading import CheckResult, ExerciseResult, Report, Submission
from autograder.locations import COURSE_ROOT, SOLUTIONS, CourseError
from autograder.oracle import reference_sources

HOSTILE = ["<script>alert(1)</script>", "[bold red]Bobby[/bold red]", "[/]", "{{ 7 * 7 }}", "O'Neil & \"Söhne\""]
PERFECT = reference_sources()["knn"]
CRASH = "\n\ndef accuracy(predicted, labels):\n    raise ValueError('<img src=x onerror=alert(2)> [blink]x[/blink] [/]')\n"


def graded(name, source):
    return grading.grade(Submission(name, {"knn": source}, Path("folder")), part="part1_knn")


def of_ada(exercises):
    return Report("Ada", exercises, isolation="none", course="test", files={})


@pytest.fixture(scope="module")
def no_root():
    """The misconception of a squared distance."""
    return next(m for m in misconceptions.of("knn.l2_distances") if m.name == "no-root")


@pytest.fixture(scope="module")
def reports(no_root):
    """A small class, really graded: perfect, blank, one misconception, a crash, a file that does not parse, and no file."""
    return [
        graded("Ada", PERFECT),
        graded("Blank", (COURSE_ROOT / "dlcourse" / "knn.py").read_text()),
        graded("Squared", misconceptions.source_with(no_root)),
        graded("Crash", PERFECT + CRASH),
        graded("Broken", "def l1_distances(queries, points:\n" + PERFECT),
        grading.grade(Submission("Nothing", {}, Path("folder"), ("dlcourse/knn.py is missing",)), part="part1_knn"),
    ]


def printed(show, reports, width=100):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        show(reports, console)
    return capture.get()


class Page(HTMLParser):
    """The text and the tags of an HTML page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.pieces, self.open = [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = re.sub(r"\s+", " ", " ".join(self.pieces))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.open:
            self.pieces.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(reports, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.write_html(reports, path, title="Part I")
    return Page(path)


def test_gradebook_shows_every_submission_with_its_total_and_fits_the_terminal(reports):
    for width in (80, 100):
        lines = printed(report.print_gradebook, reports, width).splitlines()
        assert max(map(len, lines)) <= width
        for each in reports:
            row = next(line for line in lines if line.startswith(each.submission))
            assert row.split()[-1] == report.number(each.points)
            assert len(row.split()) == 1 + len(each.exercises) + 1


def test_gradebook_names_its_numbered_columns(reports):
    shown = printed(report.print_gradebook, reports)
    for position, exercise in enumerate(reports[0].exercises, 1):
        assert re.search(rf"\b{position}  {re.escape(exercise.name)}\b", shown)


def test_gradebook_of_several_parts_has_a_column_for_each_part():
    exercises = [ExerciseResult("knn.a", "part1_knn", 1.5, 2, ""), ExerciseResult("linear.b", "part2_linear", 0.25, 1, "")]
    shown = printed(report.print_gradebook, [of_ada(exercises)], 80)
    assert "Part 1: knn" in shown and "Part 2: linear" in shown
    assert re.search(r"^Ada +1\.5 +0\.25 +1\.75$", shown, re.MULTILINE)


def test_gradebook_with_more_exercises_than_fit_falls_back_to_modules():
    names = [f"{module}.{letter}" for module in ("dropout", "optimizers") for letter in "abcdefghijklmno"]
    exercises = [ExerciseResult(name, "part6_training", 1, 2, "") for name in names]
    lines = printed(report.print_gradebook, [of_ada(exercises)], 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert next(line for line in lines if line.startswith("Ada")).split() == ["Ada", "15", "15", "30"]


def test_losses_say_check_reason_misconception_and_hint(reports, no_root):
    shown = " ".join(printed(report.print_losses, reports[2:3]).split())
    failed = [check for exercise in reports[2].exercises for check in exercise.checks if not check.passed]
    assert failed
    for check in failed:
        assert check.name in shown
        assert shown.count(check.message) == 1  # also where two checks share it
    assert shown.count(no_root.sentence) == 1
    assert shown.count(f"Hint: {failed[0].hint}") == 1


def test_losses_of_a_blank_course_are_one_line_an_exercise(reports):
    lines = [line for line in printed(report.print_losses, reports[1:2]).splitlines() if line.strip()]
    assert len(lines) == 1 + len(reports[1].exercises)
    assert all("not yet" in line for line in lines[1:])


@pytest.mark.parametrize(("position", "reason"), [(4, "SyntaxError: '(' was never closed"), (5, "dlcourse/knn.py is missing")])
def test_losses_of_a_file_that_cannot_run_are_said_once(reports, position, reason):
    assert printed(report.print_losses, [reports[position]]).count(reason) == 1


def test_losses_leave_out_who_lost_nothing(reports):
    assert printed(report.print_losses, reports[:1]) == ""


def test_reasons_of_different_exercises_are_not_mixed():
    def lost(name, *messages):
        checks = [CheckResult(f"check {m}", False, "failed", m, None, f"hint of {name}") for m in messages]
        return ExerciseResult(name, "part1_knn", 0, 2, "", checks)

    one, both = report.sections(of_ada([lost("knn.a", "x", "y"), lost("knn.b", "z"), lost("knn.c", "z", "z")]))
    assert (one.title, [loss.reason for loss in one.losses], one.hint) == ("knn.a", ["x", "y"], "hint of knn.a")
    assert (both.title, [loss.reason for loss in both.losses], both.hint) == ("knn: 2 exercises", ["z"], None)
    assert report.checks_in_words(both, both.losses[0]) == "all 3 checks"


@pytest.mark.parametrize("name", HOSTILE)
def test_terminal_shows_what_a_student_wrote_as_it_is(name):
    ours = [graded(name, PERFECT + CRASH)]
    assert name in " ".join(printed(report.print_gradebook, ours, 200).split())
    losses = " ".join(printed(report.print_losses, ours, 200).split())
    assert name in losses
    assert "<img src=x onerror=alert(2)> [blink]x[/blink] [/]" in losses


@pytest.mark.parametrize("name", HOSTILE)
def test_page_shows_what_a_student_wrote_as_it_is(name, tmp_path):
    report.write_html([graded(name, PERFECT + CRASH)], tmp_path / "report.html", title=name)
    page = Page(tmp_path / "report.html")
    assert page.text.count(name) >= 4  # title, heading, gradebook, section
    assert "<img src=x onerror=alert(2)> [blink]x[/blink] [/]" in page.text
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)


def test_page_says_check_reason_misconception_and_hint(page, reports, no_root):
    for check in (check for exercise in reports[2].exercises for check in exercise.checks if not check.passed):
        assert check.name in page.text
        assert page.text.count(check.message) == 1
        assert f"Hint {check.hint}" in page.text
    assert page.text.count(no_root.sentence) == 2  # among the frequent ones, and at the submission


def test_page_needs_no_other_file(page):
    addresses = [a[key] for _, a in page.tags for key in ("src", "href", "action", "data") if key in a]
    assert addresses and all(address.startswith("#") for address in addresses)


def test_page_links_lead_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [a["href"][1:] for a in page.all("a")] + [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert set(used) <= set(ids)


def test_page_can_be_read_by_a_screen_reader(page):
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert all("scope" in attributes for attributes in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 2
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert "Skip to the gradebook" in page.text


def test_overview_counts_the_class(reports):
    overview = report.overview(reports)
    points = sorted(each.points for each in reports)
    assert overview["mean"] == pytest.approx(sum(points) / 6)
    assert overview["median"] == pytest.approx((points[2] + points[3]) / 2)
    assert sum(count for _, count, _ in overview["bins"]) == 6
    hardest, easiest = overview["exercises"][0], overview["exercises"][-1]
    assert (hardest["name"], hardest["full"], hardest["blank"], hardest["count"]) == ("knn.accuracy", 2, 1, 6)
    assert easiest["full"] == 3


def test_distribution_counts_everybody_once_with_full_marks_in_the_last_bin():
    bins = report.histogram([0, 0.05, 0.1, 0.999, 1, 1])
    assert [(label, count) for label, count, _ in bins if count] == [("0–10", 2), ("10–20", 1), ("90–100", 3)]
    assert [height for *_, height in bins if height] == [pytest.approx(200 / 3), pytest.approx(100 / 3), 100]


def test_most_frequent_misconception_comes_first(no_root):
    other = next(m for m in misconceptions.of("knn.accuracy") if m.name != "no-root")
    sources = [misconceptions.source_with(other)] + 2 * [misconceptions.source_with(no_root)]
    ranked = report.frequent_explanations([graded(str(position), source) for position, source in enumerate(sources)])
    assert ranked[0] == (no_root.sentence, ["knn.l2_distances"], 2)
    assert ranked[1] == (other.sentence, ["knn.accuracy"], 1)


@pytest.mark.parametrize(
    ("value", "text"), [(2.6700000001, "2.67"), (3.0, "3"), (30, "30"), (0.5, "0.5"), (0, "0"), (100, "100"), (1e6, "1000000")]
)
def test_points_are_written_as_people_write_them(value, text):
    assert report.number(value) == text


@pytest.mark.parametrize(("points", "level"), [(0, 0), (0.1, 1), (1.5, 2), (2.25, 3), (2.99, 3), (3, 4)])
def test_shade_of_a_cell_follows_its_points(points, level):
    assert report.level(points, 3) == level


def test_page_replaces_an_older_one_and_leaves_nothing_beside_it(reports, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    report.write_html(reports, path)
    assert "old" not in path.read_text()[:10]
    assert list(tmp_path.iterdir()) == [path]


def test_page_that_cannot_be_written_is_a_sentence_and_leaves_nothing(reports, tmp_path, monkeypatch):
    with pytest.raises(CourseError, match=r"cannot be written to .*missing.report\.html: No such file.*folder that exists"):
        report.write_html(reports, tmp_path / "missing" / "report.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CourseError, match="Is a directory"):
        report.write_html(reports, tmp_path / "folder")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(report.os, "replace", refuse)
    with pytest.raises(CourseError, match="Permission denied"):
        report.write_html(reports, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_page_of_nobody_is_still_a_page(tmp_path):
    report.write_html([], tmp_path / "report.html")
    assert "Submissions 0" in Page(tmp_path / "report.html").text


def test_page_of_a_folder_says_how_it_was_graded_and_with_which_checks(tmp_path):
    graded = grading.grade(grading.read_submission(SOLUTIONS), part="part1_knn")
    report.write_html([graded], tmp_path / "report.html")
    assert f"Isolation while grading: none. Course: {graded.course}." in Page(tmp_path / "report.html").text
    assert "Every check passed." in Page(tmp_path / "report.html").text

