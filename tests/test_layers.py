"""The reference's layers against PyTorch, layer by layer and over whole training runs; what PyTorch cannot say, by mathematics."""

import numpy as np
import pytest

from autograder import checks, grading
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_modules, reference_sources
from dlcourse.toolkit import gradient_check

reference = reference_modules("layers.Linear", ())
layers = reference.graded()

EXACT = {"rtol": 1e-10, "atol": 1e-14}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


def linear(rng, *sizes):
    """A float64 Linear whose bias is not zero."""
    layer = layers.Linear(*sizes, rng, np.float64)
    layer.bias.value[...] = rng.normal(size=layer.bias.value.shape)
    return layer


def twin(torch, layer):
    """The same in PyTorch, with the same numbers."""
    if isinstance(layer, layers.Sequential):
        return torch.nn.Sequential(*(twin(torch, each) for each in layer.layers))
    if isinstance(layer, layers.ReLU | layers.Flatten):
        return getattr(torch.nn, type(layer).__name__)()
    weight = torch.tensor(layer.weight.value)
    other = torch.nn.Linear(*weight.T.shape, dtype=weight.dtype)
    other.load_state_dict({"weight": weight, "bias": torch.tensor(layer.bias.value)})
    return other


def passed(layer, x, gradient):
    """Output, gradient of x, gradients of the parameters."""
    y = layer.forward(x)
    return [y, layer.backward(gradient), *(parameter.grad for parameter in layer.parameters())]


def passed_in_torch(torch, layer, x, gradient):
    x = torch.tensor(np.ascontiguousarray(x), requires_grad=True)
    y = layer(x)
    y.backward(torch.tensor(np.ascontiguousarray(gradient)))
    return [each.detach().numpy() for each in (y, x.grad, *(parameter.grad for parameter in layer.parameters()))]


def assert_same(got, expected, **tolerances):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, **EXACT | tolerances)


# --------------------------------------------------------------------------------------------- every layer is PyTorch's


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 5, 3), (64, 20, 10), (3, 4, 4), (0, 5, 3)])
def test_linear_is_torchs(torch, rng, shape):
    num_examples, in_features, out_features = shape
    layer = linear(rng, in_features, out_features)
    x, gradient = rng.normal(size=(num_examples, in_features)), rng.normal(size=(num_examples, out_features))
    assert_same(passed(layer, x, gradient), passed_in_torch(torch, twin(torch, layer), x, gradient))


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_linear_without_features_is_torchs(torch, rng):
    layer, x, gradient = linear(rng, 0, 3), np.empty((4, 0)), rng.normal(size=(4, 3))
    assert_same(passed(layer, x, gradient), passed_in_torch(torch, twin(torch, layer), x, gradient))


def test_relu_is_torchs_also_at_zero(torch, rng):
    x, gradient = rng.integers(-2, 3, size=(4, 3, 5, 5)).astype(float), rng.normal(size=(4, 3, 5, 5))
    assert_same(passed(layers.ReLU(), x, gradient), passed_in_torch(torch, torch.nn.ReLU(), x, gradient), rtol=0, atol=0)


@pytest.mark.parametrize("shape", [(4, 3, 2, 5), (1, 2, 3), (6, 7), (0, 3, 2, 2), (3, 0, 2)])
def test_flatten_is_torchs(torch, rng, shape):
    x = rng.normal(size=shape)
    gradient = rng.normal(size=(shape[0], int(np.prod(shape[1:]))))
    assert_same(passed(layers.Flatten(), x, gradient), passed_in_torch(torch, torch.nn.Flatten(), x, gradient), rtol=0, atol=0)


@pytest.mark.parametrize("scale", [1.0, 100.0, 1000.0])
@pytest.mark.parametrize("shape", [(1, 2), (64, 10), (5, 1000)])
def test_cross_entropy_loss_is_torchs(torch, rng, shape, scale):
    scores, labels = scale * rng.normal(size=shape), rng.integers(0, shape[1], size=shape[0])
    loss, tensor = layers.CrossEntropyLoss(), torch.tensor(scores, requires_grad=True)
    expected = torch.nn.CrossEntropyLoss()(tensor, torch.tensor(labels))
    expected.backward()
    assert_same([loss.forward(scores, labels), loss.backward()], [expected.item(), tensor.grad.numpy()], atol=1e-16)


