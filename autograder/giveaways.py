"""Search what students are given for anything that gives an answer away.

Code is compared as Python reads it, without comments and layout, and with its names replaced in the order in which they
come: `total += x[i]` is found in `s += row[k]`. What gives an answer away are two consecutive telling lines of a solution
region, or a region of one line if it is a telling one.
"""

import ast
import builtins
import json
import keyword
import re
import textwrap
from collections import defaultdict
from pathlib import Path, PurePosixPath

from autograder import misconceptions
from autograder.build import read_source
from autograder.locations import CourseError

FORBIDDEN = {
    "solutions", "misconceptions", "definitions", "live.py", ".git", ".gitattributes", ".autograder", "secret", "__pycache__",
}  # fmt: skip
COMPILED = (".pyc", ".pyo", ".so", ".pyd", ".pkl", ".db")
MARKERS = re.compile(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
REGION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION", re.MULTILINE | re.DOTALL)
TELLING_LINE, TELLING_PAIR, TELLING_TEXT = 24, 30, 40  # characters, of code without its names

# What students are given on purpose although it is like an answer: (path, module of the solution): why.
GIVEN = {
    ("dlcourse/toolkit/fast.py", "layers"): "fast versions of the layers, for the experiments with large networks",
    ("dlcourse/toolkit/training.py", "optimizers"): "the training loop's plain gradient descent, needed two parts earlier",
    ("assignments/part4_backprop/computational_graph.ipynb", "graph"): "its experiment shows the chain rule in a wrong order",
    ("assignments/part3_loss_optimization/optimization.ipynb", "optimizers"): "a loop that collects points for a figure",
    ("assignments/part3_loss_optimization/optimization.ipynb", "knn"): "two loops, one in the other, over a table",
    ("assignments/part6_training/babysitting.ipynb", "challenge"): "how images become small numbers, given in every part",
    ("assignments/part6_training/preprocessing_and_initialization.ipynb", "optimizers"): "the same loop for a figure",
}
KEPT_NAMES = {*keyword.kwlist, *dir(builtins), "np", "math", "self"}


def giveaways(files, root):
    """Return a sentence about each place in {path: bytes} that gives away an answer of the course in `root`, or tells of it.

    Raises:
        CourseError: if a Python file or a notebook among them cannot be read.
    """
    known, texts, private = Known(root), answer_texts(root), private_texts(root)
    found = []
    for path, content in sorted(files.items()):
        parts = PurePosixPath(path).parts
        if FORBIDDEN & set(parts) or path.endswith(COMPILED):
            found.append(f"{path} is nothing for students")
        if marker := MARKERS.search(content):
            found.append(f"{path} holds the marker {marker[0].decode()}")
        found += [f"{path} holds {what}" for text, what in private.items() if text in content]
        if path.endswith(".py"):
            found += known.found_in(path, code_lines(content.decode(), path))
        elif path.endswith(".ipynb"):
            found += in_notebook(path, content, known, texts)
    return found


def in_notebook(path, content, known, texts):
    found, words = [], []
    for cell in json.loads(content)["cells"]:
        source = "".join(cell["source"])
        words.append(plain(source))
        if cell.get("outputs") or cell.get("execution_count"):
            found.append(f"{path} holds outputs of {source[:40]!r}")
        if cell["cell_type"] == "code":
            python = re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE)
            found += known.found_in(path, code_lines(python, path))
    everything = " ".join(words)
    return found + [f"{path} holds the answer {text[:60]!r}" for text in texts if text in everything]


def answer_texts(root):
    """Return the lines of written answers, and of cells that students do not get, that are long enough to tell."""
    public, secret = [], []
    for path in sorted(Path(root, "solutions", "notebooks").glob("part*/*.py")):
        for cell in read_source(path.read_text("utf-8"), path.name).cells:
            if "solutions-only" in cell.metadata.get("tags", ()):
                secret += cell.source.splitlines()
            else:
                secret += "\n".join(REGION.findall(cell.source)).splitlines()
                public.append(plain(REGION.sub("", cell.source)))
    given = " ".join(public)
    return [text for text in map(plain, secret) if len(text) >= TELLING_TEXT and text not in given]


