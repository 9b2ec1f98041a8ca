"""What a student sees below an exercise: in a notebook, and as plain text."""

import re
import sys
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient

import autograder
import dlcourse
from autograder import misconceptions
from autograder.checks import find
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_sources

PERFECT = reference_sources()["knn"]
STUBS = (COURSE_ROOT / "dlcourse" / "knn.py").read_text()
WRAPS = next(m for m in misconceptions.of("knn.l2_distances") if m.name == "uint8-wraps")  # passes some checks, not all
NO_ROOT = next(m for m in misconceptions.of("knn.l2_distances") if m.name == "no-root")
HOSTILE = "\n\ndef accuracy(predicted, labels):\n    raise ValueError('<script>alert(1)</script>')\n"
BROKEN = PERFECT.replace("def accuracy(predicted, labels):", "def accuracy(predicted, labels:")


@pytest.fixture
def saved(tmp_path):
    """Save a source as dlcourse/knn.py of a submission, and mean that submission."""
    before = list(dlcourse.__path__)

    def save(source):
        (tmp_path / "dlcourse").mkdir(exist_ok=True)
        (tmp_path / "dlcourse" / "knn.py").write_text(source)
        autograder.use(tmp_path)

    yield save
    autograder.use(COURSE_ROOT)
    dlcourse.__path__[:] = before


def html_of(verdict):
    return verdict._repr_mimebundle_()["text/html"]