def network(rng, kind):
    """Networks of several forms, each on x of shape (6, 2, 3)."""
    first, middle, last = linear(rng, 6, 8), linear(rng, 8, 8), linear(rng, 8, 3)
    relu, flatten = layers.ReLU(), layers.Flatten()
    return {
        "three layers": layers.Sequential(flatten, first, layers.ReLU(), middle, layers.ReLU(), last),
        "one ReLU for all": layers.Sequential(flatten, first, relu, middle, relu, last),
        "a Linear at two places": layers.Sequential(flatten, first, layers.ReLU(), middle, layers.ReLU(), middle, last),
        "blocks": layers.Sequential(flatten, first, layers.Sequential(relu, middle), layers.Sequential(relu, middle), last),
        "a block at two places": layers.Sequential(flatten, first, *[layers.Sequential(relu, middle)] * 2, last),
    }[kind]


KINDS = ("three layers", "one ReLU for all", "a Linear at two places", "blocks", "a block at two places")


def twin_with_shared(torch, layer, known):
    """The same in PyTorch, a layer that stands twice one module that stands twice."""
    if id(layer) not in known:
        if isinstance(layer, layers.Sequential):
            known[id(layer)] = torch.nn.Sequential(*(twin_with_shared(torch, each, known) for each in layer.layers))
        else:
            known[id(layer)] = twin(torch, layer)
    return known[id(layer)]


@pytest.mark.parametrize("kind", KINDS)
def test_networks_are_torchs(torch, rng, kind):
    net = network(rng, kind)
    x, gradient = rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 3))
    assert_same(passed(net, x, gradient), passed_in_torch(torch, twin_with_shared(torch, net, {}), x, gradient))


@pytest.mark.parametrize("kind", ["mlp", *KINDS])
def test_ten_steps_of_training_are_torchs(torch, rng, kind):
    """Three layers of weights, SGD, float64: losses and all parameters after every step, to 1e-10."""
    net = layers.Sequential(layers.Flatten(), layers.mlp([6, 9, 7, 3], rng, np.float64)) if kind == "mlp" else network(rng, kind)
    theirs = twin_with_shared(torch, net, {})
    loss, criterion = layers.CrossEntropyLoss(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    start = [parameter.value.copy() for parameter in net.parameters()]
    for _ in range(10):
        x, labels = rng.normal(size=(16, 2, 3)), rng.integers(0, 3, size=16)
        value = loss.forward(net.forward(x), labels)
        for parameter in net.parameters():
            parameter.zero_grad()
        net.backward(loss.backward())
        for parameter in net.parameters():
            parameter.value -= 0.1 * parameter.grad
        expected = criterion(theirs(torch.tensor(x)), torch.tensor(labels))
        optimizer.zero_grad()
        expected.backward()
        optimizer.step()
        assert_same([value], [expected.item()])
        assert_same([p.value for p in net.parameters()], [p.detach().numpy() for p in theirs.parameters()], atol=1e-13)
    assert all(np.abs(now.value - before).max() > 1e-3 for now, before in zip(net.parameters(), start, strict=True))


def test_float32_network_is_torchs(torch, rng):
    net = layers.mlp([12, 20, 5], rng)
    x, gradient = rng.normal(size=(8, 12)).astype(np.float32), rng.normal(size=(8, 5)).astype(np.float32)
    got, expected = passed(net, x, gradient), passed_in_torch(torch, twin(torch, net), x, gradient)
    assert all(each.dtype == np.float32 for each in got)
    assert_same(got, expected, rtol=1e-4, atol=1e-5)


# -------------------------------------------------------------------------------------------------------- gradients


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_the_numerical_ones(rng, kind):
    gradient_check.check_layer(network(rng, kind), rng.normal(size=(6, 2, 3)), rng).raise_if_failed()


def test_gradients_of_net_and_loss_together_are_the_numerical_ones(rng):
    """From the loss to the pixels, through everything."""
    net, loss, labels = layers.mlp([5, 7, 6, 4], rng, np.float64), layers.CrossEntropyLoss(), rng.integers(0, 4, size=8)

    def gradient(_, x):
        loss.forward(net.forward(x), labels)
        return net.backward(loss.backward())

    report = gradient_check.check_gradients(lambda x: loss.forward(net.forward(x), labels), gradient, rng.normal(size=(8, 5)), rng)
    report.raise_if_failed()


def test_linear_by_complex_steps(rng):
    """The derivative along a random direction, exact: the imaginary part of a tiny complex step."""
    layer, x, gradient = linear(rng, 5, 3), rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    dx = passed(layer, x, gradient)[1]
    v, step = rng.normal(size=x.shape), 1e-30
    slope = np.sum(gradient * layer.forward(x + 1j * step * v)).imag / step
    assert slope == pytest.approx(np.sum(dx * v), rel=1e-12)


def test_gradients_of_two_batches_add_up_to_that_of_both(rng):
    net = layers.mlp([5, 7, 3], rng, np.float64)
    x, gradient = rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
    for part in (slice(0, 2), slice(2, 6)):
        passed(net, x[part], gradient[part])
    added = [parameter.grad.copy() for parameter in net.parameters()]
    for parameter in net.parameters():
        parameter.zero_grad()
    assert_same(added, passed(net, x, gradient)[2:])


def test_zero_grad_clears_in_place(rng):
    layer = linear(rng, 5, 3)
    grads = passed(layer, rng.normal(size=(4, 5)), rng.normal(size=(4, 3)))[2:]
    for parameter in layer.parameters():
        parameter.zero_grad()
    assert not any(grad.any() for grad in grads)
    assert all(parameter.grad is grad for parameter, grad in zip(layer.parameters(), grads, strict=True))


# --------------------------------------------------------------------------------------------- what a layer remembers


@pytest.mark.parametrize("kind", KINDS)
def test_backward_belongs_to_the_last_forward(rng, kind):
    net, other = network(rng, kind), rng.normal(size=(3, 2, 3))
    x, gradient = rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 3))
    expected = [each.copy() for each in passed(net, x, gradient)]
    for parameter in net.parameters():
        parameter.zero_grad()
    for _ in range(3):
        net.forward(other)
    assert_same(passed(net, x, gradient), expected, rtol=0, atol=0)


