"""Measure an epoch of the small ConvNet with batch normalization and Adam, against PyTorch, and where its time goes.

    python benchmarks/small_convnet.py [--quick] [--repeats N] [--patience SECONDS]

With one thread and with all; the toolkit's fast layers and optimizer, and those of the exercises. And a step of Adam alone, on as
many parameters as LeNet-5 has. Writes its section of benchmarks/README.md; with --quick, at tiny sizes, it only prints it.
"""

import contest
import lenet
import measure
import numpy as np
from contest import ratio, torch

BATCH = 64
FILTERS = (32, 64, 64)
COLUMNS = (
    "threads",
    "PyTorch, an epoch",
    "images a second",
    "fast layers, images a second",
    "time against PyTorch",
    "share of the limit",
    "layers of the exercises, images a second",
    "time against PyTorch",
)
ADAM_COLUMNS = (
    "threads, a step of Adam on",
    "PyTorch, fused",
    "the same on one flat tensor",
    "flat, of the toolkit",
    "time against PyTorch",
    "against one flat tensor",
    "tensor by tensor, of the exercises",
    "time against PyTorch",
)
AIMS = {1: 1.0, 2: 1.3}  # threads: of PyTorch's time
ADAM_AIM = 1.2


def compete(threads, quick, repeats, patience):
    from dlcourse import optimizers
    from dlcourse.toolkit import fast

    steps = 1 if quick else 62
    part = max(1, steps // 12)  # of the epoch, for those who are slow
    rng = np.random.default_rng(0)
    images = rng.random((steps * BATCH, 3, 32, 32), np.float32)
    labels = rng.integers(10, size=len(images))
    model, plain, theirs = fast_convnet(), plain_convnet(), torch_convnet()
    size, first = 64 if quick else 2048, slice(part * BATCH)
    train = contest.epoch(model, fast.Adam, images, labels, BATCH)
    contestants = {
        "fast": train,
        "plain": contest.epoch(plain, optimizers.Adam, images[first], labels[first], BATCH),
        "torch": contest.torch_epoch(theirs, torch.optim.Adam, images, labels, BATCH),
        "limit": contest.product_rate(size),
    }
    if threads > 1:
        contestants["fast, on one"] = contest.on_one_thread(train)
    samples = measure.interleaved(contestants, repeats, patience / 2)
    seconds = {name: each.median for name, each in samples.items()}
    at_the_limit = steps * operations() * seconds["limit"] / (2 * size**3)
    rows = []
    for name in ("fast", "fast, on one")[: 1 if threads == 1 else 2]:
        of_fast = ratio(seconds[name], seconds["torch"])
        if threads in AIMS and name == "fast":
            aim = AIMS[threads]
            of_fast = measure.verdict(of_fast, f"at most {aim}", seconds[name] <= aim * seconds["torch"])
        plain_seconds = seconds["plain"] * steps / part
        rows.append(
            [
                f"{threads}{name.removeprefix('fast')}",
                f"{seconds['torch']:.2f} s",
                f"{len(images) / seconds['torch']:,.0f}",
                f"{len(images) / seconds[name]:,.0f}",
                of_fast,
                f"{at_the_limit / seconds[name]:.0%}",
                f"{len(images) / plain_seconds:,.0f}",
                ratio(plain_seconds, seconds["torch"]),
            ]
        )
    adam, taken = of_adam(threads, quick, repeats, patience / 2)
    layers = lenet.by_layer(model, images[:BATCH], labels[:BATCH], 2 if quick else 40, "Adam") if threads == 1 else []
    return [rows, [adam], layers], [*samples.values(), *taken]


def of_adam(threads, quick, repeats, patience):
    """Return a row on steps of Adam on the parameters of LeNet-5, and the samples."""
    from dlcourse import optimizers
    from dlcourse.convnets import lenet5
    from dlcourse.toolkit import fast

    number = 2 if quick else 1000  # steps in a sample
    sets = []
    for _ in range(2):
        sets.append(lenet5(np.random.default_rng(0)).parameters())
        for parameter in sets[-1]:
            parameter.grad = np.random.default_rng(1).normal(size=parameter.value.shape).astype(np.float32)
    tensors = [torch.nn.Parameter(torch.tensor(parameter.value)) for parameter in sets[0]]
    for tensor, parameter in zip(tensors, sets[0], strict=True):
        tensor.grad = torch.tensor(parameter.grad)
    flat = torch.nn.Parameter(torch.cat([tensor.detach().ravel() for tensor in tensors]))
    flat.grad = torch.cat([tensor.grad.ravel() for tensor in tensors])
    steps = {
        "torch": torch.optim.Adam(tensors, lr=0.001, fused=True).step,
        "torch, flat": torch.optim.Adam([flat], lr=0.001, fused=True).step,
        "fast": fast.Adam(sets[0], 0.001).step,
        "plain": optimizers.Adam(sets[1], 0.001).step,
    }
    samples = measure.interleaved({name: contest.repeated(step, number) for name, step in steps.items()}, repeats, patience)
    seconds = {name: each.median / number for name, each in samples.items()}
    of_fast = measure.verdict(
        ratio(seconds["fast"], seconds["torch"]), f"at most {ADAM_AIM}", seconds["fast"] <= ADAM_AIM * seconds["torch"]
    )
    row = [
        f"{threads}, {flat.numel():,} parameters in {len(tensors)} tensors",
        microseconds(seconds["torch"]),
        microseconds(seconds["torch, flat"]),
        microseconds(seconds["fast"]),
        of_fast,
        ratio(seconds["fast"], seconds["torch, flat"]),
        microseconds(seconds["plain"]),
        ratio(seconds["plain"], seconds["torch"]),
    ]
    return row, samples.values()


def microseconds(seconds):
    return f"{1e6 * seconds:.0f} µs"


def convnet(kind, norm, sequential, linear):
    """Return the small ConvNet of Part V with batch normalization before each ReLU, of the layers that are given."""
    layers, channels = [], 3
    for filters in FILTERS:
        layers += [kind.Conv2d(channels, filters, 3, padding=1), norm(filters), kind.ReLU(), kind.MaxPool2d(2)]
        channels = filters
    return sequential(*layers, kind.Flatten(), linear(channels * 4 * 4, 10))


def fast_convnet():
    from dlcourse.layers import Sequential
    from dlcourse.toolkit import fast

    model = convnet(fast, fast.BatchNorm2d, Sequential, lambda *sizes: fast.Linear(*sizes, np.random.default_rng(0)))
    model.layers[0].input_gradient = False
    return model


def plain_convnet():
    from types import SimpleNamespace

    from dlcourse import convolution, layers, normalization

    kind = SimpleNamespace(
        Conv2d=lambda *arguments, padding: convolution.Conv2d(*arguments, padding=padding, rng=np.random.default_rng(0)),
        ReLU=layers.ReLU,
        MaxPool2d=convolution.MaxPool2d,
        Flatten=layers.Flatten,
    )
    return convnet(
        kind, normalization.BatchNorm2d, layers.Sequential, lambda *sizes: layers.Linear(*sizes, np.random.default_rng(0))
    )


def torch_convnet():
    return convnet(torch.nn, torch.nn.BatchNorm2d, torch.nn.Sequential, torch.nn.Linear)


def operations():
    """Return the additions and multiplications of a step: three products a layer with weights, but two for the first."""
    total, channels, side = 0, 3, 32
    for filters in FILTERS:
        total += (2 if channels == 3 else 3) * 2 * BATCH * side**2 * 9 * channels * filters
        channels, side = filters, side // 2
    return total + 3 * 2 * BATCH * channels * side**2 * 10


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], "small_convnet", [COLUMNS, ADAM_COLUMNS, lenet.LAYER_COLUMNS], compete)
