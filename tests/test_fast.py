"""The toolkit's fast layers and optimizers: what the exercises' and PyTorch's give, in arrays that are never copied needlessly."""

import numpy as np
import pytest

from autograder.oracle import reference_modules
from dlcourse.toolkit import fast
from dlcourse.toolkit.training import load_checkpoint, save_checkpoint

MODULES = reference_modules("convnets.lenet5", ())
convnets, convolution, layers, normalization, optimizers = (
    MODULES.load(name) for name in ("convnets", "convolution", "layers", "normalization", "optimizers")
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


def ran(layer, x, gradient):
    """Return the output, the gradient of x, and those of the parameters, of one forward and one backward."""
    for parameter in layer.parameters():
        parameter.zero_grad()
    y = layer.forward(x)
    return [y, layer.backward(gradient), *(parameter.grad for parameter in layer.parameters())]


def ran_by_torch(torch, module, x, gradient):
    tensor = torch.tensor(x, requires_grad=True)
    y = module(tensor)
    y.backward(torch.tensor(np.ascontiguousarray(gradient)))
    return [array.numpy() for array in (y.detach(), tensor.grad, *(parameter.grad for parameter in module.parameters()))]


def in_some_layout(x, rng):
    """Return the same images with another order in memory, as they may come from any layer."""
    order = rng.permutation(x.ndim)
    return x.transpose(order).copy().transpose(np.argsort(order))


def configuration(rng):
    """Return the number of images, channels, filters; kernel, stride, padding and image size that fit together."""
    while True:
        num_images, channels, filters = (int(n) for n in rng.integers(1, 5, 3))
        kernel, stride, padding, out = (rng.integers(low, high, 2) for low, high in ((1, 6), (1, 4), (0, 4), (1, 6)))
        size = (out - 1) * stride + kernel - 2 * padding
        if rng.random() < 0.1:
            num_images = int(rng.choice([37, 64]))  # enough for products in pieces
        if (size >= 1).all():
            return (num_images, channels, filters), *(tuple(map(int, each)) for each in (kernel, stride, padding, size))


# --------------------------------------------------------------------------------------------------------- convolution


def test_convolution_equals_torchs_on_400_configurations(torch, rng):
    seen = set()
    for _ in range(400):
        (num_images, channels, filters), kernel, stride, padding, size = configuration(rng)
        seen.add((num_images, channels, filters, kernel, stride, padding, size))
        layer = fast.Conv2d(channels, filters, kernel, stride, padding, rng, np.float64)
        layer.bias.value[:] = rng.normal(size=filters)
        module = torch.nn.Conv2d(channels, filters, kernel, stride, padding, dtype=torch.float64)
        module.weight.data, module.bias.data = (torch.tensor(parameter.value.copy()) for parameter in layer.parameters())
        x = in_some_layout(rng.normal(size=(num_images, channels, *size)), rng)
        gradient = in_some_layout(rng.normal(size=layer.forward(x).shape), rng)
        for got, expected in zip(ran(layer, x, gradient), ran_by_torch(torch, module, x, gradient), strict=True):
            assert got.shape == expected.shape, (kernel, stride, padding, size)
            close(got, expected)
    assert len(seen) >= 300


def test_convolution_equals_the_exercises(rng):
    for _ in range(60):
        (num_images, channels, filters), *options, size = configuration(rng)
        layer = fast.Conv2d(channels, filters, *options, np.random.default_rng(1), np.float64)
        reference = convolution.Conv2d(channels, filters, *options, np.random.default_rng(1), np.float64)
        x = rng.normal(size=(num_images, channels, *size))
        gradient = rng.normal(size=reference.forward(x).shape)
        for got, expected in zip(ran(layer, x, gradient), ran(reference, x, gradient), strict=True):
            close(got, expected)


@pytest.mark.parametrize("shape, change", [((2, 4, 5, 5), "channels"), ((2, 3, 2, 5), "missing"), ((2, 3, 6, 5), "left over")])
def test_convolution_that_does_not_fit_is_an_error(shape, change):
    with pytest.raises(ValueError, match=change):
        fast.Conv2d(3, 2, 3, stride=2).forward(np.zeros(shape, np.float32))


def test_large_gradients_of_weights_are_summed_in_parts(rng, monkeypatch):
    """So many products at a time as memory allows: with a tiny block, one row."""
    x, gradient = rng.normal(size=(2, 3, 9, 9)), rng.normal(size=(2, 4, 7, 7))
    whole = ran(fast.Conv2d(3, 4, 3, rng=np.random.default_rng(0), dtype=np.float64), x, gradient)
    monkeypatch.setattr(fast, "BLOCK", 1)
    parts = ran(fast.Conv2d(3, 4, 3, rng=np.random.default_rng(0), dtype=np.float64), x, gradient)
    for got, expected in zip(parts, whole, strict=True):
        close(got, expected)


# ------------------------------------------------------------------------------------------------------------- pooling


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_pooling_equals_torchs_also_at_ties_and_where_windows_overlap_or_stick_out(name, torch, rng):
    for _ in range(300):
        num_images, channels = rng.integers(1, 4, 2)
        kernel, stride = (tuple(map(int, rng.integers(1, 4, 2))) for _ in range(2))
        size = np.array(kernel) + rng.integers(0, 7, 2)
        x = rng.integers(-2, 3, size=(num_images, channels, *size)).astype(float)  # many ties
        layer, module = getattr(fast, name)(kernel, stride), getattr(torch.nn, name)(kernel, stride)
        x = in_some_layout(x, rng)
        gradient = in_some_layout(rng.normal(size=layer.forward(x).shape), rng)
        for got, expected in zip(ran(layer, x, gradient), ran_by_torch(torch, module, x, gradient), strict=True):
            close(got, expected)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_pooling_equals_the_exercises(name, rng):
    x = np.maximum(rng.normal(size=(3, 2, 9, 7)), 0)  # windows of zeros
    for options in ((2,), (3, 2), ((2, 3),)):
        layer, reference = getattr(fast, name)(*options), getattr(convolution, name)(*options)
        gradient = rng.normal(size=reference.forward(x).shape)
        for got, expected in zip(ran(layer, x, gradient), ran(reference, x, gradient), strict=True):
            close(got, expected)


def test_pooling_of_integers_and_of_too_small_images():
    assert fast.AvgPool2d(2).forward(np.array([[[[1, 2], [3, 4]]]])).tolist() == [[[[2.5]]]]
    for layer in (fast.MaxPool2d(3), fast.AvgPool2d(3)):
        with pytest.raises(ValueError, match="larger than the image"):
            layer.forward(np.zeros((1, 1, 2, 5), np.float32))


def test_the_largest_of_nan_is_nan():
    x = np.array([[[[1.0, np.nan], [2.0, 3.0]]]])
    assert np.isnan(fast.MaxPool2d(2).forward(x)).all()


# --------------------------------------------------------------------------------------------------------- other layers


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_equals_torchs_and_the_exercises(training, torch, rng):
    module = torch.nn.BatchNorm2d(3, dtype=torch.float64)
    layer, reference = fast.BatchNorm2d(3, dtype=np.float64), normalization.BatchNorm2d(3, dtype=np.float64)
    weight, bias = rng.normal(size=(2, 3))
    for each in (layer, reference):
        each.weight.value[:], each.bias.value[:] = weight, bias
    module.weight.data, module.bias.data = torch.tensor(weight), torch.tensor(bias)
    for _ in range(3):
        x, gradient = (in_some_layout(3 + rng.normal(size=(4, 3, 5, 2)), rng) for _ in range(2))
        for each in (layer, reference, module):
            each.train(training)
        module.zero_grad()
        expected = ran_by_torch(torch, module, x, gradient)
        for results in (ran(layer, x, gradient), ran(reference, x, gradient)):
            for got, right in zip(results, expected, strict=True):
                close(got, right)
    close(layer.running_mean, module.running_mean.numpy())
    close(layer.running_var, module.running_var.numpy())


@pytest.mark.parametrize("order", ["C", "F"])
def test_linear_equals_the_exercises_in_both_layouts(order, rng):
    x, gradient = (np.asarray(rng.normal(size=shape), order=order) for shape in ((6, 5), (6, 4)))
    layer, reference = (kind(5, 4, np.random.default_rng(1), np.float64) for kind in (fast.Linear, layers.Linear))
    layer.bias.value[:] = reference.bias.value[:] = rng.normal(size=4)
    results = ran(layer, x, gradient)
    for got, expected in zip(results, ran(reference, x, gradient), strict=True):
        close(got, expected)
    assert all(got.flags[f"{order}_CONTIGUOUS"] for got in results[:2])
    with pytest.raises(ValueError, match=r"\(6, 4\).*\(4, 5\)"):
        layer.forward(gradient)


@pytest.mark.parametrize("name", ["ReLU", "Flatten"])
def test_layers_without_parameters_equal_the_exercises(name, rng):
    for shape in ((3, 2, 4, 5), (3, 7), (2, 3, 4), (1, 1, 1, 1), (0, 2, 3, 3)):
        x = in_some_layout(rng.integers(-1, 2, size=shape).astype(float), rng)
        gradient = rng.normal(size=getattr(layers, name)().forward(x).shape)
        results = (ran(getattr(kind, name)(), x, np.asfortranarray(gradient)) for kind in (fast, layers))
        for got, expected in zip(*results, strict=True):
            np.testing.assert_array_equal(got, expected)


# ------------------------------------------------------------------------------------------------- what holds for all


def everyone(dtype=np.float64):
    """Return {name: (layer, shape of x)}."""
    rng = np.random.default_rng(2)
    return {
        "Conv2d": (fast.Conv2d(2, 3, 3, padding=1, rng=rng, dtype=dtype), (4, 2, 6, 6)),
        "MaxPool2d": (fast.MaxPool2d(2), (4, 2, 6, 6)),
        "AvgPool2d": (fast.AvgPool2d(2), (4, 2, 6, 6)),
        "ReLU": (fast.ReLU(), (4, 2, 6, 6)),
        "BatchNorm2d": (fast.BatchNorm2d(2, dtype=dtype), (4, 2, 6, 6)),
        "Flatten": (fast.Flatten(), (4, 2, 6, 6)),
        "Linear": (fast.Linear(6, 3, rng, dtype), (4, 6)),
    }


NAMES = list(everyone())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays_and_arguments_are_not_changed(name, dtype, rng):
    layer, shape = everyone(dtype)[name]
    x = rng.normal(size=shape).astype(dtype)
    gradient = rng.normal(size=layer.forward(x).shape).astype(dtype)
    copies = x.copy(), gradient.copy()
    for array in ran(layer, x, gradient) + [parameter.value for parameter in layer.parameters()]:
        assert array.dtype == dtype
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(gradient, copies[1])


@pytest.mark.parametrize("name", NAMES)
def test_what_somebody_holds_is_not_written_to_again(name, rng):
    layer, shape = everyone()[name]
    held = []
    for _ in range(6):
        x = rng.normal(size=shape)
        y = layer.forward(x)
        dx = layer.backward(np.ones(y.shape))
        held.append((y, y.copy(), dx[1:], dx[1:].copy()))
    for y, y_then, dx, dx_then in held:
        np.testing.assert_array_equal(y, y_then)
        np.testing.assert_array_equal(dx, dx_then)


@pytest.mark.parametrize("name", ["Conv2d", "MaxPool2d", "ReLU", "BatchNorm2d", "Linear"])
def test_arrays_that_nobody_holds_are_used_again(name, rng):
    layer, shape = everyone()[name]
    x, addresses = rng.normal(size=shape), set()
    for _ in range(10):
        y = layer.forward(x)
        addresses.add(y.__array_interface__["data"][0])
        dx = layer.backward(y if name != "Linear" else np.ones((4, 3)))
        del y, dx
    assert len(addresses) <= 2
    used = layer.buffers.arrays.items()
    assert sum(len(arrays) for _, arrays in used) < 20
    assert all(len(arrays) == 1 for (_, _, prepare), arrays in used if prepare is not None), "one copy of what is kept"


@pytest.mark.parametrize("name", NAMES)
def test_gradients_add_up_and_the_last_forward_counts(name, rng):
    layer, shape = everyone()[name]
    x, other = rng.normal(size=shape), rng.normal(size=shape)
    expected = [array.copy() for array in ran(layer, x, np.ones(layer.forward(x).shape))]
    for parameter in layer.parameters():
        parameter.zero_grad()
    layer.forward(other)
    y = layer.forward(x)
    layer.backward(np.ones(y.shape))
    dx = layer.backward(np.ones(y.shape))
    close(dx, expected[1])
    for parameter, once in zip(layer.parameters(), expected[2:], strict=True):
        close(parameter.grad, 2 * once)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("Flatten", "Linear")])