def held(thing, seen):
    """Bytes of all arrays that a layer refers to, each counted once."""
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, dict):
        return sum(held(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple):
        return sum(held(value, seen) for value in thing)
    return held(vars(thing), seen) if hasattr(thing, "__dict__") else 0


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_forwards_without_a_backward_do_not_fill_the_memory(rng, kind, training):
    net = network(rng, kind).train(training)
    net.forward(rng.normal(size=(6, 2, 3)))
    once = held(net, set())
    for _ in range(20):
        net.forward(rng.normal(size=(6, 2, 3)))
    assert held(net, set()) == once


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_that_is_overwritten_after_forward_changes_no_gradient(rng, kind):
    net, x, gradient = network(rng, kind), rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 3))
    expected = [each.copy() for each in passed(net, x, gradient)][1:]
    for parameter in net.parameters():
        parameter.zero_grad()
    net.forward(x)
    x[...] = np.nan
    assert_same([net.backward(gradient), *(parameter.grad for parameter in net.parameters())], expected, rtol=0, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_given_is_changed(rng, kind):
    net, x, gradient = network(rng, kind), rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 3))
    values = [parameter.value.copy() for parameter in net.parameters()]
    given = [x, gradient, *values]
    before = [each.copy() for each in given]
    for each in (x, gradient):
        each.flags.writeable = False
    passed(net, x, gradient)
    assert_same([x, gradient, *(parameter.value for parameter in net.parameters())], before, rtol=0, atol=0)


class Counting(layers.Layer):
    """Counts in forward, as a running average would, and in backward, as a figure might."""

    def __init__(self):
        self.forwards = self.backwards = 0

    def forward(self, x):
        self.forwards += 1
        self.factor = self.forwards
        return self.factor * x

    def backward(self, gradient):
        self.backwards += 1
        return self.factor * gradient


def test_going_back_to_the_first_place_does_not_take_back_what_the_second_changed(rng):
    layer = Counting()
    net = layers.Sequential(layer, layers.ReLU(), layer)
    assert net.forward(np.ones((1, 2))).tolist() == [[2, 2]]
    assert net.backward(np.ones((1, 2))).tolist() == [[2, 2]]
    assert layer.forwards == 2 and layer.factor == 2


def test_what_backward_keeps_stays_where_a_layer_stands_once():
    layer = Counting()
    net = layers.Sequential(layer)
    for _ in range(3):
        net.forward(np.ones((1, 2)))
        net.backward(np.ones((1, 2)))
    assert layer.backwards == 3


def test_layers_know_nothing_of_each_other(rng):
    net = layers.mlp([4, 4, 4, 4], rng, np.float64)
    arrays = [p.value for p in net.parameters()] + [p.grad for p in net.parameters()]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
    assert layers.mlp([4, 4], rng).layers is not net.layers


TWICE = {
    "Conv2d": lambda module, rng: module.Conv2d(4, 4, 3, padding=1, rng=rng, dtype=np.float64),
    "MaxPool2d": lambda module, rng: module.MaxPool2d(2, 1),
    "BatchNorm2d": lambda module, rng: module.BatchNorm2d(4, dtype=np.float64),
    "Sigmoid": lambda module, rng: module.Sigmoid(),
    "ELU": lambda module, rng: module.ELU(),
}
MODULES = {"Conv2d": "convolution", "MaxPool2d": "convolution", "BatchNorm2d": "normalization"}


