"""Measure training of a fully connected network, 3072-100-10, batch 64, float32, against PyTorch.

    python benchmarks/mlp.py [--quick] [--repeats N] [--patience SECONDS]

With one thread and with all; the toolkit's fast layers and optimizers, and the textbook ones of the reference. Writes its section
of benchmarks/README.md; with --quick, at tiny sizes, it only prints it.
"""

import contest
import measure
import numpy as np
from contest import milliseconds, ratio, torch

SIZES, BATCH = (3072, 100, 10), 64
COLUMNS = (
    "threads and optimizer",
    "PyTorch, a step",
    "images a second",
    "fast layers, images a second",
    "time against PyTorch",
    "share in matrix products",
    "textbook layers, images a second",
    "time against PyTorch",
    "share in matrix products",
)
AIM = 0.9  # of PyTorch's time, with SGD


def compete(threads, quick, repeats, patience):
    from dlcourse import optimizers
    from dlcourse.layers import mlp
    from dlcourse.toolkit import fast

    steps = 2 if quick else 78
    rng = np.random.default_rng(0)
    images = rng.random((steps * BATCH, SIZES[0]), np.float32)
    labels = rng.integers(SIZES[-1], size=len(images))
    networks = {"fast": fast_network(), "textbook": mlp(SIZES, rng), "torch": torch_network()}
    rows, taken = [], []
    for optimizer in ("SGD", "Adam"):
        samples = measure.interleaved(
            {
                "fast": contest.epoch(networks["fast"], getattr(fast, optimizer), images, labels, BATCH),
                "textbook": contest.epoch(networks["textbook"], getattr(optimizers, optimizer), images, labels, BATCH),
                "torch": contest.torch_epoch(networks["torch"], getattr(torch.optim, optimizer), images, labels, BATCH),
                "products": lambda: products(images),
            },
            repeats,
            patience / 2,
        )
        taken += samples.values()
        ours, textbook, theirs, alone = (each.median / steps for each in samples.values())
        of_fast = ratio(ours, theirs)
        if optimizer == "SGD":
            of_fast = measure.verdict(of_fast, f"at most {AIM}", ours <= AIM * theirs)
        rows.append(
            [
                f"{threads}, {optimizer}",
                milliseconds(theirs),
                f"{BATCH / theirs:,.0f}",
                f"{BATCH / ours:,.0f}",
                of_fast,
                f"{alone / ours:.0%}",
                f"{BATCH / textbook:,.0f}",
                ratio(textbook, theirs),
                f"{alone / textbook:.0%}",
            ]
        )
    return [rows], taken


def fast_network():
    from dlcourse.layers import Sequential
    from dlcourse.toolkit import fast

    rng = np.random.default_rng(0)
    inputs, hidden, outputs = SIZES
    return Sequential(fast.Linear(inputs, hidden, rng, input_gradient=False), fast.ReLU(), fast.Linear(hidden, outputs, rng))


def torch_network():
    inputs, hidden, outputs = SIZES
    return torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs))


def products(images):
    """Only the matrix products of an epoch: scores, gradients of weights, and gradients of what is hidden."""
    rng = np.random.default_rng(0)
    weights = [rng.random((outputs, inputs), np.float32) for inputs, outputs in zip(SIZES[:-1], SIZES[1:], strict=True)]
    values = [rng.random((BATCH, size), np.float32) for size in SIZES]
    for start in range(0, len(images), BATCH):
        values[0] = images[start : start + BATCH]
        for i, weight in enumerate(weights):
            values[i] @ weight.T
            values[i + 1].T @ values[i]
            if i > 0:
                values[i + 1] @ weight


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], "mlp", [COLUMNS], compete)