def plain(text):
    return " ".join(text.split())


def private_texts(root):
    """Return {bytes: what they are} of this machine and this course, which no file for others may hold."""
    found = {str(Path(root).resolve()).encode(): "a path of this machine", str(Path.home()).encode(): "a path of this machine"}
    secret = Path(root, ".autograder", "secret")
    if secret.exists():
        found[secret.read_bytes().strip()] = "the secret of this course"
    return {text: what for text, what in found.items() if len(text) > 5}  # not /, and not /root, which is also a word


class Known:
    """The answers that there are: of the reference, of its misconceptions, and of the definitions."""

    def __init__(self, root):
        self.modules = defaultdict(set)  # {a telling line, or pair of lines, as `nameless` has it: modules it solves}
        given = set()  # what a solution shares with what students get anyway
        for path in sorted(Path(root, "solutions", "dlcourse").glob("*.py")):
            source = path.read_text("utf-8")
            for region in REGION.findall(source):
                self.add(path.stem, region)
            outside = code_lines(re.sub(REGION, lambda m: re.match(" *", m[0])[0] + "pass", source), path.name)
            given |= {form for form, _ in forms(outside)}
        for path in sorted(Path(root, "autograder", "definitions").glob("[!_]*.py")):
            source = path.read_text("utf-8")
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef):
                    self.add(path.stem, "\n".join(ast.get_source_segment(source, each) for each in node.body))
        for mistake in misconceptions.everything():
            for text in filter(None, (mistake.body, *(new for _, new in mistake.edits))):
                self.add(mistake.module, text)
        for form in given:
            self.modules.pop(form, None)

    def add(self, module, text):
        try:
            lines = code_lines("def solution():\n" + textwrap.indent(textwrap.dedent(text), "    "), module)[1:]
        except CourseError:  # a piece of a line, that some misconception puts in the place of another
            return
        alone = len(lines) == 1
        for form, pair in forms(lines):
            if pair or alone:
                self.modules[form].add(module)

    def found_in(self, path, lines):
        found = []
        for (form, _), shown in zip(forms(lines), shown_forms(lines), strict=True):
            modules = {module for module in self.modules.get(form, ()) if (path, module) not in GIVEN}
            found += [f"{path} holds what solves an exercise of {module}: {shown}" for module in sorted(modules)]
        return found


def code_lines(source, where):
    """Return the lines of Python source without docstrings, comments and layout."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise CourseError(f"{where}, line {error.lineno}: this is not valid Python: {error.msg}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return [line.strip() for line in ast.unparse(tree).split("\n") if line.strip()]


def forms(lines):
    """Return (nameless form, whether of a pair) of all telling lines, and pairs of lines."""
    return [(nameless(*each), len(each) == 2) for each in telling(lines)]


def shown_forms(lines):
    return [" / ".join(each) for each in telling(lines)]


def telling(lines):
    """Return each line, and each two consecutive lines, that are long enough to tell something."""
    pairs = [pair for pair in zip(lines, lines[1:], strict=False) if min(map(len, pair)) >= 12]
    return [(line,) for line in lines if len(nameless(line)) >= TELLING_LINE] + [
        pair for pair in pairs if len(nameless(*pair)) >= TELLING_PAIR
    ]


def nameless(*lines):
    """Return lines with their own names replaced in the order in which they come."""
    names = {}

    def replaced(match):
        if match[1] or match[2] in KEPT_NAMES:
            return match[0]
        return names.setdefault(match[2], f"v{len(names)}")

    return "\n".join(re.sub(r"(\.\s*)?\b([A-Za-z_]\w*)", replaced, line) for line in lines)
