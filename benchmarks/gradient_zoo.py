"""A zoo of functions with right gradients, and of gradients that are wrong in the ways students' gradients are.

`CASES[name](rng)` is a random Case; `wrong_gradients(case, rng)` are the mistakes that fit it. Losses and penalties are the
reference solution's; the layers are written as plain functions here, so that their gradients can be broken piece by piece.
"""

from dataclasses import dataclass, field

import numpy as np

import autograder

autograder.use("solutions")

from dlcourse.losses import cross_entropy, hinge_loss  # noqa: E402
from dlcourse.regularization import elastic_net_penalty, l1_penalty, l2_penalty  # noqa: E402


@dataclass
class Case:
    """A function and its gradients, as `dlcourse.toolkit.gradient_check.check_gradients` takes them.

    Attributes:
        mistakes: {description: a wrong version of `gradients`}: what one can get wrong in this function only.
        kinks: mask of the entries of the only input at which the function has a kink: no gradient is wrong there.
    """

    function: object
    gradients: object
    inputs: tuple
    mistakes: dict = field(default_factory=dict)
    kinks: np.ndarray | bool = False


# ------------------------------------------------------------------------------------------------------------- layers


def linear(x, weight, bias):
    return x @ weight.T + bias


def linear_gradients(dy, x, weight, bias):
    return dy @ weight, dy.T @ x, dy.sum(axis=0)


def relu(x):
    return np.maximum(x, 0)


def relu_gradient(dy, x):
    return dy * (x > 0)


