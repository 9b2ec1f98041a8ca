"""Load a data set by its name, split into training, validation and test images."""

import difflib
import operator
import zipfile
from dataclasses import dataclass

import numpy as np

from dlcourse.toolkit import cifar10, mnist, shapes, shapes_cache
from dlcourse.toolkit.storage import EMBEDDED, DatasetError, cache_folder, own_data_folder

__all__ = ["NAMES", "Dataset", "DatasetError", "load"]

NAMES = ("digits", "shapes", "mnist", "cifar10")
SHAPES_SIZES = (5000, 1000, 1000)
MAX_VALIDATION = 5000


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and labels in three splits. Images are uint8 (N, H, W, C), from 0 to 255; labels are int64 (N,)."""

    name: str
    class_names: tuple[str, ...]
    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    def __repr__(self):
        sizes = (len(self.train_labels), len(self.validation_labels), len(self.test_labels))
        shape = "x".join(str(size) for size in self.train_images.shape[1:])
        return "<Dataset {}: {:,} training, {:,} validation, {:,} test images of {}, {} classes>".format(
            self.name, *sizes, shape, len(self.class_names)
        )


def load(name, *, train=None, validation=None, test=None, seed=0, partial=False):
    """Load a data set.

    ========= =============== ======================= ===================================================
    name      images          train/validation/test   what, and where it comes from
    ========= =============== ======================= ===================================================
    digits    (N, 8, 8, 1)    1,200 / 300 / 297       scanned handwritten digits; embedded (UCI)
    shapes    (N, 32, 32, 3)  5,000 / 1,000 / 1,000   drawn shapes in colour; made on first use, then cached
    mnist     (N, 28, 28, 1)  55,000 / 5,000 / 10,000 scanned handwritten digits; 12 MB download
    cifar10   (N, 32, 32, 3)  45,000 / 5,000 / 10,000 colour photographs; 170 MB download
    ========= =============== ======================= ===================================================

    Parameters
    ----------
    name : one of NAMES.
    train, validation, test : how many images, the first ones of each split; None takes the numbers above. Any
        number of shapes can be drawn, and fewer are always the beginning of more.
    seed : of "shapes", the images themselves; of the others, which training images become validation images. Test
        images of those never depend on it.
    partial : of "mnist" and "cifar10" in a folder of your own: load what is there although files are missing. A
        split without files is empty.

    Returns
    -------
    Dataset. Images are uint8 (N, H, W, C), 0 to 255; labels int64 (N,).

    Where files come from
    ---------------------
    "mnist" and "cifar10" are looked for in the folder that the environment variable DLCOURSE_DATA names, which
    holds `mnist/` or `cifar-10-batches-py/` (or is one of these). Files there are yours: they are never changed and
    need not have the official checksums, but they must have the right structure. If the folder has no file of the
    data set, or the variable is not set, the files come from the user's cache folder, where they are downloaded on
    first use and have the official MD5 checksums.

    Raises
    ------
    ValueError : an unknown name, or a number of images that is not to be had.
    DatasetError : files are missing, damaged or cannot be downloaded; the message says which, and what to use
        instead.
    """
    if name not in NAMES:
        near = difflib.get_close_matches(str(name).lower(), NAMES, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no data set {name!r}.{hint} The data sets are {', '.join(NAMES)}.")
    sizes = tuple(_checked_size(*pair) for pair in (("train", train), ("validation", validation), ("test", test)))
    seed = _checked_size("seed", seed)
    if name == "shapes":
        return _load_shapes(sizes, seed)
    if name == "digits":
        return _split("digits", mnist.CLASS_NAMES, *_read_digits(), sizes, seed)
    source, instead = (cifar10, "shapes") if name == "cifar10" else (mnist, "digits")
    try:
        pool, test_set = _read_source(source, name, partial)
    except DatasetError as error:
        raise DatasetError(
            f'{error} You can use load("{instead}") instead, which needs no download. If you have the files of {name} '
            f"elsewhere, set the environment variable DLCOURSE_DATA to the folder that holds {source.FOLDER}/."
        ) from error
    return _split(name, source.CLASS_NAMES, pool, test_set, sizes, seed)


def _checked_size(argument, value):
    if value is None and argument != "seed":
        return None
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0 or isinstance(value, bool):
        raise ValueError(f"{argument} should be a whole number, zero or more; it is {value!r}.")
    return number


def _load_shapes(sizes, seed):
    sizes = [given if given is not None else usual for given, usual in zip(sizes, SHAPES_SIZES, strict=True)]
    arrays = [array for split, size in enumerate(sizes) for array in shapes_cache.first_images(seed, split, size)]
    return Dataset("shapes", shapes.CLASS_NAMES, *arrays)


def _read_digits():
    """The digits to learn from, and those to test on: the same 297 always. Values 0..16 become 0..255."""
    path = EMBEDDED / "digits.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path}, a part of this course, cannot be read: {error}. Download the course again."
        ) from error
    images = np.rint(images * (255 / 16)).astype(np.uint8)[..., None]
    order = _permutation(len(images), seed=0)
    learn, test = order[:1500], order[1500:]
    return (images[learn], labels[learn]), (images[test], labels[test])


def _read_source(source, name, partial):
    """Images and labels to learn from, and to test on, of `source`: the module mnist or cifar10."""
    folder = _own_folder(source)
    if folder is None:
        folder = cache_folder() / source.FOLDER
        source.download(folder)
    missing = [file for file in source.FILES if not (folder / file).is_file()]
    if missing and not partial:
        raise DatasetError(
            f"{folder} lacks {', '.join(missing)}. Add what is missing, or take what is there with "
            f'load("{name}", partial=True).'
        )
    return source.read(folder)


def _own_folder(source):
    """The user's own folder with files of this source, or None."""
    own = own_data_folder()
    for folder in [own / source.FOLDER, own] if own else []:
        if any((folder / file).is_file() for file in source.FILES):
            return folder
    return None


def _split(name, class_names, pool, test_set, sizes, seed):
    """Put the pool to learn from in a random order: its first images are for training, its last for validation."""
    (images, labels), (test_images, test_labels) = pool, test_set
    train, validation, test = sizes
    if validation is None:
        validation = min(MAX_VALIDATION, len(images) // 5, len(images) - (train or 0))
        validation = max(validation, 0)
    if train is None:
        train = max(len(images) - validation, 0)
    if train + validation > len(images):
        raise ValueError(
            f"{name} has {len(images):,} images for training and validation here; train={train} and "
            f"validation={validation} ask for {train + validation:,}."
        )
    if test is not None and test > len(test_images):
        raise ValueError(f"{name} has {len(test_images):,} test images here; test={test} asks for more.")
    order = _permutation(len(images), seed)
    first, last = order[:train], order[len(order) - validation :]
    learning = (images[first], labels[first], images[last], labels[last])
    return Dataset(name, class_names, *learning, test_images[:test], test_labels[:test])


def _permutation(count, seed):
    """A random order of range(count), the same with every NumPy: it promises a bit generator's raw output for ever."""
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable")
