"""Part V: convolutional networks."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, described, expect, expect_dtype
from autograder.remote import Proxy

PART = "part5_cnn"

LENET = exercise(
    "convnets.lenet5",
    points=3,
    part=PART,
    minutes=20,
    slide="Part V, events: LeNet-5",
    hints=(
        "One Sequential(…) of twelve layers. The table in the docstring names them from top to bottom.",
        "Conv2d(1, 6, 5, padding=2, rng=rng, dtype=dtype), ReLU(), MaxPool2d(2), then the second block, then Flatten(): how many "
        "numbers are 16 maps of 5×5?",
        "After Flatten(): Linear(400, 120, rng, dtype), ReLU(), Linear(120, 84, rng, dtype), ReLU(), "
        "Linear(84, num_classes, rng, dtype).",
    ),
)
SMALL = exercise(
    "convnets.small_convnet",
    points=3,
    part=PART,
    minutes=20,
    slide="Part V, ConvNet",
    hints=(
        "Start with an empty list of layers and 3 channels; each round of a loop over `filters` adds three layers, and then the "
        "filters of this block are the channels of the next.",
        "Each block halves the image: after b blocks a side has image_size // 2 ** b pixels. Linear gets channels * side * side.",
        "layers += [Conv2d(channels, num_filters, 3, padding=1, rng=rng, dtype=dtype), ReLU(), MaxPool2d(2)]; at the end "
        "Sequential(*layers, Flatten(), Linear(…)).",
    ),
)
PARAMETERS = exercise(
    "convnets.count_parameters",
    points=2,
    part=PART,
    minutes=15,
    slide="Part V, events",
    hints=(
        "Loop over the layers, look at layer[\"kind\"], add up.",
        "conv_num_parameters counts the biases too: subtract out_channels where layer[\"bias\"] is False.",
    ),
)
MULTIPLY_ADDS = exercise(
    "convnets.count_multiply_adds",
    points=2,
    part=PART,
    minutes=10,
    slide="Part V, convolution",
    hints=(
        "How many numbers does the layer compute, and how many products does each of them need?",
        "A convolution: out_channels * output_size**2 numbers of in_channels * kernel_size**2 products each.",
    ),
)


# ------------------------------------------------------------------------------------------------------- the networks


def values_of(network):
    expect(isinstance(network, Proxy), f"got {described(network)}, expected one network: return Sequential(…) of the layers")
    return [parameter.value for parameter in network.parameters()]


def expect_scores(oracle, network, x, shapes, rng):
    """Compare the scores of x with the definition, for random parameters, biases too; they must have these shapes."""
    first = values_of(network)
    network.forward(x)  # as it was made: a mistake is recognised by what comes out here
    expect_shapes(first, shapes)
    values = []
    for shape in shapes:
        values.append(np.sqrt(2 / np.prod(shape[1:])) * rng.normal(size=shape))
    values[-1] = values[-1] - oracle.scores_of(x, values).mean(axis=0)  # scores of both signs in every class
    for parameter, value in zip(network.parameters(), values, strict=True):
        parameter.value = value
    compare(network.forward(x), oracle.scores_of(x, values), what="the scores")


def lenet_shapes(num_classes):
    weights = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (num_classes, 84)]
    return [shape for weight in weights for shape in (weight, weight[:1])]


def small_shapes(image_size, num_classes, filters):
    weights = [(after, before, 3, 3) for before, after in zip((3, *filters), filters, strict=False)]
    weights.append((num_classes, filters[-1] * (image_size // 2 ** len(filters)) ** 2))
    return [shape for weight in weights for shape in (weight, weight[:1])]


def small_case(rng):
    """Return image_size, num_classes and filters, no two numbers alike."""
    num_classes, *filters = (rng.permutation(5)[:3] + 4).tolist()
    return int(rng.choice([8, 12])), num_classes, tuple(filters)


def seeded(rng):
    return np.random.default_rng(int(rng.integers(1 << 30)))


def expect_shapes(values, expected):
    got = [np.shape(value) for value in values]
    expect(
        got == expected,
        f"the shapes of the parameters, layer by layer: got {got}, expected {expected}: a weight and a bias for each layer",
    )


@LENET.check
def check_lenet_parameters(function, rng):
    """its parameters have the shapes of LeNet-5, for any number of classes"""
    for num_classes in (10, int(rng.integers(2, 10))):
        expect_shapes(values_of(function(seeded(rng), num_classes)), lenet_shapes(num_classes))


@LENET.check
def check_lenet_scores(function, oracle, rng):
    """the scores are those of its layers, one after the other"""
    network = function(seeded(rng), 10, "float64")
    expect_scores(oracle, network, rng.normal(size=(2, 1, 28, 28)), lenet_shapes(10), rng)


@LENET.check
def check_lenet_dtype(function, rng):
    """float32 unless another dtype is asked for"""
    expect_network_dtypes(lambda *dtype: function(seeded(rng), 10, *dtype), rng.normal(size=(1, 1, 28, 28)))


@SMALL.check
def check_small_parameters(function, rng):
    """its parameters have the shapes of the blocks that were asked for, and of a last linear layer"""
    three_blocks = (24, int(rng.integers(4, 9)), (5, 3, int(rng.integers(6, 9))))  # 24 / 2³ is another number than 24 / (2 · 3)
    for case in (small_case(rng), three_blocks):
        expect_shapes(values_of(function(*case[:2], seeded(rng), case[2])), small_shapes(*case))


@SMALL.check
def check_small_one_block(function, oracle, rng):
    """the scores of a network of one block"""
    image_size, num_classes, filters = small_case(rng)
    network = function(image_size, num_classes, seeded(rng), filters[:1], "float64")
    images = rng.normal(size=(4, 3, image_size, image_size))
    expect_scores(oracle, network, images, small_shapes(image_size, num_classes, filters[:1]), rng)


@SMALL.check
def check_small_scores(function, oracle, rng):
    """the scores of a network of two blocks"""
    image_size, num_classes, filters = small_case(rng)
    network = function(image_size, num_classes, seeded(rng), filters, "float64")
    images = rng.normal(size=(4, 3, image_size, image_size))
    expect_scores(oracle, network, images, small_shapes(image_size, num_classes, filters), rng)


@SMALL.check
def check_small_dtype(function, rng):
    """float32 unless another dtype is asked for"""
    expect_network_dtypes(lambda *dtype: function(8, 3, seeded(rng), (4, 5), *dtype), rng.normal(size=(1, 3, 8, 8)))


def expect_network_dtypes(make, x):
    for dtype, given in ((np.float32, ()), (np.float64, ("float64",))):
        network = make(*given)
        for value in values_of(network):
            expect_dtype(value, dtype, "a parameter")
        expect_dtype(network.forward(x.astype(dtype)), dtype, "the scores")


@LENET.check
@SMALL.check
def check_network_rng(exercise, function, rng):
    """all first weights come from the rng that was given"""
    seed = int(rng.integers(1 << 30))
    make = function if exercise is LENET else lambda rng, *more: function(8, 3, rng, *more)
    once, again, other = (values_of(make(np.random.default_rng(s)))[::2] for s in (seed, seed, seed + 1))
    for one, two, three in zip(once, again, other, strict=True):
        expect(np.array_equal(one, two), f"the same seed gives different weights {one.shape}: pass rng to every layer")
        expect(not np.array_equal(one, three), f"two seeds give the same weights {one.shape}: pass rng to every layer")


# ----------------------------------------------------------------------------------------------------------- counting


def conv(rng, bias):
    names = "in_channels", "out_channels", "kernel_size", "output_size"
    return {"kind": "conv", **dict(zip(names, rng.integers(2, 40, size=4).tolist(), strict=True)), "bias": bias}


def norm(rng):
    return {"kind": "norm", "channels": int(rng.integers(2, 40))}


def linear(rng):
    return {"kind": "linear", "in_features": int(rng.integers(2, 500)), "out_features": int(rng.integers(2, 500))}


def expect_count(oracle, exercise, function, layers):
    expected = oracle.counted(exercise.name.split(".")[1], layers)
    kinds = ", ".join(layer["kind"] + (" without biases" if layer.get("bias") is False else "") for layer in layers) or "no layer"
    compare(function(layers), expected, what=f"the count of {kinds}")


@PARAMETERS.check
@MULTIPLY_ADDS.check
def check_count_convolution(exercise, function, oracle, rng):
    """convolutional layers"""
    expect_count(oracle, exercise, function, [conv(rng, True)])
    expect_count(oracle, exercise, function, [conv(rng, True) for _ in range(4)])


@PARAMETERS.check
@MULTIPLY_ADDS.check
def check_count_linear(exercise, function, oracle, rng):
    """linear layers, and no layer at all"""
    expect_count(oracle, exercise, function, [linear(rng), linear(rng)])
    expect_count(oracle, exercise, function, [])


@PARAMETERS.check
@MULTIPLY_ADDS.check
def check_count_normalized(exercise, function, oracle, rng):
    """layers as in ResNet: convolutions without biases, each with a normalization"""
    expect_count(oracle, exercise, function, [conv(rng, False), norm(rng), conv(rng, False), norm(rng)])


@PARAMETERS.check
@MULTIPLY_ADDS.check
def check_count_network(exercise, function, oracle, rng):
    """a whole network of all kinds"""
    expect_count(oracle, exercise, function, [conv(rng, True), conv(rng, False), norm(rng), linear(rng), linear(rng)])
