"""Draw the images of "shapes" once, and keep them in the cache folder for the next time."""

import warnings
import zipfile

import numpy as np
from tqdm.auto import tqdm

from dlcourse.toolkit import shapes
from dlcourse.toolkit.storage import atomic_file, cache_folder

BATCH = 100


def first_images(seed, split, count):
    """The first `count` images of one split: uint8 (count, 32, 32, 3), and their labels: int64 (count,).

    What the cache lacks is drawn, with a progress bar, and added to it. A damaged cache file counts as absent. When
    the cache cannot be written, there is a warning and the images are drawn anew next time.
    """
    path = cache_folder() / f"shapes-v{shapes.VERSION}-seed{seed}-split{split}.npz"
    images, labels = _read(path)
    if len(labels) < count:
        more_images, more_labels = _draw(seed, split, range(len(labels), count))
        images, labels = np.concatenate([images, more_images]), np.concatenate([labels, more_labels])
        _write(path, images, labels)
    return images[:count].copy(), labels[:count].copy()


def _draw(seed, split, indices):
    images = np.empty((len(indices), shapes.SIDE, shapes.SIDE, 3), np.uint8)
    labels = np.empty(len(indices), np.int64)
    with tqdm(total=len(indices), desc="Drawing shapes", unit=" images", leave=False) as progress:
        for start in range(0, len(indices), BATCH):
            batch = slice(start, start + BATCH)
            images[batch], labels[batch] = shapes.draw(seed, split, indices[batch])
            progress.update(len(indices[batch]))
    return images, labels


def _read(path):
    """What the cache file holds, or no images at all if it is absent, damaged or not one of ours."""
    nothing = np.empty((0, shapes.SIDE, shapes.SIDE, 3), np.uint8), np.empty(0, np.int64)
    try:
        with np.load(path, allow_pickle=False) as file:  # a zip file: reading a member checks its CRC
            images, labels = file["images"], file["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return nothing
    like_ours = images.shape == (len(labels), *nothing[0].shape[1:]) and labels.ndim == 1
    return (images, labels) if like_ours and (images.dtype, labels.dtype) == (np.uint8, np.int64) else nothing


def _write(path, images, labels):
    try:
        with atomic_file(path) as file:
            np.savez(file, images=images, labels=labels)  # not compressed: noise does not compress
    except OSError as error:
        warnings.warn(f"The images could not be kept in {path} ({error}): they will be drawn again.", stacklevel=4)
