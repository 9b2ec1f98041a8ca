"""Measure convolution, forward and backward, against PyTorch: the toolkit's fast one, the exercise's plain one, and a compiled one.

    python benchmarks/convolution.py [--quick] [--repeats N] [--patience SECONDS]

Five layers in float32, with one thread and with all. Each gets its arrays in the memory order in which the layers of its own kind
hand them over. The compiled one is im2col by strides and a col2im in C, as in CS231n; where there is no C compiler, its column is
empty. First everyone's gradients are compared. Writes its section of benchmarks/README.md;
with --quick, at tiny sizes, it only prints it.
"""

import ctypes
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import contest
import measure
import numpy as np
from contest import milliseconds, ratio, torch
from numpy.lib.stride_tricks import as_strided

CASES = {  # images, channels, height and width, filters, kernel, padding; whether it is first: the data needs no gradient
    "A": (64, 3, 32, 32, 3, 1, True),
    "B": (64, 32, 16, 64, 3, 1, False),
    "C": (64, 64, 8, 128, 3, 1, False),
    "L1": (64, 1, 28, 6, 5, 2, True),
    "L2": (64, 6, 14, 16, 5, 0, False),
}
COLUMNS = (
    "threads and case",
    "PyTorch forward",
    "backward",
    "fast: forward",
    "backward",
    "both",
    "share of the limit",
    "product alone, forward",
    "plain: forward",
    "backward",
    "both",
    "compiled: both",
    "plain against compiled",
    "the same, handed (N, C, H, W) in memory",
)
PART_COLUMNS = (
    "processor time, one thread",
    "fast: unfold",
    "product",
    "gradient of the weights",
    "of the images",
    "plain: all",
    "its three products",
)
AIM, PLAIN_AIM = 1.5, 2.5  # of PyTorch's time, with one thread; the plain one's in cases B and C
SAMPLE = 0.05  # seconds
COL2IM = """
void col2im(float *image, const float *columns, long channels, long kernel, long images, long padded, long out) {
  for (long n = 0; n < images; n++)
    for (long c = 0; c < channels; c++)
      for (long p = 0; p < kernel; p++)
        for (long q = 0; q < kernel; q++) {
          const float *from = columns + (((c * kernel + p) * kernel + q) * images + n) * out * out;
          float *to = image + ((n * channels + c) * padded + p) * padded + q;
          for (long i = 0; i < out; i++)
            for (long j = 0; j < out; j++)
              to[i * padded + j] += from[i * out + j];
        }
}
"""  # the loops of CS231n's Cython, in their order


def compete(threads, quick, repeats, patience):
    rows, parts, taken = [], [], []
    cases = {"L2": (2, *CASES["L2"][1:])} if quick else CASES
    size = 64 if quick else 2048
    for name, (num_images, channels, height, filters, kernel, padding, first) in cases.items():
        rng = np.random.default_rng(0)
        x = rng.standard_normal((num_images, channels, height, height), np.float32)
        out = height + 2 * padding - kernel + 1
        gradient = rng.standard_normal((num_images, filters, out, out), np.float32)
        contestants = contest_of(x, gradient, kernel, padding, first)
        left = rng.standard_normal((filters, channels * kernel**2), np.float32)
        right = rng.standard_normal((channels * kernel**2, num_images * out**2), np.float32)
        contestants["product"] = lambda left=left, right=right: left @ right
        numbers = {each: sample_length(function) for each, function in contestants.items()}
        contestants = {each: contest.repeated(function, numbers[each]) for each, function in contestants.items()}
        numbers["limit"], contestants["limit"] = 1, contest.product_rate(size)
        samples = measure.interleaved(contestants, repeats, patience / len(CASES))
        taken += samples.values()
        seconds = {each: samples[each].median / numbers[each] for each in samples}
        operations = 2 * gradient.size * channels * kernel**2 * (2 if first else 3)
        rows.append(row(f"{threads}, {name}", threads, seconds, operations * seconds["limit"] / (2 * size**3)))
        if threads == 1:
            these = x, gradient, kernel, padding, first, 3 if quick else 50
            parts.append([name, *parts_of_fast(*these), *parts_of_plain(*these)])
    return [rows, parts], taken


