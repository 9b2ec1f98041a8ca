"""The reference of Part VI's activation functions against PyTorch, SciPy and mathematics."""

import numpy as np
import pytest
from scipy.special import expit

from autograder.oracle import reference_modules

activations = reference_modules("activations.Sigmoid", ()).graded()
KINDS = {
    "Sigmoid": ((), "Sigmoid"),
    "Tanh": ((), "Tanh"),
    "LeakyReLU": ((0.2,), "LeakyReLU"),
    "ELU": ((1.7,), "ELU"),
}
each = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def layer_of(kind):
    return getattr(activations, kind)(*KINDS[kind][0])


@each
def test_forward_and_backward_agree_with_torch(torch, rng, kind):
    """Also at 0, where leaky ReLU and ELU have their kink, and far out."""
    arguments, name = KINDS[kind]
    x, gradient = 3 * rng.normal(size=(2, 4, 3, 5))
    x.flat[:7] = 0.0, -0.0, 800.0, -800.0, 40.0, -40.0, 1e-20
    tensor = torch.tensor(x, requires_grad=True)
    y = getattr(torch.nn, name)(*arguments)(tensor)
    y.backward(torch.tensor(gradient))
    layer = layer_of(kind)
    np.testing.assert_allclose(layer.forward(x), y.detach().numpy(), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(layer.backward(gradient), tensor.grad.numpy(), rtol=1e-10, atol=1e-15)


@each
def test_defaults_are_those_of_torch(torch, rng, kind):
    x = rng.normal(size=20)
    expected = getattr(torch.nn, KINDS[kind][1])()(torch.tensor(x)).numpy()
    np.testing.assert_allclose(getattr(activations, kind)().forward(x), expected, rtol=1e-12)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_and_the_dtype_stays(kind, dtype):
    x = np.array([-1e4, -745.0, -100.0, -1.0, 0.0, 1.0, 100.0, 745.0, 1e4], dtype)
    layer = layer_of(kind)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x)
        dx = layer.backward(np.ones_like(x))
    assert y.dtype == dx.dtype == dtype
    assert np.isfinite(y).all() and np.isfinite(dx).all()
    assert np.all(np.diff(y) >= 0) and np.all(dx >= 0)


def test_sigmoid_is_precise_far_to_the_left():
    """1 - 1 / (1 + exp(x)) would be 0 there."""
    x = np.linspace(-700, 30, 200)
    np.testing.assert_allclose(activations.Sigmoid().forward(x), expit(x), rtol=1e-13, atol=0)


def test_sigmoid_and_tanh_are_one_function(rng):
    x = rng.normal(size=50)
    np.testing.assert_allclose(2 * activations.Sigmoid().forward(2 * x) - 1, activations.Tanh().forward(x), rtol=1e-12)


def test_the_lectures_numbers():
    """max(0.01x, x); the sigmoid's steepest slope is a quarter; ELU ends at -alpha."""
    x = np.linspace(-5, 5, 101)
    np.testing.assert_array_equal(activations.LeakyReLU().forward(x), np.maximum(0.01 * x, x))
    sigmoid = activations.Sigmoid()
    sigmoid.forward(x)
    slopes = sigmoid.backward(np.ones_like(x))
    assert slopes.max() == slopes[50] == 0.25
    np.testing.assert_allclose(activations.ELU(2.0).forward(np.array([-50.0])), [-2.0])


@each
def test_derivatives_are_those_of_a_complex_step(kind, rng):
    """Im f(x + 1e-30 i) / 1e-30 has no cancellation."""
    x = rng.normal(size=30)
    z = x + 1e-30j
    value = {
        "Sigmoid": 1 / (1 + np.exp(-z)),
        "Tanh": np.tanh(z),
        "LeakyReLU": np.where(x > 0, z, 0.2 * z),
        "ELU": np.where(x > 0, z, 1.7 * (np.exp(z) - 1)),
    }[kind]
    layer = layer_of(kind)
    layer.forward(x)
    np.testing.assert_allclose(layer.backward(np.ones_like(x)), value.imag / 1e-30, rtol=1e-10)
