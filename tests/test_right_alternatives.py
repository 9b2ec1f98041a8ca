"""Right solutions that differ from the reference, in formula, order of summation or random draws, earn full marks in Part VI."""

import textwrap

import numpy as np
import pytest

from autograder import checks, grading
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources

# exercise: definitions that replace its own.
ALTERNATIVES = {
    "preprocessing.zero_center, by a loop": """
        def zero_center(images):
            images = as_float(images)
            total = np.zeros(images.shape[1:])
            for image in images:
                total = total + image
            return (images - total / len(images)).astype(images.dtype)
        """,
    "preprocessing.normalize, in place on its own array, with a tiny epsilon": """
        def normalize(images):
            result = as_float(images).copy()
            result -= result.mean(0)
            result /= np.sqrt((result**2).mean(0)) + result.dtype.type(1e-8)
            return result
        """,
    "preprocessing.Standardizer, statistics kept in float64": """
        class Standardizer:
            def __init__(self, per_channel=False):
                self.per_channel = per_channel

            def fit(self, images):
                rows = images.reshape(-1, images.shape[-1]) if self.per_channel else images
                self.mean, self.std = rows.mean(0, dtype=float), rows.std(0, dtype=float)
                self.std[self.std < 1e-9] = 1.0
                return self

            def transform(self, images):
                images = as_float(images)
                return ((images - self.mean) / self.std).astype(images.dtype)
        """,
    "activations.Sigmoid, by tanh": """
        class Sigmoid(Layer):
            def forward(self, x):
                self.y = (1 + np.tanh(x / 2)) / 2
                return self.y

            def backward(self, gradient):
                return gradient * (self.y - self.y**2)
        """,
    "activations.Sigmoid, one side alone, whose overflow is expected and ends at the right value": """
        class Sigmoid(Layer):
            def forward(self, x):
                with np.errstate(over="ignore"):
                    self.y = 1 / (1 + np.exp(-x))
                return self.y

            def backward(self, gradient):
                return gradient * self.y * (1 - self.y)
        """,
    "activations.LeakyReLU, by the slide's maximum": """
        class LeakyReLU(Layer):
            def __init__(self, slope=0.01):
                self.slope = slope

            def forward(self, x):
                self.x = x.copy()
                return np.maximum(self.slope * x, x)

            def backward(self, gradient):
                gradient = gradient.copy()
                gradient[self.x <= 0] *= self.slope
                return gradient
        """,
    "activations.ELU, by expm1 and indices": """
        class ELU(Layer):
            def __init__(self, alpha=1.0):
                self.alpha = alpha

            def forward(self, x):
                self.low, self.y = x <= 0, x.copy()
                self.y[self.low] = self.alpha * np.expm1(x[self.low])
                return self.y

            def backward(self, gradient):
                gradient = gradient.copy()
                gradient[self.low] *= self.y[self.low] + self.alpha
                return gradient
        """,
    "initialization.fans, by np.prod of nothing": """
        def fans(shape):
            area = np.prod(shape[2:])
            return shape[1] * area, shape[0] * area
        """,
    "initialization.xavier, by standard_normal in the dtype": """
        def xavier(shape, rng, dtype=np.float32):
            std = (2.0 / sum(fans(shape))) ** 0.5
            return rng.standard_normal(shape, dtype=dtype) * np.dtype(dtype).type(std)
        """,
    "initialization.kaiming, row by row": """
        def kaiming(shape, rng, dtype=np.float32):
            std = np.sqrt(2) / np.sqrt(fans(shape)[0])
            return np.stack([std * rng.normal(size=shape[1:]) for _ in range(shape[0])]).astype(dtype)
        """,
    "normalization.BatchNorm1d, backward step by step through the graph, running averages in place": """
        class BatchNorm1d(Layer):
            def __init__(self, num_features, eps=1e-5, momentum=0.1, dtype=np.float32):
                self.eps, self.momentum = eps, momentum
                self.weight, self.bias = Parameter(np.ones(num_features, dtype)), Parameter(np.zeros(num_features, dtype))
                self.running_mean, self.running_var = np.zeros(num_features, dtype), np.ones(num_features, dtype)

            def parameters(self):
                return [self.weight, self.bias]

            def forward(self, x):
                self.from_batch = self.training
                if not self.from_batch:
                    self.centered, self.var = x - self.running_mean, self.running_var.copy()
                else:
                    mean = np.einsum("nd->d", x) / len(x)
                    self.centered = x - mean
                    self.var = np.einsum("nd,nd->d", self.centered, self.centered) / len(x)
                    self.running_mean += self.momentum * (mean - self.running_mean)
                    unbiased = np.var(x, axis=0, ddof=1)
                    self.running_var += self.momentum * (unbiased - self.running_var)
                self.inverse = 1 / np.sqrt(self.var + self.eps)
                return self.centered * (self.weight.value * self.inverse) + self.bias.value

            def backward(self, gradient):
                n = len(gradient)
                self.bias.grad = self.bias.grad + gradient.sum(0)
                self.weight.grad = self.weight.grad + np.einsum("nd,nd->d", gradient, self.centered * self.inverse)
                d_x_hat = gradient * self.weight.value
                d_centered = d_x_hat * self.inverse
                if not self.from_batch:
                    return d_centered
                d_inverse = (d_x_hat * self.centered).sum(0)
                d_var = -0.5 * d_inverse * self.inverse**3
                d_centered = d_centered + 2 * self.centered * d_var / n
                return d_centered - d_centered.sum(0) / n
        """,
    "normalization.BatchNorm2d, written out over three axes": """
        class BatchNorm2d(BatchNorm1d):
            def forward(self, x):
                axes, n = (0, 2, 3), x.size // x.shape[1]
                wide = lambda a: a.reshape(1, -1, 1, 1)
                if self.training:
                    mean, var = x.mean(axes), x.var(axes)
                    self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
                    self.running_var = self.running_var + self.momentum * (var * (n / (n - 1)) - self.running_var)
                else:
                    mean, var = self.running_mean, self.running_var
                self.std = np.sqrt(var + self.eps)
                self.x_hat = (x - wide(mean)) / wide(self.std)
                return wide(self.weight.value) * self.x_hat + wide(self.bias.value)

            def backward(self, gradient):
                axes, n = (0, 2, 3), gradient.size // gradient.shape[1]
                wide = lambda a: a.reshape(1, -1, 1, 1)
                d_bias, d_weight = gradient.sum(axes), (gradient * self.x_hat).sum(axes)
                self.bias.grad += d_bias
                self.weight.grad += d_weight
                if self.training:
                    gradient = gradient - (wide(d_bias) + self.x_hat * wide(d_weight)) / n
                return gradient * wide(self.weight.value / self.std)
        """,
    "dropout.Dropout, by strict comparison and a boolean mask": """
        class Dropout(Layer):
            def __init__(self, p, rng):
                self.p, self.rng = p, rng

            def forward(self, x):
                self.dropped = None
                if not self.training:
                    return x
                self.dropped = self.rng.uniform(size=x.shape) < self.p
                y = x / (1 - self.p)
                y[self.dropped] = 0
                return y

            def backward(self, gradient):
                if self.dropped is None:
                    return gradient
                gradient = gradient / (1 - self.p)
                gradient[self.dropped] = 0
                return gradient
        """,
    "dropout.StochasticDepth, case by case": """
        class StochasticDepth(Layer):
            def __init__(self, block, p, rng):
                self.block, self.p, self.rng = block, p, rng

            def parameters(self):
                return self.block.parameters()

            def train(self, mode=True):
                self.block.train(mode)
                return super().train(mode)

            def forward(self, x):
                self.skipped = self.training and self.rng.uniform() < self.p
                if self.skipped:
                    return x
                y = self.block.forward(x)
                return x + y if self.training else x + y * (1 - self.p)

            def backward(self, gradient):
                if self.skipped:
                    return gradient
                inner = self.block.backward(gradient)
                return gradient + (inner if self.training else inner * (1 - self.p))
        """,
    "augmentation.random_flip, image by image": """
        def random_flip(images, rng):
            return np.array([np.fliplr(image) if rng.integers(2) else image for image in images])
        """,
    "augmentation.random_crop, by shifts": """
        def random_crop(images, padding, rng):
            result, (_, h, w, _) = np.zeros_like(images), images.shape
            for new, old in zip(result, images):
                dy, dx = rng.integers(-padding, padding, endpoint=True), rng.integers(-padding, padding, endpoint=True)
                new[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = old[
                    max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
                ]
            return result
        """,
    "augmentation.color_jitter, rounded by adding a half, in float32": """
        def color_jitter(images, strength, rng):
            result = images.astype(np.float32)
            for image in result:
                image *= 1 + strength * (2 * rng.random(image.shape[2], dtype=np.float32) - 1)
            return np.minimum(np.floor(result + 0.5), 255).astype(np.uint8)
        """,
}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_another_right_solution_earns_full_marks(name):
    exercise = checks.find(name.split(",")[0])
    source = reference_sources()[exercise.module] + "\n\n" + textwrap.dedent(ALTERNATIVES[name])
    submission = grading.Submission("somebody", reference_sources() | {exercise.module: source}, COURSE_ROOT / "solutions")
    for secret in ("one", "two", "three"):
        with np.errstate(all="ignore"):
            result = grading.grade_exercise(submission, exercise, secret=secret)
        assert not [(check.name, check.message) for check in result.checks if not check.passed]