def test_images_stay_in_the_layers_memory_order(name, rng):
    """Then nothing is copied from layer to layer: `rows` of an output, and of a gradient, are the very same memory."""
    layer, shape = everyone()[name]
    y = layer.forward(fast.images(fast.rows(rng.normal(size=shape))))
    dx = layer.backward(fast.images(fast.rows(rng.normal(size=y.shape))))
    assert np.shares_memory(fast.rows(y), y) and np.shares_memory(fast.rows(dx), dx)


def test_a_layer_at_two_places_of_a_network(rng):
    shared, reference = (module.Conv2d(2, 2, 3, 1, 1, np.random.default_rng(0), np.float64) for module in (fast, convolution))
    network = layers.Sequential(shared, fast.ReLU(), shared)
    expected = layers.Sequential(reference, layers.ReLU(), reference)
    for _ in range(3):
        x, gradient = rng.normal(size=(2, 3, 2, 5, 4))
        for got, right in zip(ran(network, x, gradient), ran(expected, x, gradient), strict=True):
            close(got, right)


@pytest.mark.parametrize("name", ["Conv2d", "Linear"])
def test_without_the_gradient_of_the_data(name, rng):
    options, shape = {"Conv2d": ((2, 3, 3), (4, 2, 6, 6)), "Linear": ((6, 3), (4, 6))}[name]
    with_it = getattr(fast, name)(*options, rng=np.random.default_rng(0), dtype=np.float64)
    without = getattr(fast, name)(*options, rng=np.random.default_rng(0), dtype=np.float64, input_gradient=False)
    x = rng.normal(size=shape)
    expected, got = (ran(layer, x, np.ones(layer.forward(x).shape)) for layer in (with_it, without))
    assert got[1] is None
    close(got[2], expected[2])
    assert fast.Flatten().backward(None) is None


