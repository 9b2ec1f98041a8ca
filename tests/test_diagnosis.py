"""The message of a failed comparison names the most telling difference, and says nothing where there is none."""

import numpy as np
import pytest

from autograder.diagnosis import compare, difference
from autograder.remote import CheckFailed
from autograder.worker.wire import Foreign

EXPECTED = np.array([[1.0, 2.0, 4.0], [3.0, 7.0, 5.0], [6.0, 9.0, 8.0], [2.0, 1.0, 3.0]])
SQUARE = EXPECTED[:3]


def one_wrong(index, value):
    wrong = EXPECTED.copy()
    wrong[index] = value
    return wrong


DIFFERENCES = {
    "nothing returned": (None, EXPECTED, "got None"),
    "a list": (EXPECTED.tolist(), EXPECTED, "a list"),
    "not data": (Foreign("an array of dtype object"), EXPECTED, "dtype object"),
    "text for a number": ("0.5", 0.5, "a str"),
    "transposed": (EXPECTED.T, EXPECTED, "transposed"),
    "transposed, square": (SQUARE.T, SQUARE, "transposed"),
    "flattened": (EXPECTED.ravel(), EXPECTED, "wrong arrangement"),
    "summed away": (EXPECTED.sum(axis=1), EXPECTED, "one axis is missing"),
    "integers": (EXPECTED.astype(int), EXPECTED, "compute with floats"),
    "floats for labels": (np.array([0.0, 1.0]), np.array([0, 1]), "dtype float64, expected int64"),
    "wrong label": (np.array([0, 2]), np.array([0, 1]), "at [1] got 2, expected 1 (1 of 2 values are wrong)"),
    "sign": (-EXPECTED, EXPECTED, "times -1"),
    "twice": (2 * EXPECTED, EXPECTED, "times 2"),
    "mean for sum": (EXPECTED / 7, EXPECTED, "1/7, where 7 is N"),
    "some other factor": (EXPECTED * 1.3, EXPECTED, "times the constant 1.3"),
    "offset": (EXPECTED + 0.25, EXPECTED, "plus the constant 0.25"),
    "squares": (EXPECTED**2, EXPECTED, "is a root missing"),
    "roots": (np.sqrt(EXPECTED), EXPECTED, "a root too many"),
    "not a number": (one_wrong((1, 2), np.nan), EXPECTED, "the first, at [1, 2], is nan"),
    "infinite": (one_wrong((3, 0), np.inf), EXPECTED, "is inf"),
    "one entry": (one_wrong((1, 1), 7.5), EXPECTED, "at [1, 1] got 7.5, expected 7 (1 of 12 values are wrong)"),
    "one row": (EXPECTED * [[1], [1], [3], [1]], EXPECTED, "all of them in row 2"),
    "one entry of a pair": ((1.0, 3.0), (1.0, 2.0), "entry 1"),
    "too few": ([1.0], [1.0, 2.0], "got 1 entries, expected 2"),
}


@pytest.mark.parametrize("got, expected, words", DIFFERENCES.values(), ids=DIFFERENCES)
def test_most_telling_difference_is_named(got, expected, words):
    with pytest.raises(CheckFailed, match="^the result") as failure:
        compare(got, expected, sizes={"N": 7})
    assert words in str(failure.value)


EQUALS = {
    "rounding": (EXPECTED * (1 + 1e-12), EXPECTED),
    "float32 for float64": (EXPECTED.astype(np.float32), EXPECTED),
    "another integer type": (np.array([1, 2], np.int8), np.array([1, 2])),
    "a NumPy number": (np.float64(0.5), 0.5),
    "empty": (np.empty((0, 3)), np.empty((0, 3))),
    "tuple for list": ((1.0, EXPECTED), [1.0, EXPECTED]),
}


@pytest.mark.parametrize("got, expected", EQUALS.values(), ids=EQUALS)
def test_equal_values_pass(got, expected):
    assert difference(got, expected, "the result") is None


@pytest.mark.parametrize("relative", [1e-6, 1e-3, 1.0])
def test_small_relative_errors_are_not_forgiven(relative):
    assert difference(EXPECTED * (1 + relative * np.eye(4, 3)), EXPECTED, "the result")
