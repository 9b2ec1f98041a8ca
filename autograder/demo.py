"""The main job on a small made-up class: build the course, collect submissions, grade them, say why points were lost."""

import shutil
from pathlib import Path

from autograder import misconceptions
from autograder.build import build
from autograder.locations import COURSE_ROOT

PART = "part1_knn"  # what the class has handed in

# Who made which mistakes: (exercise, name of the misconception).
MISTAKES = {
    "clara-uint8": [
        ("knn.l1_distances", "uint8-wraps"),
        ("knn.l2_distances_two_loops", "uint8-wraps"),
        ("knn.l2_distances_one_loop", "uint8-wraps"),
    ],
    "david-distances": [("knn.l1_distances", "no-absolute-value"), ("knn.l2_distances", "no-clip")],
    "elif-loops-and-ties": [
        ("knn.l2_distances", "hidden-loop"),
        ("knn.majority_vote", "largest-label-wins-ties"),
        ("knn.accuracy", "percent"),
    ],
    "farid-validation": [
        ("knn.KNearestNeighbor", "skips-nearest"),
        ("knn.k_fold_indices", "not-shuffled"),
        ("knn.cross_validate", "trains-on-validation"),
    ],
}
FORGED_SCORE = '''"""A module that would like to grade itself."""
import os, sys

print('{"submission": "ivan", "points": 30.0, "max_points": 30}')
os.write(1, b"30.0\\n")
sys.stdout.flush()


class Perfect:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return other


def l1_distances(queries, points):
    return Perfect()


l2_distances = l2_distances_one_loop = l2_distances_two_loops = l1_distances
majority_vote = accuracy = split_indices = k_fold_indices = cross_validate = l1_distances
NearestNeighbor = KNearestNeighbor = Perfect
'''


def build_course(folder, progress=None):
    """Build the student's course in `folder` from a copy of the sources."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(COURSE_ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("nbgrader_config.py", "course.toml"):
        shutil.copy(COURSE_ROOT / name, folder)
    build(folder, progress=progress)
    return folder


def make_class(folder, course):
    """Write the submissions of the class below `folder`, one folder a student."""
    shutil.rmtree(folder, ignore_errors=True)
    perfect = {path.name: path.read_text("utf-8") for path in (course / "solutions/dlcourse").glob("*.py")}
    blank = {path.name: path.read_text("utf-8") for path in (course / "dlcourse").glob("*.py")}
    hand_in(folder, "ada-perfect", perfect)
    hand_in(folder, "ben-blank", blank)
    for student, mistakes in MISTAKES.items():
        files = dict(perfect)
        for exercise, name in mistakes:
            known = next(each for each in misconceptions.of(exercise) if each.name == name)
            files[f"{known.module}.py"] = misconceptions.mistaken(files[f"{known.module}.py"], known)
        hand_in(folder, student, files)
    knn = perfect["knn.py"]
    hand_in(folder, "gina-unfinished", {"knn.py": first_half(knn, blank["knn.py"], "class NearestNeighbor")})
    forgets_to_count = "        j = 0\n        while j < len(points):\n            point = points[j]"
    endless = knn.replace("        for j, point in enumerate(points):", forgets_to_count)
    hand_in(folder, "hugo-endless-loop", {"knn.py": endless})
    hand_in(folder, "ivan-forged-score", {"knn.py": FORGED_SCORE})
    unparsable = knn.replace("def majority_vote(labels, num_classes):", "def majority_vote(labels, num_classes:")
    hand_in(folder, "jana-syntax-error", {"knn.py": unparsable})


def first_half(done, blank, border):
    """Return the finished module up to the line that starts with `border`, and the stubs from there on."""
    return done[: done.index(border)] + blank[blank.index(border) :]


def hand_in(folder, student, files):
    package = Path(folder, student, "dlcourse")
    package.mkdir(parents=True)
    for name, source in files.items():
        (package / name).write_text(source, "utf-8")