def test_an_assigned_weight_is_used(rng):
    layer, x = fast.Conv2d(2, 3, 3, rng=rng, dtype=np.float64), rng.normal(size=(4, 2, 6, 6))
    before = layer.forward(x).copy()
    layer.weight.value = 2 * np.ascontiguousarray(layer.weight.value)
    close(layer.forward(x), 2 * before)


def test_no_images(rng):
    layer = fast.Conv2d(2, 3, 3, rng=rng)
    y, dx, *gradients = ran(layer, np.zeros((0, 2, 5, 5), np.float32), np.zeros((0, 3, 3, 3), np.float32))
    assert y.shape == (0, 3, 3, 3) and dx.shape == (0, 2, 5, 5) and not any(gradient.any() for gradient in gradients)


def lenet5(rng, dtype):
    return layers.Sequential(
        fast.Conv2d(1, 6, 5, padding=2, rng=rng, dtype=dtype),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Conv2d(6, 16, 5, rng=rng, dtype=dtype),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Flatten(),
        fast.Linear(400, 120, rng, dtype),
        fast.ReLU(),
        fast.Linear(120, 84, rng, dtype),
        fast.ReLU(),
        fast.Linear(84, 10, rng, dtype),
    )


def trained(model, optimizer, num_steps=5):
    rng, loss = np.random.default_rng(3), layers.CrossEntropyLoss()
    for _ in range(num_steps):
        images, labels = rng.normal(size=(4, 1, 28, 28)), rng.integers(10, size=4)
        optimizer.zero_grad()
        loss.forward(model.forward(images), labels)
        model.backward(loss.backward())
        optimizer.step()
    return [parameter.value for parameter in model.parameters()]


