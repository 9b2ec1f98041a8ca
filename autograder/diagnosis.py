"""Why is it wrong? Compare a student's value with the expected one, and say what a good teaching assistant would say."""

import numpy as np

from autograder.remote import CheckFailed, Proxy, clean
from autograder.worker.wire import Foreign

TOLERANCES = {"float16": (1e-2, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-9, 1e-11)}  # relative, absolute


def compare(got, expected, *, what="the result", rtol=None, atol=None, sizes=None):
    """Return if `got` equals `expected`; raise CheckFailed with the most telling difference otherwise.

    Args:
        got: what the student's code returned; anything.
        expected: array, number, or (nested) list or tuple of these.
        what: the subject of the message's sentence.
        rtol, atol: tolerances relative to the expected value, and absolute as a share of the largest expected magnitude;
            the defaults follow the less precise of the two dtypes.
        sizes: {"N, the number of points": 7}: numbers by which a student may have multiplied or divided by mistake.
    """
    with np.errstate(all="ignore"):  # what a student's numbers overflow here is not the student's warning
        problem = difference(got, expected, what, rtol, atol, sizes or {})
    if problem:
        raise CheckFailed(problem)


def difference(got, expected, what, rtol=None, atol=None, sizes=None):
    """Return a sentence on how `got` differs from `expected`, or None."""
    if isinstance(expected, list | tuple):
        return sequence_difference(got, expected, what, rtol, atol, sizes)
    return (
        type_difference(got, expected, what)
        or shape_difference(np.asarray(got), np.asarray(expected), what)
        or kind_difference(np.asarray(got), np.asarray(expected), what)
        or value_difference(np.asarray(got), np.asarray(expected), what, rtol, atol, sizes or {})
    )


def sequence_difference(got, expected, what, rtol, atol, sizes):
    if not isinstance(got, list | tuple):
        return f"{what}: got {described(got)}, expected a {type(expected).__name__} of {len(expected)}"
    if len(got) != len(expected):
        return f"{what}: got {len(got)} entries, expected {len(expected)}"
    for position, (one, other) in enumerate(zip(got, expected, strict=True)):
        if problem := difference(one, other, f"{what}, entry {position}", rtol, atol, sizes):
            return problem
    return None


def type_difference(got, expected, what):
    if got is None:
        return f"{what}: got None; is a return missing?"
    if isinstance(expected, np.ndarray) and not isinstance(got, np.ndarray):
        hint = "; np.array(…) makes an array of it" if isinstance(got, list | tuple) else ""
        return f"{what}: got {described(got)}, expected an array of shape {expected.shape}{hint}"
    if not isinstance(got, np.ndarray | np.generic | int | float):
        return f"{what}: got {described(got)}, expected {described(expected)}"
    return None


