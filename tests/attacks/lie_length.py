# ruff: noqa
"""Return lists and tuples that lie about their length, or never end."""


class Endless(list):
    def __len__(self):
        return 3

    def __iter__(self):
        while True:
            yield 0

    def __getitem__(self, index):
        return 0


class Short(tuple):
    def __len__(self):
        return 1 << 62


def split_indices(*arguments):
    return Endless()


def k_fold_indices(num_examples, num_folds, rng):
    return Short(((), ()))
