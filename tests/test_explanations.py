"""A mistake that is not a known one is not taken for one: no explanation is better than a false one."""

import pytest

from autograder import checks, grading, misconceptions
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources

UNKNOWN = {  # exercise and what is wrong: edits of the reference
    # A check of gradients ends with one more forward pass, right whatever backward does: that alone recognises nothing.
    "activations.Tanh, another derivative": [("1 - self.y**2", "1 - self.y**4")],
    "activations.Sigmoid, another derivative": [("self.y * (1 - self.y)", "(1 - self.y) ** 2")],
    "activations.LeakyReLU, the slope squared": [(", self.slope * gradient", ", self.slope**2 * gradient")],
    "layers.Linear, the gradient of the weight three times": [("self.weight.grad += ", "self.weight.grad += 3 * ")],
    "normalization.BatchNorm1d, another variance in evaluation": [
        ("sqrt(var + ", "sqrt(var * (1.0 if self.training else 1.1) + ")
    ],
    "convolution.Conv2d, the weights' product the other way round": [("(dy @ self.columns.T)", "(self.columns @ dy.T)")],
    "convolution.Conv2d, the gradient of x three times": [
        ("return dpadded[:, :, top:bottom, left:right]", "return dpadded[:, :, top:bottom, left:right] * 3")
    ],
    "convolution.Conv2d, the gradient of the bias reversed": [("dy.sum(axis=1)", "dy.sum(axis=1)[::-1]")],
    "convolution.Conv2d, backward returns nothing": [("return dpadded[", "dpadded[")],
    "convolution.Conv2d, filters reshaped instead of transposed": [
        ("self.weight.value.reshape(num_filters, -1).T @ dy", "self.weight.value.reshape(-1, num_filters) @ dy")
    ],
    "convolution.Conv2d, places of the windows swapped": [("transpose(5, 0, 3, 4, 1, 2)", "transpose(5, 0, 4, 3, 1, 2)")],
    "convnets.lenet5, 84 before 120": [
        ("Linear(400, 120, rng", "Linear(400, 84, rng"),
        ("Linear(120, 84", "Linear(84, 120"),
        ("Linear(84, num", "Linear(120, num"),
    ],
    "convnets.lenet5, channels and filters swapped": [("Conv2d(6, 16, 5", "Conv2d(16, 6, 5")],
    "convnets.small_convnet, one pooling of 4 a block": [("ReLU(), MaxPool2d(2)]", "ReLU(), MaxPool2d(4)]")],
    "convnets.small_convnet, a filter more": [("Conv2d(channels, num_filters, 3", "Conv2d(channels, num_filters + 1, 3")],
}  # fmt: skip


@pytest.mark.parametrize(  # a convolution takes seconds
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name.startswith("conv") else []) for name in UNKNOWN]
)
def test_an_unknown_mistake_is_not_explained_by_a_known_one(name):
    exercise = checks.find(name.partition(",")[0])
    mistake = misconceptions.Misconception(exercise.name, name, "", tuple(UNKNOWN[name]))
    source = misconceptions.mistaken(reference_sources()[exercise.module], mistake)
    wrong = grading.Submission("somebody", reference_sources() | {exercise.module: source}, COURSE_ROOT / "solutions")
    for secret in "abc":
        result = grading.grade_exercise(wrong, exercise, secret=secret)
        assert result.points < result.max_points
        assert {check.explanation for check in result.checks} == {None}
