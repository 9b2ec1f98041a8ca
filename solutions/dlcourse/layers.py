"""Layers: the building blocks of a neural network, each with a forward and a backward pass.

`Parameter` and `Layer` are given; every layer of the course, here and in later parts, is built on them.

Lecture, Part IV. The names and shapes are those of PyTorch.
"""

import math
from itertools import pairwise

import numpy as np

from dlcourse.losses import cross_entropy


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

    What `backward` needs, `forward` keeps as attributes, such as `self.x`. So a layer remembers its last forward alone: however
    often it is called, it holds one batch. A layer that stands at two places of one network sees two batches before
    the first backward; `Sequential` then takes down its `memory()` at each place and goes back with `backward_from`.

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

    def memory(self):
        """Return what the layer remembers now: a dict of its attributes."""
        return dict(vars(self))

    def backward_from(self, memory, gradient):
        """Return what `backward(gradient)` returns, for the forward after which `memory` was taken down."""
        later = {name: value for name, value in vars(self).items() if value is not memory.get(name)}
        vars(self).update(memory)
        gradient = self.backward(gradient)
        vars(self).update(later)
        return gradient

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


class Linear(Layer):
    """A fully connected layer: every output is a weighted sum of all inputs, plus a bias.

        y = x Wᵀ + b          dL/dx = dL/dy W,     dL/dW = (dL/dy)ᵀ x,     dL/db = the sum of the rows of dL/dy

    Args:
        in_features: D, how many numbers come in for each example.
        out_features: C, how many go out.
        rng: np.random.Generator, for the first weights.
        dtype: of weight and bias.

    Attributes:
        weight: Parameter, (C, D), drawn from a normal distribution of mean 0 and variance 2 / D at first.
        bias: Parameter, (C,), zeros at first.

    Source: lecture, Part IV, "Neural networks"; the variance is that of He et al., "Delving deep into rectifiers" (2015).
    """

    def __init__(self, in_features, out_features, rng, dtype=np.float32):
        ### BEGIN SOLUTION
        std = math.sqrt(2 / max(in_features, 1))
        self.weight = Parameter((std * rng.normal(size=(out_features, in_features))).astype(dtype))
        self.bias = Parameter(np.zeros(out_features, dtype))
        ### END SOLUTION

    def forward(self, x):
        """Return the outputs, (N, C), for a batch of inputs.

        Args:
            x: (N, D) float array. Whoever owns it may change it before `backward`: keep a copy.

        Raises:
            ValueError: if `x` has another shape.
        """
        if x.ndim != 2 or x.shape[1] != self.weight.value.shape[1]:
            raise ValueError(
                f"x has shape {x.shape}, the weight {self.weight.value.shape}: expected x of shape "
                f"(N, {self.weight.value.shape[1]}); put a Flatten before a Linear that gets images"
            )
        ### BEGIN SOLUTION
        self.x = x.copy()
        return x @ self.weight.value.T + self.bias.value
        ### END SOLUTION

    def backward(self, gradient):
        """Return dL/dx, (N, D), and add dL/dW to `weight.grad` and dL/db to `bias.grad`.

        Args:
            gradient: (N, C) float array, dL/dy. The loss has divided by N already.
        """
        ### BEGIN SOLUTION
        self.weight.grad += gradient.T @ self.x
        self.bias.grad += gradient.sum(axis=0)
        return gradient @ self.weight.value
        ### END SOLUTION

    def parameters(self):
        """Return [weight, bias]."""
        ### BEGIN SOLUTION
        return [self.weight, self.bias]
        ### END SOLUTION


class ReLU(Layer):
    """Rectified linear unit: what is negative becomes 0.

        y = max(0, x)          dL/dx = dL/dy where x > 0, else 0

    The derivative at exactly 0 is taken to be 0. The Jacobian is diagonal: never build it, multiply element by element.

    Source: lecture, Part IV, "Vectors" and "Neural networks".
    """

    def forward(self, x):
        """Return the output, of the shape and dtype of `x`; leave `x` as it is.

        Args:
            x: float array of any shape.
        """
        ### BEGIN SOLUTION
        self.positive = x > 0
        return np.maximum(x, 0)
        ### END SOLUTION

    def backward(self, gradient):
        """Return dL/dx; leave `gradient` as it is.

        Args:
            gradient: float array of the shape of the last `x`, dL/dy.
        """
        ### BEGIN SOLUTION
        return gradient * self.positive
        ### END SOLUTION


