"""Part VI: batch normalization."""

import numpy as np

from autograder.checks import exercise
from autograder.diagnosis import compare, expect, expect_dtype
from autograder.remote import CheckFailed, changed_arguments
from dlcourse.toolkit import gradient_check

PART = "part6_training"
SLIDE = "Part VI, batch normalization"

BATCH_NORM_1D = exercise(
    "normalization.BatchNorm1d",
    points=8,
    part=PART,
    minutes=60,
    slide=SLIDE,
    hints=(
        "Forward first, training alone: x.mean(axis=0) and x.var(axis=0), which divides by N. Keep x̂ and the root for backward.",
        "weight.grad gets the sum over the batch of gradient · x̂, bias.grad that of gradient. For x, start with "
        "g = gradient · weight; mean and variance depend on x too, which takes the mean of g away, and x̂ times the mean of g · x̂.",
        "backward: g = gradient * self.weight.value; in training g = g - g.mean(axis=0) - self.x_hat * (g * "
        "self.x_hat).mean(axis=0); return g / self.std.",
    ),
)
BATCH_NORM_2D = exercise(
    "normalization.BatchNorm2d",
    points=4,
    part=PART,
    minutes=30,
    slide=SLIDE,
    hints=(
        "A place of an image is one example, a channel is one feature: which (N, D) array would you give to BatchNorm1d?",
        "x.transpose(0, 2, 3, 1) has the channels last; then reshape(-1, C) puts each place in a row. Both steps back at the end.",
        "super().forward(channels_last.reshape(-1, C)).reshape(channels_last.shape).transpose(0, 3, 1, 2); backward alike.",
    ),
)


def layer_of(function, rng, num_features, **options):
    """A new layer of type float64 with random weight, bias and running averages, and these four arrays."""
    layer = function(num_features, dtype="float64", **options)
    weight, bias, mean = rng.normal(size=(3, num_features))
    var = rng.uniform(0.5, 3.0, size=num_features)
    put(layer, weight, bias, mean, var)
    return layer, (weight, bias, mean, var)


def put(layer, weight, bias, mean, var):
    layer.weight.value, layer.bias.value, layer.running_mean, layer.running_var = weight, bias, mean, var


