"""Expected values: the live reference, and the part of it that may stand in around a student's exercise.

The reference is `solutions/dlcourse`, and beside it, for some modules, `autograder/definitions`. A student's release holds
neither, `has_reference()` says so, and recorded answers take their place: `grading.answers()` is one or the other.
"""

import ast
from functools import lru_cache

from autograder.locations import COURSE_ROOT, SOLUTIONS
from autograder.remote import LocalUnit, Session
from autograder.weights import FILE
from autograder.worker.modules import Modules

REFERENCE = SOLUTIONS / "dlcourse"
DEFINITIONS = COURSE_ROOT / "autograder" / "definitions"


def has_reference():
    return REFERENCE.is_dir()


@lru_cache
def reference_sources():
    """Return {module: source} of the whole reference."""
    return {path.stem: path.read_text("utf-8") for path in sorted(REFERENCE.glob("*.py")) if path.stem != "__init__"}


@lru_cache
def with_definitions():
    """Return (module, source) of the reference's modules that have definitions, followed by these."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted(DEFINITIONS.glob("[!_]*.py"))}
    return tuple((module, f"{reference_sources()[module]}\n\n{text}") for module, text in texts.items())


def reference_session(exercise, replaced=()):
    """Return a Session with the reference in this process.

    Args:
        exercise: name such as "knn.l2_distances".
        replaced: pairs (module, source) that take the place of the reference's, as a misconception does.

    What is called in it gets copies and is recorded, as in a student's session.
    """
    session = Session(LocalUnit(reference_modules(exercise, tuple(replaced))), sources={})
    session.weights = (REFERENCE / FILE).read_bytes() if (REFERENCE / FILE).is_file() else None
    return session


@lru_cache(maxsize=256)
def reference_modules(exercise, replaced):
    sources = reference_sources() | dict(replaced)
    filenames = {name: f"solutions/dlcourse/{name}.py" for name in sources}
    return Modules(
        {"exercise": exercise, "student": sources, "filenames": filenames, "reference": {}, "supplied": {}},
    )


@lru_cache(maxsize=256)
def supplied_to(exercise, uses, exercises):
    """Return what the reference lends to a student's exercise: only what the reference of that exercise itself uses.

    Args:
        exercise: name such as "knn.KNearestNeighbor".
        uses: names of further exercises that its checks call.
        exercises: frozenset of all exercise names.

    Returns:
        reference: {module: source}, without docstrings, comments, and whatever is not needed; never `exercise` itself.
        supplied: {module: [names to take from that source]}: exercises, and from other modules the given code too.
    """
    trees = {name: ast.parse(source) for name, source in reference_sources().items()}
    needed = set()
    waiting = [tuple(name.split(".")) for name in (exercise, *uses)]
    while waiting:
        module, name = waiting.pop()
        for node in trees[module].body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlcourse."):
                wanted = [alias.name for alias in node.names if (alias.asname or alias.name) == name]
                found = [(node.module.removeprefix("dlcourse."), original) for original in wanted]
            elif name in defined_names(node):
                needed.add((module, name))
                found = [(module, n.id) for n in ast.walk(node) if isinstance(n, ast.Name)]
            else:
                continue
            waiting += [pair for pair in found if pair not in needed]
    needed.discard(tuple(exercise.split(".")))
    supplied, reference = {}, {}
    for module in sorted({module for module, _ in needed}):
        names = {name for of, name in needed if of == module}
        given = set() if module == exercise.split(".")[0] else names
        if lent := sorted(name for name in names if f"{module}.{name}" in exercises or name in given):
            supplied[module], reference[module] = lent, reduced(trees[module], names)
    return reference, supplied


def defined_names(node):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def reduced(tree, names):
    """Return the source of a module with its imports and the definitions of `names` alone, without docstrings."""
    kept = []
    used = {n.id for node in tree.body if defined_names(node) & names for n in ast.walk(node) if isinstance(n, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            aliases = [a for a in node.names if (a.asname or a.name).split(".")[0] in used]
            if aliases:
                node = ast.Import(aliases) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, aliases, node.level)
                kept.append(node)
        elif defined_names(node) & names:
            kept.append(WithoutDocstrings().visit(node))
    return ast.unparse(ast.fix_missing_locations(ast.Module(kept, [])))


class WithoutDocstrings(ast.NodeTransformer):
    def visit_docstring_owner(self, node):
        self.generic_visit(node)
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node

    visit_FunctionDef = visit_ClassDef = visit_docstring_owner