@pytest.mark.parametrize("kind", TWICE)
def test_layers_of_later_parts_can_stand_at_two_places_too(rng, kind):
    layer = TWICE[kind](reference.load(MODULES.get(kind, "activations")), rng)
    net = layers.Sequential(layer, layers.ReLU(), layer)
    gradient_check.check_layer(net, rng.normal(size=(3, 4, 4, 4)), rng).raise_if_failed()


def test_dropout_at_two_places_goes_back_with_the_mask_of_each(rng):
    layer = reference.load("dropout").Dropout(0.5, rng)
    net = layers.Sequential(layer, layer)
    ones = np.ones((1, 100))
    np.testing.assert_array_equal(net.forward(ones), net.backward(ones))  # both are the product of the two masks


# ------------------------------------------------------------------------------------------------- shapes and dtypes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed"])
def test_any_layout_in_memory_gives_the_same(rng, dtype, layout):
    net = layers.Sequential(layers.Flatten(), layers.mlp([6, 8, 3], rng, dtype))
    x, gradient = rng.normal(size=(6, 2, 3)).astype(dtype), rng.normal(size=(6, 3)).astype(dtype)

    def laid_out(array):
        if layout == "strided":
            return np.repeat(array, 2, axis=-1)[..., ::2]
        return array[::-1].copy()[::-1] if layout == "reversed" else np.array(array, order=layout)

    expected = [each.copy() for each in passed(net, x, gradient)]
    for parameter in net.parameters():
        parameter.zero_grad()
    got = passed(net, laid_out(x), laid_out(gradient))
    assert all(each.dtype == dtype for each in got)
    assert_same(got, expected, rtol=1e-4 if dtype == np.float32 else 1e-10, atol=1e-5 if dtype == np.float32 else 1e-14)


def test_an_empty_batch_goes_through_and_changes_no_gradient(rng):
    net = network(rng, "three layers")
    y, dx, *grads = passed(net, np.empty((0, 2, 3)), np.empty((0, 3)))
    assert y.shape == (0, 3) and dx.shape == (0, 2, 3) and not any(grad.any() for grad in grads)


def test_linear_names_both_shapes_and_the_way_out_when_it_gets_images(rng):
    with pytest.raises(ValueError, match=r"\(4, 3, 2, 2\).*\(5, 12\).*Flatten"):
        layers.Linear(12, 5, rng).forward(np.zeros((4, 3, 2, 2)))
    with pytest.raises(ValueError, match=r"\(4, 11\).*\(5, 12\)"):
        layers.Linear(12, 5, rng).forward(np.zeros((4, 11)))


def test_first_weights_have_the_variance_that_keeps_signals_alive(rng):
    """Through ten hidden layers the size of the signal stays what it was: that is what 2 / in_features is for."""
    net = layers.mlp([500, *[500] * 10, 1], rng, np.float64)
    x = rng.normal(size=(50, 500))
    signal = layers.Sequential(*net.layers[:-1]).forward(x)
    assert 0.3 < np.mean(signal**2) / np.mean(x**2) < 3


def test_loss_of_a_fresh_network_is_near_ln_c(rng):
    for num_classes in (2, 10, 100):
        scores = layers.mlp([100, 50, num_classes], rng).forward(0.01 * rng.normal(size=(64, 100)).astype(np.float32))
        loss = layers.CrossEntropyLoss().forward(scores, rng.integers(0, num_classes, size=64))
        assert loss == pytest.approx(np.log(num_classes), abs=0.02)


# ---------------------------------------------------------------------------------------------- the lecture's networks


def test_the_lectures_two_layer_network(rng):
    """3072-100-10: f = W2 max(0, W1 x), two Linear layers, 308,310 parameters."""
    net = layers.mlp([3072, 100, 10], rng)
    w1, b1, w2, b2 = (parameter.value for parameter in net.parameters())
    assert [each.shape for each in (w1, b1, w2, b2)] == [(100, 3072), (100,), (10, 100), (10,)]
    assert sum(parameter.value.size for parameter in net.parameters()) == 100 * 3072 + 100 + 10 * 100 + 10 == 308_310
    x = rng.normal(size=(3072, 1)).astype(np.float32)
    np.testing.assert_allclose(net.forward(x.T)[0], (w2 @ np.maximum(0, w1 @ x))[:, 0], rtol=1e-4, atol=1e-4)


