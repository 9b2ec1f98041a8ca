"""Draw what the tasks of "CNNs are everywhere" learn from: small scenes, each with its truth. The same seed draws the same.

Images are uint8 (N, side, side, 3), as in the data sets. All of it is computed: nobody's photographs, hence no licence but the
course's own.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from dlcourse.toolkit.storage import EMBEDDED

CLASS_NAMES = ("background", "ball", "box", "triangle")
JOINTS = ("head", "neck", "hips", "left hand", "right hand", "left foot", "right foot")
BONES = ((0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (2, 6))  # pairs of joints
FOCAL = 1.1  # focal length of the camera that renders cubes, in widths of the image


# ------------------------------------------------------------------------------------------- balls, boxes and triangles


def objects(count, seed, side=32, most=3, radius=(6, 9)):
    """Draw shapes over clutter: for detection and for segmentation.

    Args:
        count: number of scenes.
        seed: whole number.
        side: pixels of a side.
        most: a scene has 1 to so many shapes, as far as there is room: they do not overlap.
        radius: smallest and largest, in pixels.

    Returns:
        images: uint8 (count, side, side, 3).
        classes: int64 (count, side, side), the class of every pixel, a position in CLASS_NAMES.
        boxes: for each scene a float array (K, 4) of left, top, right, bottom.
        labels: for each scene an int64 array (K,), the class of each box.
    """
    rng = np.random.default_rng((1, seed))
    images, classes, boxes, labels = clutter(rng, count, side), np.zeros((count, side, side), np.int64), [], []
    for image, pixels in zip(images, classes, strict=True):
        placed, named = [], []
        for _ in range(rng.integers(1, most + 1)):
            size, label = rng.uniform(*radius), rng.integers(1, len(CLASS_NAMES))
            for _ in range(20):  # look for a free place; without one, the scene has a shape less
                centre = rng.uniform(size, side - size, 2)
                if all(np.abs(centre - other).max() > size + reach for other, reach in placed):
                    placed.append((centre, size))
                    covered = cover(label, side, centre, size, rng.uniform(0, 2 * np.pi))
                    inside = covered > 0.5
                    colour = distant_colour(rng, image[inside].mean(axis=0))
                    image += covered[..., np.newaxis] * (colour - image)
                    pixels[inside] = label
                    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
                    named.append((label, columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
                    break
        labels.append(np.array([each[0] for each in named]))
        boxes.append(np.array([each[1:] for each in named], float))
    return finished(rng, images), classes, boxes, labels


def cover(label, side, centre, size, angle):
    """Return how much of each pixel a shape covers, (side, side), from 0 to 1."""
    y, x = np.mgrid[:side, :side] + 0.5
    x, y = x - centre[0], y - centre[1]
    if CLASS_NAMES[label] == "ball":
        beyond = np.hypot(x, y) - size
    else:
        corners = 4 if CLASS_NAMES[label] == "box" else 3
        directions = angle + 2 * np.pi * np.arange(corners) / corners
        beyond = np.max([np.cos(d) * x + np.sin(d) * y for d in directions], axis=0) - size * np.cos(np.pi / corners)
    return np.clip(0.5 - beyond, 0, 1)


def clutter(rng, count, side):
    """Return backgrounds, float (count, side, side, 3) from 0 to 255: colours that change slowly, and bars across them."""
    coarse = rng.uniform(30, 225, (count, 4, 4, 3)).astype(np.uint8)
    smooth = [np.asarray(Image.fromarray(grid).resize((side, side), Image.Resampling.BILINEAR)) for grid in coarse]
    images = np.stack(smooth).astype(float)
    y, x = np.mgrid[:side, :side] + 0.5
    for image in images:
        for _ in range(rng.integers(1, 5)):
            angle, place, width = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8, 2) * side, rng.uniform(0.5, 2.0)
            across = np.abs(np.cos(angle) * (x - place[0]) + np.sin(angle) * (y - place[1]))
            image += np.clip(width - across, 0, 1)[..., np.newaxis] * (rng.uniform(0, 255, 3) - image)
    return images


def distant_colour(rng, other):
    """Return a random colour that can be told from another one."""
    while True:
        colour = rng.uniform(0, 255, 3)
        if np.linalg.norm(colour - other) > 90:
            return colour


def finished(rng, images):
    """Return images as a camera gives them: with noise, uint8."""
    return np.clip(np.rint(images + rng.normal(0, 6, images.shape)), 0, 255).astype(np.uint8)


# --------------------------------------------------------------------------------------------------------- stick figures


def figures(count, seed, side=32):
    """Draw stick figures over clutter: for pose estimation. The left arm and the left leg are darker than the right ones.

    Args:
        count, seed, side: as for `objects`.

    Returns:
        images: uint8 (count, side, side, 3).
        joints: float64 (count, 7, 2), x (the column) and y (the row) of each of JOINTS; pixel centres are whole numbers.
    """
    rng = np.random.default_rng((2, seed))
    images, joints = clutter(rng, count, side), np.empty((count, len(JOINTS), 2))
    for image, points in zip(images, joints, strict=True):
        points[:] = pose(rng, side)
        bright, dark = rng.uniform(200, 255, 3), rng.uniform(0, 50, 3)
        for a, b in BONES:
            draw_line(image, points[a], points[b], 0.035 * side, dark if JOINTS[b].startswith("left") else bright)
        draw_line(image, points[0], points[0], 0.08 * side, bright)
    return finished(rng, images), joints


def pose(rng, side):
    """Return the joints of a figure that fits into the image, (7, 2)."""
    while True:
        unit = side * rng.uniform(0.8, 1.1)
        lean = rng.normal(0, 0.2)
        up = np.array([np.sin(lean), -np.cos(lean)])
        hips = rng.uniform(0.35, 0.65, 2) * side
        neck = hips + 0.26 * unit * up
        head = neck + 0.14 * unit * up
        hands = [neck + 0.27 * unit * direction(lean + sign * rng.uniform(0.4, 2.7)) for sign in (1, -1)]
        feet = [hips + 0.33 * unit * direction(lean + sign * rng.uniform(0.1, 0.9)) for sign in (1, -1)]
        points = np.array([head, neck, hips, *hands, *feet])
        if points.min() > 1.5 and points.max() < side - 2.5:
            return points


def direction(angle):
    """Return the unit vector that points down for 0, and to the right for π/2 (a figure that faces you has its left there)."""
    return np.array([np.sin(angle), np.cos(angle)])


def draw_line(image, start, end, width, colour):
    """Draw a line with round ends into an image, in place."""
    y, x = np.mgrid[: len(image), : len(image)]
    along = end - start
    share = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(along @ along, 1e-9), 0, 1)
    away = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
    image += np.clip(width + 0.5 - away, 0, 1)[..., np.newaxis] * (colour - image)


# -------------------------------------------------------------------------------------------------- a cube in a room, 3-D


@dataclass(frozen=True)
class Room:
    """Rendered images of a cube on a floor in front of a wall, and what they show. Lengths are in metres.

    Attributes:
        images: uint8 (N, side, side, 3).
        depth: float64 (N, side, side), how far what a pixel shows lies ahead of the camera.
        centres: float64 (N, 3), the middle of the cube: to the right of the camera, below it, ahead of it.
        edges: float64 (N,), length of the cube's edges.
        turns: float64 (N,), how far the cube is turned on the floor, from 0 to π/2.
        pitches: float64 (N,), how far the camera looks down, in radians.
    """

    images: np.ndarray
    depth: np.ndarray
    centres: np.ndarray
    edges: np.ndarray
    turns: np.ndarray
    pitches: np.ndarray


def rooms(count, seed, side=32):
    """Render rooms: for depth estimation and for detection in 3-D.

    Args:
        count, seed, side: as for `objects`.
    """
    rng = np.random.default_rng((3, seed))
    room = Room(
        np.empty((count, side, side, 3), np.uint8), np.empty((count, side, side)), np.empty((count, 3)), *np.empty((3, count))
    )
    for i in range(count):
        while True:
            height, pitch, wall = rng.uniform(1.2, 2.2), rng.uniform(0.15, 0.45), rng.uniform(6, 10)
            edge, turn = rng.uniform(0.6, 1.4), rng.uniform(0, np.pi / 2)
            ahead = rng.uniform(2.2, 5.0)
            centre = np.array([rng.uniform(-0.4, 0.4) * ahead, height - edge / 2, ahead])
            corners = project(cube_corners(centre @ tilt(pitch).T, edge, turn, pitch), side)
            if corners.min() > 0 and corners.max() < side:
                break
        image, room.depth[i] = render(rng, side, height, pitch, wall, centre, edge, turn)
        room.images[i] = finished(rng, image[np.newaxis])[0]
        room.centres[i], room.edges[i], room.turns[i], room.pitches[i] = centre @ tilt(pitch).T, edge, turn, pitch
    return room


def tilt(pitch):
    """Return the matrix that turns directions in the room (right, down, ahead) into those of a camera that looks down."""
    cos, sin = np.cos(pitch), np.sin(pitch)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def render(rng, side, height, pitch, wall, centre, edge, turn):
    """Return the image, float (side, side, 3), and the depth, (side, side), of one room: a ray for every pixel."""
    places = (np.arange(side) + 0.5) / side - 0.5
    x, y = np.meshgrid(places / FOCAL, places / FOCAL)
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ tilt(pitch)  # in the room; ahead of the camera they advance by 1
    with np.errstate(divide="ignore"):
        to_floor = np.where(rays[..., 1] > 0, height / rays[..., 1], np.inf)
        to_wall = wall / rays[..., 2]
    cos, sin = np.cos(turn), np.sin(turn)
    spin = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])  # the room, as the cube sees it
    own_rays, own_start = rays @ spin.T, -(spin @ centre)
    with np.errstate(divide="ignore"):
        a, b = ((sign * edge / 2 - own_start) / own_rays for sign in (-1, 1))
    enter, leave = np.minimum(a, b), np.maximum(a, b)
    side_hit, to_cube = enter.argmax(axis=-1), enter.max(axis=-1)
    to_cube = np.where(to_cube < leave.min(axis=-1), to_cube, np.inf)
    depth = np.minimum(np.minimum(to_floor, to_wall), to_cube)

    points = rays * depth[..., np.newaxis]
    tiles = (np.floor(points[..., 0] / 1.0) + np.floor(points[..., 2] / 1.0)) % 2
    light, dark, cube, back = rng.uniform(120, 200, 3), rng.uniform(60, 120, 3), rng.uniform(60, 255, 3), rng.uniform(90, 220, 3)
    image = np.where(tiles[..., np.newaxis] > 0, light, dark)
    image = np.where((depth == to_wall)[..., np.newaxis], back, image)
    shade = np.array([0.75, 1.0, 0.5])[side_hit][..., np.newaxis]  # the top is bright, one side dark
    return np.where((depth == to_cube)[..., np.newaxis], shade * cube, image), depth


def cube_corners(centre, edge, turn, pitch):
    """Return the eight corners of a cube, (8, 3), as the camera sees them: to the right, down, ahead."""
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij")).reshape(3, 8).T
    cos, sin = np.cos(turn), np.sin(turn)
    spin = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    return centre + (signs * edge / 2) @ spin @ tilt(pitch).T


def project(points, side):
    """Return where points (..., 3), as the camera sees them, appear in the image: (..., 2), column and row in pixels."""
    return (points[..., :2] / points[..., 2:] * FOCAL + 0.5) * side


# --------------------------------------------------------------------------------------------------------- photographs


PHOTOGRAPHS = ("china", "flower")


def photographs():
    """Return the embedded photographs: a dict from name to uint8 (256, 384, 3). `data/README.md` says whose they are."""
    return {name: np.asarray(Image.open(EMBEDDED / f"{name}.jpg").convert("RGB")) for name in PHOTOGRAPHS}


def resized(image, factor):
    """Return an image (H, W, 3), uint8, enlarged (or reduced) by a factor, by bicubic interpolation."""
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((round(width * factor), round(height * factor)), Image.Resampling.BICUBIC))
