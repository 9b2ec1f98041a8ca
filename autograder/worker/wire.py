"""Data-only frames between grader and worker: msgpack, with arrays beside it as raw bytes. Never pickle.

A frame is two lengths, a msgpack header, and the bytes of all arrays in it, one after another:

    u32 header length | u32 body length | header | body

The header is small and capped, so that a hostile answer cannot blow up into millions of Python objects; arrays are checked
against an allow-list of dtypes and against the body's exact size.
"""

import math
import struct

import msgpack
import numpy as np

MAX_HEADER = 1 << 20
MAX_BODY = 64 << 20
MAX_DEPTH = 32
PREFIX = struct.Struct("<II")

DTYPES = frozenset("|b1 |u1 |i1 <u2 <i2 <u4 <i4 <u8 <i8 <f2 <f4 <f8 <c8 <c16".split())
ARRAY, SCALAR, GENERATOR, HANDLE, TUPLE, FOREIGN, FUNCTION = range(1, 8)


class WireError(Exception):
    """A frame that does not follow the rules above."""


class Handle:
    """An object that stays in the worker; only its number and the name of its type cross."""

    def __init__(self, number, type_name):
        self.number, self.type_name = number, type_name


class Foreign:
    """A value that is not data, such as an object array or a subclass of ndarray; only a description crosses."""

    def __init__(self, description):
        self.description = description


class Function:
    """A function that a check passes to a student's function: the text of a lambda over NumPy, as `np`.

    It crosses the wire as its text, and can be called on either side.
    """

    def __init__(self, text):
        self.text = text
        self.function = None

    def __call__(self, *arguments):
        if self.function is None:
            self.function = eval(self.text, {"np": np})  # what the grader wrote; no answer of a student comes this way
        return self.function(*arguments)


def pack_frame(message, handle_of=None):
    """Return `message` as one frame.

    Args:
        message: None, bool, int, float, str, bytes, list, tuple, dict with str keys, NumPy arrays and scalars of the
            allowed dtypes, np.random.Generator over PCG64, and nestings of these.
        handle_of: function from any other object to a Handle; without it such an object is a WireError.
    """
    body, size = [], 0

    def default(value):
        nonlocal size
        kind = type(value)
        if kind is np.ndarray:
            if value.dtype.str not in DTYPES:
                return ext(FOREIGN, f"an array of dtype {value.dtype}"[:200])
            start, size = size, size + value.nbytes
            if size > MAX_BODY:  # before any copy: what broadcasts from one number can claim any size
                raise WireError(f"more than {MAX_BODY >> 20} MB of arrays in one message")
            body.append(np.ascontiguousarray(value).tobytes())
            return ext(ARRAY, [value.dtype.str, list(value.shape), start, memory_order(value)])
        if isinstance(value, np.ndarray):
            return ext(FOREIGN, f"a {kind.__module__}.{kind.__name__}, a subclass of numpy.ndarray"[:200])
        if isinstance(value, np.generic) and value.dtype.str in DTYPES:
            return ext(SCALAR, [value.dtype.str, value.tobytes()])
        if kind is tuple:
            return ext(TUPLE, list(value))
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            state = value.bit_generator.state
            words = [state["state"]["state"], state["state"]["inc"]]
            numbers = [w.to_bytes(16, "little") for w in words] + [state["has_uint32"], state["uinteger"]]
            return ext(GENERATOR, numbers)
        if kind is Handle:
            return ext(HANDLE, [value.number, value.type_name])
        if kind is Foreign:
            return ext(FOREIGN, value.description)
        if kind is Function:
            return ext(FUNCTION, value.text)
        if handle_of is None:
            raise WireError(f"{kind.__name__} cannot cross the wire")
        return default(handle_of(value))

    def ext(code, content):
        return msgpack.ExtType(code, msgpack.packb(content, default=default, strict_types=True))

    try:
        header = msgpack.packb(message, default=default, strict_types=True)
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise WireError(f"this value cannot be sent: {error}"[:200]) from None
    if len(header) > MAX_HEADER:
        raise WireError(f"more than {MAX_HEADER >> 10} kB of lists, numbers and text in one message; send arrays")
    return b"".join([PREFIX.pack(len(header), size), header, *body])