def test_the_lectures_three_layer_network_with_its_zero(rng):
    net = layers.mlp([6, 5, 4, 3], rng, np.float64)
    w1, _, w2, _, w3, _ = (parameter.value for parameter in net.parameters())
    x = rng.normal(size=(6, 1))
    expected = w3 @ np.maximum(0, w2 @ np.maximum(0, w1 @ x))
    np.testing.assert_allclose(net.forward(x.T)[0], expected[:, 0], rtol=1e-12)


def test_linear_layers_without_anything_between_are_one_matrix(rng):
    first, second = linear(rng, 6, 5), linear(rng, 5, 3)
    weight = second.weight.value @ first.weight.value
    bias = second.weight.value @ first.bias.value + second.bias.value
    x = rng.normal(size=(7, 6))
    np.testing.assert_allclose(layers.Sequential(first, second).forward(x), x @ weight.T + bias, rtol=1e-12)


# ------------------------------------------------------------------------------------ right answers of another form

OTHERWISE = '''
import numpy as np

from dlcourse.layers_given import Layer, Parameter


class Linear(Layer):
    def __init__(self, in_features, out_features, rng, dtype=np.float32):
        scale = (2.0 / in_features) ** 0.5 if in_features else 0.0
        self.weight = Parameter(rng.normal(0, scale, (out_features, in_features)).astype(dtype))
        self.bias = Parameter(np.zeros((out_features,), dtype=dtype))

    def forward(self, x):
        self.cache = np.array(x)
        y = np.einsum("nd,cd->nc", x, self.weight.value)
        y += self.bias.value
        return y

    def backward(self, gradient):
        self.weight.grad = self.weight.grad + np.einsum("nc,nd->cd", gradient, self.cache)
        self.bias.grad = self.bias.grad + np.einsum("nc->c", gradient)
        return np.dot(gradient, self.weight.value)

    def parameters(self):
        return [self.weight, self.bias]


class ReLU(Layer):
    def forward(self, x):
        self.y = np.where(x > 0, x, np.zeros_like(x))
        return self.y

    def backward(self, gradient):
        dx = gradient.copy()
        dx[self.y == 0] = 0
        return dx


class Flatten(Layer):
    def forward(self, x):
        self.like = np.empty(x.shape)
        return np.reshape(x, (x.shape[0], int(np.prod(x.shape[1:]))))

    def backward(self, gradient):
        return np.reshape(gradient, self.like.shape)


class Sequential(Layer):
    """Instead of taking down memories it goes forward again at every place."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        self.inputs = []
        for layer in self.layers:
            self.inputs.append(x.copy())
            x = layer.forward(x)
        return x

    def backward(self, gradient):
        for i in range(len(self.layers) - 1, -1, -1):
            self.layers[i].forward(self.inputs[i])
            gradient = self.layers[i].backward(gradient)
        return gradient

    def parameters(self):
        found = []
        for layer in self.layers:
            found += [parameter for parameter in layer.parameters() if not any(parameter is other for other in found)]
        return found

    def train(self, mode=True):
        self.training = mode
        [layer.train(mode) for layer in self.layers]
        return self


class CrossEntropyLoss:
    def forward(self, scores, labels):
        e = np.exp(scores - np.max(scores, axis=1)[:, None])
        self.p, self.labels = e / e.sum(1, keepdims=True), labels.copy()
        top = scores.max(axis=1)
        each = np.log(e.sum(axis=1)) + top - np.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
        return each.mean()

    def backward(self):
        one_hot = np.eye(self.p.shape[1], dtype=self.p.dtype)[self.labels]
        return (self.p - one_hot) / len(self.labels)


def mlp(sizes, rng, dtype=np.float32):
    net = [Linear(sizes[0], sizes[1], rng, dtype=dtype)]
    for i in range(1, len(sizes) - 1):
        net.append(ReLU())
        net.append(Linear(sizes[i], sizes[i + 1], rng, dtype=dtype))
    return Sequential(*net)
'''


def test_right_answers_of_another_form_pass():
    given = reference_sources()["layers"].split("class Linear")[0].replace("from dlcourse.losses import cross_entropy\n", "")
    source = given + OTHERWISE.replace("from dlcourse.layers_given import Layer, Parameter\n", "")
    submission = grading.Submission("somebody", reference_sources() | {"layers": source}, COURSE_ROOT / "solutions")
    for exercise in checks.catalogue():
        for secret in ("one", "two", "three") if exercise.module == "layers" else ():
            result = grading.grade_exercise(submission, exercise, secret=secret)
            assert [(check.name, check.message) for check in result.checks if not check.passed] == []