def described(value):
    """Return what a value is, in words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, Foreign):
        return clean(value.description)
    if isinstance(value, Proxy):
        return repr(value)
    if isinstance(value, np.generic | int | float | bool):
        return f"the number {value!r}" if not isinstance(value, np.generic) else f"the number {value}"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def shape_difference(got, expected, what):
    if got.shape == expected.shape:
        return None
    reason = ""
    if expected.ndim == 2 and got.shape == expected.shape[::-1]:
        reason = "; it is transposed, rows and columns are swapped"
    elif got.size == expected.size:
        reason = "; the right number of values in the wrong arrangement"
    elif got.ndim == expected.ndim - 1:
        reason = "; one axis is missing, was it summed away?"
    elif got.ndim == expected.ndim + 1:
        reason = "; one axis too many, is a sum missing?"
    return f"{what}: shape {got.shape}, expected {expected.shape}{reason}"


def kind_difference(got, expected, what):
    if got.dtype.kind == expected.dtype.kind or (expected.dtype.kind in "iu" and got.dtype.kind in "iu"):
        return None
    if expected.dtype.kind == "f" and got.dtype.kind in "iu":
        return f"{what}: dtype {got.dtype}; integers cut off fractions and overflow, so compute with floats"
    return f"{what}: dtype {got.dtype}, expected {expected.dtype}"


def value_difference(got, expected, what, rtol, atol, sizes):
    if expected.dtype.kind not in "fc":
        wrong = got != expected
        return worst_entry(got, expected, wrong, what) if wrong.any() else None
    coarser = min(got.dtype, expected.dtype, key=lambda dtype: dtype.itemsize).name
    default_rtol, default_atol = TOLERANCES.get(coarser, TOLERANCES["float64"])
    rtol = default_rtol if rtol is None else rtol
    scale = float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0))
    atol = (default_atol if atol is None else atol) * scale

    def close(a, b):
        return np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=False)

    got, expected = got.astype(np.float64), expected.astype(np.float64)
    wrong = ~close(got, expected)
    if not wrong.any():
        return None
    if (bad := ~np.isfinite(got)).any():
        index = position(bad)
        return (
            f"{what}: {int(bad.sum())} value(s) are not finite; the first, at {list(index)}, is {got[index]:g}. "
            "Look for a root of a negative number, a division by zero, or an overflow"
        )
    return (
        relation(got, expected, close, what, sizes)
        or place(wrong, what, got, expected)
        or worst_entry(got, expected, wrong, what)
    )


def relation(got, expected, close, what, sizes):
    """Return a sentence if all of `got` follows from `expected` by one simple mistake, or None."""
    if expected.size < 2 or not np.any(expected):
        return None
    factors = {"-1: check the sign": -1.0, "2": 2.0, "1/2": 0.5, "-2": -2.0}
    for name, size in sizes.items():
        factors |= {f"{size}, which is {name}": float(size), f"1/{size}, where {size} is {name}": 1 / size}
    for name, factor in factors.items():
        if factor != 1 and np.all(close(got, factor * expected)):
            return f"{what}: the right values times {name}"
    if np.all(expected >= 0) and np.all(close(got, expected**2)):
        return f"{what}: the squares of the right values; is a root missing?"
    if np.all(expected >= 0) and np.all(close(got, np.sqrt(expected))):
        return f"{what}: the roots of the right values; is there a root too many?"
    factor = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if abs(factor) > 1e-6 and np.all(close(got, factor * expected)):
        return f"{what}: the right values times the constant {factor:.6g}"
    offset = float(np.mean(got - expected))
    if np.all(close(got, expected + offset)):
        return f"{what}: the right values plus the constant {offset:.6g}"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and np.all(close(got.T, expected)):
        return f"{what}: transposed, rows and columns are swapped"
    return None


def place(wrong, what, got, expected):
    """Return a sentence if the mistakes lie in one row, one column or the border alone, or None."""
    if wrong.ndim != 2 or min(wrong.shape) < 3:
        return None
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if len(rows) == 1 or len(columns) == 1:
        only = f"row {rows[0]}" if len(rows) == 1 else f"column {columns[0]}"
        return f"{worst_entry(got, expected, wrong, what)}, all of them in {only}"
    if wrong[1:-1, 1:-1].size >= 6 and not wrong[1:-1, 1:-1].any():  # of two or three numbers inside, chance may spare all
        return f"{worst_entry(got, expected, wrong, what)}, all of them at the border"
    return None


def worst_entry(got, expected, wrong, what):
    share = "" if got.ndim == 0 else f" ({int(wrong.sum())} of {wrong.size} values are wrong)"
    if expected.dtype.kind in "fc":
        error = np.where(wrong, np.abs(got - expected), -1)
        index = np.unravel_index(int(error.argmax()), error.shape)
        shown = f"{got[index]:.6g}, expected {expected[index]:.6g}"
    else:
        index = position(wrong)
        shown = f"{got[index]}, expected {expected[index]}"
    place = "" if got.ndim == 0 else f"at {[int(i) for i in index]} "
    return f"{what}: {place}got {shown}{share}"


def position(mask):
    """Return the index of the first True of a mask, as a tuple of ints."""
    return tuple(int(i) for i in np.argwhere(mask)[0])


def expect(condition, message):
    """Raise CheckFailed with `message` unless `condition` holds."""
    if not condition:
        raise CheckFailed(message)


def expect_dtype(got, dtype, what="the result"):
    """Raise CheckFailed unless `got` is an array of this dtype."""
    expect(isinstance(got, np.ndarray), f"{what}: got {described(got)}, expected an array of dtype {np.dtype(dtype)}")
    expect(got.dtype == dtype, f"{what}: dtype {got.dtype}, expected {np.dtype(dtype)}; keep the precision you were given")


def expect_indices(got, what):
    """Raise CheckFailed unless `got` is a 1-D integer array."""
    fine = isinstance(got, np.ndarray) and got.ndim == 1 and got.dtype.kind in "iu"
    expect(fine, f"{what}: got {described(got)}, expected a 1-D integer array of indices")
