"""Regularization by chance: leave out parts of the network while it is trained, and use all of it afterwards.

Lecture, Parts III and VI.
"""

from dlcourse.layers import Layer


class Dropout(Layer):
    """Inverted dropout: in training, sets each number to 0 with probability p, and divides the others by 1 - p.

        y = x · mask,     mask = 0 with probability p, else 1 / (1 - p), drawn for each number by itself

    So the mean of y is x, and in evaluation nothing needs to be done: y = x. (The paper left training as it is and
    multiplied by 1 - p in evaluation; inverted, evaluation stays fast and simple.)

    Args:
        p: the share that is dropped, 0 <= p < 1, as in PyTorch.
        rng: np.random.Generator, the only source of randomness.

    Source: lecture, Part III, "Regularization"; Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014).
    """

    def __init__(self, p, rng):
        self.p, self.rng = p, rng

    def forward(self, x):
        """Return y for x, an array of any shape; a new mask each time."""
        # YOUR CODE HERE
        raise NotImplementedError("dropout.Dropout.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x: what was dropped gets none, by the mask of the last `forward`."""
        # YOUR CODE HERE
        raise NotImplementedError("dropout.Dropout.backward is not written yet")


class StochasticDepth(Layer):
    """A residual block, x + block(x), that is skipped at random in training: dropout of a whole layer.

        in training:    y = x with probability p,  x + block(x) otherwise; one draw for the whole batch
        in evaluation:  y = x + (1 - p) · block(x), the mean of the two

    In the paper, p is called 1 - p_l. A skipped block is not computed, so training is faster as well as regularized.

    Args:
        block: Layer whose output has the shape of its input.
        p: the probability of skipping the block, 0 <= p <= 1.
        rng: np.random.Generator, the only source of randomness.

    Source: lecture, Part III, "Regularization"; Huang, Sun, Liu, Sedra and Weinberger (2016), "Deep networks with
    stochastic depth".
    """

    def __init__(self, block, p, rng):
        self.block, self.p, self.rng = block, p, rng

    def parameters(self):
        return self.block.parameters()

    def train(self, mode=True):
        self.block.train(mode)
        return super().train(mode)

    def forward(self, x):
        """Return y for x, an array of any shape."""
        # YOUR CODE HERE
        raise NotImplementedError("dropout.StochasticDepth.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x; the block's parameters get theirs, or none if it was skipped."""
        # YOUR CODE HERE
        raise NotImplementedError("dropout.StochasticDepth.backward is not written yet")
