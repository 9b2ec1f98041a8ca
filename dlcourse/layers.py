"""Layers: the building blocks of a neural network, each with a forward and a backward pass.

`Parameter` and `Layer` are given; every layer of the course, here and in later parts, is built on them.

Lecture, Part IV.
"""

import numpy as np


class Parameter:
    """An array that is learned, and the gradient of the loss with respect to it.

    Attributes:
        value: float array.
        grad: array of the same shape and dtype; `backward` of a layer adds to it.
    """

    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)

    def zero_grad(self):
        """Set the gradient to zero, in place."""
        self.grad[...] = 0


class Layer:
    """What all layers have in common. A layer of your own inherits from it and writes `forward` and `backward`.

    Attributes:
        training: whether the network is being trained, or evaluated; some layers of Part VI do different things then.
    """

    training = True

    def forward(self, x):
        """Return the output for a batch `x`, and keep what `backward` needs."""
        raise NotImplementedError

    def backward(self, gradient):
        """Return the gradient with respect to the last `x`, and add to the `grad` of each parameter.

        Args:
            gradient: of the loss with respect to the last output, with its shape.
        """
        raise NotImplementedError

    def parameters(self):
        """Return the list of Parameters of this layer; none unless a layer says otherwise."""
        return []

    def train(self, mode=True):
        """Switch to training (or, with `mode=False`, to evaluation) and return the layer itself."""
        self.training = mode
        return self

    def eval(self):
        """Switch to evaluation and return the layer itself."""
        return self.train(False)
