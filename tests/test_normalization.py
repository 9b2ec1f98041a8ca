"""The reference of Part VI's batch normalization against PyTorch and mathematics."""

import numpy as np
import pytest

from autograder.oracle import reference_modules

normalization = reference_modules("normalization.BatchNorm1d", ()).graded()
SHAPES = {"BatchNorm1d": (6, 4), "BatchNorm2d": (3, 4, 2, 5)}
both = pytest.mark.parametrize("kind", SHAPES)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def pair(torch, rng, kind, **options):
    """Our layer and PyTorch's with the same random weight and bias, in float64."""
    ours = getattr(normalization, kind)(4, dtype=np.float64, **options)
    theirs = getattr(torch.nn, kind)(4, dtype=torch.float64, **options)
    ours.weight.value, ours.bias.value = rng.normal(size=(2, 4))
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.weight.value))
        theirs.bias.copy_(torch.tensor(ours.bias.value))
    return ours, theirs


def assert_same(got, expected):
    np.testing.assert_allclose(got, expected.detach().numpy(), rtol=1e-10, atol=1e-11)


@both
@pytest.mark.parametrize("options", [{}, {"momentum": 0.37, "eps": 0.02}], ids=["defaults", "others"])
def test_everything_agrees_with_torch(torch, rng, kind, options):
    """Three batches in training, then two in evaluation: outputs, gradients, running averages."""
    ours, theirs = pair(torch, rng, kind, **options)
    for step in range(5):
        if step == 3:
            ours.eval()
            theirs.eval()
        x = 2 * rng.normal(size=SHAPES[kind]) + 5
        gradient = rng.normal(size=x.shape)
        tensor = torch.tensor(x, requires_grad=True)
        y = theirs(tensor)
        y.backward(torch.tensor(gradient))  # adds to the gradients of weight and bias, as ours
        assert_same(ours.forward(x), y)
        assert_same(ours.backward(gradient), tensor.grad)
        for name in ("weight", "bias"):
            assert_same(getattr(ours, name).grad, getattr(theirs, name).grad)
        for name in ("running_mean", "running_var"):
            assert_same(getattr(ours, name), getattr(theirs, name))


@both
def test_start_is_torchs(torch, kind):
    ours, theirs = getattr(normalization, kind)(3), getattr(torch.nn, kind)(3)
    assert (ours.eps, ours.momentum) == (theirs.eps, theirs.momentum)
    assert_same(ours.weight.value, theirs.weight)
    assert_same(ours.bias.value, theirs.bias)
    assert_same(ours.running_mean, theirs.running_mean)
    assert_same(ours.running_var, theirs.running_var)


def test_a_batch_of_one_raises_in_training_as_in_torch_and_works_in_evaluation(torch, rng):
    for kind, shape in (("BatchNorm1d", (1, 4)), ("BatchNorm2d", (1, 4, 1, 1))):
        ours, theirs = pair(torch, rng, kind)
        x = rng.normal(size=shape)
        with pytest.raises(ValueError, match="more than 1 value"):
            theirs(torch.tensor(x))
        with pytest.raises(ValueError, match="more than one example"):
            ours.forward(x)
        np.testing.assert_array_equal(ours.running_mean, 0)
        assert_same(ours.eval().forward(x), theirs.eval()(torch.tensor(x)))


def test_a_feature_without_variance_gives_its_bias_and_torchs_gradient(torch, rng):
    ours, theirs = pair(torch, rng, "BatchNorm1d")
    x, gradient = rng.normal(size=(2, 6, 4))
    x[:, 2] = 3.0
    tensor = torch.tensor(x, requires_grad=True)
    y = theirs(tensor)
    y.backward(torch.tensor(gradient))
    got = ours.forward(x)
    assert_same(got, y)
    np.testing.assert_allclose(got[:, 2], ours.bias.value[2])
    assert_same(ours.backward(gradient), tensor.grad)


def test_training_cannot_change_the_mean_of_a_feature_or_its_scale(rng):
    """The output knows nothing of an affine change of a feature, so the gradient is orthogonal to 1 and to x."""
    layer = normalization.BatchNorm1d(4, eps=0.0, dtype=np.float64)
    x, gradient = rng.normal(size=(2, 8, 4))
    y = layer.forward(x)
    dx = layer.backward(gradient)
    np.testing.assert_allclose(layer.forward(7 * x - 100), y, atol=1e-10)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axis=0), 0, atol=1e-11)


def test_the_running_averages_estimate_mean_and_variance_without_bias(rng):
    """Batches of 2, where the biased variance would be half of the true one on average."""
    layer = normalization.BatchNorm1d(50, momentum=0.01, dtype=np.float64)
    for _ in range(3000):
        layer.forward(rng.normal(3, 2, size=(2, 50)))
    assert abs(layer.running_mean.mean() - 3) < 0.05
    assert abs(layer.running_var.mean() - 4) < 0.2


def test_two_dimensions_are_one_with_places_as_examples(rng):
    x = rng.normal(size=(3, 4, 2, 5))
    two, one = normalization.BatchNorm2d(4, dtype=np.float64), normalization.BatchNorm1d(4, dtype=np.float64)
    rows = np.stack([x[:, channel].ravel() for channel in range(4)], axis=1)
    expected = one.forward(rows)
    got = two.forward(x)
    for channel in range(4):
        np.testing.assert_allclose(got[:, channel].ravel(), expected[:, channel], rtol=1e-12)
    np.testing.assert_allclose(two.running_var, one.running_var, rtol=1e-12)


@both
def test_float32_stays(rng, kind):
    layer = getattr(normalization, kind)(4)
    x = rng.normal(size=SHAPES[kind]).astype(np.float32)
    arrays = [layer.forward(x), layer.backward(x), layer.weight.grad, layer.bias.grad, layer.running_mean, layer.running_var]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