def windows(x):
    """Return x (N, C, H, W) as (N, C, H / 2, W / 2, 4): the windows of 2×2 pooling."""
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).swapaxes(3, 4).reshape(n, c, h // 2, w // 2, 4)


def unwindows(y):
    n, c, h, w, _ = y.shape
    return y.reshape(n, c, h, w, 2, 2).swapaxes(3, 4).reshape(n, c, 2 * h, 2 * w)


def max_pool(x):
    return windows(x).max(axis=-1)


def max_pool_gradient(dy, x):
    return unwindows((np.arange(4) == windows(x).argmax(axis=-1)[..., np.newaxis]) * dy[..., np.newaxis])


def convolution(x, weight, bias):
    """Stride 1, no padding: x (N, C, H, W), weight (K, C, 3, 3)."""
    patches = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    return np.tensordot(patches, weight, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2) + bias[:, np.newaxis, np.newaxis]


def convolution_gradients(dy, x, weight, bias, flip=True):
    patches = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    padded = np.pad(dy, ((0, 0), (0, 0), (2, 2), (2, 2)))
    flipped = (weight[:, :, ::-1, ::-1] if flip else weight).swapaxes(0, 1)
    dx = convolution(padded, flipped, np.zeros(x.shape[1]))
    return dx, np.tensordot(dy, patches, axes=([0, 2, 3], [0, 2, 3])), dy.sum(axis=(0, 2, 3))


def batch_norm(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta


def batch_norm_gradients(dy, x, gamma, beta, eps=1e-5, mean_term=1, variance_term=1, ddof=0):
    root = np.sqrt(x.var(axis=0, ddof=ddof) + eps)
    normal = (x - x.mean(axis=0)) / root
    d = dy * gamma
    dx = (d - mean_term * d.mean(axis=0) - variance_term * normal * (d * normal).mean(axis=0)) / root
    return dx, (dy * normal).sum(axis=0), dy.sum(axis=0)


# -------------------------------------------------------------------------------------------------------------- cases


def linear_case(rng, n=6, d=7, k=5):
    return Case(linear, linear_gradients, (rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)))


def relu_case(rng, shape=(8, 12), x=None):
    x = rng.normal(size=shape) if x is None else x
    mistakes = {
        "no mask": lambda dy, x: dy,
        "mask of the upstream gradient": lambda dy, x: dy * (dy > 0),
        "mask the other way round": lambda dy, x: dy * (x < 0),
        "leaky": lambda dy, x: dy * np.where(x > 0, 1, 0.01),
    }
    return Case(relu, relu_gradient, (x,), mistakes)


def relu_at_zero_case(rng):
    return relu_case(rng, x=rng.integers(-2, 3, size=(8, 12)).astype(float))


def max_pool_case(rng, shape=(2, 3, 6, 6), x=None):
    x = rng.normal(size=shape) if x is None else x
    mistakes = {
        "to all four": lambda dy, x: unwindows(np.repeat(dy[..., np.newaxis], 4, axis=-1)),
        "to the first of the window": lambda dy, x: unwindows((np.arange(4) == 0) * dy[..., np.newaxis]),
        "to the smallest": lambda dy, x: max_pool_gradient(dy, -x),
    }
    return Case(max_pool, max_pool_gradient, (x,), mistakes)


def max_pool_with_ties_case(rng):
    case = max_pool_case(rng, x=rng.integers(0, 3, size=(2, 3, 6, 6)).astype(float))
    largest = windows(case.inputs[0]) == max_pool(case.inputs[0])[..., np.newaxis]
    case.kinks = unwindows(largest & (largest.sum(axis=-1, keepdims=True) > 1))
    return case


def convolution_case(rng):
    inputs = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    return Case(
        convolution,
        convolution_gradients,
        inputs,
        {"kernel not flipped": lambda dy, *inputs: convolution_gradients(dy, *inputs, flip=False)},
    )


def batch_norm_case(rng, mean=0.0, shape=(10, 3)):
    inputs = rng.normal(mean, size=shape), rng.normal(1.0, 0.3, size=shape[1]), rng.normal(size=shape[1])
    mistakes = {
        "unbiased variance": lambda dy, *inputs: batch_norm_gradients(dy, *inputs, ddof=1),
        "missing mean term": lambda dy, *inputs: batch_norm_gradients(dy, *inputs, mean_term=0),
        "missing variance term": lambda dy, *inputs: batch_norm_gradients(dy, *inputs, variance_term=0),
    }
    return Case(batch_norm, batch_norm_gradients, inputs, mistakes)


def loss_case(loss, rng, n=50, c=10, scale=1.0, mistakes=None):
    labels = rng.integers(0, c, size=n)
    wrong = {
        name: (lambda upstream, scores, change=change: upstream * change(loss(scores, labels)[1], labels))
        for name, change in (mistakes or {}).items()
    }
    wrong["label off by one"] = lambda upstream, scores: upstream * loss(scores, (labels + 1) % c)[1]
    wrong["a sum, not a mean"] = lambda upstream, scores: upstream * n * loss(scores, labels)[1]
    return Case(
        lambda scores: loss(scores, labels)[0],
        lambda upstream, scores: upstream * loss(scores, labels)[1],
        (scale * rng.normal(size=(n, c)),),
        wrong,
    )


def without_label(gradient, labels):
    gradient[np.arange(len(labels)), labels] = 0
    return gradient


def one_more_at_label(gradient, labels):
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    return gradient


def softmax_case(rng, scale=1.0):
    mistakes = {"1 not subtracted": one_more_at_label, "nothing at the label": without_label}
    return loss_case(cross_entropy, rng, scale=scale, mistakes=mistakes)


def hinge_case(rng):
    mistakes = {
        "nothing at the label": without_label,
        "slope 1/2": lambda gradient, labels: gradient / 2,
        "only whether, not how many": lambda gradient, labels: np.sign(gradient) / len(labels),
    }
    return loss_case(hinge_loss, rng, n=20, c=6, mistakes=mistakes)


def penalty_case(penalty, rng, mistakes=None):
    return Case(
        lambda weight: penalty(weight)[0],
        lambda upstream, weight: upstream * penalty(weight)[1],
        (rng.normal(size=(10, 12)),),
        mistakes,
    )


def l2_case(rng):
    return penalty_case(l2_penalty, rng, {"the 2 is missing": lambda upstream, weight: weight})


def l1_case(rng):
    return penalty_case(l1_penalty, rng, {"weight, not its sign": lambda upstream, weight: weight})


def elastic_net_case(rng):
    alpha = rng.uniform(0.2, 0.8)
    return penalty_case(
        lambda weight: elastic_net_penalty(weight, alpha),
        rng,
        {"alpha the other way round": lambda upstream, weight: elastic_net_penalty(weight, 1 - alpha)[1]},
    )


def two_layer_net_case(rng, n=8, d=10, hidden=16, c=5, strength=0.1):
    """linear, ReLU, linear, cross-entropy, and an L2 penalty of both weights."""
    labels = rng.integers(0, c, size=n)

    def function(x, weight1, bias1, weight2, bias2):
        scores = linear(relu(linear(x, weight1, bias1)), weight2, bias2)
        return cross_entropy(scores, labels)[0] + strength * (np.sum(weight1**2) + np.sum(weight2**2))

    def gradients(upstream, x, weight1, bias1, weight2, bias2, strength=strength):
        h = linear(x, weight1, bias1)
        d_scores = upstream * cross_entropy(linear(relu(h), weight2, bias2), labels)[1]
        d_relu, d_weight2, d_bias2 = linear_gradients(d_scores, relu(h), weight2, bias2)
        dx, d_weight1, d_bias1 = linear_gradients(relu_gradient(d_relu, h), x, weight1, bias1)
        shrink = 2 * strength * upstream
        return dx, d_weight1 + shrink * weight1, d_bias1, d_weight2 + shrink * weight2, d_bias2

    inputs = (
        rng.normal(size=(n, d)),
        rng.normal(size=(hidden, d)) / np.sqrt(d),
        rng.normal(size=hidden) / 10,
        rng.normal(size=(c, hidden)) / np.sqrt(hidden),
        np.zeros(c),
    )
    mistakes = {
        "regularization missing": lambda *inputs: gradients(*inputs, strength=0.0),
        "regularization doubled": lambda *inputs: gradients(*inputs, strength=2 * strength),
    }
    return Case(function, gradients, inputs, mistakes)


def small_convnet_case(rng, n=4, channels=2, filters=8, size=10, c=10):
    """convolution, ReLU, 2×2 max pooling, linear, cross-entropy."""
    labels = rng.integers(0, c, size=n)
    features = filters * ((size - 2) // 2) ** 2

    def function(x, kernel, bias, weight, offset):
        pooled = max_pool(relu(convolution(x, kernel, bias)))
        return cross_entropy(linear(pooled.reshape(n, features), weight, offset), labels)[0]

    def gradients(upstream, x, kernel, bias, weight, offset):
        h = convolution(x, kernel, bias)
        pooled = max_pool(relu(h))
        flat = pooled.reshape(n, features)
        d_flat, d_weight, d_offset = linear_gradients(
            upstream * cross_entropy(linear(flat, weight, offset), labels)[1], flat, weight, offset
        )
        dh = relu_gradient(max_pool_gradient(d_flat.reshape(pooled.shape), relu(h)), h)
        return *convolution_gradients(dh, x, kernel, bias), d_weight, d_offset

    inputs = (
        rng.normal(size=(n, channels, size, size)),
        rng.normal(size=(filters, channels, 3, 3)) / np.sqrt(9 * channels),
        np.zeros(filters),
        rng.normal(size=(c, features)) / np.sqrt(features),
        np.zeros(c),
    )
    return Case(function, gradients, inputs)


CASES = {
    "linear layer": linear_case,
    "ReLU": relu_case,
    "ReLU, many inputs exactly 0": relu_at_zero_case,
    "max pooling": max_pool_case,
    "max pooling, many ties": max_pool_with_ties_case,
    "convolution": convolution_case,
    "batch norm": batch_norm_case,
    "batch norm, mean 1,000": lambda rng: batch_norm_case(rng, mean=1000.0),
    "softmax cross-entropy": softmax_case,
    "softmax cross-entropy, scores around ±100": lambda rng: softmax_case(rng, scale=100.0),
    "hinge loss": hinge_case,
    "L2 penalty": l2_case,
    "L1 penalty": l1_case,
    "elastic net": elastic_net_case,
    "two-layer net": two_layer_net_case,
    "small ConvNet": small_convnet_case,
}


# ---------------------------------------------------------------------------------------------------- wrong gradients


def wrong_gradients(case, rng):
    """Return {description: wrong gradients}: the case's own mistakes, and those that one can make anywhere.

    The latter spoil one input's gradient, drawn at random among those that are not zero.
    """
    right = as_tuple(case.gradients, case)
    upstream = np.ones_like(case.function(*case.inputs))
    gradients = right(upstream, *case.inputs)
    k = int(rng.choice([k for k, g in enumerate(gradients) if np.any(g)]))
    g = gradients[k]
    largest = np.abs(g) > 1e-3 * np.abs(g).max()  # whether an entry of 1e-30 is right, nobody can see
    index = tuple(rng.choice(np.argwhere(largest & ~np.asarray(case.kinks))))
    last = (..., g.shape[-1] - 1)

    def one(change):
        def gradients(upstream, *inputs):
            result = list(right(upstream, *inputs))
            result[k] = change(result[k].copy(), inputs[k])
            return result

        return gradients

    def entry(value):
        def change(g, x):
            g[index] *= value
            return g

        return one(change)

    def without_last(g, x):
        g[last] = 0
        return g

    mistakes = {
        "wrong sign": one(lambda g, x: -g),
        "factor 2": one(lambda g, x: 2 * g),
        "factor 1/N": one(lambda g, x: g / len(case.inputs[0])),
        "1e-4 too large": one(lambda g, x: 1.0001 * g),
        "input added": one(lambda g, x: g + 0.1 * x) if np.any(case.inputs[k]) else one(lambda g, x: g + 0.1),
        "one entry 0": entry(0),
        "one entry's sign": entry(-1),
        "one entry 1 % off": entry(1.01),
        "all 0": one(lambda g, x: 0 * g),
    }
    if g.shape[-1] > 1 and np.any(largest[last]):
        mistakes["last of an axis 0"] = one(without_last)
    if g.size > 1 and np.ptp(g):
        mistakes["off by one"] = one(lambda g, x: np.roll(g, 1))
    if g.ndim > 1 and np.ptp(g):
        mistakes["transposed"] = one(lambda g, x: np.swapaxes(g, -1, -2).reshape(g.shape))
    return mistakes | {name: as_tuple(gradients, case) for name, gradients in (case.mistakes or {}).items()}


def slightly_wrong_gradients(case, relative):
    """Return the gradients, all of them too large by a relative error."""
    right = as_tuple(case.gradients, case)
    return lambda upstream, *inputs: [(1 + relative) * g for g in right(upstream, *inputs)]


def as_tuple(gradients, case):
    """Return `gradients` as a function that always returns a tuple."""
    if len(case.inputs) > 1:
        return gradients
    return lambda upstream, *inputs: (gradients(upstream, *inputs),)
