"""Measure an epoch of LeNet-5, batch 64, float32, against PyTorch, and where its time goes.

    python benchmarks/lenet.py [--quick] [--repeats N] [--patience SECONDS]

With one thread and with all; the toolkit's fast layers and optimizers, and those of the exercises. Writes its section of
benchmarks/README.md; with --quick, at tiny sizes, it only prints it.
"""

import time

import contest
import measure
import numpy as np
from contest import ratio, torch

BATCH = 64
COLUMNS = (
    "threads and optimizer",
    "PyTorch, an epoch",
    "images a second",
    "fast layers, images a second",
    "time against PyTorch",
    "share of the limit",
    "layers of the exercises, images a second",
    "time against PyTorch",
)
LAYER_COLUMNS = ("processor time of a step, one thread", "forward", "backward", "share of the time")
AIMS = {1: 0.6, 2: 0.9}  # threads: of PyTorch's time


def compete(threads, quick, repeats, patience):
    from dlcourse import optimizers
    from dlcourse.convnets import lenet5
    from dlcourse.toolkit import fast

    steps = 2 if quick else 78
    part = max(1, steps // 6)  # of the epoch, for those who are slow
    rng = np.random.default_rng(0)
    images = rng.random((steps * BATCH, 1, 28, 28), np.float32)
    labels = rng.integers(10, size=len(images))
    model, plain, theirs = fast_lenet5(), lenet5(rng), torch_lenet5()
    size = 64 if quick else 2048
    rows, taken = [], []
    for optimizer in ("SGD", "Adam"):
        train = contest.epoch(model, getattr(fast, optimizer), images, labels, BATCH)
        first = slice(part * BATCH)
        contestants = {
            "fast": train,
            "plain": contest.epoch(plain, getattr(optimizers, optimizer), images[first], labels[first], BATCH),
            "torch": contest.torch_epoch(theirs, getattr(torch.optim, optimizer), images, labels, BATCH),
            "limit": contest.product_rate(size),
        }
        if threads > 1:
            contestants["fast, on one"] = contest.on_one_thread(train)
        samples = measure.interleaved(contestants, repeats, patience / 2)
        taken += samples.values()
        seconds = {name: each.median for name, each in samples.items()}
        at_the_limit = steps * operations(model) * seconds["limit"] / (2 * size**3)
        for name in ("fast", "fast, on one")[: 1 if threads == 1 else 2]:
            of_fast = ratio(seconds[name], seconds["torch"])
            if threads in AIMS:
                aim = AIMS[threads]
                of_fast = measure.verdict(of_fast, f"at most {aim}", seconds[name] <= aim * seconds["torch"])
            plain_seconds = seconds["plain"] * steps / part
            rows.append(
                [
                    f"{threads}{name.removeprefix('fast')}, {optimizer}",
                    f"{seconds['torch']:.2f} s",
                    f"{len(images) / seconds['torch']:,.0f}",
                    f"{len(images) / seconds[name]:,.0f}",
                    of_fast,
                    f"{at_the_limit / seconds[name]:.0%}",
                    f"{len(images) / plain_seconds:,.0f}",
                    ratio(plain_seconds, seconds["torch"]),
                ]
            )
    layers = by_layer(model, images[:BATCH], labels[:BATCH], 3 if quick else 100) if threads == 1 else []
    return [rows, layers], taken


def fast_lenet5():
    from dlcourse.layers import Sequential
    from dlcourse.toolkit import fast

    rng = np.random.default_rng(0)
    return Sequential(
        fast.Conv2d(1, 6, 5, padding=2, rng=rng, input_gradient=False),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Conv2d(6, 16, 5, rng=rng),
        fast.ReLU(),
        fast.MaxPool2d(2),
        fast.Flatten(),
        fast.Linear(400, 120, rng),
        fast.ReLU(),
        fast.Linear(120, 84, rng),
        fast.ReLU(),
        fast.Linear(84, 10, rng),
    )


def torch_lenet5():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def operations(model):
    """Return the additions and multiplications of a step: three products a layer, but two for the first."""
    total = 0
    for layer, places in zip((each for each in model.layers if each.parameters()), (28 * 28, 10 * 10, 1, 1, 1), strict=True):
        total += 2 * BATCH * places * layer.weight.value.size * (3 if layer.input_gradient else 2)
    return total


def by_layer(model, images, labels, steps, optimizer="SGD"):
    """Return a row for each layer: the medians of its processor times, and its share of a step's."""
    from dlcourse.layers import CrossEntropyLoss
    from dlcourse.toolkit import fast

    loss, optimizer = CrossEntropyLoss(), getattr(fast, optimizer)(model.parameters(), 0.001)
    clock, times = time.process_time, {}

    def timed(name, direction, function, *arguments):
        started = clock()
        result = function(*arguments)
        times.setdefault(name, {"forward": [], "backward": []})[direction].append(clock() - started)
        return result

    for _ in range(steps):
        timed("zero_grad and step", "forward", optimizer.zero_grad)
        x = images
        names = [f"layers[{i}], {type(layer).__name__}" for i, layer in enumerate(model.layers)]
        for name, layer in zip(names, model.layers, strict=True):
            x = timed(name, "forward", layer.forward, x)
        timed("CrossEntropyLoss", "forward", loss.forward, x, labels)
        gradient = timed("CrossEntropyLoss", "backward", loss.backward)
        for name, layer in zip(reversed(names), reversed(model.layers), strict=True):
            gradient = timed(name, "backward", layer.backward, gradient)
        timed("zero_grad and step", "backward", optimizer.step)
    medians = {name: [np.median(each) for each in both.values()] for name, both in times.items()}
    total = sum(sum(both) for both in medians.values())
    return [[name, *(f"{1e6 * each:.0f} µs" for each in both), f"{sum(both) / total:.0%}"] for name, both in medians.items()]


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], "lenet", [COLUMNS, LAYER_COLUMNS], compete)
