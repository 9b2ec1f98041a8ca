"""Read CIFAR-10: 60,000 colour photographs of 32x32 pixels in ten classes, in the pickle format of their authors.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
https://www.cs.toronto.edu/~kriz/cifar.html

A pickle is a program: loading one that a stranger made can run anything. So these are read with an unpickler that
knows the three names that CIFAR-10's files contain, each replaced by a harmless stand-in, and no other.
"""

import pickle
import tarfile
import zlib

import numpy as np

from dlcourse.toolkit.download import RemoteFile, fetch, md5_of
from dlcourse.toolkit.storage import DatasetError, atomic_file

FOLDER = "cifar-10-batches-py"
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
ARCHIVE = RemoteFile(
    "cifar-10-python.tar.gz",
    170498071,
    "c58f30108f718f92721af3b95e74349a",
    ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
)
MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
FILES = tuple(MD5)
TRAIN_FILES = FILES[:-1]
EXPECTED_MEMBERS = {FOLDER, *(f"{FOLDER}/{name}" for name in (*FILES, "batches.meta", "readme.html"))}
MAX_BYTES = 40_000_000  # of one batch; the real ones have 31 million
PIXELS = 3 * 32 * 32


def download(folder):
    """Make `folder` hold the six batches with the right checksums, from the downloaded archive if need be.

    Raises DatasetError when the archive cannot be had or is not what it should be.
    """
    if all((folder / name).is_file() and md5_of(folder / name) == md5 for name, md5 in MD5.items()):
        return
    archive = fetch(ARCHIVE, folder.parent)
    unpack(archive, folder)
    archive.unlink()


def unpack(archive, folder):
    """Write the six batches of a .tar.gz archive into `folder`, each whole or not at all.

    Only regular files under their expected names are written. Raises DatasetError on any other member (a link, a
    name that leads elsewhere), on a batch that is too large or missing, and on a damaged archive.
    """
    wanted = {f"{FOLDER}/{name}": folder / name for name in FILES}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.name not in EXPECTED_MEMBERS:
                    raise DatasetError(f"{archive} holds {member.name!r}, which is no part of CIFAR-10: refused.")
                if member.name in wanted:
                    if not member.isreg() or member.size > MAX_BYTES:
                        raise DatasetError(f"{archive} holds {member.name!r} as a link or too large a file: refused.")
                    with atomic_file(wanted.pop(member.name)) as file:
                        file.write(tar.extractfile(member).read())
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DatasetError(f"{archive} could not be unpacked: {error}.") from error
    if wanted:
        raise DatasetError(f"{archive} lacks {', '.join(sorted(wanted))}.")


def read(folder):
    """Read the batches that `folder` holds; none is needed.

    Returns: (training images, training labels), (test images, test labels). Images are uint8 (N, 32, 32, 3), red,
    green, blue; labels int64 (N,), positions in CLASS_NAMES. Raises DatasetError when a file is not a batch of
    CIFAR-10.
    """
    return [_read_batches([folder / name for name in names]) for names in (TRAIN_FILES, FILES[-1:])]


def _read_batches(paths):
    batches = [read_batch(path) for path in paths if path.is_file()]
    no_images, no_labels = np.empty((0, 32, 32, 3), np.uint8), np.empty(0, np.int64)
    images = np.concatenate([no_images, *(images for images, _ in batches)])
    return images, np.concatenate([no_labels, *(labels for _, labels in batches)])


def read_batch(path):
    """Read one batch: images, uint8 (N, 32, 32, 3), and labels, int64 (N,). Raises DatasetError if it is no batch."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        with open(path, "rb") as file:
            batch = _BatchUnpickler(file, encoding="bytes").load()
        return _images_and_labels(batch)
    except Exception as error:  # a damaged pickle can raise almost any exception
        raise DatasetError(f"{path} is not a batch of CIFAR-10, or it is damaged: {error}.") from error


def _images_and_labels(batch):
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise ValueError("it should hold a dictionary with b'data' and b'labels'")
    pixels, labels = batch[b"data"], batch[b"labels"]
    if not isinstance(pixels, _Array) or not isinstance(labels, list):
        raise ValueError("b'data' should be an array and b'labels' a list")
    pixels = pixels.values
    if pixels.shape != (len(labels), PIXELS):
        raise ValueError(f"b'data' has the shape {pixels.shape}; {len(labels)} labels need ({len(labels)}, {PIXELS})")
    if not all(type(label) is int and 0 <= label < len(CLASS_NAMES) for label in labels):
        raise ValueError("b'labels' should be integers from 0 to 9")
    images = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), np.array(labels, np.int64)


class _BatchUnpickler(pickle.Unpickler):
    """Knows the three names of a batch's pickle. (NumPy 2 moved the first to another module.)"""

    def find_class(self, module, name):
        stand_ins = {
            ("numpy.core.multiarray", "_reconstruct"): _Array,
            ("numpy._core.multiarray", "_reconstruct"): _Array,
            ("numpy", "ndarray"): None,
            ("numpy", "dtype"): _Dtype,
        }
        if (module, name) not in stand_ins:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which CIFAR-10 does not need: it was refused")
        return stand_ins[module, name]


class _Dtype:
    """Stands in for numpy.dtype: remembers the name it was made with."""

    def __init__(self, name, *_):
        self.name = name

    def __setstate__(self, state):
        pass  # byte order, which single bytes do not have


class _Array:
    """Stands in for a NumPy array under reconstruction: takes the pickled state of an array of bytes, and no other."""

    def __init__(self, *_):
        self.values = np.empty(0, np.uint8)

    def __setstate__(self, state):
        _, shape, dtype, is_fortran, buffer = state
        if not isinstance(dtype, _Dtype) or dtype.name not in ("u1", b"u1"):
            raise ValueError("its array should be of unsigned bytes")
        self.values = np.frombuffer(buffer, np.uint8).reshape(shape, order="F" if is_fortran else "C")
