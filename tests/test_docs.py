"""The pages of docs/ say what is so: their numbers, their commands, the notebooks that they show."""

import ast
import doctest
import re
import sys

import nbformat
import pytest

from autograder.locations import COURSE_ROOT

DOCS = COURSE_ROOT / "docs"
NOTEBOOKS = sorted((COURSE_ROOT / "assignments").glob("part*/*.ipynb"))
PAGES = sorted(path for path in DOCS.rglob("*.md") if "book" not in path.relative_to(DOCS).parts)

sys.path.insert(0, str(DOCS))
import book  # noqa: E402
from docstrings import as_markup  # noqa: E402


def read(path):
    return nbformat.read(path, as_version=4)


def executed(path):
    return read(COURSE_ROOT / "solutions" / path.parent.name / path.name)


def test_errata_come_out_as_the_page_says():
    failed, tried = doctest.testfile(str(DOCS / "errata.md"), module_relative=False)
    assert tried > 20 and failed == 0


def test_errata_show_the_right_and_the_wrong_number_of_each():
    page = (DOCS / "errata.md").read_text("utf-8")
    for right, wrong in (("60.75", "61.95"), ("0.14", "0.06"), ("304", "360")):
        outputs = [example.want for example in doctest.DocTestParser().get_examples(page)]
        assert any(right in want for want in outputs) and any(wrong in want for want in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_of_the_book_gives_no_answer_away(path):
    """Its text is the student's, and its outputs are those of cells that the student has too."""
    given, solved = read(path), executed(path)
    shown = book.page(given, solved)
    sources = {cell.id: cell.source for cell in given.cells}
    for cell in shown.cells:
        ours = "*(Your answer goes into your own notebook.)*"
        assert cell.source == (ours if sources[cell.id].strip() == "YOUR ANSWER HERE" else sources[cell.id])
    theirs = {cell.id: cell.source for cell in solved.cells}
    for cell in shown.cells:
        if cell.cell_type == "code" and (theirs.get(cell.id) != cell.source or cell.source.startswith("check(")):
            assert cell.outputs == []
    text = nbformat.writes(shown)
    assert "BEGIN SOLUTION" not in text and "autograder.use(" not in text
    for cell in solved.cells:
        if cell.cell_type == "markdown" and "BEGIN SOLUTION" in cell.source:
            assert answer_in(cell) not in "\n".join(cell.source for cell in shown.cells)


def answer_in(cell):
    """Return the longest line of the answer in a solution's cell."""
    return max(cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0].splitlines(), key=len)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_of_the_book_shows_every_figure_of_its_notebook_with_alt_text(path):
    shown, solved = book.page(read(path), executed(path)), executed(path)
    kept = {cell.id for cell in shown.cells}
    there, wanted = (figures(notebook, kept) for notebook in (shown, solved))
    assert len(wanted) >= 4
    assert there == wanted
    assert all(re.search(r'alt="[^"]{15,}', tag) for tag in there)


def figures(notebook, cells):
    outputs = [output for cell in notebook.cells if cell.id in cells for output in cell.get("outputs", ())]
    html = "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    return [tag[:300] if "alt=" in tag[:300] else re.sub(r'src="[^"]*"', "", tag) for tag in re.findall(r"<img[^>]*>", html)]


def test_the_book_for_self_learners_has_the_answers():
    path = NOTEBOOKS[0]
    solved = executed(path)
    text = "\n".join(cell.source for cell in book.page(solved, solved).cells)
    answers = [answer_in(cell) for cell in solved.cells if cell.cell_type == "markdown" and "BEGIN SOLUTION" in cell.source]
    assert answers and all(answer in text for answer in answers)
    assert "BEGIN SOLUTION" not in text


def test_writing_the_book_again_touches_nothing(tmp_path):
    book.write(COURSE_ROOT, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.ipynb")}
    (tmp_path / "part1_knn/gone.ipynb").write_text("{}")
    book.write(COURSE_ROOT, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.ipynb")} == before
    assert len(before) == len(NOTEBOOKS)


def test_the_front_page_lists_every_notebook():
    page = (DOCS / "index.md").read_text("utf-8")
    listed = re.findall(r"^book/(\S+)$", page, re.MULTILINE)
    assert sorted(listed) == [f"{path.parent.name}/{path.stem}" for path in NOTEBOOKS]
    parts = [name.split("/")[0] for name in listed]
    assert parts == sorted(parts)


def test_the_reference_names_every_module_of_the_package():
    page = (DOCS / "reference/exercises.md").read_text("utf-8")
    named = set(re.findall(r"automodule:: dlcourse\.(\w+)", page))
    assert named == {path.stem for path in (COURSE_ROOT / "dlcourse").glob("[a-z]*.py")}


def test_the_reference_names_modules_of_the_toolkit_that_are_there():
    page = (DOCS / "reference/toolkit.md").read_text("utf-8")
    named = re.findall(r"automodule:: dlcourse\.toolkit\.(\w+)", page)
    assert named and all((COURSE_ROOT / f"dlcourse/toolkit/{name}.py").is_file() for name in named)


def commands():
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            yield from (line.removeprefix("$ ").split() for line in block.splitlines() if line.startswith("$ "))


def test_the_commands_on_the_pages_exist():
    from typer.main import get_command

    from autograder.cli import app as autograder_app
    from dlcourse.toolkit.cli.commands import app as dlcourse_app

    known = {"autograder": get_command(autograder_app), "dlcourse": get_command(dlcourse_app)}
    named = [words for words in commands() if words[0] in known]
    assert {words[0] for words in named} == set(known)
    for words in named:
        assert words[1] in known[words[0]].commands, words


def test_links_between_pages_and_to_files_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target:
                path = page.parent / target
                assert path.exists() or path.with_suffix(".md").exists(), f"{page.name}: {target}"


@pytest.mark.parametrize(
    "lines, expected",
    [
        (["The sum of |x| and a*b, `a*b`."], [r"The sum of \|x\| and a\*b, `a*b`."]),
        (["* one", "* two *three*"], ["* one", r"* two \*three\*"]),
        (["It is", "", "    f = |x|", "", "where x is."],
         ["It is", "", "    .. code-block:: text", "", "        f = |x|", "", "", "where x is."]),
        (["Args:", "    x: an array.", "    y: another."], ["Args:", "    x: an array.", "    y: another."]),
    ],
)  # fmt: skip
def test_docstrings_mean_themselves(lines, expected):
    assert as_markup(lines) == expected


def test_every_page_is_in_the_courses_tree_of_contents():
    index = (DOCS / "index.md").read_text("utf-8")
    for page in PAGES:
        name = page.relative_to(DOCS).with_suffix("").as_posix()
        assert name == "index" or re.search(rf"^{name}$", index, re.MULTILINE), name


def test_the_example_exercise_is_python():
    page = (DOCS / "add-an-exercise.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        ast.parse(block)
