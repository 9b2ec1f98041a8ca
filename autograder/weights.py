"""Read the weights of a model that a student handed in: an .npz from a stranger becomes plain arrays, or a sentence why not.

The file is read here, on the grader's side, because its size and the number of its parameters count; so nothing in it is
trusted. NumPy's own reader is not used: nothing is unpickled or evaluated, no size is believed, and no more is unpacked than
may be kept. The student's code gets the arrays.
"""

import io
import math
import re
import zipfile

import numpy as np

from autograder.worker.wire import DTYPES

FILE = "challenge.npz"  # lies beside the modules, in dlcourse/
MAX_FILE = 4 << 20  # bytes
MAX_PARAMETERS = 500_000  # numbers in all arrays together
MAX_ARRAYS = 300
MAX_HEADER = 1 << 10  # bytes of the text that says what an array is
MAX_UNPACKED = 8 * MAX_PARAMETERS + MAX_ARRAYS * (MAX_HEADER + 12)

NAME = re.compile(r"([A-Za-z0-9_.\[\]-]{1,80})\.npy")
HEADER = re.compile(r"\{'descr': '([<>|=]?[a-zA-Z]\d*)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*")


class Unreadable(Exception):
    """These are no weights that can be used; the message says why, and what to do."""


def read_weights(raw):
    """Return {name: array} of an .npz file.

    Args:
        raw: bytes of the file.

    Raises:
        Unreadable: if it is too large, holds anything but finite numbers, or is damaged.
    """
    if len(raw) > MAX_FILE:
        raise Unreadable(f"it is larger than {MAX_FILE >> 20} MB: train a smaller network, or save float16")
    if raw.count(b"PK\x01\x02") > MAX_ARRAYS:  # before zipfile makes an object of each
        raise Unreadable(f"it holds more than {MAX_ARRAYS} arrays")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        entries = archive.infolist()
    except Exception:  # a damaged one ends in whatever the damage causes
        raise Unreadable("it is no .npz file, or a damaged one: write it with toolkit.challenge.save_weights") from None
    weights, left, numbers = {}, MAX_UNPACKED, 0
    for entry in entries:
        content = unpacked(archive, entry, left)
        left -= len(content)
        name = NAME.fullmatch(entry.filename)[1]
        if name in weights:
            raise Unreadable(f"it holds two arrays called {name}")
        weights[name] = array_of(content, name)
        numbers += weights[name].size
        if numbers > MAX_PARAMETERS:
            raise Unreadable(f"it holds more than {MAX_PARAMETERS:,} numbers: train a smaller network")
    if not weights:
        raise Unreadable("it holds no arrays")
    return weights


def unpacked(archive, entry, left):
    """Return the bytes of an entry of the archive, at most `left`."""
    if not NAME.fullmatch(entry.filename):
        raise Unreadable("it holds something else than arrays, or an array with an unusual name: use letters, digits and _ . -")
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("it is encrypted, or compressed in an unusual way: write it with toolkit.challenge.save_weights")
    try:
        with archive.open(entry) as file:
            content = file.read(left + 1)
    except Exception:
        raise Unreadable("it is damaged: write it again with toolkit.challenge.save_weights") from None
    if len(content) > left:
        raise Unreadable(f"unpacked it is larger than {MAX_PARAMETERS:,} numbers need: train a smaller network")
    return content


def array_of(content, name):
    """Return the array that the bytes of an .npy file describe."""
    size, start = (2, 10) if content[6:8] == b"\x01\x00" else (4, 12)
    length = int.from_bytes(content[8 : 8 + size], "little")
    if content[:6] != b"\x93NUMPY" or content[6:8] not in (b"\x01\x00", b"\x02\x00") or length > MAX_HEADER:
        raise Unreadable(f"{name} is no array")
    header = HEADER.fullmatch(content[start : start + length].decode("latin-1"))
    if header is None or header[1] not in DTYPES:
        what = "Python objects" if header and "O" in header[1] else "something else than plain numbers"
        raise Unreadable(f"{name} holds {what}: save float32 or float16 arrays, nothing that needs pickle")
    dtype, shape = np.dtype(header[1]), [int(number) for number in header[3].split(",") if number.strip()]
    if len(shape) > 8 or len(content) - start - length != math.prod(shape) * dtype.itemsize:
        raise Unreadable(f"{name} is damaged: it is not as large as it says")
    if math.prod(shape) == 0:
        raise Unreadable(f"{name} is empty")
    array = np.frombuffer(content, dtype, offset=start + length).reshape(shape, order="F" if header[2] == "True" else "C")
    if not np.isfinite(array).all():
        raise Unreadable(f"{name} holds NaN or infinity: look at the loss while you train, and lower the learning rate")
    return array
