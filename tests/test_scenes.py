"""The scenes of "CNNs are everywhere" show what their truth says, and the given helpers of its tasks compute what they promise."""

import numpy as np
import pytest

import autograder

autograder.use("solutions")

from dlcourse.convolution import AvgPool2d, Conv2d, MaxPool2d  # noqa: E402
from dlcourse.layers import CrossEntropyLoss, Flatten, Linear, ReLU, Sequential  # noqa: E402
from dlcourse.toolkit import scenes, tasks  # noqa: E402
from dlcourse.vision import Upsample2d  # noqa: E402

SIDE = 32


def arrays(made):
    """All arrays of what a generator returned, one after the other."""
    if isinstance(made, scenes.Room):
        return [made.images, made.depth, made.centres, made.edges, made.turns, made.pitches]
    return [array for part in made for array in (part if isinstance(part, list) else [part])]


@pytest.mark.parametrize("draw", [scenes.objects, scenes.figures, scenes.rooms])
def test_the_same_seed_draws_the_same_and_another_seed_something_else(draw):
    first, again, other = arrays(draw(5, 3)), arrays(draw(5, 3)), arrays(draw(5, 4))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])
    assert first[0].dtype == np.uint8 and first[0].shape == (5, SIDE, SIDE, 3)


def test_boxes_hold_exactly_the_pixels_of_their_class():
    _, classes, boxes, labels = scenes.objects(60, 0, side=64, most=5)
    for pixels, own_boxes, own_labels in zip(classes, boxes, labels, strict=True):
        outside = pixels.copy()
        for (left, top, right, bottom), label in zip(own_boxes.astype(int), own_labels, strict=True):
            inside = pixels[top:bottom, left:right]
            assert set(np.unique(inside)) <= {0, label}
            for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]):
                assert (edge == label).any(), "a box touches its shape on all four sides"
            outside[top:bottom, left:right] = 0
        assert not outside.any(), "every pixel of a shape is in a box"


def test_all_classes_and_all_numbers_of_shapes_occur():
    _, classes, _, labels = scenes.objects(100, 1, side=64, most=3)
    assert set(np.unique(np.concatenate(labels))) == {1, 2, 3}
    assert {len(each) for each in labels} == {1, 2, 3}
    _, classes, _, _ = scenes.objects(100, 1)
    assert 0.75 < np.mean(classes == 0) < 0.95


def test_areas_of_shapes_are_those_of_geometry():
    for label, area in ((1, np.pi), (2, 2.0), (3, 3 * np.sqrt(3) / 4)):  # of radius 1, to the corners
        covered = scenes.cover(label, 64, np.array([31.3, 32.8]), 20.0, 0.4)
        assert covered.min() == 0 and covered.max() == 1
        assert abs(covered.sum() / (area * 20**2) - 1) < 0.01, scenes.CLASS_NAMES[label]


def test_joints_lie_on_the_figure():
    images, joints = scenes.figures(40, 0)
    assert joints.min() >= 0 and joints.max() <= SIDE - 1
    left, right = scenes.JOINTS.index("left foot"), scenes.JOINTS.index("right foot")
    hips = scenes.JOINTS.index("hips")
    for image, points in zip(images.astype(float), joints, strict=True):
        def brightness(a, b, image=image, points=points):
            column, row = np.rint(0.5 * points[a] + 0.5 * points[b]).astype(int)
            return image[row, column].mean()

        assert brightness(left, hips) < 130 < brightness(right, hips)


def test_depth_of_the_floor_and_of_the_wall_is_that_of_geometry():
    rng = np.random.default_rng(0)
    height, pitch, wall = 1.7, 0.3, 8.0
    far_away = np.array([500.0, height - 0.5, 3.0])
    _, depth = scenes.render(rng, SIDE, height, pitch, wall, far_away, 1.0, 0.0)
    for row in range(SIDE):
        angle = pitch + np.arctan(((row + 0.5) / SIDE - 0.5) / scenes.FOCAL)  # below the horizon
        along = np.inf if angle <= 0 else height / np.sin(angle)
        along = min(along, wall / np.cos(angle))
        np.testing.assert_allclose(depth[row], along * np.cos(angle - pitch), rtol=1e-12)


