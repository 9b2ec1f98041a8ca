"""Run the checks under pytest: `pytest autograder/checks --submission solutions`."""

import pytest

from autograder import checks, grading
from autograder.locations import COURSE_ROOT


def pytest_addoption(parser):
    parser.addoption("--submission", default=str(COURSE_ROOT), help="folder that holds the dlcourse/ to check")


def pytest_generate_tests(metafunc):
    exercises = [exercise for exercise in checks.catalogue() if metafunc.function in exercise.checks]
    metafunc.parametrize("exercise", exercises, ids=[exercise.name for exercise in exercises], scope="function")


@pytest.fixture(autouse=True)
def exercise(request):
    return request.param


@pytest.fixture
def arguments(request, exercise):
    """All fixtures of a check, made as the grader makes them."""
    submission = grading.read_submission(request.config.getoption("submission"))
    session = grading.open_session(submission, exercise)
    return grading.Fixtures(exercise, request.function, session, grading.seed_of(exercise))


@pytest.fixture
def student(arguments):
    return arguments.student()


@pytest.fixture
def function(arguments):
    return arguments.function()


@pytest.fixture
def oracle(arguments):
    return arguments.oracle()


@pytest.fixture
def reference(arguments):
    return arguments.reference()


@pytest.fixture
def weights(arguments):
    return arguments.weights()


@pytest.fixture
def rng(arguments):
    return arguments.rng()