def row(name, threads, seconds, at_the_limit):
    forward, both = seconds["torch forward"], seconds["torch"]
    backward = both - forward

    def ratios(who):
        ahead, all_of_it = seconds[f"{who} forward"], seconds[who]
        return [ratio(ahead, forward), ratio(all_of_it - ahead, backward), ratio(all_of_it, both)]

    fast, plain = ratios("fast"), ratios("plain")
    if threads == 1:
        fast[-1] = measure.verdict(fast[-1], f"at most {AIM}", seconds["fast"] <= AIM * both)
        if name.split()[-1] in "BC":
            plain[-1] = measure.verdict(plain[-1], f"at most {PLAIN_AIM}", seconds["plain"] <= PLAIN_AIM * both)
    compiled, against, reordered = "", "", ""
    if "compiled" in seconds:
        compiled, against = ratio(seconds["compiled"], both), ratio(seconds["plain"], seconds["compiled"])
        reordered = ratio(seconds["plain reordered"], seconds["compiled"])
        if threads == 1 and name.split()[-1] in "BC":
            against = measure.verdict(against, "at most 1", seconds["plain"] <= seconds["compiled"])
    return [
        name,
        milliseconds(forward),
        milliseconds(backward),
        *fast,
        f"{at_the_limit / seconds['fast']:.0%}",
        ratio(seconds["product"], forward),
        *plain,
        compiled,
        against,
        reordered,
    ]


def contest_of(x, gradient, kernel, padding, first):
    """Return {name: function}, forward alone and forward with backward, for everyone."""
    from dlcourse.convolution import Conv2d
    from dlcourse.toolkit import fast

    (channels, filters), rng = (x.shape[1], gradient.shape[1]), np.random.default_rng(0)
    theirs = torch.nn.Conv2d(channels, filters, kernel, padding=padding)
    images, dy = torch.from_numpy(x).requires_grad_(not first), torch.from_numpy(gradient)
    ours = fast.Conv2d(channels, filters, kernel, padding=padding, rng=rng, input_gradient=not first)
    in_rows = [fast.images(fast.rows(each)) for each in (x, gradient)]  # as the layer before and the layer after hand them over
    plain = Conv2d(channels, filters, kernel, padding=padding, rng=rng)
    images_last = x if first else in_plains_order(x), in_plains_order(gradient)  # a first layer's images are as they come
    ours.weight.value[...] = plain.weight.value
    theirs.weight.data, theirs.bias.data = (torch.from_numpy(parameter.value.copy()) for parameter in plain.parameters())
    contestants = {
        "torch forward": lambda: theirs(images),
        "torch": lambda: (theirs.zero_grad(), theirs(images).backward(dy)),
        "fast forward": lambda: ours.forward(in_rows[0]),
        "fast": lambda: forward_and_backward(ours, *in_rows),
        "plain forward": lambda: plain.forward(images_last[0]),
        "plain": lambda: forward_and_backward(plain, *images_last),
        "plain reordered": lambda: forward_and_backward(plain, x, gradient),
    }
    if col2im() is not None:
        compiled = Compiled(plain.weight.value, plain.bias.value, padding)
        contestants["compiled"] = lambda: compiled.backward(gradient, compiled.forward(x))
        of_weights, of_images = compiled.backward(gradient, compiled.forward(x))[1], contestants["plain"]()
        compare(contestants["compiled"]()[0], of_images)
        compare(of_weights, plain.weight.grad)
    contestants["torch"](), contestants["plain"](), contestants["fast"]()
    compare(ours.weight.grad, plain.weight.grad)
    compare(theirs.weight.grad.numpy(), plain.weight.grad)
    return contestants


def in_plains_order(array):
    """Return the same (N, C, H, W), but (C, H, W, N) in memory, as the layers of the exercise return it."""
    return np.ascontiguousarray(array.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)


def compare(got, expected):
    """Fail unless two arrays are the same, up to the rounding of float32."""
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def forward_and_backward(layer, x, gradient):
    for parameter in layer.parameters():
        parameter.zero_grad()
    layer.forward(x)
    return layer.backward(gradient)