@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam"])
def test_lenet_is_trained_to_the_same_weights_as_with_the_exercises(name):
    model, reference = lenet5(np.random.default_rng(0), np.float64), convnets.lenet5(np.random.default_rng(0), dtype=np.float64)
    got = trained(model, getattr(fast, name)(model.parameters()))
    expected = trained(reference, getattr(optimizers, name)(reference.parameters()))
    for one, other in zip(got, expected, strict=True):
        close(one, other)
    assert np.abs(got[0] - lenet5(np.random.default_rng(0), np.float64).parameters()[0].value).max() > 1e-4  # it did learn


# ----------------------------------------------------------------------------------------------------------- optimizers


def two_parameters(rng):
    values = rng.normal(size=(3, 4)), rng.normal(size=(2, 5, 4)).transpose(2, 0, 1)
    return [layers.Parameter(value.copy(order="K")) for value in values]


@pytest.mark.parametrize(
    "name, options", [("SGD", {}), ("Momentum", {"momentum": 0.8}), ("Adam", {"decay": 0.99, "epsilon": 1e-3})]
)
def test_optimizers_equal_the_exercises(name, options, rng, monkeypatch):
    monkeypatch.setattr(fast, "BLOCK", 4 * 8 * 16)  # several blocks, the last not full
    sets = [two_parameters(np.random.default_rng(1)) for _ in range(2)]
    pair = [getattr(module, name)(parameters, 0.03, **options) for module, parameters in zip((fast, optimizers), sets, strict=True)]
    for step in range(150):
        for one, other in zip(*sets, strict=True):
            one.grad[...] = other.grad[...] = rng.normal(size=one.grad.shape)
        if step == 50:
            for parameters in sets:  # somebody assigns instead of writing into the arrays
                parameters[0].value = parameters[0].value + 1
                parameters[1].grad = parameters[1].grad * 2
        if step == 60:
            for optimizer in pair:
                optimizer.learning_rate = 0.01
        for optimizer in pair:
            optimizer.step()
    for one, other in zip(*sets, strict=True):
        close(one.value, other.value)
        np.testing.assert_array_equal(one.grad, other.grad)
    pair[0].zero_grad()
    assert not any(parameter.grad.any() for parameter in sets[0])