def batch(rng, exercise, num_features=3, size=None):
    """Random x, every feature with a mean and a scale of its own, and its number of values a feature."""
    shape = (size or 5, num_features) if exercise is BATCH_NORM_1D else (size or 3, num_features, 2, 4)
    own = (num_features,) + (1,) * (len(shape) - 2)
    x = rng.normal(size=shape) * rng.uniform(0.5, 3.0, size=own) + 3 * rng.normal(size=own)
    return x, x.size // num_features


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_forward(function, exercise, oracle, rng):
    """training: each feature gets mean 0 and variance 1 over the batch, then its weight and bias"""
    for eps in (1e-5, float(rng.uniform(0.1, 0.5))):
        layer, (weight, bias, *_) = layer_of(function, rng, 3, eps=eps)
        x, _ = batch(rng, exercise)
        compare(layer.forward(x), oracle.by_definition(x, weight, bias, eps)[0], what=f"y with eps = {eps:.3g}")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_running_averages(function, exercise, oracle, rng):
    """training: the running averages move towards each batch by momentum, the variance counted with n - 1"""
    momentum = float(rng.uniform(0.05, 0.3))
    layer, (weight, bias, mean, var) = layer_of(function, rng, 4, momentum=momentum)
    for size in (2, 4, 3):
        x, n = batch(rng, exercise, 4, size)
        y, batch_mean, batch_var = oracle.by_definition(x, weight, bias)
        mean = (1 - momentum) * mean + momentum * batch_mean
        var = (1 - momentum) * var + momentum * batch_var * n / (n - 1)
        compare(layer.forward(x), y, what="y")
    layer.eval()
    y = layer.forward(x)
    compare(layer.running_mean, mean, what="running_mean after three batches")
    compare(layer.running_var, var, what="running_var after three batches")
    compare(y, oracle.by_definition(x, weight, bias, mean=mean, var=var)[0], what="y in evaluation after three batches")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_evaluation(function, exercise, oracle, rng):
    """evaluation: the running averages take the place of the batch's and stay as they are, also for a batch of 1"""
    layer, (weight, bias, mean, var) = layer_of(function, rng, 3)
    layer.eval()
    for size in (4, 1):
        x, _ = batch(rng, exercise, size=size)
        compare(layer.forward(x), oracle.by_definition(x, weight, bias, mean=mean, var=var)[0], what=f"y of a batch of {size}")
        compare([layer.running_mean, layer.running_var], [mean, var], what="running_mean and running_var after evaluation")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_train_again(function, exercise, oracle, rng):
    """after evaluation, training goes on with the batch's own mean and variance"""
    layer, (weight, bias, *_) = layer_of(function, rng, 3)
    for training in (True, False, True):
        layer.train(training)
        x, _ = batch(rng, exercise)
        y = layer.forward(x)
    compare(y, oracle.by_definition(x, weight, bias)[0], what="y")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_gradient_training(function, exercise, rng):
    """backward in training: the gradients of x, weight and bias, by numerical derivatives"""
    layer, _ = layer_of(function, rng, 2)
    x, _ = batch(rng, exercise, 2)
    gradient_check.check_layer(layer, x, rng, ["weight", "bias"]).raise_if_failed(CheckFailed)


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_gradient_evaluation(function, exercise, rng):
    """backward in evaluation: mean and variance are constants then"""
    layer, _ = layer_of(function, rng, 2)
    layer.eval()
    x, _ = batch(rng, exercise, 2)
    gradient_check.check_layer(layer, x, rng, ["weight", "bias"]).raise_if_failed(CheckFailed)


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_gradients_accumulate(function, exercise, oracle, rng):
    """backward adds to the gradients of weight and bias, and belongs to the last forward"""
    layer, (weight, bias, *_) = layer_of(function, rng, 3)
    other, _ = layer_of(function, rng, 3)
    sums = [np.zeros(3), np.zeros(3)]
    layer.forward(batch(rng, exercise)[0])
    for _ in range(2):
        x, _ = batch(rng, exercise)
        layer.forward(x)
        other.forward(-x)
        gradient = rng.normal(size=x.shape)
        layer.backward(gradient)
        x_hat, ones = oracle.by_definition(x, np.ones(3), np.zeros(3))[0], np.ones_like(x)
        for i, factor in enumerate((x_hat, ones)):
            sums[i] += [(gradient[:, d] * factor[:, d]).sum() for d in range(3)]
    compare([layer.weight.grad, layer.bias.grad], sums, what="the gradients of weight and bias after two backward passes")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_constant_feature(function, reference, exercise, oracle, rng):
    """a feature that does not vary in the batch gives its bias, and finite gradients"""
    layer, arrays = layer_of(function, rng, 3)
    expected = reference(3, dtype="float64")
    put(expected, *arrays)
    x, _ = batch(rng, exercise)
    x[:, 1] = rng.integers(-9, 10)
    gradient = rng.normal(size=x.shape)
    y = oracle.by_definition(x, *arrays[:2])[0]
    compare(layer.forward(x), y, what="y")
    expected.forward(x)
    compare(layer.backward(gradient), expected.backward(gradient), rtol=1e-7, what="the gradient of x")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_far_from_zero(function, exercise, oracle, rng):
    """x around a million: small differences between large numbers survive"""
    layer, (weight, bias, *_) = layer_of(function, rng, 3)
    x, _ = batch(rng, exercise)
    far = x + rng.choice([-1e6, 1e6])
    compare(layer.forward(far), oracle.by_definition(x, weight, bias)[0], rtol=1e-6, atol=1e-7, what="y")


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_dtype(function, reference, exercise, rng):
    """float32 stays float32: y, the gradients and the running averages"""
    x = batch(rng, exercise)[0].astype(np.float32)
    gradient = rng.normal(size=x.shape).astype(np.float32)
    layers = function(3), reference(3)
    results = []
    for layer in layers:
        y, dx = layer.forward(x), layer.backward(gradient)
        results.append([y, dx, layer.weight.grad, layer.bias.grad])
    for name, got, expected in zip(["y", "the gradient of x", "weight.grad", "bias.grad"], *results, strict=True):
        compare(got, expected, rtol=1e-3, atol=1e-4, what=name)
        expect_dtype(got, np.float32, name)
    for name in ("running_mean", "running_var"):
        expect_dtype(getattr(layers[0], name), np.float32, name)


@BATCH_NORM_1D.check
@BATCH_NORM_2D.check
def check_arguments_kept(function, exercise, oracle, rng):
    """x and the gradient stay as they were"""
    layer, (weight, bias, *_) = layer_of(function, rng, 3)
    x, _ = batch(rng, exercise)
    y, changed = changed_arguments(layer.forward, x)
    expect(not changed, "forward changes x in place: work on a copy, the layer before still needs it")
    compare(y, oracle.by_definition(x, weight, bias)[0], what="y")
    _, changed = changed_arguments(layer.backward, rng.normal(size=x.shape))
    expect(not changed, "backward changes the gradient in place: work on a copy")


@BATCH_NORM_2D.check
def check_single_image(function, oracle, rng):
    """a single image can be trained on: its places are the examples"""
    layer, (weight, bias, *_) = layer_of(function, rng, 3)
    x = rng.normal(size=(1, 3, *rng.integers(2, 5, size=2)))
    compare(layer.forward(x), oracle.by_definition(x, weight, bias)[0], what="y")
