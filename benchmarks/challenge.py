"""Train the reference's model for the final challenge within its budget, and measure it on fresh hidden test sets.

    python benchmarks/challenge.py [--epochs 60] [--seed 0] [--minutes 10] [--save] [--write]

It follows the rules for students: the 5,000 training images of shapes, the 1,000 validation images to choose the epoch, one
process on one core. The test sets are drawn afterwards, from random seeds, and used once. --save puts the weights where the
course's reference is, --write the numbers into README.md. Run it on a machine that does nothing else.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread gains nothing on products this small

import argparse
import time
from pathlib import Path
from statistics import mean, stdev

import measure
import numpy as np

import autograder

TEST_SETS = 5
RATE, WARM_UP = 0.003, 1.0  # the highest learning rate, and the epochs until it is reached


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--save", action="store_true", help="replace solutions/dlcourse/challenge.npz")
    parser.add_argument("--write", action="store_true", help="write the numbers into README.md")
    options = parser.parse_args()

    autograder.use("solutions")
    from dlcourse.toolkit import challenge

    before, clock, started, share = measure.others(), time.process_time(), time.perf_counter(), time.perf_counter()
    weights, history = trained(options.epochs, options.seed, options.minutes)
    wall, cpu = time.perf_counter() - started, time.process_time() - clock
    others = measure.share_of_others(before, share)
    print(f"{history}\nwall {wall:.0f} s, processor {cpu:.0f} s, other processes took {others:.0%} of the machine")
    if options.save:
        challenge.save_weights(weights)
    rows = [measured(weights, test_set) for test_set in fresh_test_sets()]
    text = section(history, wall, cpu, others, weights, rows, challenge.weights_path())
    print(text)
    if options.write:
        measure.write_section("challenge", text)


def trained(epochs, seed, minutes):
    """Return the weights of the best epoch and the History."""
    from dlcourse import augmentation
    from dlcourse import challenge as own
    from dlcourse.layers import CrossEntropyLoss
    from dlcourse.toolkit import challenge, datasets, fast

    data = datasets.load("shapes")
    rng = np.random.default_rng(seed)
    model = own.build(rng, fast)
    kept = {}

    def varied(images, rng):
        images = augmentation.random_crop(augmentation.random_flip(images, rng), 3, rng)
        return own.prepare(augmentation.color_jitter(images, 0.2, rng))

    def rate(epoch):
        return RATE * min((epoch + 0.02) / WARM_UP, 0.5 * (1 + np.cos(np.pi * epoch / epochs)))

    history = challenge.train(
        model,
        CrossEntropyLoss(),
        (data.train_images, data.train_labels, own.prepare(data.validation_images), data.validation_labels),
        fast.Adam(model.parameters(), RATE),
        epochs=epochs,
        rng=rng,
        keep=lambda: kept.update(own.take_weights(model, np.float16)),
        minutes=minutes,
        transform=varied,
        schedule=rate,
    )
    return kept, history


def fresh_test_sets():
    """Yield test sets of the size of the hidden one, from random seeds that nobody knew before."""
    from autograder.checks import challenge as check

    for _ in range(TEST_SETS):
        yield check.drawn(int.from_bytes(os.urandom(16), "little"), check.IMAGES)


def measured(weights, test_set):
    """Return (accuracy, processor seconds) of the reference's own predict, in the batches of the grader."""
    from autograder.checks.challenge import BATCH
    from dlcourse import challenge as own

    images, labels = test_set
    started = time.process_time()
    found = [own.predict(weights, images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return float(np.mean(np.concatenate(found) == labels)), time.process_time() - started


def section(history, wall, cpu, others, weights, rows, path):
    """Return the numbers as Markdown."""
    accuracies = [accuracy for accuracy, _ in rows]
    best = int(np.argmax(history.validation_accuracy))
    cells = [
        ("epochs", f"{history.epochs}" + (f" ({history.stopped})" if history.stopped else "")),
        ("training and validation", f"{wall:.0f} s on the clock, {cpu:.0f} s of processor time, one thread"),
        ("of the machine, other processes took", f"{others:.0%}"),
        ("validation accuracy of the epoch that was kept", f"{history.validation_accuracy[best]:.1%}"),
        (f"accuracy on {len(rows)} fresh test sets of 2,000 images", measure.verdict(
            f"{mean(accuracies):.2%}, from {min(accuracies):.2%} to {max(accuracies):.2%}, standard deviation "
            f"{stdev(accuracies):.2%}", "at least 95 %", min(accuracies) >= 0.95)),
        ("evaluation of 2,000 images by the exercises", f"{mean(seconds for _, seconds in rows):.1f} s of processor time"),
        ("parameters", f"{sum(array.size for array in weights.values()):,}"),
        ("size of the file", f"{Path(path).stat().st_size / 1000:.0f} kB" if Path(path).exists() else "not saved"),
    ]  # fmt: skip
    return f"{measure.table(['the reference', 'measured'], [list(row) for row in cells])}\n\n{measure.machine()}."


if __name__ == "__main__":
    main()