def test_parameters_keep_their_memory_order(rng):
    parameters = two_parameters(rng)
    before = [(parameter.value.strides, parameter.value.copy()) for parameter in parameters]
    fast.SGD(parameters)
    for parameter, (strides, value) in zip(parameters, before, strict=True):
        assert parameter.value.strides == parameter.grad.strides == strides
        np.testing.assert_array_equal(parameter.value, value)


def test_parameters_of_two_dtypes_are_refused():
    with pytest.raises(ValueError, match="float32.*float64"):
        fast.SGD([layers.Parameter(np.zeros(2, np.float32)), layers.Parameter(np.zeros(2))])


def test_faded_moments_become_zero():
    parameter = layers.Parameter(np.ones(3, np.float32))
    optimizer = fast.Adam([parameter])
    optimizer.m[:] = 1e-31, 1e-3, -1e-31
    for _ in range(100):
        optimizer.step()
    assert (optimizer.m == 0).tolist() == [True, False, True]


def test_training_goes_on_from_a_checkpoint_with_the_same_numbers(tmp_path):
    model = lenet5(np.random.default_rng(0), np.float32)
    optimizer = fast.Adam(model.parameters())
    trained(model, optimizer)
    save_checkpoint(tmp_path / "run.npz", model, optimizer)
    expected = trained(model, optimizer)
    again = lenet5(np.random.default_rng(9), np.float32)
    optimizer = fast.Adam(again.parameters())
    load_checkpoint(tmp_path / "run.npz", again, optimizer)
    for got, right in zip(trained(again, optimizer), expected, strict=True):
        np.testing.assert_array_equal(got, right)


def test_an_array_that_nobody_holds_is_recognised():
    buffers = fast.Buffers()
    first = buffers.take((2, 3), np.float32)
    assert buffers.take((2, 3), np.float32) is not first, "it is held"
    address, view = id(first), first.T[:1]
    del first
    assert id(buffers.take((2, 3), np.float32)) != address, "a view holds it"
    del view
    assert id(buffers.take((2, 3), np.float32)) == address
    assert id(buffers.take((2, 3), np.float32, prepare=fast.zeros)) != address, "another use"
