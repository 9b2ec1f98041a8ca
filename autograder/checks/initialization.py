"""Part VI: initialization.

What is random is compared by its moments, with bounds of 6.5 standard deviations: a right answer misses one of them in
fewer than one of a billion checks.
"""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, described, expect, expect_dtype

PART = "part6_training"
SLIDE = "Part VI, weight initialization"
SIGMAS = 6.5

FANS = exercise(
    "initialization.fans",
    points=1,
    part=PART,
    minutes=8,
    slide=SLIDE,
    hints=(
        "For Linear the shape is (out, in): one of the two numbers is fan-in. Which?",
        "For Conv2d, multiply both by the area of the kernel, height times width.",
    ),
)
ZEROS = exercise(
    "initialization.zeros",
    points=1,
    part=PART,
    minutes=3,
    slide=SLIDE,
    hints=("NumPy has a function of the same name.", "np.zeros makes float64 unless you name another dtype."),
)
GAUSSIAN = exercise(
    "initialization.gaussian",
    points=1,
    part=PART,
    minutes=5,
    slide=SLIDE,
    hints=(
        "rng.normal takes the mean, the standard deviation and size=.",
        "rng.normal(0, std, size=shape).astype(dtype)",
    ),
)
XAVIER = exercise(
    "initialization.xavier",
    points=2,
    part=PART,
    minutes=8,
    slide=SLIDE,
    hints=(
        "rng.normal takes a standard deviation, the formula gives a variance.",
        "fan_in, fan_out = fans(shape); the standard deviation is np.sqrt(2 / (fan_in + fan_out)).",
    ),
)
KAIMING = exercise(
    "initialization.kaiming",
    points=2,
    part=PART,
    minutes=8,
    slide=SLIDE,
    hints=(
        "Only one of the two fans counts. Forward: how many numbers are added up for one output?",
        "fan_in, _ = fans(shape); the standard deviation is np.sqrt(2 / fan_in).",
    ),
)


# ---------------------------------------------------------------------------------------------------------------- fans


def expect_fans(function, shape, expected):
    got = function(shape)
    pair = isinstance(got, tuple | list) and len(got) == 2 and all(isinstance(n, int | float | np.number) for n in got)
    expect(pair, f"expected two numbers, fan-in and fan-out, got {described(got)}")
    compare(np.array(got, float), np.array(expected, float), what=f"fan-in and fan-out of a weight of shape {shape}")


@FANS.check
def check_fans_linear(function, rng):
    """a Linear weight, (out, in): fan-in is in, fan-out is out"""
    for _ in range(3):
        num_outputs = int(rng.integers(1, 1000))
        num_inputs = num_outputs + int(rng.integers(1, 1000))
        expect_fans(function, (num_outputs, num_inputs), (num_inputs, num_outputs))


@FANS.check
def check_fans_convolution(function, rng):
    """a Conv2d weight, (out, in, kernel height, kernel width): both times the area of the kernel"""
    for _ in range(3):
        num_outputs, height = (int(n) for n in rng.integers((1, 2), (100, 6)))
        num_inputs, width = num_outputs + int(rng.integers(1, 100)), height + int(rng.integers(1, 3))
        shape, area = (num_outputs, num_inputs, height, width), height * width
        expect_fans(function, shape, (num_inputs * area, num_outputs * area))


# --------------------------------------------------------------------------------------------------------------- zeros


@ZEROS.check
def check_zeros_shape(function, rng):
    """zeros of the shape that is asked for, with or without an rng"""
    for dimensions in (1, 2, 4):
        shape = tuple(int(n) for n in rng.integers(2, 6, size=dimensions))
        compare(function(shape), np.zeros(shape, np.float32), what=f"the weight of shape {shape}")
        compare(function(shape, rng), np.zeros(shape, np.float32), what=f"the weight of shape {shape}")


@ZEROS.check
def check_zeros_dtype(function, rng):
    """float32, unless another dtype is asked for"""
    shape = tuple(int(n) for n in rng.integers(2, 6, size=2))
    for dtype, got in ((np.float32, function(shape)), (np.float64, function(shape, rng, dtype="float64"))):
        compare(got, np.zeros(shape), what="the weight")
        expect_dtype(got, dtype, "the weight")


# -------------------------------------------------------------------------------------------------- the random weights

LINEAR, CONVOLUTION = "linear", "convolution"


