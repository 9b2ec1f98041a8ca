"""The reference of Part VI's dropout and stochastic depth against PyTorch and mathematics."""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from autograder.oracle import reference_modules

MODULES = reference_modules("dropout.Dropout", ())
dropout, layers = MODULES.load("dropout"), MODULES.load("layers")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


class Scale(layers.Layer):
    """x → w · x, with one parameter, and a count of its calls."""

    def __init__(self, factor):
        self.weight, self.calls = layers.Parameter(np.array(factor)), 0

    def parameters(self):
        return [self.weight]

    def forward(self, x):
        self.x, self.calls = x, self.calls + 1
        return self.weight.value * x

    def backward(self, gradient):
        self.weight.grad += (gradient * self.x).sum()
        return self.weight.value * gradient


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.8])
def test_values_and_share_are_torchs(torch, rng, p):
    """The same two values, the same share within chance, and the gradient through torch's mask."""
    torch.manual_seed(0)
    x, gradient = rng.normal(size=(2, 300, 200))
    tensor = torch.tensor(x, requires_grad=True)
    theirs = torch.nn.Dropout(p)(tensor)
    theirs.backward(torch.tensor(gradient))
    layer = dropout.Dropout(p, rng)
    y = layer.forward(x)
    for got in (y, theirs.detach().numpy()):
        assert binomtest(int((got == 0).sum()), x.size, p).pvalue > 1e-4
        np.testing.assert_allclose(got[got != 0], (x / (1 - p))[got != 0], rtol=1e-10)
    layer.mask = (theirs.detach().numpy() != 0) / (1 - p)  # torch's mask: then the gradient is torch's
    np.testing.assert_allclose(layer.backward(gradient), tensor.grad.numpy(), rtol=1e-10)


def test_evaluation_is_torchs_identity(torch, rng):
    x = rng.normal(size=(4, 5))
    layer = dropout.Dropout(0.7, rng).eval()
    np.testing.assert_array_equal(layer.forward(x), torch.nn.Dropout(0.7).eval()(torch.tensor(x)).numpy())
    np.testing.assert_array_equal(layer.backward(x), x)


def test_the_mean_over_many_masks_is_x(rng):
    x = rng.normal(size=(5, 4))
    layer = dropout.Dropout(0.4, rng)
    mean = np.mean([layer.forward(x) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(mean, x, rtol=0.04)  # its standard error is 0.6 %


def test_neighbours_are_dropped_independently(rng):
    dropped = dropout.Dropout(0.5, rng).forward(np.ones((200, 200))) == 0
    counts = np.bincount((2 * dropped[:, ::2] + dropped[:, 1::2]).ravel(), minlength=4)
    assert chisquare(counts).pvalue > 1e-4


def test_evaluation_draws_nothing(rng):
    layer = dropout.Dropout(0.5, rng)
    before = rng.bit_generator.state
    layer.eval().forward(np.ones(10))
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("p", [0.0, 0.3, 0.9, 1.0])
def test_a_block_is_skipped_with_probability_p_and_then_not_computed(rng, p):
    block = Scale(2.0)
    layer = dropout.StochasticDepth(block, p, rng)
    x = rng.normal(size=(3, 2))
    outputs = [layer.forward(x) for _ in range(1000)]
    skipped = sum(np.array_equal(y, x) for y in outputs)
    assert binomtest(skipped, 1000, p).pvalue > 1e-4
    assert block.calls == 1000 - skipped
    assert all(np.allclose(y, x) or np.allclose(y, 3 * x) for y in outputs)


def test_evaluation_is_the_mean_of_training(rng):
    """Huang et al., equation 5: in evaluation the block counts by its probability to survive."""
    layer = dropout.StochasticDepth(Scale(2.0), 0.3, rng)
    x = rng.normal(size=(3, 2))
    mean = np.mean([layer.forward(x) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(mean, layer.eval().forward(x), rtol=0.02)


def test_gradients_are_those_of_torch_in_all_three_cases(torch, rng):
    x, gradient = rng.normal(size=(2, 3, 4))
    for p, training, share in ((0.0, True, 1.0), (1.0, True, 0.0), (0.25, False, 0.75)):
        layer = dropout.StochasticDepth(Scale(1.7), p, rng).train(training)
        tensor, weight = torch.tensor(x, requires_grad=True), torch.tensor(1.7, dtype=torch.float64, requires_grad=True)
        y = tensor + share * weight * tensor
        y.backward(torch.tensor(gradient))
        np.testing.assert_allclose(layer.forward(x), y.detach().numpy(), rtol=1e-10)
        np.testing.assert_allclose(layer.backward(gradient), tensor.grad.numpy(), rtol=1e-10)
        np.testing.assert_allclose(layer.parameters()[0].grad, weight.grad.item(), rtol=1e-10)


def test_the_mode_and_the_parameters_of_the_block_are_passed_on(rng):
    block = dropout.StochasticDepth(Scale(1.0), 0.5, rng)
    layer = dropout.StochasticDepth(block, 0.5, rng)
    assert layer.parameters() == [block.block.weight]
    assert layer.eval() is layer and not block.training and not block.block.training
    assert layer.train() is layer and block.training and block.block.training
