"""The build: solutions become a student's course, the same one every time."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import COURSE_ROOT, build
from autograder.checks import catalogue
from autograder.locations import CourseError

MODULE = '''"""A module."""

GIVEN = 3


def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


class Counter:
    def count(self):
        for i in range(GIVEN):
            ### BEGIN SOLUTION
            self.i = i

            ### END SOLUTION
        return self.i
'''
STUB = '''"""A module."""

GIVEN = 3


def double(x):
    """Return 2 x."""
    # YOUR CODE HERE
    raise NotImplementedError("tiny.double is not written yet")


class Counter:
    def count(self):
        for i in range(GIVEN):
            # YOUR CODE HERE
            raise NotImplementedError("tiny.Counter.count is not written yet")
        return self.i
'''
NOTEBOOK = """# %% [markdown]
# # A question

# %% tags=["solutions-only"]
secret = "only beside the solutions"

# %%
def check(name):
    return f"checked {name}"

# %%
check("tiny.double")

# %% [markdown] answer_points=2 grade_id="why"
# Because the model answer says so.
"""
TEXT = Path("solutions/notebooks/part1_knn/tiny.py")
SOLVED = Path("solutions/part1_knn/tiny.ipynb")
RELEASED = Path("assignments/part1_knn/tiny.ipynb")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A course of one module with one exercise and one notebook."""
    monkeypatch.setattr(build, "points_of", lambda exercise, where: 3)
    root = tmp_path / "course"
    for path, text in {Path("solutions/dlcourse/tiny.py"): MODULE, TEXT: NOTEBOOK}.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    shutil.copy(COURSE_ROOT / "nbgrader_config.py", root)
    return root


def snapshot(root):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in root.rglob("*") if path.is_file()}


def stub_of(tmp_path, text):
    module = tmp_path / "tiny.py"
    module.write_text(text)
    return build.stub(module, tmp_path)


def test_a_stub_is_the_reference_with_each_solution_replaced_by_a_sentence(tmp_path):
    assert stub_of(tmp_path, MODULE) == STUB


MALFORMED = {
    "END missing": ("def f():\n    ### BEGIN SOLUTION\n    return 1\n", "line 2: ### BEGIN SOLUTION without"),
    "BEGIN missing": ("def f():\n    return 1\n    ### END SOLUTION\n", "line 3: ### END SOLUTION without"),
    "nested": (
        "def f():\n    ### BEGIN SOLUTION\n    x = 1\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n",
        "line 4: a solution region begins here inside",
    ),
    "module level": ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n", "line 1: a solution region lies inside one"),
    "class level": (
        "class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n",
        "line 2: a solution region lies inside one",
    ),
    "two functions": (
        "def f():\n    ### BEGIN SOLUTION\n    return 1\n\ndef g():\n    return 2\n    ### END SOLUTION\n",
        "line 2: a solution region lies inside one",
    ),
    "empty": ("def f():\n    ### BEGIN SOLUTION\n    ### END SOLUTION\n    pass\n", "line 2: this solution region"),
    "indentation": ("def f():\n### BEGIN SOLUTION\n    return 1\n### END SOLUTION\n", "line 2: indent ### BEGIN"),
    "misspelt": ("def f():\n    # BEGIN SOLUTION\n    return 1\n", "line 2: a marker stands alone"),
    "not Python": ("def f():\n    return (\n", "line 2: this is not valid Python"),
    "no stub": (
        "def f():\n    return (1 +\n    ### BEGIN SOLUTION\n    2)\n    ### END SOLUTION\n",
        "the stub of tiny.py, line",
    ),
}


@pytest.mark.parametrize(("text", "complaint"), MALFORMED.values(), ids=MALFORMED)
def test_a_source_without_a_stub_is_refused_by_file_and_line(tmp_path, text, complaint):
    with pytest.raises(CourseError, match="tiny.py, line") as error:
        stub_of(tmp_path, text)
    assert complaint in str(error.value)


def test_building_twice_changes_nothing(tiny):
    assert build.build(tiny) == sorted([Path("dlcourse/tiny.py"), SOLVED, RELEASED])
    before = snapshot(tiny)
    assert build.build(tiny) == []
    assert build.differences(tiny) == []
    assert snapshot(tiny) == before


def test_the_instructors_notebook_is_executed_and_the_students_is_not(tiny):
    build.build(tiny)
    solved, released = (nbformat.read(tiny / path, as_version=4) for path in (SOLVED, RELEASED))
    assert [output.data["text/plain"] for output in solved.cells[3].outputs] == ["'checked tiny.double'"]
    assert not any(cell.get("outputs") for cell in released.cells)


def test_a_student_gets_neither_answers_nor_cells_for_solutions_only(tiny):
    build.build(tiny)
    released = (tiny / RELEASED).read_text()
    assert "checked" in released
    assert "secret" not in released and "model answer" not in released and "source_sha256" not in released