def test_a_cube_is_as_near_as_its_corners_say_and_where_they_say():
    rooms = scenes.rooms(30, 0)
    for i in range(30):
        corners = scenes.cube_corners(rooms.centres[i], rooms.edges[i], rooms.turns[i], rooms.pitches[i])
        np.testing.assert_allclose(np.linalg.norm(corners - rooms.centres[i], axis=1), rooms.edges[i] * np.sqrt(3) / 2)
        seen = scenes.project(corners, SIDE)
        assert seen.min() > 0 and seen.max() < SIDE
        column, row = scenes.project(rooms.centres[i], SIDE).astype(int)
        at_the_middle = rooms.depth[i, row, column]
        assert corners[:, 2].min() - 1e-9 <= at_the_middle <= rooms.centres[i, 2], "the middle of the cube is hidden by its front"


def test_photographs_are_embedded():
    photographs = scenes.photographs()
    assert set(photographs) == {"china", "flower"}
    assert all(image.shape == (256, 384, 3) and image.dtype == np.uint8 for image in photographs.values())
    assert scenes.resized(photographs["china"], 0.5).shape == (128, 192, 3)


def test_the_fast_twin_computes_the_same_and_shares_what_it_learns():
    rng = np.random.default_rng(0)
    model = Sequential(
        Conv2d(3, 4, 5, stride=1, padding=2, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(4, 5, 3, padding=1, rng=rng),
        Upsample2d(2),
        AvgPool2d(2),
        Flatten(),
        Linear(5 * 4 * 4, 3, rng),
    )
    twin = tasks.accelerated(model)
    images, labels = rng.normal(size=(6, 3, 8, 8)).astype(np.float32), rng.integers(0, 3, 6)
    np.testing.assert_allclose(twin.forward(images), model.forward(images), rtol=1e-4, atol=1e-5)
    assert [id(p) for p in twin.parameters()] == [id(p) for p in model.parameters()]
    before = model.forward(images)
    history = tasks.learn(model, CrossEntropyLoss(), (images, labels), epochs=30, progress=False)
    assert history.train_loss[-1] < 0.5 * history.train_loss[0]
    assert not np.allclose(model.forward(images), before)


def test_moved_and_mirrored_images_keep_their_pixels():
    rng = np.random.default_rng(0)
    images = rng.uniform(1, 2, (200, 1, 6, 7)).astype(np.float32)
    flipped = tasks.mirrored(images, rng)
    same, mirror = (flipped == images).all(axis=(1, 2, 3)), (flipped == images[..., ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirror).all() and 60 < same.sum() < 140
    shifted = tasks.moved(images, rng)
    assert shifted.shape == images.shape and shifted.dtype == np.float32
    zeros = [(image[0] == 0).sum() for image in shifted]
    assert min(zeros) == 0 and max(zeros) == 6 * 7 - 4 * 5
    assert all(np.isin(new[new > 0], old).all() for new, old in zip(shifted, images, strict=True))


def test_gradient_of_the_detection_loss():
    rng = np.random.default_rng(0)
    targets = np.column_stack([rng.integers(0, 4, 7), rng.normal(size=(7, 4))])
    targets[0, 0] = 0
    scores, loss, step = rng.normal(size=(7, 8)), tasks.DetectionLoss(), 1e-5
    loss.forward(scores, targets)
    gradient = loss.backward()
    assert not gradient[targets[:, 0] == 0, 4:].any(), "where there is nothing, there is no box to learn"
    for index in np.ndindex(scores.shape):
        there, back = scores.copy(), scores.copy()
        there[index] += step
        back[index] -= step
        slope = (loss.forward(there, targets) - loss.forward(back, targets)) / (2 * step)
        assert abs(slope - gradient[index]) < 1e-8


def test_structural_similarity():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 24, 3)).astype(np.uint8)
    assert tasks.ssim(image, image) == pytest.approx(1)
    noisy = [np.clip(image + rng.normal(0, s, image.shape), 0, 255) for s in (5, 20, 60)]
    similarity = [tasks.ssim(each, image) for each in noisy]
    assert 1 > similarity[0] > similarity[1] > similarity[2] > 0
    x, y = rng.uniform(0, 255, (2, 7, 7))  # one window: the formula itself
    c1, c2 = 2.55**2, 7.65**2
    covariance = np.cov(x.ravel(), y.ravel(), bias=True)
    expected = (2 * x.mean() * y.mean() + c1) * (2 * covariance[0, 1] + c2)
    expected /= (x.mean() ** 2 + y.mean() ** 2 + c1) * (covariance[0, 0] + covariance[1, 1] + c2)
    assert tasks.ssim(x, y) == pytest.approx(expected)
