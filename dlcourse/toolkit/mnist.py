"""Read MNIST: 70,000 handwritten digits of 28x28 pixels, in the idx format of their authors.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
"""

import gzip
import math
import struct
import zlib

import numpy as np

from dlcourse.toolkit.download import RemoteFile, fetch
from dlcourse.toolkit.storage import DatasetError

FOLDER = "mnist"
CLASS_NAMES = tuple("0123456789")
HOSTS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",  # the authors' own page, which often refuses
)
SIDE = 28
MAX_IMAGES = 1_000_000  # a header that says more is damaged


def _remote(name, size, md5):
    return RemoteFile(name, size, md5, tuple(host + name for host in HOSTS))


REMOTE_FILES = (
    _remote("train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    _remote("train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432"),
    _remote("t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3"),
    _remote("t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c"),
)
FILES = tuple(remote.name for remote in REMOTE_FILES)


def download(folder):
    """Download the four files into `folder`, unless they are there with the right checksums. Raises DatasetError."""
    for remote in REMOTE_FILES:
        fetch(remote, folder)


def read(folder):
    """Read the training images and the test images that `folder` holds, each with their labels; none is needed.

    Returns: (training images, training labels), (test images, test labels). Images are uint8 (N, 28, 28, 1), 0 is
    background; labels int64 (N,). Raises DatasetError when a file is not in the idx format or two do not belong
    together.
    """
    return [_read_pair(folder / images, folder / labels) for images, labels in (FILES[:2], FILES[2:])]


def _read_pair(images_path, labels_path):
    if not (images_path.is_file() and labels_path.is_file()):
        return np.empty((0, SIDE, SIDE, 1), np.uint8), np.empty(0, np.int64)
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise DatasetError(
            f"{images_path.name} and {labels_path.name} in {images_path.parent} do not belong together: "
            f"their arrays have the shapes {images.shape} and {labels.shape}."
        )
    if labels.size and labels.max() > 9:
        raise DatasetError(f"{labels_path} holds the label {labels.max()}; the labels of MNIST are 0 to 9.")
    return images[..., None], labels.astype(np.int64)


def read_idx(path):
    """Read a gzip-compressed idx file of unsigned bytes.

    The format: two zero bytes, one byte for the type (8: unsigned byte), one for the number of dimensions, each
    dimension as a big-endian 32-bit integer, then the values. Returns a uint8 array; raises DatasetError when the
    file is anything else.
    """
    try:
        with gzip.open(path) as file:
            zeros, kind, dimensions = struct.unpack(">HBB", file.read(4))
            if (zeros, kind) != (0, 8) or dimensions not in (1, 3):
                raise ValueError("it does not start like an idx file of labels or images")
            shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
            if shape[0] > MAX_IMAGES or any(size != SIDE for size in shape[1:]):
                raise ValueError(f"its header announces an array of shape {shape}")
            values = file.read(math.prod(shape) + 1)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise DatasetError(f"{path} is not one of MNIST's files, or it is damaged: {error}.") from error
    if len(values) != math.prod(shape):
        raise DatasetError(
            f"{path} is damaged: its header announces {math.prod(shape):,} bytes and another number follows."
        )
    return np.frombuffer(values, np.uint8).reshape(shape)
