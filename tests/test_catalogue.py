"""Every exercise is two-sided: its stub earns nothing, its reference everything, and every known mistake loses points.

These tests run over the whole catalogue, so an exercise is covered from the moment it is declared.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import numpy as np
import pytest

from autograder import checks, grading, misconceptions
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources
from autograder.sandbox import Sandbox

EXERCISES = checks.catalogue()
MISTAKES = misconceptions.everything()
MEASURED = {exercise.name for exercise in EXERCISES if exercise.scale}  # seconds each: test_challenge.py tries the seeds
by_name = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
by_mistake = pytest.mark.parametrize(  # there are hundreds: the fast tests try every twelfth
    "mistake",
    [pytest.param(m, id=f"{m.exercise}-{m.name}", marks=[pytest.mark.slow] if n % 12 else []) for n, m in enumerate(MISTAKES)],
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def submission(**sources):
    weights = (COURSE_ROOT / "solutions/dlcourse/challenge.npz").read_bytes()
    return grading.Submission("somebody", reference_sources() | sources, COURSE_ROOT / "solutions", weights=weights)


def lost(report):
    return {exercise.name for exercise in report.exercises if exercise.points < exercise.max_points}


def test_solution_scores_everything(sandbox):
    report = grading.grade(grading.read_submission(COURSE_ROOT / "solutions"), sandbox, secret="any")
    assert lost(report) == set()
    assert report.points == report.max_points == sum(exercise.points for exercise in EXERCISES) > 0


def test_blank_course_scores_nothing_and_says_not_yet(sandbox):
    report = grading.grade(grading.read_submission(COURSE_ROOT), sandbox, secret="any")
    assert report.points == 0
    for exercise in report.exercises:
        assert {check.status for check in exercise.checks} == {"not written"}, exercise.name


def test_practice_and_isolated_grading_agree(sandbox):
    """The same folder, in this process and in the sandbox, gets the same verdicts in the same words."""
    for mistake in MISTAKES[::20]:
        wrong = submission(**{mistake.module: misconceptions.source_with(mistake)})
        exercise = checks.find(mistake.exercise)
        here, there = (grading.grade_exercise(wrong, exercise, where) for where in (None, sandbox))
        verdicts = [[(c.name, c.status, c.explanation) for c in result.checks] for result in (here, there)]
        assert verdicts[0] == verdicts[1], mistake


@by_name
def test_exercise_is_declared_in_full(exercise):
    assert exercise.part in {path.name for path in (COURSE_ROOT / "solutions/notebooks").iterdir()}
    assert exercise.points > 0 and exercise.minutes > 0 and exercise.slide
    assert 2 <= len(exercise.hints) <= 3
    assert len(exercise.checks) >= 2
    titles = [checks.title_of(check) for check in exercise.checks]
    assert len(set(titles)) == len(titles)


@by_name
def test_exercise_has_three_misconceptions(exercise):
    assert len(misconceptions.of(exercise.name)) >= 3


def test_every_misconception_belongs_to_an_exercise():
    assert {mistake.exercise for mistake in MISTAKES} == {exercise.name for exercise in EXERCISES}


@by_mistake
def test_misconception_loses_points_in_its_own_exercise_and_nowhere_else(mistake):
    assert_loses_points_only_in_its_own(mistake, [exercise for exercise in EXERCISES if exercise.module == mistake.module])


@pytest.mark.slow
@by_mistake
def test_misconception_loses_points_in_no_other_module(mistake):
    needing = [
        exercise
        for exercise in EXERCISES
        if f"dlcourse.{mistake.module}" in reference_sources()[exercise.module] and exercise.name not in MEASURED
    ]
    assert_loses_points_only_in_its_own(mistake, [checks.find(mistake.exercise), *needing])


def assert_loses_points_only_in_its_own(mistake, exercises):
    wrong = submission(**{mistake.module: misconceptions.source_with(mistake)})
    results = [grading.grade_exercise(wrong, exercise, secret="any") for exercise in exercises]
    assert {result.name for result in results if result.points < result.max_points} == {mistake.exercise}


@by_mistake
def test_misconception_is_told_its_own_sentence(mistake):
    wrong = submission(**{mistake.module: misconceptions.source_with(mistake)})
    exercise = checks.find(mistake.exercise)
    result = grading.grade_exercise(wrong, exercise, secret="any")
    if mistake.exercise in MEASURED:
        pytest.skip("everybody's network is another one: no result is compared with that of the reference's mistakes")
    if any("np.random." in new for _, new in mistake.edits):
        pytest.skip("its output differs from run to run, so it cannot be recognised by it")
    assert mistake.sentence in {check.explanation for check in result.checks}


@pytest.mark.slow
def test_reference_passes_on_many_seeds():
    assert_reference_passes(range(20))


@pytest.mark.slow
def test_misconceptions_are_caught_on_some_seeds():
    assert_misconceptions_caught(range(2))


HUNDREDS = range(int(os.environ.get("DLCOURSE_TEST_SEEDS", 300)))  # 1000 take half an hour


@pytest.mark.slow
def test_reference_passes_on_hundreds_of_seeds():
    assert_reference_passes(HUNDREDS)


@pytest.mark.slow
def test_misconceptions_are_caught_on_hundreds_of_seeds():
    assert_misconceptions_caught(HUNDREDS)


def assert_reference_passes(seeds):
    assert_nothing_found(reference_failures, [exercise.name for exercise in EXERCISES if exercise.name not in MEASURED], seeds)


def assert_misconceptions_caught(seeds):
    assert_nothing_found(seeds_that_miss, [mistake for mistake in MISTAKES if mistake.exercise not in MEASURED], seeds)


def assert_nothing_found(search, subjects, seeds):
    """Search on every core: it is a lot of seeds."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        found = dict(zip(subjects, pool.map(search, subjects, repeat(seeds)), strict=True))
    assert not any(found.values()), {subject: what for subject, what in found.items() if what}


def reference_failures(name, seeds):
    """Return [(seed, what failed)] of the reference of an exercise."""
    exercise = checks.find(name)
    session = grading.open_session(submission(), exercise)
    return [(seed, failed) for seed in seeds if (failed := first_failure(exercise, session, seed))]


def seeds_that_miss(mistake, seeds):
    """Return the seeds on which all checks pass although the mistake is there."""
    exercise = checks.find(mistake.exercise)
    session = grading.open_session(submission(**{mistake.module: misconceptions.source_with(mistake)}), exercise)
    with np.errstate(all="ignore"):
        return [seed for seed in seeds if first_failure(exercise, session, seed) is None]


def first_failure(exercise, session, seed):
    seed = grading.seed_of(exercise, submission(), str(seed))
    results = (grading.run_check(check, exercise, session, seed) for check in exercise.checks)
    return next((result for result in results if not result.passed), None)
