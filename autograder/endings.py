"""How a check's conversation with an exercise ended, in few bytes, and whether two conversations ended alike."""

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np

from autograder.diagnosis import TOLERANCES, difference
from autograder.worker import wire

DATA = np.ndarray | np.generic | int | float | str
ENTRIES = 200  # of an array, or a list of numbers, that are kept; of what has more, a digest
CLOSE = 1e-6  # two sums, as a share of the sum of all sizes; rounding of float32 makes less
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
        summary: of all calls, as `summary_of` makes it.
        weak: whether the right solution answers the last call alike, or is not asked it at all. Then the mistake lies further
            ahead, and only the summary tells it from others.
    """

    calls: int
    error: str | None
    measured: int | None
    changed: bool
    value: object
    summary: list
    weak: bool = False

    @property
    def comparable(self):
        """Whether another conversation could end like this."""
        return self.error is not None or self.value is not None

    def packed(self):
        return wire.pack_frame(list(vars(self).values()))


def unpacked(frame):
    """Return the Ending that `packed` made these bytes of."""
    return Ending(*wire.unpack_frame(frame))


def ending_of(outcomes):
    """Return the Ending of a conversation, given the remote.Outcome of every call; None if there was no call."""
    if not outcomes:
        return None
    last, calls, summary = outcomes[-1], len(outcomes), summary_of(outcomes)
    if last.error:
        place = getattr(last.error, "where", "")
        return Ending(calls, str(last.error).removesuffix(f" ({place})"), None, False, None, summary)
    return Ending(calls, None, last.measured, bool(last.changed), digest(last.value), summary)


def same(one, other):
    """Return whether two conversations ended alike: as many calls, and the last one with the same result."""
    if one is None or other is None or one.calls != other.calls:
        return False
    if (one.weak or other.weak or one.error or other.error) and not same_summary(one.summary, other.summary):
        return False  # one broken line may complain in the words of another
    if one.error or other.error:
        return one.error == other.error
    if (one.measured is None) != (other.measured is None) or one.changed != other.changed:
        return False
    if one.measured is not None and not 0.8 < one.measured / other.measured < 1.25:
        return False
    return same_value(one.value, other.value)


def summary_of(outcomes):
    """Return what all calls gave in a few numbers: a checksum of the kinds of the results, what was measured, and two sums."""
    kinds, measured, signed, size = "", 0, 0.0, 0.0
    for number, outcome in enumerate(outcomes):
        value = outcome.value
        measured += outcome.measured or 0
        kinds += f" {bool(outcome.error)}{bool(outcome.changed)}"
        if isinstance(value, int | float | np.number | np.ndarray) and np.asarray(value).dtype.kind in "biufc":
            values = np.asarray(value)
            flat = np.where(np.isfinite(values), values.real, 0).astype(np.float64).ravel()
            signed += np.cos(number) * (flat @ np.cos(np.arange(flat.size)))
            size += np.abs(flat).sum()
            kinds += f"{values.dtype}{values.shape}{np.isfinite(values).sum()}"
        else:
            kinds += type(value).__name__
    return [zlib.crc32(kinds.encode()), measured, float(signed), float(size)]


def same_summary(one, other):
    (kinds, measured, signed, _), (other_kinds, other_measured, other_signed, size) = one, other
    return (
        kinds == other_kinds
        and 0.8 * other_measured <= measured <= 1.25 * other_measured
        and abs(signed - other_signed) <= CLOSE * size
    )


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