def test_nbgrader_grades_the_check_cell_and_a_person_the_answer(tiny):
    build.build(tiny)
    cells = nbformat.read(tiny / RELEASED, as_version=4).cells
    marks = {cell.id: cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata}
    kinds = {name: (m.grade, m.solution, m.locked, m.points) for name, m in marks.items()}
    assert kinds == {"tiny-double": (True, False, True, 3), "why": (True, True, False, 2)}


def test_outputs_are_kept_while_the_text_is_the_same(tiny, monkeypatch):
    build.build(tiny)
    outputs = [cell.get("outputs") for cell in nbformat.read(tiny / SOLVED, as_version=4).cells]
    monkeypatch.setattr(build, "points_of", lambda exercise, where: 5)
    monkeypatch.setattr(build, "execute_notebook", lambda *args: pytest.fail("executed although the text is the same"))
    assert build.build(tiny) == [RELEASED, SOLVED]
    assert [cell.get("outputs") for cell in nbformat.read(tiny / SOLVED, as_version=4).cells] == outputs


def test_a_damaged_notebook_is_built_anew(tiny):
    build.build(tiny)
    good = (tiny / SOLVED).read_bytes()
    (tiny / SOLVED).write_bytes(b"<<<<<<< HEAD\n" + good)
    assert build.build(tiny) == [SOLVED]
    assert (tiny / SOLVED).read_bytes() == good


def test_a_change_of_a_source_is_seen_without_executing_anything(tiny):
    build.build(tiny)
    (tiny / TEXT).write_text(NOTEBOOK + "\n# %%\n1 + 1\n")
    (tiny / "solutions/dlcourse/tiny.py").write_text(MODULE.replace("GIVEN = 3", "GIVEN = 4"))
    assert build.differences(tiny) == [
        "assignments/part1_knn/tiny.ipynb differs from what its source builds",
        "dlcourse/tiny.py differs from what its source builds",
        "solutions/part1_knn/tiny.ipynb differs from what its source builds",
    ]


def test_what_has_no_source_any_more_is_removed(tiny):
    (tiny / "solutions/dlcourse/other.py").write_text(MODULE)
    (tiny / TEXT).with_stem("other").write_text(NOTEBOOK)
    (tiny / "dlcourse").mkdir()
    (tiny / "dlcourse/__init__.py").write_text('"""The package."""\n')
    build.build(tiny)
    (tiny / "solutions/dlcourse/other.py").unlink()
    (tiny / TEXT).with_stem("other").unlink()
    gone = [Path("assignments/part1_knn/other.ipynb"), Path("dlcourse/other.py"), SOLVED.with_stem("other")]
    assert build.build(tiny) == gone
    assert not any((tiny / path).exists() for path in gone)
    assert (tiny / "dlcourse/__init__.py").exists()


REFUSED = {
    "cell fails": ('secret = "', 'secret = 1 / 0, "', r"cell 2 \(secret = 1 / 0.*ZeroDivisionError: division"),
    "figure fails": (
        'secret = "',
        'import ipywidgets; ipywidgets.interact(lambda k: 1 / k, k=0); "',
        "cell 2 .*division",
    ),
    "grade_id twice": ('grade_id="why"', 'grade_id="tiny-double"', "cell 5 .* already that of cell 4"),
    "grade_id": ('grade_id="why"', 'grade_id="why not?"', "cell 5 .* may only hold letters"),
    "answer is code": ('%% [markdown] answer_points=2 grade_id="why"', "%% answer_points=2", "cell 5 .* markdown"),
    "check not alone": ('check("tiny.double")', 'check("tiny.double")\nx = 1', "cell 4 .* a check stands alone"),
    "solution region": ('secret = "', '### BEGIN SOLUTION\nsecret = "', "cell 2 .* only an answer cell"),
    "machine path": ('return f"', 'import os; return os.getcwd() + f"', "cell 4 .* shows the path .* of this machine"),
    "path in a warning": ('secret = "', 'import warnings; warnings.warn("x"); "', "cell 2 .* shows the path"),
    "too large": ('return f"', 'return "x" * 2_000_000 + f"', r"2\.0 MB, and 1\.5 MB .* the largest is cell 4"),
    "no nbgrader": ("# Because", "# ### BEGIN SOLUTION\n# Because", "no end solution statement"),
}