class Flatten(Layer):
    """Make one row of each example: (N, ...) becomes (N, product of the rest), and the gradient goes back.

    The numbers keep their order, the last axis running fastest. A batch of no examples, (0, C, H, W), becomes (0, C·H·W).

    Source: lecture, Part V, "Fully connected, again": 32×32×3 flattened to 3072.
    """

    def forward(self, x):
        """Return the rows, (N, D).

        Args:
            x: (N, ...) array.
        """
        ### BEGIN SOLUTION
        self.shape = x.shape
        return x.reshape(len(x), math.prod(x.shape[1:]))
        ### END SOLUTION

    def backward(self, gradient):
        """Return dL/dx, of the shape of the last `x`.

        Args:
            gradient: (N, D) array, dL/dy.
        """
        ### BEGIN SOLUTION
        return gradient.reshape(self.shape)
        ### END SOLUTION


class Sequential(Layer):
    """Layers one after the other: what comes out of one goes into the next, and the gradient takes the way back.

    A layer may stand at several places, and shares its parameters among them. It remembers its last forward alone, so take
    down `layer.memory()` after each forward, and go back with `layer.backward_from(memory, gradient)`.

    Args:
        layers: any number of Layers, in order.

    Attributes:
        layers: list of them.

    Source: lecture, Part IV, "Neural networks"; the chain rule.
    """

    def __init__(self, *layers):
        ### BEGIN SOLUTION
        self.layers = list(layers)
        ### END SOLUTION

    def forward(self, x):
        """Return the output of the last layer.

        Args:
            x: float array, the input of the first.
        """
        ### BEGIN SOLUTION
        self.memories = []
        for layer in self.layers:
            x = layer.forward(x)
            self.memories.append(layer.memory())
        return x
        ### END SOLUTION

    def backward(self, gradient):
        """Return the gradient with respect to the last `x`; each layer adds to the gradients of its parameters.

        Args:
            gradient: float array of the shape of the last output.
        """
        ### BEGIN SOLUTION
        for layer, memory in zip(reversed(self.layers), reversed(self.memories), strict=True):
            gradient = layer.backward_from(memory, gradient)
        return gradient
        ### END SOLUTION

    def parameters(self):
        """Return the Parameters of all layers in order, each once: an optimizer takes a step for every entry of this list."""
        ### BEGIN SOLUTION
        return list(dict.fromkeys(parameter for layer in self.layers for parameter in layer.parameters()))
        ### END SOLUTION

    def train(self, mode=True):
        """Switch itself and all layers to training (or, with `mode=False`, to evaluation); return itself."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)
        ### END SOLUTION


class CrossEntropyLoss:
    """The softmax loss as the last piece of a network.

        L = mean over the batch of -log P(y_i),          dL/dscores = (P - 1 at the right class) / N

    It is `losses.cross_entropy` of Part III, which is stable and divides by N, in two steps.

    Source: lecture, Part III, "Softmax classifier".
    """

    def forward(self, scores, labels):
        """Return the loss, a float, and keep what `backward` needs.

        Args:
            scores: (N, C) float array, what comes out of the network: no softmax before.
            labels: (N,) integer array.
        """
        ### BEGIN SOLUTION
        loss, self.gradient = cross_entropy(scores, labels)
        return loss
        ### END SOLUTION

    def backward(self):
        """Return dL/dscores of the last forward, (N, C), of the dtype of the scores."""
        ### BEGIN SOLUTION
        return self.gradient
        ### END SOLUTION


def mlp(sizes, rng, dtype=np.float32):
    """Return a multi-layer perceptron: Linear layers with a ReLU between each two, none after the last.

        sizes = [3072, 100, 10]          scores = W2 max(0, W1 x + b1) + b2

    A network of L Linear layers is called an L-layer network: layers of weights are counted.

    Args:
        sizes: list of at least two numbers of features: of the input, of each hidden layer, of the output.
        rng: np.random.Generator, for the first weights, drawn from the first layer to the last.
        dtype: of the parameters.

    Returns:
        Sequential of 2 · len(sizes) - 3 layers.

    Source: lecture, Part IV, "Neural networks": 3072-100-10.
    """
    ### BEGIN SOLUTION
    layers = []
    for in_features, out_features in pairwise(sizes):
        layers += [Linear(in_features, out_features, rng, dtype), ReLU()]
    return Sequential(*layers[:-1])
    ### END SOLUTION
