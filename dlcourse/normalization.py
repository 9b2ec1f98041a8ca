"""Batch normalization: keep each feature at mean 0 and variance 1 inside the network, whatever the layers before do.

Lecture, Part VI; Ioffe and Szegedy (2015). Names and conventions are PyTorch's.
"""

import numpy as np

from dlcourse.layers import Layer, Parameter


class BatchNorm1d(Layer):
    """Batch normalization of (N, D) arrays, such as the output of `Linear`.

    In training, with the mean and the variance over the N examples of the batch, for each of the D features:

        x̂ = (x - mean) / √(var + eps),     y = weight · x̂ + bias,     var = sum of (x - mean)² / N

    and the running averages take a step towards this batch, its variance counted with N - 1:

        running_mean = (1 - momentum) · running_mean + momentum · mean
        running_var  = (1 - momentum) · running_var  + momentum · var · N / (N - 1)

    In evaluation, running_mean and running_var take the places of mean and var, and stay as they are: an example's output
    then no longer depends on the others.

    Args:
        num_features: D.
        eps: keeps the root away from 0, where a feature does not vary in a batch.
        momentum: weight of the *new* batch in the running averages. (Elsewhere it is the weight of the old value.)
        dtype: of the parameters and running averages.

    Attributes:
        weight: Parameter (D,), γ in the paper, ones at first.
        bias: Parameter (D,), β in the paper, zeros at first.
        running_mean, running_var: (D,) arrays, zeros and ones at first. Not learned by gradients, so not Parameters.

    Source: lecture, Part VI, "Batch normalization"; Ioffe and Szegedy (2015).
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1, dtype=np.float32):
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = Parameter(np.ones(num_features, dtype)), Parameter(np.zeros(num_features, dtype))
        self.running_mean, self.running_var = np.zeros(num_features, dtype), np.ones(num_features, dtype)

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        """Return y for x, an (N, D) array; in training also update the running averages.

        Raises:
            ValueError: in training, for a batch of 1: the only value of a feature is its mean, and nothing would be left.
        """
        if self.training and len(x) < 2:
            raise ValueError(f"batch normalization in training needs more than one example, and this batch is {x.shape}")
        # YOUR CODE HERE
        raise NotImplementedError("normalization.BatchNorm1d.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, and add to those of weight and bias.

        In training, mean and variance depend on x as well. Through all three ways, with g = gradient · weight,

            dx = (g - mean of g - x̂ · mean of (g · x̂)) / √(var + eps)          (means over the batch)

        In evaluation they are constants, and only the first term is left.

        Args:
            gradient: (N, D) array, with respect to the last output.

        Returns:
            (N, D) array.
        """
        # YOUR CODE HERE
        raise NotImplementedError("normalization.BatchNorm1d.backward is not written yet")


class BatchNorm2d(BatchNorm1d):
    """Batch normalization of (N, C, H, W) arrays, such as the output of `Conv2d`.

    A filter looks for the same thing everywhere, so each *channel* is one feature, and every place of every image is one
    example of it: mean and variance are over N, H and W, and the N in BatchNorm1d's N / (N - 1) is N · H · W here. There
    is one weight and one bias a channel.

    Args:
        num_features: C.
        eps, momentum, dtype: as for BatchNorm1d, which this class inherits from: `__init__` and `parameters` are its.

    Source: lecture, Part VI, "Batch normalization"; Ioffe and Szegedy (2015), section 3.2.
    """

    def forward(self, x):
        """Return y for x, an (N, C, H, W) array; in training also update the running averages.

        Raises:
            ValueError: in training, for a single image of 1×1 pixel.
        """
        # YOUR CODE HERE
        raise NotImplementedError("normalization.BatchNorm2d.forward is not written yet")

    def backward(self, gradient):
        """Return the gradient with respect to x, an (N, C, H, W) array, and add to those of weight and bias."""
        # YOUR CODE HERE
        raise NotImplementedError("normalization.BatchNorm2d.backward is not written yet")
