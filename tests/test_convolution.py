"""The reference of Part V's layers against PyTorch, over a random table of shapes, and against the lecture's numbers."""

import numpy as np
import pytest
from scipy.signal import correlate

from autograder import checks, grading, misconceptions
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_modules, reference_sources

convolution = reference_modules("convolution.Conv2d", ()).load("convolution")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


def table(num_cases=400):
    """Random kernel, stride, padding and shape: square or not, with the window fitting exactly; stride may exceed the kernel."""
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(num_cases):
        num_images, channels, filters = rng.integers(1, 5, size=3).tolist()
        kernel, stride = rng.integers(1, 6, size=2), rng.integers(1, 5, size=2)
        padding = rng.integers(0, 4, size=2)
        if rng.random() < 0.3:  # square
            kernel[:], stride[:], padding[:] = kernel[0], stride[0], padding[0]
        padding = np.minimum(padding, kernel // 2)  # PyTorch's pooling allows no more, and more is of no use
        size = kernel - 2 * padding + stride * rng.integers(0, 6, size=2)
        size += stride * ((size < 1) * (-(size - 1) // stride + 1))
        cases.append(tuple(map(tuple, (kernel.tolist(), stride.tolist(), padding.tolist())))
                     + ((num_images, channels, *size.tolist()), filters))  # fmt: skip
    return cases


TABLE = table()


def gradients(torch, layer, x, dy):
    """Return output and gradients of a PyTorch layer: of x, then of its parameters."""
    x = torch.tensor(x, requires_grad=True)
    y = layer(x)
    y.backward(torch.tensor(dy(tuple(y.shape))))
    return [y.detach().numpy(), x.grad.numpy(), *(parameter.grad.numpy() for parameter in layer.parameters())]


def test_the_table_holds_what_it_promises():
    assert len(TABLE) >= 300
    assert any(kernel[0] != kernel[1] for kernel, *_ in TABLE) and any(shape[2] != shape[3] for *_, shape, _ in TABLE)
    assert any(shape[0] == 1 for *_, shape, _ in TABLE) and any(shape[1] == 1 for *_, shape, _ in TABLE)
    assert any(stride[0] > kernel[0] for kernel, stride, *_ in TABLE)
    assert any(stride[0] < kernel[0] and padding[0] != padding[1] for kernel, stride, padding, *_ in TABLE)


def test_conv2d_is_torchs_forward_and_backward_over_the_table(torch, rng):
    for kernel, stride, padding, shape, filters in TABLE:
        x = rng.normal(size=shape)
        layer = convolution.Conv2d(shape[1], filters, kernel, stride, padding, rng, np.float64)
        layer.bias.value[...] = rng.normal(size=filters)
        oracle = torch.nn.Conv2d(shape[1], filters, kernel, stride, padding, dtype=torch.float64)
        with torch.no_grad():
            oracle.weight.copy_(torch.tensor(layer.weight.value))
            oracle.bias.copy_(torch.tensor(layer.bias.value))
        y = layer.forward(x)
        dy = rng.normal(size=y.shape)
        expected = gradients(torch, oracle, x, lambda _, dy=dy: dy)
        got = [y, layer.backward(dy), layer.weight.grad, layer.bias.grad]
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-10, err_msg=f"{kernel} {stride} {padding} {shape}")


def test_loops_are_torchs_convolution(torch, rng):
    for kernel, stride, padding, shape, filters in TABLE:
        x, weight, bias = rng.normal(size=shape), rng.normal(size=(filters, shape[1], *kernel)), rng.normal(size=filters)
        expected = torch.nn.functional.conv2d(*map(torch.tensor, (x, weight, bias)), stride, padding)
        got = convolution.conv2d_loops(x, weight, bias, stride, padding)
        np.testing.assert_allclose(got, expected.numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_pooling_is_torchs_forward_and_backward_over_the_table(torch, rng, name):
    """Windows that do not divide the image too: each case is tried on an image one row and two columns larger."""
    for kernel, stride, _, shape, _ in TABLE:
        shape = (*shape[:2], max(shape[2], kernel[0]) + 1, max(shape[3], kernel[1]) + 2)
        x = rng.normal(size=shape)
        layer = getattr(convolution, name)(kernel, stride)
        y = layer.forward(x)
        dy = rng.normal(size=y.shape)
        expected = gradients(torch, getattr(torch.nn, name)(kernel, stride), x, lambda _, dy=dy: dy)
        for one, other in zip((y, layer.backward(dy)), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-10, err_msg=f"{kernel} {stride} {shape}")


def test_max_pooling_sends_ties_where_torch_does(torch, rng):
    for kernel, stride, _, shape, _ in TABLE[:100]:
        x = np.maximum(rng.integers(-2, 3, size=(*shape[:2], shape[2] + 4, shape[3] + 4)), 0).astype(float)
        layer = convolution.MaxPool2d(kernel, stride)
        dy = rng.normal(size=layer.forward(x).shape)
        expected = gradients(torch, torch.nn.MaxPool2d(kernel, stride), x, lambda _, dy=dy: dy)[1]
        np.testing.assert_allclose(layer.backward(dy), expected, rtol=0, atol=1e-12)


def test_a_window_of_zeros_passes_its_gradient_to_one_place():
    layer = convolution.MaxPool2d(2)
    layer.forward(np.zeros((1, 1, 4, 4)))
    gradient = layer.backward(np.arange(1.0, 5.0).reshape(1, 1, 2, 2))
    np.testing.assert_array_equal(np.sort(gradient[gradient != 0]), [1, 2, 3, 4])


def test_windows_are_torchs_unfold_and_adding_them_is_fold(torch, rng):
    for kernel, stride, _, shape, _ in TABLE[:100]:
        x = rng.normal(size=(*shape[:2], shape[2] + 5, shape[3] + 5))
        windows = convolution.sliding_windows(x, kernel, stride)
        unfolded = torch.nn.functional.unfold(torch.tensor(x), kernel, stride=stride).numpy()
        np.testing.assert_array_equal(windows.transpose(0, 1, 4, 5, 2, 3).reshape(unfolded.shape), unfolded)
        y = rng.normal(size=windows.shape)
        columns = torch.tensor(y.transpose(0, 1, 4, 5, 2, 3).reshape(unfolded.shape).copy())
        expected = torch.nn.functional.fold(columns, x.shape[2:], kernel, stride=stride).numpy()
        np.testing.assert_allclose(convolution.add_windows(y, x.shape, stride), expected, atol=1e-12)


def test_adding_windows_is_the_transpose_of_taking_them(rng):
    """⟨windows of x, y⟩ = ⟨x, y added back⟩, for whatever x and y."""
    for kernel, stride, _, shape, _ in TABLE[:100]:
        x = rng.normal(size=(*shape[:2], shape[2] + 5, shape[3] + 5))
        windows = convolution.sliding_windows(x, kernel, stride)
        y = rng.normal(size=windows.shape)
        np.testing.assert_allclose(np.vdot(windows, y), np.vdot(x, convolution.add_windows(y, x.shape, stride)), atol=1e-9)


def test_a_filter_is_scipys_correlation_not_its_convolution(rng):
    image, kernel = rng.normal(size=(9, 7)), rng.normal(size=(3, 2))
    got = convolution.conv2d_loops(image[None, None], kernel[None, None], np.zeros(1))
    np.testing.assert_allclose(got[0, 0], correlate(image, kernel, mode="valid"), atol=1e-12)


def test_float32_stays_float32_and_arguments_stay_as_they_were(rng):
    x = rng.normal(size=(2, 3, 6, 8)).astype(np.float32)
    for layer in (convolution.Conv2d(3, 4, 3, 1, 1, rng), convolution.MaxPool2d(2), convolution.AvgPool2d(2)):
        before = x.copy()
        y = layer.forward(x)
        dy = np.ones_like(y)
        dx = layer.backward(dy)
        assert (y.dtype, dx.dtype) == (np.float32, np.float32) and np.all(dy == 1)
        np.testing.assert_array_equal(x, before)
        assert all(parameter.grad.dtype == np.float32 for parameter in layer.parameters())


def test_what_follows_forward_may_reuse_its_arrays(rng):
    """No padding, a window of 1: also then the layer keeps no view of the caller's x."""
    x, dy = rng.normal(size=(2, 1, 3, 3)), rng.normal(size=(2, 2, 3, 3))
    layer = convolution.Conv2d(1, 2, 1, rng=rng, dtype=np.float64)
    layer.forward(x)
    expected = np.einsum("nfij,ncij->fc", dy, x)[..., None, None]
    x[...] = 0
    layer.backward(dy)
    np.testing.assert_allclose(layer.weight.grad, expected, atol=1e-12)


def test_first_weights_keep_the_size_of_what_passes_through(rng):
    """Variance 2 / (numbers in a window): the mean square doubles, since the next ReLU takes half of it away."""
    x = rng.normal(size=(8, 16, 12, 12))
    y = convolution.Conv2d(16, 64, 3, rng=rng, dtype=np.float64).forward(x)
    assert 0.9 < np.mean(y**2) / (2 * np.mean(x**2)) < 1.1


# ------------------------------------------------------------------------------------------------ the lecture's numbers


def test_seven_pixels_and_a_window_of_three():
    size = convolution.conv_output_size
    assert (size(7, 3, 1, 0), size(7, 3, 2, 0), size(7, 3, 3, 1)) == (5, 3, 3)
    with pytest.raises(ValueError, match=r"\b1 pixel"):
        size(7, 3, 3, 0)


def test_sizes_agree_with_torch_where_the_window_fits(torch):
    for kernel, stride, padding, shape, _ in TABLE:
        image, weight = torch.zeros(1, 1, *shape[2:]), torch.zeros(1, 1, *kernel)
        expected = torch.nn.functional.conv2d(image, weight, None, stride, padding).shape
        got = [convolution.conv_output_size(*axis) for axis in zip(shape[2:], kernel, stride, padding, strict=True)]
        assert got == list(expected[2:])


def test_a_window_too_large_says_by_how_much():
    with pytest.raises(ValueError, match=r"by 4 pixel"):
        convolution.conv_output_size(5, 11, 1, 1)


def test_four_filters_have_304_parameters_not_360(torch):
    assert convolution.conv_num_parameters(3, 4, 5) == 304
    for channels, filters, kernel in ((1, 6, 5), (6, 16, (5, 3)), (64, 128, 3)):
        layer = torch.nn.Conv2d(channels, filters, kernel)
        assert convolution.conv_num_parameters(channels, filters, kernel) == sum(p.numel() for p in layer.parameters())


def test_the_lectures_maps(rng):
    x = np.zeros((1, 3, 32, 32), np.float32)
    first = convolution.Conv2d(3, 6, 5, rng=rng)
    second = convolution.Conv2d(6, 10, 5, rng=rng)
    assert first.forward(x).shape == (1, 6, 28, 28) and second.forward(first.forward(x)).shape == (1, 10, 24, 24)
    assert convolution.MaxPool2d(2).forward(np.zeros((1, 64, 224, 224), np.float32)).shape == (1, 64, 112, 112)


def test_the_receptive_field_is_what_a_gradient_reaches(rng):
    """Feed a gradient into the middle of the last map: the pixels it arrives at span the receptive field."""
    for layers in ([(3, 1), (3, 1)], [(3, 2), (2, 2), (3, 1)], [(5, 1), (2, 2), (5, 1), (2, 2)], [(1, 1)], [(2, 3), (4, 1)]):
        size, kept = 1, []
        for kernel, stride in reversed(layers):
            size = (size - 1) * stride + kernel
        image = size + 2 * np.prod([stride for _, stride in layers])
        x = np.zeros((1, 1, image, image))
        for kernel, stride in layers:
            layer = convolution.AvgPool2d(kernel, stride)  # all of its weights are positive
            x = layer.forward(x)
            kept.append(layer)
        gradient = np.zeros_like(x)
        gradient[0, 0, x.shape[2] // 2, x.shape[3] // 2] = 1
        for layer in reversed(kept):
            gradient = layer.backward(gradient)
        reached = np.flatnonzero(gradient[0, 0].any(axis=1))
        assert convolution.receptive_field(layers) == np.ptp(reached) + 1
    assert convolution.receptive_field([]) == 1


# ------------------------------------------------------------------------------------------- other right ways to write it

ALTERNATIVES = {  # exercise: what takes the place of its solution, or edits of it
    "convolution.sliding_windows, by indices": """
        rows = np.arange(0, x.shape[2] - kernel_size[0] + 1, stride_down)[:, None] + np.arange(kernel_size[0])
        columns = np.arange(0, x.shape[3] - kernel_size[1] + 1, stride_right)[:, None] + np.arange(kernel_size[1])
        return x[:, :, rows[:, None, :, None], columns[:, None, :]]
        """,
    "convolution.add_windows, by np.add.at": """
        images = np.zeros(image_shape, windows.dtype)
        rows = stride_down * np.arange(windows.shape[2])[:, None] + np.arange(windows.shape[4])
        columns = stride_right * np.arange(windows.shape[3])[:, None] + np.arange(windows.shape[5])
        np.add.at(images, (slice(None), slice(None), rows[:, None, :, None], columns[:, None, :]), windows)
        return images
        """,
    "convolution.Conv2d, by einsum": (
        (
            "        self.columns = windows.transpose(1, 4, 5, 2, 3, 0).reshape(self.weight.value[0].size, -1)"
            "  # a window a column\n"
            "        y = self.weight.value.reshape(num_filters, -1) @ self.columns + self.bias.value[:, np.newaxis]\n"
            "        return y.reshape(num_filters, height, width, num_images).transpose(3, 0, 1, 2)\n",
            "        self.windows = windows\n"
            '        y = np.einsum("ncijpq,fcpq->nfij", windows, self.weight.value, optimize=True)\n'
            "        return y + self.bias.value[:, np.newaxis, np.newaxis]\n",
        ),
        ("(dy @ self.columns.T)", 'np.einsum("nfij,ncijpq->fcpq", gradient, self.windows, optimize=True)'),
    ),
    "convolution.Conv2d, places of an image last in memory": (
        ("last = x.transpose(1, 2, 3, 0)", "last = x"),
        (
            "np.pad(last, ((0, 0), (pad_height, pad_height), (pad_width, pad_width), (0, 0))).transpose(3, 0, 1, 2)",
            "np.pad(last, ((0, 0), (0, 0), (pad_height, pad_height), (pad_width, pad_width)))",
        ),
        ("windows.transpose(1, 4, 5, 2, 3, 0)", "windows.transpose(1, 4, 5, 0, 2, 3)"),
        ("height, width, num_images).transpose(3, 0, 1, 2)", "num_images, height, width).transpose(1, 0, 2, 3)"),
        ("gradient.transpose(1, 2, 3, 0)", "gradient.transpose(1, 0, 2, 3)"),
        ("height, width, num_images).transpose(5, 0, 3, 4, 1, 2)", "num_images, height, width).transpose(3, 0, 4, 5, 1, 2)"),
    ),
    "convolution.MaxPool2d, ties to the last place": (
        ("places.argmax(axis=0)", "len(places) - 1 - places[::-1].argmax(axis=0)"),
    ),
    "convolution.AvgPool2d, by the sum": (
        (".mean(axis=(4, 5))", ".sum(axis=(4, 5)) / (self.kernel_size[0] * self.kernel_size[1])"),
    ),
    "convolution.receptive_field, from the back": """
        size = 1
        for kernel_size, stride in list(layers)[::-1]:
            size = (size - 1) * stride + kernel_size
        return size
        """,
    "convnets.lenet5, pooling before ReLU": (
        ("ReLU(),\n        MaxPool2d(2),\n        Conv2d(6", "MaxPool2d(2),\n        ReLU(),\n        Conv2d(6"),
    ),
}


@pytest.mark.parametrize("name", list(ALTERNATIVES))
def test_another_right_solution_earns_full_marks(name):
    exercise, text = checks.find(name.partition(",")[0]), ALTERNATIVES[name]
    edits, body = ((), text) if isinstance(text, str) else (text, None)
    source = misconceptions.mistaken(
        reference_sources()[exercise.module], misconceptions.Misconception(exercise.name, name, "", edits, body)
    )
    written = grading.Submission("somebody", reference_sources() | {exercise.module: source}, COURSE_ROOT / "solutions")
    for secret in "abcde":
        result = grading.grade_exercise(written, exercise, secret=secret)
        assert result.points == result.max_points, [check.message for check in result.checks if not check.passed]
