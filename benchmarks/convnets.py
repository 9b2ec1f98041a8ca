"""Measure what the networks of Part V reach, in which time: LeNet-5 on digits and MNIST, a small ConvNet on shapes and CIFAR-10.

    python benchmarks/convnets.py [--data digits shapes mnist cifar10] [--seeds 0 1 2]

The networks are those of `solutions/`, trained as in the notebook on ConvNets by their fast twins. MNIST and CIFAR-10 are used
where the environment variable DLCOURSE_DATA points to them, as many images as are there. A seed sets the first weights and the
order of the images. Test images are used once, for the number printed; of CIFAR-10, validation images that no decision used.
Writes its section of benchmarks/README.md: the rows of the data sets that it measured, the others stay.
"""

import argparse
import time

import measure
import numpy as np

import autograder

autograder.use("solutions")

from dlcourse import convnets  # noqa: E402
from dlcourse.layers import CrossEntropyLoss  # noqa: E402
from dlcourse.toolkit import datasets  # noqa: E402
from dlcourse.toolkit.tasks import accelerated, as_input, learn, mirrored, moved  # noqa: E402
from dlcourse.toolkit.training import evaluate  # noqa: E402


def digits(seed):
    data = datasets.load("digits", validation=0)
    train, test = (
        (np.pad(images[..., 0].repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))[:, None] / 255).astype(np.float32)
        for images in (data.train_images, data.test_images)
    )
    model = convnets.lenet5(np.random.default_rng(seed))
    return model, (train, data.train_labels), (test, data.test_labels), dict(epochs=40, transform=moved)


def mnist(seed):
    data = datasets.load("mnist", partial=True)
    train, test = (images.transpose(0, 3, 1, 2) / np.float32(255) for images in (data.train_images, data.test_images))
    model = convnets.lenet5(np.random.default_rng(seed))
    return model, (train, data.train_labels), (test, data.test_labels), dict(epochs=2)


def shapes(seed):
    data = datasets.load("shapes")
    mean = data.train_images.mean(axis=0, dtype=np.float64)
    model = convnets.small_convnet(32, 10, np.random.default_rng(seed), (16, 32, 64))
    train, test = (as_input(images, mean) for images in (data.train_images, data.test_images))
    return model, (train, data.train_labels), (test, data.test_labels), dict(epochs=12, transform=mirrored)


def cifar10(seed):
    data = datasets.load("cifar10", partial=True)
    mean = data.train_images.mean(axis=0, dtype=np.float64)
    model = convnets.small_convnet(32, 10, np.random.default_rng(seed), (32, 64, 64))
    train, held_out = (as_input(images, mean) for images in (data.train_images, data.validation_images))
    return model, (train, data.train_labels), (held_out, data.validation_labels), dict(epochs=16, transform=mirrored)


COLUMNS = ("network and data", "training images", "epochs", "seeds", "accuracy, the least", "the largest", "processor time")
AIMS = {  # the name in the table, the least accuracy, the most seconds of processors
    "digits": ("LeNet-5, digits, test", 0.98, 120),
    "shapes": ("small ConvNet, shapes, test", 0.85, 300),
    "mnist": ("LeNet-5, MNIST, test", 0.985, 120),
    "cifar10": ("small ConvNet, CIFAR-10, validation", 0.60, None),
}


def row(name, num_images, epochs, accuracies, seconds):
    """Return one line of the table: the least accuracy and the longest time of all seeds, beside what is aimed at."""
    title, least, most = AIMS[name]
    longest = f"{max(seconds):.0f} s"
    return [
        title,
        f"{num_images:,}",
        f"{epochs}",
        f"{len(accuracies)}",
        measure.verdict(f"{min(accuracies):.1%}", f"at least {100 * least:g}%", min(accuracies) >= least),
        f"{max(accuracies):.1%}",
        measure.verdict(longest, f"at most {most} s", max(seconds) <= most) if most else longest,
    ]


def write(rows):
    """Put the rows into the table of README.md, in place of those of the same data sets."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in measure.read_section("convnets").splitlines()]
    known = {line[0]: line for line in lines if len(line) == len(COLUMNS)} | {line[0]: line for line in rows}
    table = measure.table(COLUMNS, [known[title] for title, *_ in AIMS.values() if title in known])
    measure.write_section("convnets", f"{table}\n\n{measure.machine()}.")


def main():
    experiments = {"digits": digits, "shapes": shapes, "mnist": mnist, "cifar10": cifar10}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=experiments, default=list(experiments))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    print("data      seed   images  epochs   seconds  processor seconds  accuracy")
    for name in arguments.data:
        found = []
        for seed in arguments.seeds:
            model, data, held_out, how = experiments[name](seed)
            started, worked = time.perf_counter(), time.process_time()
            learn(model, CrossEntropyLoss(), data, seed=seed, progress=False, **how)
            seconds, worked = time.perf_counter() - started, time.process_time() - worked
            accuracy = evaluate(accelerated(model), CrossEntropyLoss(), *held_out)[1]
            print(f"{name:8}{seed:6}{len(data[0]):9,}{how['epochs']:8}{seconds:10.1f}{worked:19.1f}{accuracy:10.2%}", flush=True)
            found.append((accuracy, worked))
        write([row(name, len(data[0]), how["epochs"], *zip(*found, strict=True))])


if __name__ == "__main__":
    main()
