"""The reference of Part V's networks: the same as PyTorch's, as large as published, and able to learn."""

import numpy as np
import pytest

from autograder.oracle import reference_modules
from dlcourse.toolkit import architectures

MODULES = reference_modules("convnets.lenet5", ())
convnets, layers = (MODULES.load(name) for name in ("convnets", "layers"))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


def expect_the_same(torch, network, oracle, x, labels):
    """Scores, loss and all gradients are those of PyTorch with the same weights."""
    for parameter, other in zip(network.parameters(), oracle.parameters(), strict=True):
        with torch.no_grad():
            other.copy_(torch.tensor(parameter.value))
    scores = network.forward(x)
    loss = layers.CrossEntropyLoss()
    value = loss.forward(scores, labels)
    network.backward(loss.backward())
    expected = torch.nn.functional.cross_entropy(oracle(torch.tensor(x)), torch.tensor(labels))
    expected.backward()
    np.testing.assert_allclose(value, expected.item(), rtol=1e-12)
    for parameter, other in zip(network.parameters(), oracle.parameters(), strict=True):
        np.testing.assert_allclose(parameter.grad, other.grad.numpy(), rtol=0, atol=1e-10)


def test_lenet5_is_torchs(torch, rng):
    nn = torch.nn
    oracle = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    ).double()
    network = convnets.lenet5(rng, dtype=np.float64)
    expect_the_same(torch, network, oracle, rng.normal(size=(3, 1, 28, 28)), rng.integers(0, 10, size=3))


def test_small_convnet_is_torchs(torch, rng):
    nn = torch.nn
    parts, channels = [], 3
    for filters in (4, 5):
        parts += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    oracle = nn.Sequential(*parts, nn.Flatten(), nn.Linear(5 * 3 * 3, 7)).double()
    network = convnets.small_convnet(12, 7, rng, (4, 5), np.float64)
    expect_the_same(torch, network, oracle, rng.normal(size=(4, 3, 12, 12)), rng.integers(0, 7, size=4))


@pytest.mark.slow
def test_a_small_convnet_learns_where_the_bright_dot_is(rng):
    """Four quadrants, a dot in one of them, noise everywhere: no more than chance at first, nearly always right later."""
    labels = rng.integers(0, 4, size=200)
    x = 0.3 * rng.normal(size=(200, 3, 8, 8)).astype(np.float32)
    rows, columns = 4 * (labels // 2) + rng.integers(0, 4, size=200), 4 * (labels % 2) + rng.integers(0, 4, size=200)
    x[np.arange(200), :, rows, columns] += 2
    network, loss = convnets.small_convnet(8, 4, rng, (8,)), layers.CrossEntropyLoss()
    for _ in range(60):
        loss.forward(network.forward(x[:150]), labels[:150])
        for parameter in network.parameters():
            parameter.zero_grad()
        network.backward(loss.backward())
        for parameter in network.parameters():
            parameter.value -= 0.3 * parameter.grad
    assert np.mean(network.forward(x[150:]).argmax(axis=1) == labels[150:]) > 0.9


def test_a_table_counts_what_a_network_holds(rng):
    held = sum(parameter.value.size for parameter in convnets.lenet5(rng).parameters())
    assert held == convnets.count_parameters(architectures.lenet5()) == 61_706


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("AlexNet", 60_965_224),  # of the two-GPU network; the paper says 60 million
        ("VGG-16", 138_357_544),  # torchvision.models.vgg16
        ("ResNet-50", 25_557_032),  # torchvision.models.resnet50
    ],
)
def test_famous_networks_have_as_many_parameters_as_is_known(name, parameters):
    assert convnets.count_parameters(architectures.NETWORKS[name]()) == parameters


@pytest.mark.parametrize("name", list(architectures.NETWORKS))
def test_famous_networks_are_as_large_as_published(name):
    """The papers round, and GoogLeNet's is a budget: 6 % at most."""
    counts = convnets.count_parameters, convnets.count_multiply_adds
    for published, count in zip(architectures.PUBLISHED[name], counts, strict=True):
        if published is not None:
            assert count(architectures.NETWORKS[name]()) == pytest.approx(published, rel=0.06)


@pytest.mark.parametrize(
    ("name", "weights", "products"),
    [("AlexNet", 2.3e6, 666e6), ("VGG-16", 14.7e6, 15.3e9)],
)
def test_convolutions_of_famous_networks_are_as_large_as_published(name, weights, products):
    """Of one image through the convolutions alone: Y.-H. Chen and others, "Eyeriss" (ISSCC 2016), to the digits given there."""
    convolutions = [layer for layer in architectures.NETWORKS[name]() if layer["kind"] == "conv"]
    assert convnets.count_parameters(convolutions) == pytest.approx(weights, rel=0.02)
    assert convnets.count_multiply_adds(convolutions) == pytest.approx(products, rel=0.004)


def test_googlenet_as_torchvision_builds_it_has_as_many_parameters_as_torchvision_says():
    """That one has batch normalization instead of biases, and 3×3 filters where the paper has 5×5: 6,624,904, 1.498 billion."""
    theirs = []
    for layer in architectures.googlenet():
        if layer["kind"] == "conv":
            theirs.append(layer | {"bias": False, "kernel_size": {5: 3}.get(layer["kernel_size"], layer["kernel_size"])})
            theirs.append(architectures.norm(layer["out_channels"]))
        else:
            theirs.append(layer)
    assert convnets.count_parameters(theirs) == 6_624_904
    assert convnets.count_multiply_adds(theirs) == pytest.approx(1.498e9, rel=5e-4)


def test_googlenets_modules_get_the_channels_that_the_ones_before_give():
    """A module's output is what its four branches give: filters of 1×1, 3×3, 5×5, and those after the pooling."""
    given = [192] + [one + three + five + pooled for _, _, one, _, three, _, five, pooled in architectures.INCEPTIONS]
    assert given == [module[0] for module in architectures.INCEPTIONS] + [1024]


def test_a_layer_gets_the_channels_that_the_one_before_gives():
    for name in ("VGG-16", "LeNet-5"):
        convolutions = [layer for layer in architectures.NETWORKS[name]() if layer["kind"] == "conv"]
        for one, other in zip(convolutions, convolutions[1:], strict=False):
            assert one["out_channels"] == other["in_channels"], name
