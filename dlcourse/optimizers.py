"""Optimizers: from the gradient of each parameter to its next value.

θ is `parameter.value`, g is `parameter.grad`, η is the learning rate. Squares, roots and products go number by number.

Lecture, Part VI, "Optimizers".
"""

import numpy as np

from dlcourse.layers import Parameter


class Optimizer:
    """What all optimizers have in common: each of them inherits from it and writes `step`.

    Args:
        parameters: list of Parameters, such as `model.parameters()`.
        learning_rate: η, a positive number.

    Attributes:
        parameters: the list.
        learning_rate: may be changed between steps.
    """

    def __init__(self, parameters, learning_rate):
        self.parameters = list(parameters)
        self.learning_rate = learning_rate

    def step(self):
        """Change the value of each parameter, in place: whoever holds the array sees it. The gradients stay as they are."""
        raise NotImplementedError

    def zero_grad(self):
        """Set the gradient of each parameter to zero, in place, whatever was in it: the next `backward` adds to it."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.Optimizer.zero_grad is not written yet")


class SGD(Optimizer):
    """Stochastic gradient descent: Δθ = −η g.

    Args:
        parameters: list of Parameters.
        learning_rate: η.

    Source: lecture, Part VI, "Optimizers".
    """

    def __init__(self, parameters, learning_rate=0.01):
        super().__init__(parameters, learning_rate)

    def step(self):
        """Take one step, in place; see `Optimizer.step`."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.SGD.step is not written yet")


class Momentum(Optimizer):
    """Momentum: a ball that keeps its velocity.

        m = μ m + g,     Δθ = −η m

    Args:
        parameters: list of Parameters.
        learning_rate: η.
        momentum: μ, from 0 (none: SGD) to below 1.

    Attributes:
        m: list of arrays, one for each parameter, of its shape and dtype; zeros at first.

    Source: lecture, Part VI, "Optimizers".
    """

    def __init__(self, parameters, learning_rate=0.01, momentum=0.9):
        super().__init__(parameters, learning_rate)
        self.momentum = momentum
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.Momentum.__init__ is not written yet")

    def step(self):
        """Take one step, in place; see `Optimizer.step`."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.Momentum.step is not written yet")


class AdaGrad(Optimizer):
    """AdaGrad: the more a number has been pulled, the shorter its steps.

        n = n + g²,     Δθ = −η g / √(n + ε)

    As on the slide, ε stands under the root.

    Args:
        parameters: list of Parameters.
        learning_rate: η.
        epsilon: ε, against division by zero.

    Attributes:
        n: list of arrays, one for each parameter, of its shape and dtype; zeros at first.

    Source: lecture, Part VI, "Optimizers"; Duchi, Hazan and Singer, "Adaptive subgradient methods" (2011).
    """

    def __init__(self, parameters, learning_rate=0.01, epsilon=1e-8):
        super().__init__(parameters, learning_rate)
        self.epsilon = epsilon
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.AdaGrad.__init__ is not written yet")

    def step(self):
        """Take one step, in place; see `Optimizer.step`."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.AdaGrad.step is not written yet")


class RMSProp(Optimizer):
    """RMSProp: AdaGrad that forgets; n is a running mean of the squared gradients.

        n = ν n + (1 − ν) g²,     Δθ = −η g / √(n + ε)

    As on the slide, ε stands under the root.

    Args:
        parameters: list of Parameters.
        learning_rate: η.
        decay: ν, from 0 to below 1.
        epsilon: ε, against division by zero.

    Attributes:
        n: list of arrays, one for each parameter, of its shape and dtype; zeros at first.

    Source: lecture, Part VI, "Optimizers"; Tieleman and Hinton, Coursera lecture 6.5 (2012).
    """

    def __init__(self, parameters, learning_rate=0.001, decay=0.9, epsilon=1e-8):
        super().__init__(parameters, learning_rate)
        self.decay, self.epsilon = decay, epsilon
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.RMSProp.__init__ is not written yet")

    def step(self):
        """Take one step, in place; see `Optimizer.step`."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.RMSProp.step is not written yet")


class Adam(Optimizer):
    """Adam: running means of the gradient and of its square, both corrected for their start at zero.

        m = μ m + (1 − μ) g,     m̂ = m / (1 − μ^t)
        n = ν n + (1 − ν) g²,    n̂ = n / (1 − ν^t)
        Δθ = −η m̂ / (√n̂ + ε)

    t counts the steps: 1 in the first one. Here ε stands outside the root.

    Args:
        parameters: list of Parameters.
        learning_rate: η.
        momentum: μ, from 0 to below 1; elsewhere called β1.
        decay: ν, from 0 to below 1; elsewhere called β2.
        epsilon: ε, against division by zero.

    Attributes:
        m, n: lists of arrays, one for each parameter, of its shape and dtype; zeros at first.
        t: how many steps were taken; 0 at first.

    Source: lecture, Part VI, "Optimizers"; Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
    """

    def __init__(self, parameters, learning_rate=0.001, momentum=0.9, decay=0.999, epsilon=1e-8):
        super().__init__(parameters, learning_rate)
        self.momentum, self.decay, self.epsilon = momentum, decay, epsilon
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.Adam.__init__ is not written yet")

    def step(self):
        """Take one step, in place; see `Optimizer.step`."""
        # YOUR CODE HERE
        raise NotImplementedError("optimizers.Adam.step is not written yet")


def descend(optimizer_class, start, gradient, num_steps, **hyperparameters):
    """Let an optimizer walk over a surface, and return its path.

        descend(Momentum, start, gradient, 100, learning_rate=0.1, momentum=0.8)

    Each step is one of training in small: clear the gradient of the position, add the surface's gradient there to it (in a
    network, `backward` does that), let the optimizer step.

    Args:
        optimizer_class: such as SGD or Adam.
        start: float array, where to start; stays as it is.
        gradient: function from a place, an array like `start`, to the gradient there.
        num_steps: number of steps.
        hyperparameters: what the optimizer takes by name.

    Returns:
        (num_steps + 1, ...) array of the dtype of `start`: the places from the start to the end.
    """
    # YOUR CODE HERE
    raise NotImplementedError("optimizers.descend is not written yet")
