"""Measure the accuracy ladder of "shapes": nearest neighbours < linear < hidden layer < convolution.

    python benchmarks/shapes_ladder.py [--seeds 0 1 2] [--train 5000] [--csv FILE]

Every row is a data set drawn from another seed. Choices (k, the strength of regularisation) are made on the
validation images; the test images are used once, for the number printed. The classifiers are scikit-learn's and
PyTorch's, so that the ladder says something about the images and nothing about the course's own code. Without
PyTorch the ConvNet's column says so.
"""

import argparse
import csv
import os
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

from dlcourse.toolkit import shapes

try:
    import torch
except ImportError:
    torch = None

KS = (1, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
PENALTIES = (0.1, 0.3, 1.0)  # weight of the L2 penalty on the mean loss, for standardised pixels
COLUMNS = ("kNN k=1", "kNN best k", "softmax", "MLP 100", "ConvNet")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--train", type=int, default=5000)
    parser.add_argument("--test", type=int, default=1000, help="also the number of validation images")
    parser.add_argument("--csv", help="also write the table to this file")
    arguments = parser.parse_args()

    rows = []
    print("seed  " + "  ".join(f"{column:>12}" for column in COLUMNS) + "   best k")
    for seed in arguments.seeds:
        started = time.perf_counter()
        sizes = (arguments.train, arguments.test, arguments.test)
        splits = [_split(seed, part, size) for part, size in enumerate(sizes)]
        drawn = time.perf_counter() - started
        row, best_k = measure(*splits, seed)
        rows.append((seed, *row))
        cells = "  ".join(f"{100 * a:10.1f} %" if a is not None else f"{'no PyTorch':>12}" for a in row)
        print(f"{seed:4}  {cells}   {best_k:6}   (drawn in {drawn:.1f} s)", flush=True)
    if arguments.csv:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("seed", *COLUMNS), *rows])


def _split(seed, part, size):
    batches = [shapes.draw(seed, part, range(start, min(start + 200, size))) for start in range(0, size, 200)]
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def measure(train, validation, test, seed):
    """Test accuracies in the order of COLUMNS (None where a library is missing), and the k that was chosen."""
    flat = [(images.reshape(len(images), -1) / 255.0, labels) for images, labels in (train, validation, test)]
    on_validation = nearest_neighbour_accuracies(flat[0], flat[1])
    on_test = nearest_neighbour_accuracies(flat[0], flat[2])
    best = int(np.argmax(on_validation))

    mean, deviation = flat[0][0].mean(axis=0), flat[0][0].std(axis=0)
    scaled = [((images - mean) / deviation, labels) for images, labels in flat]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        softmax = [softmax_regression(*scaled[0], penalty) for penalty in PENALTIES]
        softmax = max(softmax, key=lambda model: model.score(*scaled[1])).score(*scaled[2])
        mlp = hidden_layer(*scaled[0], seed).score(*scaled[2])
    convnet = convnet_accuracy(train, test, seed) if torch else None
    return (on_test[0], on_test[best], softmax, mlp, convnet), KS[best]


def nearest_neighbour_accuracies(train, queries):
    """Accuracy for every k of KS; ties go to the smallest label."""
    search = NearestNeighbors(n_neighbors=max(KS), algorithm="brute").fit(train[0])
    neighbours = search.kneighbors(queries[0], return_distance=False)
    votes = np.cumsum(np.eye(len(shapes.CLASS_NAMES))[train[1][neighbours]], axis=1)
    return [np.mean(votes[:, k - 1].argmax(axis=1) == queries[1]) for k in KS]


def softmax_regression(images, labels, penalty):
    return LogisticRegression(C=1 / (penalty * len(labels)), max_iter=60, tol=1e-3).fit(images, labels)


def hidden_layer(images, labels, seed):
    return MLPClassifier((100,), alpha=1.0, learning_rate_init=1e-3, max_iter=15, random_state=seed).fit(images, labels)


def convnet_accuracy(train, test, seed, epochs=12):
    """Three 3x3 convolutions with 32, 64 and 64 maps, each with a max pooling, then one linear layer. Adam."""
    torch.manual_seed(seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    layers, channels = [], 3
    for maps in (32, 64, 64):
        layers += [torch.nn.Conv2d(channels, maps, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        channels = maps
    model = torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(channels * 4 * 4, len(shapes.CLASS_NAMES)))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    (x, y), (x_test, y_test) = (_as_tensors(*split) for split in (train, test))
    for epoch in range(epochs):
        if epoch == epochs - 3:
            optimizer.param_groups[0]["lr"] /= 5
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        return float((model(x_test).argmax(dim=1) == y_test).double().mean())


def _as_tensors(images, labels):
    return torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1), torch.from_numpy(labels)


if __name__ == "__main__":
    main()
