# ruff: noqa
"""Return generators, coroutines and iterators instead of values."""


def k_fold_indices(num_examples, num_folds, rng):
    while True:
        yield ([], [])


async def accuracy(predicted, labels):
    return 0.75