@pytest.mark.parametrize(("old", "new", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_notebook_that_cannot_be_built_is_refused_by_cell_and_nothing_changes(tiny, old, new, complaint):
    build.build(tiny)
    (tiny / "solutions/dlcourse/tiny.py").write_text(MODULE.replace("GIVEN = 3", "GIVEN = 4"))
    (tiny / TEXT).write_text(NOTEBOOK.replace(old, new))
    before = snapshot(tiny)
    with pytest.raises(CourseError, match=f"(?s){complaint}"):
        build.build(tiny)
    assert snapshot(tiny) == before


def test_a_folder_without_solutions_is_refused_and_kept(tmp_path):
    (tmp_path / "dlcourse").mkdir()
    (tmp_path / "dlcourse/knn.py").write_text("a student's work\n")
    with pytest.raises(CourseError, match="nothing to build from"):
        build.build(tmp_path)
    assert (tmp_path / "dlcourse/knn.py").read_text() == "a student's work\n"


def test_an_unknown_exercise_is_refused_with_the_nearest_name():
    with pytest.raises(CourseError, match="here: .*'knn.l2_distance'.* knn.l2_distances"):
        build.points_of("knn.l2_distance", "here")


# The course itself

TEXTS = sorted((COURSE_ROOT / "solutions/notebooks").glob("part*/*.py"))
SLOW_BUT_THE_FIRST = [pytest.param(text, marks=[pytest.mark.slow] if n else []) for n, text in enumerate(TEXTS)]
PARTS = sorted({text.parent.name for text in TEXTS})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of this course, freshly built."""
    root = tmp_path_factory.mktemp("copy") / "course"
    left_behind = shutil.ignore_patterns(".*", "__pycache__", "cache", "*.egg-info", "*.db")
    shutil.copytree(COURSE_ROOT, root, ignore=left_behind)
    build.build(root)
    return root


def verdicts(notebook):
    """Yield the source of each check cell and the text it shows."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbgrader" in cell.metadata:
            yield cell.source, "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def test_what_is_checked_in_is_what_the_solutions_build():
    assert build.differences(COURSE_ROOT) == [], "run `autograder build` and commit what it changes"


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_the_instructors_notebook_runs_again_and_gets_all_points(course, text):
    name = text.relative_to(COURSE_ROOT).as_posix()
    notebook = build.read_source(text.read_text(encoding="utf-8"), name)
    build.execute_notebook(notebook, course / "solutions" / text.parent.name, course, name)
    for source, shown in verdicts(notebook):
        assert re.search(r": (\S+) of \1 points", shown), f"{source} shows {shown!r}"


@pytest.mark.parametrize("text", SLOW_BUT_THE_FIRST, ids=lambda text: text.stem)
def test_the_students_notebook_runs_before_anything_is_written(course, text):
    path = course / "assignments" / text.parent.name / f"{text.stem}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    build.execute_notebook(notebook, path.parent, course, path.name)  # fails on the first cell that raises
    for source, shown in verdicts(notebook):
        assert "not yet" in shown, f"{source} shows {shown!r}"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_the_students_notebook_holds_no_answer(course, text):
    solved = nbformat.read(course / "solutions" / text.parent.name / f"{text.stem}.ipynb", as_version=4)
    released = (course / "assignments" / text.parent.name / f"{text.stem}.ipynb").read_text()
    assert "SOLUTION" not in released and "solutions-only" not in released
    ids = {cell.id: cell.source for cell in nbformat.reads(released, as_version=4).cells}
    for cell in solved.cells:
        if "solutions-only" in cell.metadata.get("tags", []):
            assert cell.id not in ids
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            assert "YOUR ANSWER HERE" in ids[cell.id]


@pytest.mark.parametrize("part", [pytest.param(part, marks=[pytest.mark.slow] if n else []) for n, part in enumerate(PARTS)])
def test_nbgrader_alone_makes_the_same_notebooks(course, part):
    released = course / "assignments" / part
    before = {path.name: path.read_bytes() for path in released.iterdir()}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", part, "--force"]
    scripts = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic, as if activated
    )
    environment = {**os.environ, "PYTHONPATH": str(course), "PATH": scripts}
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_bytes() for path in released.iterdir()} == before


def test_every_exercise_is_checked_in_a_notebook_of_its_part():
    checked = {
        (text.parent.name, cell.metadata.nbgrader.grade_id)
        for text in TEXTS
        for cell in build.read_source(text.read_text(encoding="utf-8"), text.name).cells
        if "nbgrader" in cell.metadata
    }
    assert {(entry.part, entry.name.replace(".", "-")) for entry in catalogue()} <= checked


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3])
def test_a_kernel_that_does_nothing_is_started_again(times, tmp_path, monkeypatch):
    """A cell that sleeps for ever on its first runs, as a kernel does that has missed a message."""
    monkeypatch.setattr(build, "IDLE", 1)
    sleep = "from pathlib import Path\nimport time\nruns = len(list(Path().glob('run*')))\nPath(f'run{runs}').touch()\n"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"{sleep}if runs < {times}:\n    time.sleep(1000)\nruns")])
    if times == build.ATTEMPTS:
        with pytest.raises(CourseError, match="the kernel did nothing for 1 seconds, 3 times"):
            build.execute_notebook(notebook, tmp_path, tmp_path, "a notebook")
    else:
        build.execute_notebook(notebook, tmp_path, tmp_path, "a notebook")
        assert notebook.cells[0].outputs[0].data["text/plain"] == "1"
