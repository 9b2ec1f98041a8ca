"""The reference of Part VI's initializers against PyTorch's, by their moments over a million draws."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from autograder.oracle import reference_modules

initialization = reference_modules("initialization.xavier", ()).graded()
SHAPES = [(500, 2000), (2000, 500), (100, 400, 5, 5), (400, 100, 5, 5)]  # a million weights each
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def moments(weight):
    """Mean, variance, skewness and kurtosis, in units in which the standard deviation is 1."""
    weight = np.asarray(weight, np.float64).ravel()
    std = weight.std()
    z = (weight - weight.mean()) / std
    return weight.mean() / std, std, (z**3).mean(), (z**4).mean()


def assert_same_distribution(got, expected):
    """The moments of a million draws each: six standard errors of their difference."""
    n = got.size
    assert n == expected.size == 1_000_000
    (mean, std, skewness, kurtosis), (its_mean, its_std, its_skewness, its_kurtosis) = moments(got), moments(expected)
    error = 6 * np.sqrt(2 / n)
    assert abs(mean - its_mean) < error
    assert abs(std / its_std - 1) < error * np.sqrt(1 / 2)
    assert abs(skewness - its_skewness) < error * np.sqrt(6)
    assert abs(kurtosis - its_kurtosis) < error * np.sqrt(24)


@shapes
def test_kaiming_has_the_moments_of_torchs(torch, shape):
    torch.manual_seed(0)
    expected = torch.nn.init.kaiming_normal_(torch.empty(shape), mode="fan_in", nonlinearity="relu")
    assert_same_distribution(initialization.kaiming(shape, np.random.default_rng(0)), expected.numpy())


@shapes
def test_xavier_has_the_moments_of_torchs(torch, shape):
    torch.manual_seed(0)
    expected = torch.nn.init.xavier_normal_(torch.empty(shape))
    assert_same_distribution(initialization.xavier(shape, np.random.default_rng(0)), expected.numpy())


def test_gaussian_has_the_moments_of_torchs(torch):
    torch.manual_seed(0)
    expected = torch.nn.init.normal_(torch.empty(1000, 1000), 0, 0.01)
    assert_same_distribution(initialization.gaussian((1000, 1000), np.random.default_rng(0)), expected.numpy())


@pytest.mark.parametrize("shape", [*SHAPES, (7, 3), (7, 3, 2, 5), (1, 1, 1, 1)], ids=str)
def test_fans_are_torchs(torch, shape):
    expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert initialization.fans(shape) == expected


@pytest.mark.parametrize("name", ["gaussian", "xavier", "kaiming"])
def test_weights_are_normally_distributed(name):
    weight = getattr(initialization, name)((300, 100), np.random.default_rng(1)).astype(float)
    assert kstest(weight.ravel() / weight.std(), norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", ["zeros", "gaussian", "xavier", "kaiming"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype(name, dtype):
    weight = getattr(initialization, name)((4, 3, 2, 5), np.random.default_rng(0), dtype=dtype)
    assert weight.shape == (4, 3, 2, 5) and weight.dtype == dtype and weight.flags.writeable
    assert getattr(initialization, name)((2, 3), np.random.default_rng(0)).dtype == np.float32


def test_kaiming_keeps_the_size_of_activations_and_xavier_that_of_linear_layers():
    """What the two formulas promise: the mean square after ten layers is that at the start, within chance."""
    rng = np.random.default_rng(0)
    start = rng.normal(size=(200, 1000))
    for init, activation in ((initialization.kaiming, lambda x: np.maximum(x, 0)), (initialization.xavier, lambda x: x)):
        x = start
        for _ in range(10):
            z = x @ init((1000, 1000), rng).T
            x = activation(z)
        assert 0.6 < z.var() / (2 if activation(-1) == 0 else 1) < 1.6
