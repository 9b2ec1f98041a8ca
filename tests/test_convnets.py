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


@pytest.mark.parametrize("name", ["AlexNet", "VGG-16", "GoogLeNet", "ResNet-50"])
def test_famous_networks_are_as_large_as_published(name):
    """The papers round to two digits, and GoogLeNet's multiply-adds are a budget: 6 % at most."""
    rows, (parameters, products) = architectures.NETWORKS[name](), architectures.PUBLISHED[name]
    assert convnets.count_parameters(rows) == pytest.approx(parameters, rel=0.02)
    assert convnets.count_multiply_adds(rows) == pytest.approx(products, rel=0.06 if name == "GoogLeNet" else 0.02)


def test_the_first_lenet5_is_exactly_as_large_as_published():
    """Its second layer is sparse: 6 filters see 3 maps, 9 see 4, one sees all 6. Its poolings have a weight and a bias a map."""
    conv, linear = architectures.conv, architectures.linear
    sparse = [conv(3, 6, 5, 10), conv(4, 9, 5, 10), conv(6, 1, 5, 10)]
    rows = [conv(1, 6, 5, 28), *sparse, linear(400, 120), linear(120, 84)]
    biases = sum(row["out_channels"] * row["output_size"] ** 2 for row in rows[:4]) + 120 + 84
    pooling = 6 * 14**2 * (2**2 + 1) + 16 * 5**2 * (2**2 + 1)
    parameters, connections = architectures.PUBLISHED["LeNet-5"]
    assert convnets.count_parameters(rows) + 2 * (6 + 16) == parameters
    assert convnets.count_multiply_adds([*rows, linear(84, 10)]) + biases + pooling == connections


def famous(torch, name):
    """Return one of the four, of PyTorch's modules, as its paper draws it: written without a look at the tables."""
    nn = torch.nn

    def conv(before, after, kernel, stride=1, groups=1):
        return nn.Sequential(nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups), nn.ReLU())

    def pool(kernel, stride):
        return nn.MaxPool2d(kernel, stride, ceil_mode=True)

    def classifier(features, *sizes):
        pairs = zip((features, *sizes), sizes, strict=False)
        return nn.Sequential(nn.Flatten(), *(nn.Linear(before, after) for before, after in pairs))

    class Branches(nn.Module):
        def __init__(self, join, *branches):
            super().__init__()
            self.join, self.branches = join, nn.ModuleList(branches)

        def forward(self, x):
            return self.join([branch(x) for branch in self.branches])

    def inception(before, one, reduce_three, three, reduce_five, five, projection):
        return Branches(
            lambda maps: torch.cat(maps, dim=1),
            conv(before, one, 1),
            nn.Sequential(conv(before, reduce_three, 1), conv(reduce_three, three, 3)),
            nn.Sequential(conv(before, reduce_five, 1), conv(reduce_five, five, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(before, projection, 1)),
        )

    def normalized(before, after, kernel, stride=1):
        return nn.Sequential(nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after))

    def bottleneck(before, width, stride):
        straight = nn.Identity() if before == 4 * width else normalized(before, 4 * width, 1, stride)
        deep = [normalized(before, width, 1, stride), nn.ReLU(), normalized(width, width, 3), nn.ReLU()]
        return Branches(sum, straight, nn.Sequential(*deep, normalized(width, 4 * width, 1)))

    if name == "AlexNet":
        first = nn.Conv2d(3, 96, 11, 4, 2)
        body = [first, pool(3, 2), conv(96, 256, 5, groups=2), pool(3, 2), conv(256, 384, 3), conv(384, 384, 3, groups=2)]
        return nn.Sequential(*body, conv(384, 256, 3, groups=2), pool(3, 2), classifier(9216, 4096, 4096, 1000))
    if name == "VGG-16":
        body, before = [], 3
        for letter in "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M".split():
            body.append(pool(2, 2) if letter == "M" else conv(before, int(letter), 3))
            before = before if letter == "M" else int(letter)
        return nn.Sequential(*body, classifier(25088, 4096, 4096, 1000))
    if name == "GoogLeNet":
        stem = [conv(3, 64, 7, 2), pool(3, 2), conv(64, 64, 1), conv(64, 192, 3), pool(3, 2)]
        three = [inception(192, 64, 96, 128, 16, 32, 32), inception(256, 128, 128, 192, 32, 96, 64), pool(3, 2)]
        four = [(480, 192, 96, 208, 16, 48, 64), (512, 160, 112, 224, 24, 64, 64), (512, 128, 128, 256, 24, 64, 64)]
        four = [inception(*each) for each in [*four, (512, 112, 144, 288, 32, 64, 64), (528, 256, 160, 320, 32, 128, 128)]]
        five = [inception(832, 256, 160, 320, 32, 128, 128), inception(832, 384, 192, 384, 48, 128, 128)]
        return nn.Sequential(*stem, *three, *four, pool(3, 2), *five, nn.AdaptiveAvgPool2d(1), classifier(1024, 1000))
    body, before = [normalized(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            body.append(bottleneck(before, width, 2 if block == 0 and width > 64 else 1))
            before = 4 * width
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), classifier(2048, 1000))


@pytest.mark.parametrize("name", ["AlexNet", "VGG-16", "GoogLeNet", "ResNet-50"])
def test_famous_networks_are_as_large_as_when_pytorch_builds_and_runs_them(torch, name):
    """Without numbers in them, on PyTorch's device "meta"; the products of each layer are counted from its own output."""
    products = []

    def count(module, _, output):
        products.append(output.numel() * module.weight[0].numel())  # each number is a dot product with one row of the weights

    with torch.device("meta"):
        network = famous(torch, name).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
                module.register_forward_hook(count)
        assert network(torch.empty(1, 3, 224, 224)).shape == (1, 1000)
    rows = architectures.NETWORKS[name]()
    assert convnets.count_parameters(rows) == sum(parameter.numel() for parameter in network.parameters())
    assert convnets.count_multiply_adds(rows) == sum(products)


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