def random_shape(rng, kind):
    """A shape of about 16,000 weights in which one fan is at least 4 times the other, and which one differs."""
    few, many = int(rng.integers(40, 60)), int(rng.integers(300, 340))
    if kind == CONVOLUTION:
        few, many = int(rng.integers(8, 12)), int(rng.integers(100, 120))
    pair = (few, many) if rng.random() < 0.5 else (many, few)
    return pair if kind == LINEAR else (*pair, 3, 5)


def expected_std(exercise, shape, std=None):
    num_outputs, num_inputs, *kernel = shape
    area = kernel[0] * kernel[1] if kernel else 1
    xavier, kaiming = 2 / (area * (num_inputs + num_outputs)), 2 / (area * num_inputs)
    return {GAUSSIAN.name: std, XAVIER.name: xavier**0.5, KAIMING.name: kaiming**0.5}[exercise.name]


def expect_normal(got, shape, std):
    """Mean, standard deviation, and the share of numbers within one and beyond two standard deviations of a normal distribution."""
    fine = isinstance(got, np.ndarray) and got.shape == shape
    expect(fine, f"the weight: got {described(got)}, expected an array of shape {shape}")
    weight = np.asarray(got, np.float64)
    sure, n = SIGMAS / np.sqrt(weight.size), weight.size
    expect(np.all(np.isfinite(weight)), "some weights are not finite")
    expect(abs(weight.mean()) <= sure * std, f"the mean of {n} weights is {weight.mean():.3g}, expected 0")
    relation = f"the standard deviation of {n} weights of shape {shape} is {weight.std():.4g}, expected {std:.4g}"
    if abs(weight.std() - std**2) <= 2 * sure * std**2:
        relation += ": you use the variance as the standard deviation, take its root"
    expect(abs(weight.std() - std) <= sure / np.sqrt(2) * 1.1 * std, relation)
    for low, high, share in ((0, 1, 0.6827), (2, 9, 0.0455)):
        found = np.mean((np.abs(weight) >= low * std) & (np.abs(weight) < high * std))
        where = "within one standard deviation" if low == 0 else "beyond two standard deviations"
        expect(
            abs(found - share) <= sure * 1.1 * np.sqrt(share * (1 - share)),
            f"{found:.1%} of the weights lie {where} of 0, expected {share:.1%}: the distribution is not the normal one",
        )
    expect(len(np.unique(weight)) > 0.9 * n, "many weights are equal: draw each of them by itself")


@GAUSSIAN.check
def check_gaussian_default(function, rng):
    """without std, it is 0.01 as on the slide"""
    shape = random_shape(rng, LINEAR)
    expect_normal(function(shape, rng), shape, 0.01)


@GAUSSIAN.check
def check_gaussian_std(function, rng):
    """the standard deviation that is asked for, whatever the shape"""
    for kind in (LINEAR, CONVOLUTION):
        shape, std = random_shape(rng, kind), float(rng.choice([rng.uniform(0.003, 0.3), rng.uniform(2, 9)]))
        expect_normal(function(shape, rng, std), shape, std)


@XAVIER.check
@KAIMING.check
def check_weights_of_linear(function, exercise, rng):
    """Linear: mean 0, the variance of the formula, normally distributed, also where fan-in and fan-out differ much"""
    for _ in range(2):
        shape = random_shape(rng, LINEAR)
        expect_normal(function(shape, rng), shape, expected_std(exercise, shape))


@XAVIER.check
@KAIMING.check
def check_weights_of_convolution(function, exercise, rng):
    """Conv2d: the fans count the area of the kernel"""
    shape = random_shape(rng, CONVOLUTION)
    expect_normal(function(shape, rng), shape, expected_std(exercise, shape))


@GAUSSIAN.check
@XAVIER.check
@KAIMING.check
def check_weights_seeded(function, rng):
    """all randomness comes from the rng: the same seed gives the same weights, another seed others"""
    seed = int(rng.integers(1 << 30))
    once, again, other = (function((6, 40), np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    expect(isinstance(once, np.ndarray) and once.shape == (6, 40), f"expected an array of shape (6, 40), got {described(once)}")
    expect(np.array_equal(once, again), "the same seed gives two different weights: use the rng you are given, nothing else")
    expect(not np.array_equal(once, other), "two different seeds give the same weights: draw with the rng you are given")


@GAUSSIAN.check
@XAVIER.check
@KAIMING.check
def check_weights_dtype(function, exercise, rng):
    """float32, unless another dtype is asked for"""
    shape = random_shape(rng, LINEAR)
    expect_dtype(function(shape, rng), np.float32, "the weight")
    got = function(shape, rng, dtype="float64")
    expect_dtype(got, np.float64, "the weight")
    expect_normal(got, shape, expected_std(exercise, shape, 0.01))