class Compiled:
    """A convolution as CS231n's fast layers do it: im2col by strides, and a compiled col2im."""

    def __init__(self, weight, bias, padding):
        self.weight, self.bias, self.padding = weight, bias, padding

    def forward(self, x):
        filters, channels, kernel, _ = self.weight.shape
        padding, (num_images, _, size, _) = self.padding, x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        out = size + 2 * padding - kernel + 1
        images, channel, line, item = padded.strides
        columns = as_strided(
            padded, (channels, kernel, kernel, num_images, out, out), (channel, line, item, images, line, item)
        ).reshape(channels * kernel**2, -1)
        y = self.weight.reshape(filters, -1) @ columns + self.bias[:, np.newaxis]
        return np.ascontiguousarray(y.reshape(filters, num_images, out, out).transpose(1, 0, 2, 3)), columns, padded.shape

    def backward(self, gradient, kept):
        _, columns, shape = kept
        filters, channels, kernel, _ = self.weight.shape
        dy = gradient.transpose(1, 0, 2, 3).reshape(filters, -1)
        dweight, dbias = (dy @ columns.T).reshape(self.weight.shape), gradient.sum(axis=(0, 2, 3))
        dcolumns = self.weight.reshape(filters, -1).T @ dy
        dpadded = np.zeros(shape, np.float32)
        pointers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for array in (dpadded, dcolumns)]
        numbers = (channels, kernel, shape[0], shape[2], gradient.shape[2])
        col2im()(*pointers, *(ctypes.c_long(number) for number in numbers))
        end = shape[2] - self.padding
        return dpadded[:, :, self.padding : end, self.padding : end], dweight, dbias


@cache
def col2im():
    """Return the compiled function, or None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "col2im.c"), Path(folder, "col2im.so")
        source.write_text(COL2IM)
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", "-o", library, source], check=True)
        return ctypes.CDLL(str(library)).col2im


def sample_length(function):
    """Return how often to call a function so that a sample takes about SAMPLE seconds."""
    function()
    started = time.perf_counter()
    function()
    return max(1, round(SAMPLE / (time.perf_counter() - started)))


def parts_of_fast(x, gradient, kernel, padding, first, repeats):
    """Return the processor time of the parts of the fast one, medians, as text."""
    from dlcourse.toolkit import fast

    layer = fast.Conv2d(x.shape[1], gradient.shape[1], kernel, padding=padding, rng=np.random.default_rng(0))
    image, dy = fast.rows(x), fast.rows(gradient)
    forward, unfold, of_weights, of_images = (
        processor_time(function, repeats)
        for function in (
            lambda: layer.forward(fast.images(image)),
            lambda: layer.unfolded(image, gradient.shape[3]),
            lambda: layer.add_weight_gradients(dy),
            lambda: layer.image_gradient(dy),
        )
    )
    return [*(milliseconds(each) for each in (unfold, forward - unfold, of_weights)), "" if first else milliseconds(of_images)]


def parts_of_plain(x, gradient, kernel, padding, first, repeats):
    """Return the processor time of the plain one, and of its products of matrices that are ready, as text."""
    from dlcourse.convolution import Conv2d

    layer = Conv2d(x.shape[1], gradient.shape[1], kernel, padding=padding, rng=np.random.default_rng(0))
    image, dy = x if first else in_plains_order(x), in_plains_order(gradient)
    both = processor_time(lambda: forward_and_backward(layer, image, dy), repeats)
    weight, columns = layer.weight.value.reshape(len(layer.weight.value), -1), layer.columns
    dy = dy.transpose(1, 2, 3, 0).reshape(len(weight), -1)
    products = processor_time(lambda: (weight @ columns, dy @ columns.T, weight.T @ dy), repeats)
    return [milliseconds(both), milliseconds(products)]


def processor_time(function, repeats):
    """Return the median time of some calls."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return float(np.median(times))


if __name__ == "__main__":
    contest.main(__doc__.splitlines()[0], "convolution", [COLUMNS, PART_COLUMNS], compete)
