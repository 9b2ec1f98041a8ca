"""Optimization: find the weights with the smallest loss by walking downhill.

Lecture, Part III.
"""

import numpy as np

from dlcourse.linear import linear_scores, predict_labels


def numerical_gradient(f, x, h=1e-5):
    """Return the gradient of a function by central differences, one number of `x` at a time.

        df/dx_i = (f(x + h e_i) - f(x - h e_i)) / (2 h)        (e_i: 1 at place i, 0 elsewhere)

    Args:
        f: function from an array like `x` to a number.
        x: float64 array of any shape; is as it was when the function returns.
        h: step, a small positive number.

    Returns:
        float64 array of the shape of `x`.

    Source: lecture, Part III, "Optimization: follow the slope".
    """
    ### BEGIN SOLUTION
    gradient = np.empty_like(x)
    moved = x.copy()
    for index in np.ndindex(x.shape):
        moved[index] = x[index] + h
        above = f(moved)
        moved[index] = x[index] - h
        below = f(moved)
        moved[index] = x[index]
        gradient[index] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION


def sample_batch(images, labels, batch_size, rng):
    """Return `batch_size` different examples, drawn at random, with their labels.

    Args:
        images: (N, ...) array.
        labels: (N,) integer array.
        batch_size: number of examples, at most N.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        images: (batch_size, ...) array.
        labels: (batch_size,) integer array, those of the drawn images.

    Source: lecture, Part III, "Mini-batch SGD": sample 64 examples.
    """
    ### BEGIN SOLUTION
    chosen = rng.choice(len(images), size=batch_size, replace=False)
    return images[chosen], labels[chosen]
    ### END SOLUTION


def random_search(loss, shape, num_tries, scale, rng):
    """Return the best of many random weights, and its loss: the first idea, and a bad one.

    Each try is scale * rng.normal(size=shape), drawn one after the other.

    Args:
        loss: function from a weight array to a number.
        shape: shape of the weights.
        num_tries: how many weights to try, at least 1.
        scale: standard deviation of the weights.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        weight: float array of shape `shape`, the one with the smallest loss.
        loss: float, its loss.

    Source: lecture, Part III, "Optimization".
    """
    ### BEGIN SOLUTION
    tries = [scale * rng.normal(size=shape) for _ in range(num_tries)]
    losses = [loss(weight) for weight in tries]
    best = int(np.argmin(losses))
    return tries[best], float(losses[best])
    ### END SOLUTION


def gradient_descent(loss_and_gradient, weight, learning_rate, num_steps):
    """Follow the slope downhill, and return where it led and the losses on the way.

    Args:
        loss_and_gradient: function from a weight array to (loss, gradient).
        weight: float array, where to start; stays as it is.
        learning_rate: length of a step, as a multiple of the gradient.
        num_steps: number of steps.

    Returns:
        weight: float array of the same shape.
        losses: (num_steps,) float array, the loss before each step.

    Source: lecture, Part III, "Optimization: gradient descent".
    """
    ### BEGIN SOLUTION
    losses = np.empty(num_steps)
    for step in range(num_steps):
        losses[step], gradient = loss_and_gradient(weight)
        weight = weight - learning_rate * gradient
    return weight, losses
    ### END SOLUTION


class LinearClassifier:
    """A linear classifier trained by mini-batch stochastic gradient descent.

    Args:
        num_features: D, how many numbers an image has.
        num_classes: C.
        loss: function (scores, labels) -> (loss, gradient), such as `losses.cross_entropy` or `losses.hinge_loss`.
        penalty: function weight -> (value, gradient), such as `regularization.scaled(l2_penalty, 1e-3)`; None for none.
        rng: np.random.Generator for the first weights and the batches.

    Attributes:
        weight: (C, D) float64 array, small random numbers at first.
        bias: (C,) float64 array, zeros at first.

    Source: lecture, Parts II and III.
    """

    def __init__(self, num_features, num_classes, loss, penalty, rng):
        self.loss, self.penalty, self.rng = loss, penalty, rng
        self.weight = 1e-3 * rng.normal(size=(num_classes, num_features))
        self.bias = np.zeros(num_classes)

    def loss_and_gradient(self, images, labels):
        """Return the loss on a batch, the penalty included, and its gradients.

            L = loss(scores of the images, labels) + penalty(weight)

        Args:
            images: (N, ...) array.
            labels: (N,) integer array.

        Returns:
            loss: float.
            weight_gradient: (C, D) float array.
            bias_gradient: (C,) float array; the bias is not penalized.
        """
        ### BEGIN SOLUTION
        flat = images.reshape(len(images), -1)
        loss, scores_gradient = self.loss(linear_scores(flat, self.weight, self.bias), labels)
        weight_gradient = scores_gradient.T @ flat
        if self.penalty is not None:
            value, gradient = self.penalty(self.weight)
            loss, weight_gradient = loss + value, weight_gradient + gradient
        return loss, weight_gradient, scores_gradient.sum(axis=0)
        ### END SOLUTION

    def train(self, images, labels, learning_rate, num_steps, batch_size, progress=None):
        """Take `num_steps` steps of stochastic gradient descent, each on a fresh batch from `sample_batch`.

        Args:
            images: (N, ...) array.
            labels: (N,) integer array.
            learning_rate: length of a step, as a multiple of the gradient.
            num_steps: number of steps.
            batch_size: examples a step.
            progress: function that wraps the range of steps, such as `tqdm.tqdm`, to show a progress bar; None for none.

        Returns:
            (num_steps,) float array, the loss on each batch before its step.
        """
        ### BEGIN SOLUTION
        losses = np.empty(num_steps)
        steps = range(num_steps)
        for step in progress(steps) if progress else steps:
            batch = sample_batch(images, labels, batch_size, self.rng)
            losses[step], weight_gradient, bias_gradient = self.loss_and_gradient(*batch)
            self.weight -= learning_rate * weight_gradient
            self.bias -= learning_rate * bias_gradient
        return losses
        ### END SOLUTION

    def predict(self, images):
        """Return the label with the highest score of each image.

        Args:
            images: (N, ...) array.

        Returns:
            (N,) integer array.
        """
        ### BEGIN SOLUTION
        return predict_labels(linear_scores(images, self.weight, self.bias))
        ### END SOLUTION
