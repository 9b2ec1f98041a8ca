"""Activation functions: what makes a stack of linear layers more than one linear layer. ReLU is in `layers`.

Lecture, Part VI. Each works on every number by itself, on arrays of any shape. `backward` multiplies the gradient that
comes in by the derivative at the x of the last `forward`.
"""

import numpy as np

from dlcourse.layers import Layer


class Sigmoid(Layer):
    """The sigmoid, between 0 and 1.

        y = 1 / (1 + exp(-x)) = exp(x) / (1 + exp(x)),     dy/dx = y (1 - y)

    Both forms are the same number, but exp overflows beyond 709 (88 in float32). Use, for each x, only the exponential of
    a negative number: the first form where x >= 0, the second where x < 0.

    Source: lecture, Part VI, "Activation functions".
    """

    def forward(self, x):
        """Return the sigmoid of x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.Sigmoid.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.Sigmoid.backward is not written yet")


class Tanh(Layer):
    """The hyperbolic tangent, between -1 and 1: a sigmoid that is zero-centred, 2 sigmoid(2x) - 1.

        y = tanh(x),     dy/dx = 1 - y²

    Source: lecture, Part VI, "Activation functions".
    """

    def forward(self, x):
        """Return tanh(x), an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.Tanh.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.Tanh.backward is not written yet")


class LeakyReLU(Layer):
    """A ReLU that does not die: a small slope is left where x is negative.

        y = x where x > 0, slope · x elsewhere;     dy/dx = 1 where x > 0, slope elsewhere, at 0 too

    Args:
        slope: of the negative side, between 0 and 1. The slide's max(0.01x, x) has slope 0.01.

    Source: lecture, Part VI, "Activation functions"; Maas, Hannun and Ng (2013).
    """

    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        """Return the leaky ReLU of x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.LeakyReLU.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.LeakyReLU.backward is not written yet")


class ELU(Layer):
    """The exponential linear unit: like ReLU to the right, to the left a smooth way down to -alpha.

        y = x where x > 0, alpha (exp(x) - 1) elsewhere;     dy/dx = 1 where x > 0, alpha · exp(x) = y + alpha elsewhere

    exp(1000) is infinite, and 0 · infinity is not a number: take exp only of what is not positive.

    Args:
        alpha: how far down it goes, a positive number.

    Source: lecture, Part VI, "Activation functions"; Clevert, Unterthiner and Hochreiter (2016).
    """

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        """Return the ELU of x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.ELU.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, an array of its shape and dtype."""
        # YOUR CODE HERE
        raise NotImplementedError("activations.ELU.backward is not written yet")