def memory_order(array):
    """Return "C", "F" or "S" (strided: neither), so that the other side can lay the array out alike."""
    if array.flags.c_contiguous:
        return "C"
    return "F" if array.flags.f_contiguous else "S"


def unpack_frame(frame, wrap_handle=None, make_function=None):
    """Return the message in a frame; arrays are fresh, writable, and laid out in memory as they were.

    Args:
        frame: bytes-like, one whole frame.
        wrap_handle: function from a Handle to what stands for it here; without it Handles are returned as they are.
        make_function: function from the text of a Function to the function, which runs what the sender wrote: for the
            worker, whose sender is the grader, and never for the grader.

    Raises:
        WireError: for anything that `pack_frame` could not have made.
    """
    view = memoryview(frame)
    header_size, body_size = prefix_sizes(view[: PREFIX.size])
    if len(view) != PREFIX.size + header_size + body_size:
        raise WireError("the frame's length does not match its prefix")
    header, body = view[PREFIX.size : PREFIX.size + header_size], view[PREFIX.size + header_size :]
    depth, filled = 0, 0

    def decode(data):
        return msgpack.unpackb(data, ext_hook=decode_ext, raw=False, strict_map_key=True)

    def decode_ext(code, data):
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise WireError("nested too deeply")
        try:
            return decoders[code](decode(data))
        finally:
            depth -= 1

    def decode_array(content):
        nonlocal filled
        dtype, shape, start, order = content
        if dtype not in DTYPES or len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise WireError("bad array header")
        dtype = np.dtype(dtype)
        count = math.prod(shape)
        size = count * dtype.itemsize
        if start != filled or start + size > len(body):
            raise WireError("array and body do not match")
        filled += size
        flat = np.frombuffer(body, dtype, count, start) if count else np.empty(0, dtype)
        return laid_out(flat.reshape(shape), order)

    def decode_scalar(content):
        dtype, raw = content
        if dtype not in DTYPES or len(raw) != np.dtype(dtype).itemsize:
            raise WireError("bad scalar")
        return np.frombuffer(raw, dtype)[0]

    def decode_handle(content):
        number, type_name = content
        if type(number) is not int or type(type_name) is not str:
            raise WireError("bad handle")
        handle = Handle(number, type_name[:80])
        return wrap_handle(handle) if wrap_handle else handle

    def decode_function(text):
        if make_function is None:
            raise WireError("a function came where only data may come")
        return make_function(text)

    decoders = {
        ARRAY: decode_array,
        SCALAR: decode_scalar,
        GENERATOR: decode_generator,
        HANDLE: decode_handle,
        TUPLE: tuple,
        FOREIGN: lambda text: Foreign(str(text)[:200]),
        FUNCTION: decode_function,
    }
    try:
        message = decode(header)
        if filled != len(body):
            raise WireError("array and body do not match")
        return message
    except WireError:
        raise
    except Exception as error:  # a hostile frame may break msgpack or NumPy in any way: it is one malformed frame
        raise WireError(f"malformed frame ({type(error).__name__})") from None


def prefix_sizes(prefix):
    """Return (header size, body size) from a frame's first PREFIX.size bytes; WireError if either is over its cap."""
    if len(prefix) != PREFIX.size:
        raise WireError("the frame is shorter than its prefix")
    header_size, body_size = PREFIX.unpack(prefix)
    if header_size > MAX_HEADER or body_size > MAX_BODY:
        raise WireError("the answer is too large")
    return header_size, body_size


def laid_out(array, order):
    """Return a writable copy of `array` with the memory layout that `memory_order` named."""
    if order == "S" and array.ndim:
        spread = np.empty((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        spread[..., ::2] = array
        return spread[..., ::2]
    return array.copy(order="F" if order == "F" else "C")


def decode_generator(content):
    state, increment, has_uint32, uinteger = content
    if len(state) != 16 or len(increment) != 16:
        raise WireError("bad generator")
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": int.from_bytes(state, "little"), "inc": int.from_bytes(increment, "little")},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(bits)
