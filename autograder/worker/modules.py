"""What `import dlcourse…` means while one exercise runs: the student's code, with the reference standing in around it.

Blame isolation. While `knn.KNearestNeighbor` is graded, the `majority_vote` that it calls is the reference's, so a wrong
`majority_vote` costs its own points and no others. `job["supplied"]` names the exercises to stand in for: those that the
reference of the graded one itself uses, so that nobody can earn points by calling a reference that was not theirs to call.

Modules live in this object alone, not in `sys.modules`: several can exist side by side, in a notebook too. Their imports
go through `Modules.import_name`, which admits NumPy, the standard library and exercise modules, in practice as in grading.
"""

import ast
import builtins
import importlib.util
import sys
from functools import lru_cache
from types import ModuleType

ALLOWED = sys.stdlib_module_names | {"numpy"}
REFERENCE = "__reference__"


class Modules:
    """The modules of one job.

    Args:
        job: dict with
            exercise: "module.Name", the one exercise that is graded.
            student: {module: source} of the submission.
            reference: {module: source} of the supplied exercises, without the one that is graded; may be empty.
            supplied: {module: [names]} of the exercises in `reference`.
            filenames: {module: file name for tracebacks} of the submission.
    """

    def __init__(self, job):
        self.job = job
        self.module_name, self.exercise_name = job["exercise"].split(".")
        self.loaded = {}
        self.package = ModuleType("dlcourse")
        self.package.__path__ = []

    def graded(self):
        """Return the module of the graded exercise."""
        module = self.load(self.module_name)
        if not hasattr(module, self.exercise_name):
            raise AttributeError(f"dlcourse/{self.module_name}.py defines no {self.exercise_name}")
        return module

    def load(self, name):
        """Return the module that `import dlcourse.<name>` means in this job."""
        if name == self.module_name:
            return self.load_student(name)
        if name in self.job["reference"]:
            module = self.load_reference(name)
            # A helper that only the student's own version has: load that one when it is first asked for.
            module.__getattr__ = lambda attribute: getattr(self.load_student(name), attribute)
            return module
        return self.load_student(name)

    def load_student(self, name):
        """Return the student's module, its supplied exercises replaced by the reference's."""
        if ("student", name) in self.loaded:
            return self.loaded["student", name]
        if name not in self.job["student"]:
            raise ImportError(f"the submission has no dlcourse/{name}.py")
        supplied = self.job["supplied"].get(name, ())
        reference = vars(self.load_reference(name)) if supplied else {}
        code = compiled(self.job["student"][name], self.job["filenames"][name])
        module = self.run("student", name, code, {REFERENCE: {exercise: reference[exercise] for exercise in supplied}})
        for exercise in supplied:  # also where the student's file does not define it, or binds the name twice
            setattr(module, exercise, reference[exercise])
        vars(module).pop(REFERENCE, None)
        if name == self.module_name and reference:
            reference[self.exercise_name] = getattr(module, self.exercise_name, None)
        return module

    def load_reference(self, name):
        if ("reference", name) not in self.loaded:
            code = compile(self.job["reference"][name], f"<reference>/{name}.py", "exec", dont_inherit=True)
            self.run("reference", name, code, {})
        return self.loaded["reference", name]

    def run(self, origin, name, code, extra):
        module = ModuleType(f"dlcourse.{name}")
        vars(module).update(extra)
        module.__package__ = "dlcourse"
        module.__file__ = code.co_filename
        module.__builtins__ = {**vars(builtins), "__import__": self.import_name}
        self.loaded[origin, name] = module
        try:
            exec(code, vars(module))
        except BaseException:
            del self.loaded[origin, name]
            raise
        return module

    def import_name(self, name, globals=None, locals=None, fromlist=(), level=0):
        """Stand in for `__import__` in student and reference code."""
        absolute = importlib.util.resolve_name("." * level + name, "dlcourse") if level else name
        top, *inner = absolute.split(".")
        if top != "dlcourse":
            if top not in ALLOWED:
                raise ImportError(
                    f"this file imports {absolute}, but an exercise may import only numpy, the standard library and "
                    "other exercise modules: move experiments that need more into a notebook or another file"
                )
            return builtins.__import__(absolute, globals, locals, fromlist, 0)
        if inner:
            module = self.load(inner[0])
            setattr(self.package, inner[0], module)
            return module if fromlist else self.package
        for attribute in fromlist:
            setattr(self.package, attribute, self.load(attribute))
        return self.package


def sent_modules(job):
    """Return the Modules of a job that came over the wire, its sources as arrays of bytes."""
    texts = ("student", "reference")
    return Modules(job | {key: {name: text.tobytes().decode() for name, text in job[key].items()} for key in texts})


@lru_cache(maxsize=64)
def compiled(source, filename):
    """Return the code of a student's module in which the reference, where it lends something, replaces what was defined.

    It does so where the definition stands, so that a class further down can inherit from what is lent.
    """
    tree = ast.parse(source, filename)
    tree.body = [statement for node in tree.body for statement in (node, *replacement(node))]
    return compile(tree, filename, "exec", dont_inherit=True)


def replacement(node):
    """Return [`name = __reference__.get("name", name)`] for the definition of a function or class, else nothing."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return []
    lent = ast.Attribute(ast.Name(REFERENCE, ast.Load()), "get", ast.Load())
    value = ast.Call(lent, [ast.Constant(node.name), ast.Name(node.name, ast.Load())], [])
    assign = ast.Assign([ast.Name(node.name, ast.Store())], value)
    return [ast.fix_missing_locations(ast.copy_location(assign, node))]
