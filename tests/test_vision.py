"""The reference of Part V's other tasks, and the given layers and losses, against PyTorch, SciPy, and counting."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from autograder.oracle import reference_modules
from dlcourse.toolkit import gradient_check

vision = reference_modules("vision.iou", ()).load("vision")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, an oracle of these tests, is not installed")


# --------------------------------------------------------------------------------------------- given layers and losses


def test_upsampling_is_torchs_nearest_on_300_shapes(torch, rng):
    for _ in range(300):
        x, scale = rng.normal(size=rng.integers(1, 7, size=4)), int(rng.integers(1, 5))
        layer, tensor = vision.Upsample2d(scale), torch.tensor(x, requires_grad=True)
        expected = torch.nn.Upsample(scale_factor=scale)(tensor)
        np.testing.assert_array_equal(layer.forward(x), expected.detach().numpy())
        dy = rng.normal(size=expected.shape)
        expected.backward(torch.tensor(dy))
        np.testing.assert_allclose(layer.backward(dy), tensor.grad.numpy(), rtol=0, atol=1e-12)


def test_upsampling_keeps_float32_and_has_the_right_gradient(rng):
    layer, x = vision.Upsample2d(3), rng.normal(size=(2, 3, 4, 5))
    y = layer.forward(x.astype(np.float32))
    assert y.dtype == layer.backward(y).dtype == np.float32
    assert gradient_check.check_layer(layer, x, rng).passed


@pytest.mark.parametrize("name", ["MSELoss", "BCEWithLogitsLoss"])
def test_losses_are_torchs(torch, rng, name):
    predicted, target = 3 * rng.normal(size=(2, 3, 4, 5)), rng.uniform(size=(2, 3, 4, 5))
    loss, tensor = getattr(vision, name)(), torch.tensor(predicted, requires_grad=True)
    expected = getattr(torch.nn, name)()(tensor, torch.tensor(target))
    expected.backward()
    np.testing.assert_allclose(loss.forward(predicted, target), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(loss.backward(), tensor.grad.numpy(), atol=1e-14)
    assert gradient_check.check_loss(lambda p: (loss.forward(p, target), loss.backward()), predicted, rng).passed
    loss.forward(predicted.astype(np.float32), target)
    assert loss.backward().dtype == np.float32


def test_certain_scores_cost_what_they_should(torch):
    """Scores of ±1000 overflow in the textbook's formula."""
    scores, target = np.array([1000.0, -1000.0, 1000.0, -1000.0]), np.array([1.0, 0.0, 0.0, 1.0])
    loss = vision.BCEWithLogitsLoss()
    assert loss.forward(scores, target) == 500
    np.testing.assert_array_equal(loss.backward(), [0, 0, 0.25, -0.25])


def test_cross_entropy_of_pixels_is_torchs(torch, rng):
    scores, labels = rng.normal(size=(2, 4, 3, 5)), rng.integers(0, 4, size=(2, 3, 5))
    loss, tensor = vision.PixelCrossEntropyLoss(), torch.tensor(scores, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(tensor, torch.tensor(labels))
    expected.backward()
    np.testing.assert_allclose(loss.forward(scores, labels), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(loss.backward(), tensor.grad.numpy(), atol=1e-14)


# --------------------------------------------------------------------------------------------------------------- boxes


def boxes_of(rng, count, field=30):
    corners = rng.integers(0, field // 2, size=(count, 2))
    return np.concatenate([corners, corners + rng.integers(1, field // 2, size=(count, 2))], axis=1)


def test_iou_is_a_share_of_pixels(rng):
    a, b = boxes_of(rng, 40), boxes_of(rng, 30)
    pixels = []
    for boxes in (a, b):
        masks = np.zeros((len(boxes), 30, 30), bool)
        for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True):
            mask[top:bottom, left:right] = True
        pixels.append(masks.reshape(len(boxes), -1).astype(int))
    both = pixels[0] @ pixels[1].T
    union = pixels[0].sum(axis=1)[:, np.newaxis] + pixels[1].sum(axis=1) - both
    np.testing.assert_allclose(vision.iou(a, b), both / union, atol=1e-12)


def test_iou_does_not_change_with_the_unit_or_the_order(rng):
    a, b = boxes_of(rng, 8).astype(float), boxes_of(rng, 5).astype(float)
    np.testing.assert_allclose(vision.iou(a, b), vision.iou(b, a).T, atol=1e-12)
    np.testing.assert_allclose(vision.iou(a, b), vision.iou(0.37 * a + 5, 0.37 * b + 5), atol=1e-12)


def test_suppression_keeps_boxes_that_do_not_overlap_and_explains_each_drop(rng):
    boxes, scores = boxes_of(rng, 60).astype(float), rng.permutation(60).astype(float)
    kept = vision.non_maximum_suppression(boxes, scores, 0.4)
    overlap = vision.iou(boxes, boxes)
    assert np.all(np.diff(scores[kept]) < 0) and np.all(overlap[np.ix_(kept, kept)][~np.eye(len(kept), dtype=bool)] <= 0.4)
    for dropped in set(range(60)) - set(kept.tolist()):
        assert any(overlap[dropped, k] > 0.4 and scores[k] > scores[dropped] for k in kept)


# ------------------------------------------------------------------------------------------------ pictures, key points


def test_psnr_of_known_errors(rng):
    truth = rng.integers(50, 200, size=(20, 20, 3)).astype(np.uint8)
    assert vision.psnr(truth + np.uint8(1), truth) == pytest.approx(48.1308, abs=1e-4)  # 20 log10 255
    assert vision.psnr(truth, truth) == np.inf
    noise = rng.normal(scale=0.1, size=(200, 200))
    assert vision.psnr(0.5 + noise, np.full((200, 200), 0.5), 1) == pytest.approx(20, abs=0.1)


def test_psnr_agrees_with_torch(torch, rng):
    image, truth = rng.uniform(size=(2, 9, 7))
    expected = -10 * torch.log10(torch.nn.functional.mse_loss(torch.tensor(image), torch.tensor(truth)))
    assert vision.psnr(image, truth, 1) == pytest.approx(expected.item(), rel=1e-12)


def test_key_points_are_the_tops_that_scipy_finds(rng):
    """The parabola through three numbers, maximized by a general method."""
    heat = rng.normal(size=(1, 1, 9, 11))
    row, column = 4, 6
    heat[0, 0, row, column] = 5
    for axis, values, at in ((0, heat[0, 0, row], column), (1, heat[0, 0, :, column], row)):
        parabola = np.polynomial.Polynomial.fit([at - 1, at, at + 1], values[at - 1 : at + 2], 2)
        top = minimize_scalar(lambda t, parabola=parabola: -parabola(t), bounds=(at - 1, at + 1), method="bounded",
                              options={"xatol": 1e-9}).x  # fmt: skip
        assert vision.decode_heatmaps(heat)[0, 0, axis] == pytest.approx(top, abs=1e-5)


def test_gaussian_heat_maps_give_the_key_point_to_a_tenth_of_a_pixel(rng):
    points = rng.uniform(3, 12, size=(4, 5, 2))
    rows, columns = np.mgrid[:16, :16]
    squares = (columns - points[..., 0, None, None]) ** 2 + (rows - points[..., 1, None, None]) ** 2
    got = vision.decode_heatmaps(np.exp(-squares / (2 * 1.5**2)).astype(np.float32))
    assert np.abs(got - points).max() < 0.1 and got.dtype == np.float32
    rounded = np.rint(points)
    assert np.abs(got - points).mean() < np.abs(rounded - points).mean() / 3
