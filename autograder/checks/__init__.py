"""The catalogue: every exercise, declared beside its checks, one file a module of the course.

A check is a plain function whose arguments are fixtures:

    student     the module of the exercise in the submission, a remote.Proxy
    oracle      the same module of the reference
    weights     of the final challenge: the arrays in the submission's challenge.npz
    rng         np.random.Generator: seeded in secret while grading, always alike in practice

It returns if all is well and raises otherwise, usually through `diagnosis.compare`. The first line of its docstring is what
the student reads. All checks of an exercise weigh the same, but for those of an exercise with a scale, whose points are
what it measured: such a check returns what it `Measured`. `pytest autograder/checks --submission FOLDER` runs them too.
"""

import difflib
import importlib
import inspect
import pkgutil
from dataclasses import dataclass, field

import numpy as np

from autograder.locations import CourseError
from autograder.settings import settings

# The course's order of modules. A module without checks yet is not there; one that is not listed comes last.
ORDER = """knn linear losses regularization optimization graph layers convolution convnets vision preprocessing activations
initialization normalization dropout augmentation optimizers babysitting challenge""".split()

_exercises = {}


@dataclass
class Exercise:
    """One function or class for the student to write.

    Attributes:
        name: "module.Name".
        usual_points: what it is worth, unless `course.toml` says something else.
        part: folder of the notebook it belongs to, such as "part1_knn".
        minutes: how long it takes a typical student.
        slide: where in the lecture it comes from.
        all_hints: up to three, from a nudge to nearly the answer.
        uses: further exercises that its checks call on `student`; the reference stands in for them.
        scale: pairs (what is measured, share of the points) with straight lines between them, for an exercise that is graded by
            what it reaches. It is the student's own work all through, and all students of a course get the same inputs.
        patience: how many times the usual limits of time it may take.
        checks: the check functions, in order.
    """

    name: str
    usual_points: float
    part: str
    minutes: int
    slide: str
    all_hints: tuple[str, ...]
    uses: tuple[str, ...] = ()
    scale: tuple[tuple[float, float], ...] = ()
    patience: float = 1
    checks: list = field(default_factory=list)

    @property
    def module(self):
        return self.name.split(".")[0]

    def share(self, value):
        """Return the share of the points that a measured value earns on the scale."""
        return float(np.interp(value, *zip(*self.scale, strict=True)))

    @property
    def points(self):
        """What it is worth in this course."""
        return settings().points.get(self.name, self.usual_points)

    @property
    def hints(self):
        """The hints that students of this course may see."""
        return self.all_hints[: settings().hints]

    def check(self, function):
        """Decorate a check of this exercise."""
        function.exercise = self
        self.checks.append(function)
        return function


@dataclass(frozen=True)
class Measured:
    """What a check of an exercise with a scale returns.

    Attributes:
        share: of the points, from 0 to 1.
        message: what was measured, a sentence.
        numbers: plain data for whoever compares.
    """

    share: float
    message: str
    numbers: dict


def exercise(name, *, points, hints, **declaration):
    """Declare an exercise; see `Exercise` for the arguments, and `autograder.settings` for who may change points and hints."""
    if name in _exercises:
        raise ValueError(f"the exercise {name} is declared twice")
    _exercises[name] = Exercise(name, usual_points=points, all_hints=hints, **declaration)
    return _exercises[name]


def catalogue():
    """Return all exercises, in the order of the course."""
    for module in pkgutil.iter_modules(__path__):
        if module.name != "conftest":
            importlib.import_module(f"{__name__}.{module.name}")
    place = {module: number for number, module in enumerate(ORDER)}
    return sorted(_exercises.values(), key=lambda each: (each.part, place.get(each.module, len(ORDER))))


def parts():
    """Return the names of the parts that this course has, in order."""
    return list(settings().parts)


def find(name):
    """Return the exercise called `name`; CourseError with the nearest names if there is none."""
    catalogue()
    if name not in _exercises:
        raise CourseError(f"there is no exercise called {name!r}{nearest(name, _exercises)}")
    return _exercises[name]


def select(part=None):
    """Return the exercises of one part, or of all parts of this course; CourseError with the nearest name if there is none."""
    present = parts()
    if part is not None and part not in present:
        if any(each.part == part for each in catalogue()):
            raise CourseError(f"{part} is not in this course: course.toml leaves it out of parts")
        raise CourseError(f"there is no part called {part!r}{nearest(part, present)}")
    return [each for each in catalogue() if (each.part in present if part is None else each.part == part)]


def nearest(name, names):
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    listed = ", ".join(close or sorted(names))
    return f". Did you mean {listed}?" if close else f". There are: {listed}."


def title_of(check):
    """Return what the student reads as the name of a check: the first line of its docstring."""
    return inspect.getdoc(check).splitlines()[0].rstrip(".")