def words_of(verdict):
    """Return the text that a reader of the HTML reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html_of(verdict))).split())


def test_solutions_pass():
    before = list(dlcourse.__path__)
    autograder.use("solutions")
    try:
        verdict = autograder.check("knn.l2_distances")
    finally:
        autograder.use(COURSE_ROOT)
        dlcourse.__path__[:] = before
    count = len(find("knn.l2_distances").checks)
    assert repr(verdict).startswith(f"knn.l2_distances: 4 of 4 points, {count} of {count} checks passed.")
    assert repr(verdict).count("✓ passed") == words_of(verdict).count("✓ passed") == count


def test_hints_are_not_shown_to_who_needs_none(saved):
    saved(PERFECT)
    verdict = autograder.check("knn.l2_distances")
    assert "Hint" not in repr(verdict) and "<details" not in html_of(verdict)


def test_failed_check_says_reason_and_misconception(saved):
    saved(misconceptions.source_with(WRAPS))
    verdict = autograder.check("knn.l2_distances")
    for shown in (repr(verdict), words_of(verdict)):
        assert "✗ failed" in shown and "✓ passed" in shown
        assert "values are wrong" in shown
        assert shown.count(WRAPS.sentence) == 1
        assert "dlcourse/knn.py as it is saved on disk" in shown


def test_points_are_the_share_of_checks_that_pass(saved):
    saved(misconceptions.source_with(WRAPS))
    text = repr(autograder.check("knn.l2_distances"))
    points, passed, count = map(float, re.match(r"\S+ ([\d.]+) of 4 points, (\d+) of (\d+) checks", text).groups())
    assert 0 < passed == text.count("✓ passed") < count
    assert points == pytest.approx(4 * passed / count, abs=0.005)


def test_hints_open_one_inside_the_other(saved):
    saved(misconceptions.source_with(NO_ROOT))
    html = html_of(autograder.check("knn.l2_distances"))
    hints = find("knn.l2_distances").hints
    places = [html.index(f"Hint {n} of {len(hints)}</summary>") for n in range(1, len(hints) + 1)]
    assert places == sorted(places)
    assert "</details>" not in html[: places[-1]]
    assert " open" not in html


def test_stub_is_one_friendly_line(saved):
    saved(STUBS)
    verdict = autograder.check("knn.l2_distances")
    line = STUBS[: STUBS.index("def l2_distances(")].count("\n") + 1
    assert repr(verdict) == (
        f"knn.l2_distances: not yet. Write it in dlcourse/knn.py (line {line}), save the file, and run this cell again."
    )
    assert repr(verdict) in words_of(verdict)
    assert "Hint 1 of 3" in words_of(verdict) and "<table" not in html_of(verdict)


def test_reason_that_two_checks_share_is_said_once(saved):
    saved(PERFECT + HOSTILE)
    verdict = autograder.check("knn.accuracy")
    assert repr(verdict).count("ValueError: ") == words_of(verdict).count("ValueError: ") == 1
    assert repr(verdict).count("✗ failed") == 2


def test_half_written_function_says_which_check_is_not_yet(saved):
    known = "if len(labels) in (4, 100): return float((predicted == labels).mean())"
    saved(PERFECT + HOSTILE.replace("raise ValueError", f"{known}\n    raise NotImplementedError"))
    text = repr(autograder.check("knn.accuracy"))
    assert "0.5 of 1 points" in text
    assert re.search(r"○ not yet random.*\n +not yet: dlcourse.knn\.py, line \d+$", text, re.MULTILINE)


def test_file_that_python_cannot_read_shows_its_line(saved):
    saved(BROKEN)
    verdict = autograder.check("knn.l2_distances")
    line = BROKEN[: BROKEN.index("def accuracy")].count("\n") + 1
    assert f"dlcourse/knn.py, line {line}: '(' was never closed" in repr(verdict)
    assert "    def accuracy(predicted, labels:\n                ^" in repr(verdict)
    assert "def accuracy(predicted, labels: ^" in words_of(verdict)


def test_check_reads_the_file_as_it_is_now_saved(saved):
    saved(STUBS)
    assert "not yet" in repr(autograder.check("knn.accuracy"))
    saved(PERFECT)
    assert "1 of 1 points" in repr(autograder.check("knn.accuracy"))


def test_what_a_student_wrote_is_escaped(saved, tmp_path):
    saved(PERFECT + HOSTILE)
    verdict = autograder.check("knn.accuracy")
    assert "<script" not in html_of(verdict)
    assert "ValueError: <script>alert(1)</script> (dlcourse/knn.py, line" in words_of(verdict)
    assert str(tmp_path) not in repr(verdict)


def test_html_works_without_style_sheets_and_scripts_in_any_theme(saved):
    saved(misconceptions.source_with(NO_ROOT))
    html = html_of(autograder.check("knn.l2_distances"))
    assert not re.search(r"<style|<script|<link|class=|[^-]color: #|background: (?!none)", html)
    assert html.count("<th ") == html.count('scope="col"')


def test_unknown_exercise_is_an_error_in_a_script(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(CourseError, match="Did you mean knn.l2_distances"):
        autograder.check("knn.l2_distence")


def test_real_notebook_shows_verdicts_prints_and_warnings_but_no_traceback(tmp_path):
    (tmp_path / "dlcourse").mkdir()
    noisy = "\n\ndef accuracy(predicted, labels):\n    print('hello')\n    np.log(np.zeros(1))\n    return 0.0\n"
    (tmp_path / "dlcourse" / "knn.py").write_text(PERFECT + noisy)
    cells = [
        f"import autograder\nfrom autograder import check\nautograder.use({str(tmp_path)!r})\ncheck('knn.accuracy')",
        "check('knn.l2_distence')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(COURSE_ROOT)}}).execute()
    noisy, typo = (cell.outputs for cell in notebook.cells)
    streams = {name: "".join(o.text for o in noisy if o.get("name") == name) for name in ("stdout", "stderr")}
    assert "hello\n" in streams["stdout"] and "RuntimeWarning: divide by zero" in streams["stderr"]
    [verdict] = [output.data for output in noisy if output.output_type == "execute_result"]
    assert "✗" in verdict["text/plain"] and "<table" in verdict["text/html"]
    [answer] = typo
    assert "Did you mean knn.l2_distances" in answer.data["text/plain"] and answer.output_type == "execute_result"
