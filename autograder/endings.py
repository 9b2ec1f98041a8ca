"""How a check's conversation with an exercise ended, in few bytes, and whether two conversations ended alike."""

import hashlib
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from autograder.diagnosis import TOLERANCES, difference
from autograder.worker import wire

DATA = np.ndarray | np.generic | int | float | str
ENTRIES = 200  # of an array, or a list of numbers, that are kept; of what has more, a digest
DEPTH = 32  # of lists in lists that are looked into; the reference returns two


@dataclass(frozen=True)
class Ending:
    """The end of a conversation.

    Attributes:
        calls: how many calls, and looks at objects, there were.
        error: what the last one raised, without the place, or None.
        measured: what it measured, or None.
        changed: whether it changed an argument in place.
        value: what it returned, as `digest` keeps it; None if that was no data.
        earlier: the Outcomes of all calls before it, or the sums over them. A check of a gradient ends with one more forward
            pass, which is the same whatever is wrong with `backward`: only what came before tells.
    """

    calls: int
    error: str | None
    measured: int | None
    changed: bool
    value: object
    earlier: tuple | list

    @cached_property
    def before(self):
        """The sums over all numbers that came before it, as `sums_of` returns them; few endings are asked for them."""
        return self.earlier if isinstance(self.earlier, list) else sums_of(self.earlier)

    @property
    def comparable(self):
        """Whether another conversation could end like this."""
        return self.error is not None or self.value is not None

    def packed(self):
        return wire.pack_frame([self.calls, self.error, self.measured, self.changed, self.value, self.before])


def unpacked(frame):
    """Return the Ending that `packed` made these bytes of."""
    return Ending(*wire.unpack_frame(frame))


@np.errstate(all="ignore")  # of numbers that overflow
def ending_of(outcomes):
    """Return the Ending of a conversation, given the remote.Outcome of every call; None if there was no call."""
    if not outcomes:
        return None
    *earlier, last = outcomes
    if last.error:
        place = getattr(last.error, "where", "")
        return Ending(len(outcomes), str(last.error).removesuffix(f" ({place})"), None, False, None, tuple(earlier))
    return Ending(len(outcomes), None, last.measured, bool(last.changed), digest(last.value), tuple(earlier))


@np.errstate(all="ignore")
def sums_of(outcomes):
    """Return what is left of the data of a conversation: a checksum of the shapes, the tolerance, two sums, and that of sizes."""
    shapes, rtol, sums = 0, TOLERANCES["float64"][0], np.zeros(3)
    for place, outcome in enumerate(outcomes, 1):
        for numbers in arrays_in(outcome.value):
            flat = numbers.ravel()
            shapes = zlib.crc32(repr(numbers.shape).encode(), shapes)
            rtol = max(rtol, TOLERANCES.get(flat.dtype.name, TOLERANCES["float64"])[0])
            flat = np.where(np.isfinite(flat), flat, 0).real.astype(np.float64)
            order = place / len(outcomes) * np.linspace(1, 2, flat.size)  # the same numbers in another order give another sum
            sums += flat.sum(), flat @ order, np.abs(flat).sum()
    return [shapes, rtol, *(float(each) for each in sums)]


def arrays_in(value, depth=DEPTH):
    """Yield the arrays of numbers in a value; a single number is one too, and a text a number between 0 and 1."""
    if isinstance(value, list | tuple) and depth:
        for each in value:
            yield from arrays_in(each, depth - 1)
    elif isinstance(value, str):
        yield np.array(int.from_bytes(hashlib.sha256(value.encode()).digest()[:4], "big") / 2**32)
    elif isinstance(value, np.ndarray | np.generic | int | float) and np.asarray(value).dtype.kind in "biufc":
        yield np.asarray(value)


def same(one, other):
    """Return whether two conversations ended alike: as many calls, the last one with the same result, and the same before."""
    if one is None or other is None or one.calls != other.calls:
        return False
    return same_end(one, other) and same_sums(one.before, other.before)


def same_end(one, other):
    if one.error or other.error:
        return one.error == other.error
    if (one.measured is None) != (other.measured is None) or one.changed != other.changed:
        return False
    if one.measured is not None and not 0.8 < one.measured / other.measured < 1.25:
        return False
    return same_value(one.value, other.value)


def same_sums(sums, others):
    (shapes, rtol, *signed, sizes), (its_shapes, its_rtol, *its_signed, _) = sums, others
    return shapes == its_shapes and all(abs(a - b) <= max(rtol, its_rtol) * sizes for a, b in zip(signed, its_signed, strict=True))


def digest(value, depth=DEPTH):
    """Return a value as it is, or what is left of it when it is large: entries from all over it, and sums; None for no data."""
    if isinstance(value, list | tuple):
        if depth == 0:
            return None
        if len(value) > ENTRIES and all(type(each) in (int, float) for each in value):
            return {"list": digest(np.array(value))}
        return [digest(each, depth - 1) for each in value]
    if not isinstance(value, np.ndarray) or value.size <= ENTRIES:
        return value if isinstance(value, DATA) else None
    described = {"dtype": value.dtype.str, "shape": list(value.shape)}
    if value.dtype.kind not in "fc":
        return described | {"sha": hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}
    flat, finite = value.ravel(), np.isfinite(value.ravel())
    chosen = np.linspace(0, flat.size - 1, ENTRIES).astype(int)
    real = np.where(finite, np.abs(flat), 0).astype(np.float64)
    signed = np.where(finite, flat.real, 0).astype(np.float64)
    sums = [signed.sum(), signed @ np.linspace(0, 1, flat.size), real.sum()]
    return described | {"finite": hashlib.sha256(finite).hexdigest(), "entries": flat[chosen], "sums": np.array(sums)}


def same_value(value, other):
    if isinstance(value, dict) and isinstance(other, dict):
        return same_digest(value, other)
    if isinstance(other, list):
        alike = isinstance(value, list) and len(value) == len(other)
        return alike and all(map(same_value, value, other))
    if not isinstance(value, DATA) or not isinstance(other, DATA):
        return False
    value, other = np.asarray(value), np.asarray(other)
    return (
        value.shape == other.shape
        and value.dtype == other.dtype
        and (value.dtype.kind not in "fc" or np.array_equal(np.isfinite(value), np.isfinite(other)))
        and difference(np.nan_to_num(value), np.nan_to_num(other), "") is None
    )


def same_digest(value, other):
    if value.keys() != other.keys():
        return False
    if "list" in value:
        return same_value(value["list"], other["list"])
    if any(value[key] != other[key] for key in ("dtype", "shape", "sha", "finite") if key in value):
        return False
    if "sha" in value:
        return True
    rtol, _ = TOLERANCES.get(np.dtype(value["dtype"]).name, TOLERANCES["float64"])
    close = np.abs(value["sums"] - other["sums"]) <= rtol * other["sums"][2]
    return bool(close.all()) and same_value(value["entries"], other["entries"])
