"""Measure `l2_distances` against the matrix product inside it and against scikit-learn's brute force.

    python benchmarks/distances.py [--quick] [--patience SECONDS]

The reference solution, float32, images of 3,072 numbers. Writes its section of benchmarks/README.md; with --quick, at tiny
sizes, it only prints it.
"""

import argparse
import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import measure
import numpy as np
import sklearn
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

import autograder

PIXELS = 3072
SIZES = ((500, 5_000, 9), (10_000, 50_000, 3))  # queries, points, samples
QUICK_SIZES = ((10, 50, 3), (20, 100, 3))
NEIGHBOURS = 10
COLUMNS = (
    "queries × points",
    "product alone",
    "`l2_distances`",
    "times the product",
    "`euclidean_distances`",
    "`l2_distances` is faster by",
    "`NearestNeighbors`",
    "`l2_distances` is faster by",
    "memory beside the result",
)
ERROR_COLUMNS = ("largest relative error", "unrelated images", "images one grey level apart")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, and README.md stays as it is")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for a quiet machine, a size")
    options = parser.parse_args(arguments)
    rows, samples = [], []
    for queries, points, repeats in QUICK_SIZES if options.quick else SIZES:
        row, taken = compete(queries, points, repeats, 0.0 if options.quick else options.patience)
        rows.append(row)
        samples += taken
        print(" | ".join(row), flush=True)
    text = "\n\n".join(
        [
            measure.table(COLUMNS, rows),
            measure.table(ERROR_COLUMNS, errors()),
            f"{measure.machine(('scikit-learn', sklearn.__version__))}. {measure.discarded(samples)}",
        ]
    )
    if options.quick:
        print(text)
    else:
        measure.write_section("distances", text)
    return text


def compete(num_queries, num_points, repeats, patience):
    """Return the table's row for one size, and the Samples behind it."""
    memory = memory_beside_result(num_queries, num_points)
    l2_distances = reference()
    queries, points = images(num_queries, num_points)
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(points)
    samples = measure.interleaved(
        {
            "product": lambda: queries @ points.T,
            "ours": lambda: l2_distances(queries, points),
            "distances": lambda: euclidean_distances(queries, points),
            "neighbours": lambda: search.kneighbors(queries),
        },
        repeats,
        patience,
    )
    product, ours, distances, neighbours = (each.median for each in samples.values())
    row = [
        f"{num_queries:,} × {num_points:,}",
        shown(product),
        shown(ours),
        measure.verdict(f"{ours / product:.2f}", "below 1.3", ours / product < 1.3),
        shown(distances),
        measure.verdict(f"{distances / ours:.2f}", "at least 1.8", distances / ours >= 1.8),
        shown(neighbours),
        f"{neighbours / ours:.2f}",
        measure.verdict(f"{memory / 1e6:.0f} MB", "below 1,000 MB", memory < 1e9),
    ]
    return row, list(samples.values())


def shown(seconds):
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def reference():
    autograder.use("solutions")
    from dlcourse.knn import l2_distances

    return l2_distances


def images(num_queries, num_points):
    rng = np.random.default_rng(0)
    return rng.random((num_queries, PIXELS), np.float32), rng.random((num_points, PIXELS), np.float32)


def errors(some=50):
    """Return the rows on accuracy: against the definition in float64, on images that differ much and very little."""
    queries, unrelated = images(some, some)
    close = queries + np.float32(1 / 255)  # multiplying out the square subtracts numbers that are nearly equal
    contestants = {"`l2_distances`": reference(), "`euclidean_distances`": euclidean_distances}
    return [
        [name, *(f"{largest_error(distances, queries, points):.0e}" for points in (unrelated, close))]
        for name, distances in contestants.items()
    ]


def largest_error(distances, queries, points):
    exact = np.stack([np.linalg.norm(query - points.astype(float), axis=1) for query in queries.astype(float)])
    return np.max(np.abs(distances(queries, points) - exact) / exact)


def memory_beside_result(num_queries, num_points):
    """Return the bytes that `l2_distances` needs at its peak, arguments and result not counted, in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(peak_beside_result, num_queries, num_points).result()


def peak_beside_result(num_queries, num_points):
    l2_distances, (queries, points) = reference(), images(num_queries, num_points)
    l2_distances(queries[:100], points[:100])  # the product's own buffers are there already when memory counts
    before = resident("VmRSS")
    result = l2_distances(queries, points)
    return max(0, resident("VmHWM") - before - result.nbytes)


def resident(kind):
    """Return the bytes of memory that this process holds (VmRSS) or has held at most (VmHWM)."""
    return 1024 * int(re.search(rf"^{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)[1])


if __name__ == "__main__":
    main()
