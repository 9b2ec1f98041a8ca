"""Initialization: with which weights a network starts.

Lecture, Part VI. An initializer takes the shape of a weight, (out, in) for `Linear` and (out, in, kernel height, kernel
width) for `Conv2d`, and returns its first value:

    layer.weight.value = kaiming(layer.weight.value.shape, rng)
"""

import numpy as np


def fans(shape):
    """Return how many numbers go into one output of a layer, and how many outputs one input goes into.

    A `Linear` has a weight for each pair. In a `Conv2d`, an output sees the whole kernel on every input channel, and
    likewise backwards.

    Args:
        shape: (out, in) or (out, in, kernel height, kernel width).

    Returns:
        fan_in, fan_out: two integers.

    Source: Glorot and Bengio (2010).
    """
    # YOUR CODE HERE
    raise NotImplementedError("initialization.fans is not written yet")


def zeros(shape, rng=None, dtype=np.float32):
    """Return zeros: right for a bias; as weights, they keep all units alike for ever.

    Args:
        shape: of the weight.
        rng: not used; it is here so that all initializers can be called alike.
        dtype: of the result.

    Returns:
        array of that shape and dtype.

    Source: lecture, Part VI, "Weight initialization".
    """
    # YOUR CODE HERE
    raise NotImplementedError("initialization.zeros is not written yet")


def gaussian(shape, rng, std=0.01, dtype=np.float32):
    """Return independent numbers from the normal distribution N(0, std²), the same whatever the size of the layer.

    Args:
        shape: of the weight.
        rng: np.random.Generator, the only source of randomness.
        std: standard deviation, the root of the variance. The slide's N(0, 0.01²) has 0.01.
        dtype: of the result.

    Returns:
        array of that shape and dtype.

    Source: lecture, Part VI, "Weight initialization".
    """
    # YOUR CODE HERE
    raise NotImplementedError("initialization.gaussian is not written yet")


def xavier(shape, rng, dtype=np.float32):
    """Return weights that keep the variance of activations and of gradients, as well as one number can keep both.

        N(0, variance),     variance = 2 / (fan_in + fan_out)

    Forward, the variance is kept by 1 / fan_in, backward by 1 / fan_out, if the activation is near the identity, as tanh
    is around 0: this is the compromise.

    Args:
        shape: (out, in) or (out, in, kernel height, kernel width).
        rng: np.random.Generator, the only source of randomness.
        dtype: of the result.

    Returns:
        array of that shape and dtype.

    Source: lecture, Part VI, "Weight initialization"; Glorot and Bengio (2010).
    """
    # YOUR CODE HERE
    raise NotImplementedError("initialization.xavier is not written yet")


def kaiming(shape, rng, dtype=np.float32):
    """Return weights that keep the size of activations from layer to layer when a ReLU follows.

        N(0, variance),     variance = 2 / fan_in

    The 2 makes up for the half of the numbers that ReLU sets to 0.

    Args:
        shape: (out, in) or (out, in, kernel height, kernel width).
        rng: np.random.Generator, the only source of randomness.
        dtype: of the result.

    Returns:
        array of that shape and dtype.

    Source: lecture, Part VI, "Weight initialization"; He, Zhang, Ren and Sun (2015).
    """
    # YOUR CODE HERE
    raise NotImplementedError("initialization.kaiming is not written yet")
