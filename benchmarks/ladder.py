"""Measure the ladder of the whole course: from nearest neighbours to a ConvNet with everything, all of them the reference's.

    python benchmarks/ladder.py [--data shapes cifar10] [--seeds 0 1 2] [--rungs ...] [--quick]

Accuracy on test images and processor time of training, on one thread. Choices (k, the strength of a penalty) are made on the
validation images, and cost no time here; the test images are used once, for the number that is stored. A seed draws the images of
shapes, the first weights and the order of the images. CIFAR-10 is used where the environment variable DLCOURSE_DATA points to it.
What was measured goes into data/ladder.json, as a picture into benchmarks/ladder.png, and as a table into benchmarks/README.md and
data/README.md, after each run; --data, --seeds and
--rungs measure some of it anew. --quick runs at tiny sizes, where the numbers mean nothing, and writes nothing.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from pathlib import Path

import matplotlib.pyplot as plt
import measure
import numpy as np

import autograder

autograder.use("solutions")

from dlcourse import augmentation, convnets, knn, layers, linear, losses, optimization, preprocessing, regularization  # noqa: E402
from dlcourse.toolkit import datasets, fast, figures, ladder  # noqa: E402
from dlcourse.toolkit.storage import atomic_file  # noqa: E402
from dlcourse.toolkit.tasks import accelerated, as_input, learn  # noqa: E402
from dlcourse.toolkit.training import fit, predict_in_batches  # noqa: E402

PICTURE = Path(__file__).with_name("ladder.png")
SIZES = (5000, 1000, 1000)  # training, validation and test images
KS = (1, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
PENALTIES = (0.003, 0.01, 0.03, 0.1)
EPOCHS = {"MLP": 6, "ConvNet": 12, "everything": 60}


def nearest(data, seed, quick):
    classifier = knn.NearestNeighbor()
    train = flat(data.train_images)
    seconds = timed(lambda: classifier.train(train, data.train_labels))
    return seconds, lambda images: classifier.predict(flat(images))


def neighbours(data, seed, quick):
    classifier = knn.KNearestNeighbor(knn.l2_distances)
    train = flat(data.train_images)
    seconds = timed(lambda: classifier.train(train, data.train_labels))
    seen = flat(data.validation_images)
    right = {k: np.mean(classifier.predict(seen, k) == data.validation_labels) for k in KS if k <= len(data.train_images)}
    return seconds, lambda images: classifier.predict(flat(images), max(right, key=right.get))


def nearest_mean(data, seed, quick):
    images, found = flat(data.train_images), []
    seconds = timed(lambda: found.extend(linear.nearest_mean_classifier(images, data.train_labels, 10)))
    return seconds, lambda images: linear.predict_labels(linear.linear_scores(flat(images), *found))


def softmax(data, seed, quick):
    standardizer = preprocessing.Standardizer().fit(flat(data.train_images))
    train, seen = (standardizer.transform(flat(images)) for images in (data.train_images, data.validation_images))
    best = None
    for strength in PENALTIES[: 1 if quick else None]:
        penalty = regularization.scaled(regularization.l2_penalty, strength)
        model = optimization.LinearClassifier(train.shape[1], 10, losses.cross_entropy, penalty, np.random.default_rng(seed))
        seconds = timed(lambda model=model: model.train(train, data.train_labels, 0.003, 20 if quick else 2000, 64))
        right = np.mean(model.predict(seen) == data.validation_labels)
        if best is None or right > best[0]:
            best = right, seconds, model
    return best[1], lambda images: best[2].predict(standardizer.transform(flat(images)))


def hidden_layer(data, seed, quick):
    standardizer = preprocessing.Standardizer().fit(flat(data.train_images))
    model = layers.mlp([32 * 32 * 3, 100, 10], np.random.default_rng(seed))
    train = standardizer.transform(flat(data.train_images)), data.train_labels
    seconds = timed(lambda: trained(model, train, seed, 1 if quick else EPOCHS["MLP"], learning_rate=0.0005))
    return seconds, lambda images: by(accelerated(model), standardizer.transform(flat(images)))


def convnet(data, seed, quick):
    mean = data.train_images.mean(axis=0, dtype=np.float64)
    model = convnets.small_convnet(32, 10, np.random.default_rng(seed))
    train = as_input(data.train_images, mean), data.train_labels
    seconds = timed(lambda: trained(model, train, seed, 1 if quick else EPOCHS["ConvNet"]))
    return seconds, lambda images: by(accelerated(model), as_input(images, mean))


def everything(data, seed, quick):
    """Batch normalization, four convolutions, a mean over all places, augmentation, and a rate that rises and falls."""
    rng, epochs = np.random.default_rng(seed), 1 if quick else EPOCHS["everything"]
    parts, channels = [], 3
    for filters in (24, 48, 96):
        conv = fast.Conv2d(channels, filters, 3, padding=1, rng=rng, input_gradient=channels != 3)
        parts += [conv, fast.MaxPool2d(2), fast.BatchNorm2d(filters), fast.ReLU()]
        channels = filters
    parts += [fast.Conv2d(96, 96, 3, padding=1, rng=rng), fast.BatchNorm2d(96), fast.ReLU(), fast.AvgPool2d(4)]
    model = layers.Sequential(*parts, fast.Flatten(), fast.Linear(96, 10, rng))

    def varied(images, rng):
        images = augmentation.random_crop(augmentation.random_flip(images, rng), 3, rng)
        return as_input(augmentation.color_jitter(images, 0.2, rng), 128)

    seconds = timed(
        lambda: fit(
            model,
            layers.CrossEntropyLoss(),
            (data.train_images, data.train_labels),
            fast.Adam(model.parameters()),
            epochs=epochs,
            rng=rng,
            transform=varied,
            schedule=lambda epoch: 0.003 * min(epoch + 0.02, 0.5 * (1 + np.cos(np.pi * epoch / epochs))),
            progress=False,
        )
    )
    return seconds, lambda images: by(model, as_input(images, 128))


RUNGS = {  # name: function that trains it and returns (seconds, function from images to labels), and what it is in words
    "nearest neighbour": (nearest, "the one training image at the smallest L1 distance"),
    "k nearest neighbours": (neighbours, "a vote of the k nearest by L2 distance, k by validation"),
    "nearest mean": (nearest_mean, "the class whose mean image is nearest: a linear classifier without training"),
    "softmax": (softmax, "softmax classifier with an L2 penalty, standardized pixels, 2,000 steps"),
    "MLP, 100 units": (hidden_layer, f"3072-100-10, Adam, {EPOCHS['MLP']} epochs"),
    "ConvNet": (convnet, f"three convolutions of 32, 64 and 64 filters, Adam, {EPOCHS['ConvNet']} epochs"),
    "ConvNet, everything": (
        everything,
        "four convolutions of 24 to 96 filters, batch normalization, mirrored, shifted and tinted images, Adam at a rate that "
        f"rises and falls, {EPOCHS['everything']} epochs",
    ),
}


def flat(images):
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


def trained(model, data, seed, epochs, **options):
    learn(model, layers.CrossEntropyLoss(), data, epochs=epochs, seed=seed, progress=False, **options)


def by(model, images):
    return predict_in_batches(model, images).argmax(axis=1)


def timed(function):
    """Return the processor seconds of a call."""
    started = time.process_time()
    function()
    return time.process_time() - started


def loaded(name, seed, sizes):
    options = dict(zip(("train", "validation", "test"), sizes, strict=True)) | {"seed": seed}
    return datasets.load(name, **options, **({} if name == "shapes" else {"partial": True}))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=("shapes", "cifar10"), default=["shapes", "cifar10"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rungs", nargs="+", choices=RUNGS, default=list(RUNGS))
    parser.add_argument("--quick", action="store_true", help="tiny sizes, and nothing is written")
    options = parser.parse_args(arguments)
    sizes = (100, 50, 50) if options.quick else SIZES
    for name in options.data:
        for seed in options.seeds:
            try:
                data = loaded(name, seed, sizes)
            except datasets.DatasetError as error:
                print(f"{name}: left out. {error}")
                break
            for rung in options.rungs:
                seconds, predict = RUNGS[rung][0](data, seed, options.quick)
                started = time.process_time()
                right = float(np.mean(predict(data.test_images) == data.test_labels))
                used = time.process_time() - started
                print(f"{name:8} seed {seed}  {rung:22}{right:7.1%}  training {seconds:8.2f} s, test {used:6.2f} s", flush=True)
                if not options.quick:
                    store(name, rung, seed, {"accuracy": right, "training": seconds, "prediction": used})


def put(rung, seed, numbers):
    """Add the numbers of a seed, or replace them: lists in the order of the seeds."""
    by_seed = {each: [rung[key][i] for key in numbers] for i, each in enumerate(rung.get("seeds", []))}
    by_seed[seed] = list(numbers.values())
    rung["seeds"] = sorted(by_seed)
    for place, key in enumerate(numbers):
        rung[key] = [round(by_seed[each][place], 4) for each in rung["seeds"]]


def store(name, rung, seed, numbers):
    """Add the numbers of a run to what was measured before, and draw the picture anew."""
    runs = ladder.load()["data"] if ladder.PATH.exists() else {}
    put(runs.setdefault(name, {"images": list(SIZES), "rungs": {}})["rungs"].setdefault(rung, {}), seed, numbers)
    for data in runs.values():
        data["rungs"] = {each: data["rungs"][each] for each in RUNGS if each in data["rungs"]}
    what = {each: RUNGS[each][1] for each in RUNGS if any(each in data["rungs"] for data in runs.values())}
    runs = {each: runs[each] for each in ladder.TITLES if each in runs}
    with atomic_file(ladder.PATH) as file:
        file.write((json.dumps({"rungs": what, "measured": measure.machine(), "data": runs}, indent=1) + "\n").encode())
    publish()


def publish():
    """Draw the picture and write the tables of what is stored."""
    figures.set_style()
    fig, alt = ladder.draw(ladder.load())
    fig.savefig(PICTURE, dpi=110, facecolor="white", bbox_inches="tight", pad_inches=0.08, metadata={"Description": alt})
    plt.close(fig)
    for readme in (measure.README, ladder.PATH.with_name("README.md")):
        measure.write_section("ladder", tables(ladder.load()), readme)


def tables(measured):
    """Return what was measured as Markdown: accuracies, and the means of the times, for each data set."""
    rows = []
    for rung, what in measured["rungs"].items():
        cells = [f"{rung}: {what}"]
        for name in measured["data"]:
            each = measured["data"][name]["rungs"].get(rung)
            cells.append(", ".join(f"{accuracy:.1%}" for accuracy in each["accuracy"]) if each else "")
            cells.append(ladder.spoken(np.mean(each["training"])) if each else "")
        rows.append(cells)
    columns = ["trained on 5,000 images, tested on 1,000"]
    for name in measured["data"]:
        columns += [f"{ladder.TITLES[name]}: accuracy, a number a seed", "training"]
    return f"{measure.table(columns, rows)}\n\n{measured['measured']}; times are processor times."


if __name__ == "__main__":
    main()
