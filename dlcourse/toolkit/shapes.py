"""Draw "shapes": ten classes of 32x32 colour images that tell the course's story without a download.

Each image has one shape (its label) in a random pose on a busy background. Three cues are planted on purpose, so
that every step of the course has something to gain:

* each class prefers one background hue: a linear classifier can use it;
* each class prefers two shape hues that lie far apart: one linear template has to average them, a hidden layer need
  not;
* the outline itself, moved, turned and sheared: for this one wants a convolution.

Colour gradients, a shift of all colours and light change many pixels without changing the label: they mislead
nearest neighbours. `benchmarks/ladder.py` measures what each kind of classifier reaches.
"""

import numpy as np

CLASS_NAMES = ("ball", "ring", "box", "triangle", "star", "cross", "heart", "moon", "stripes", "arrow")
SIDE = 32
VERSION = 3  # raise it with every change that alters a pixel: cached images of another version are not used

# Pose, in units of the image's side or in radians. Each is uniform in its range.
RADIUS = (0.28, 0.42)
SHIFT = 0.12
ROTATION = 0.45
SHEAR = 0.15

# Hues are positions on the colour circle, from 0 to 1.
BACKGROUND_CUE = 0.62  # how often a class's own background hue is used; otherwise any hue
SHAPE_CUE = 0.55  # how often one of a class's own two shape hues is used; otherwise any hue
FIRST_SHAPE_HUE = 0.75  # of these, how often the first of the two
HUE_DEVIATION = 0.035
HUE_GAP = 0.20  # least distance between the hues of shape and background

# Nuisances, as amplitudes of values between 0 and 1.
GRADIENT = 1.5  # of the background, from one side of the image to the other
TEXTURE = 0.36
TEXTURE_GRIDS = (3, 5, 9)
MAX_BARS = 5
GAIN = 0.5  # of the logarithm of brightness
OFFSET = 0.20  # of all channels alike
CAST = 0.13  # of each channel
NOISE = 0.02  # standard deviation, each pixel by itself

DRAWS = 3600  # random numbers made for one image: a few more than are used


def draw(seed, split, indices):
    """Draw the images with the given indices of one split.

    An image depends on (seed, split, index) alone: not on how many others are drawn, nor in which order.

    Parameters: seed and split, integers >= 0; indices, integers >= 0, (N,).
    Returns: images, uint8 (N, 32, 32, 3), red, green, blue; labels, int64 (N,), positions in CLASS_NAMES.
    """
    draws = _Draws(seed, split, indices)
    labels = np.floor(draws.uniform(0, len(CLASS_NAMES))[:, 0]).astype(np.int64)
    masks = _masks(labels, draws)
    background_hues, shape_hues = _hues(labels, draws)
    background = _hsv_to_rgb(background_hues, draws.uniform(0.35, 0.85), draws.uniform(0.45, 0.9))
    shape = _hsv_to_rgb(shape_hues, draws.uniform(0.55, 0.95), draws.uniform(0.5, 1.0))

    pixels = np.broadcast_to(background[:, None, None], (len(labels), SIDE, SIDE, 3))
    pixels = _with_bars(pixels, draws) + _gradient(draws)
    pixels = pixels + masks[..., None] * (shape[:, None, None] - pixels)
    pixels = _lit(pixels + _texture(draws), draws)
    pixels = pixels + draws.uniform(-1, 1, SIDE * SIDE * 3).reshape(pixels.shape) * (NOISE * np.sqrt(3))
    return np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8), labels


class _Draws:
    """Uniform random numbers, one stream an image, handed out column by column.

    NumPy promises the raw output of a bit generator for ever, but not the numbers a Generator makes of it: so this
    makes its own.
    """

    def __init__(self, seed, split, indices):
        raw = [np.random.PCG64(np.random.SeedSequence((seed, split, int(i)))).random_raw(DRAWS) for i in indices]
        self.numbers = (np.array(raw, dtype=np.uint64).reshape(len(raw), DRAWS) >> np.uint64(11)) * 2.0**-53
        self.used = 0

    def uniform(self, low, high, count=1):
        """The next `count` numbers of each image, float64 (N, count), uniform from low up to but not including high."""
        columns = self.numbers[:, self.used : self.used + count]
        assert columns.shape[1] == count, "DRAWS is too small for this recipe"
        self.used += count
        return low + (high - low) * columns


def _masks(labels, draws):
    """How much of each pixel its shape covers: float64 (N, 32, 32), from 0 to 1, on a grid twice as fine."""
    fine = 2 * SIDE
    places = (np.arange(fine) + 0.5) / fine - 0.5
    x = places[None, None, :] - draws.uniform(-SHIFT, SHIFT)[:, :, None]
    y = places[None, :, None] - draws.uniform(-SHIFT, SHIFT)[:, :, None]
    radius = draws.uniform(*RADIUS)[:, :, None]
    angle = draws.uniform(-ROTATION, ROTATION)[:, :, None]
    shear = draws.uniform(-SHEAR, SHEAR)[:, :, None]
    mirror = np.where(draws.uniform(0, 1) < 0.5, -1.0, 1.0)[:, :, None]
    u = (np.cos(angle) * x + np.sin(angle) * y) / radius
    v = (np.cos(angle) * y - np.sin(angle) * x) / radius
    u = mirror * (u + shear * v)

    inside = np.empty((len(labels), fine, fine))
    for label, outline in enumerate(OUTLINES):
        chosen = labels == label
        inside[chosen] = outline(u[chosen], v[chosen])
    return inside.reshape(-1, SIDE, 2, SIDE, 2).mean(axis=(2, 4))


# Outlines: u to the right and v down, both from -1 to 1 in the shape's own frame; True inside.


def _ball(u, v):
    return u**2 + v**2 < 0.95**2


def _ring(u, v):
    squared = u**2 + v**2
    return (squared < 1) & (squared > 0.55**2)


def _box(u, v):
    return np.maximum(np.abs(u), np.abs(v)) < 0.82


def _triangle(u, v):
    return (v < 0.7) & (v > 2 * np.abs(u) - 1)


def _star(u, v):
    # Fold the plane into half a point of the star: there its outline is one straight line, from tip to notch.
    angle = np.abs((np.arctan2(u, -v) + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5)
    along, across = np.hypot(u, v) * np.cos(angle), np.hypot(u, v) * np.sin(angle)
    notch_along, notch_across = 0.48 * np.cos(np.pi / 5), 0.48 * np.sin(np.pi / 5)
    return across < (1.1 - along) * notch_across / (1.1 - notch_along)


def _cross(u, v):
    return (np.minimum(np.abs(u), np.abs(v)) < 0.29) & (np.maximum(np.abs(u), np.abs(v)) < 0.95)


def _heart(u, v):
    x, y = 1.2 * u, -1.2 * v + 0.1
    return (x**2 + y**2 - 1) ** 3 < x**2 * y**3


def _moon(u, v):
    return (u**2 + v**2 < 1) & ((u - 0.5) ** 2 + (v + 0.1) ** 2 > 0.75**2)


def _stripes(u, v):
    return (np.abs(u) < 0.9) & (np.abs(v) < 0.96) & ((v + 0.96) % 0.75 < 0.42)


def _arrow(u, v):
    head = (u > 0) & (np.abs(v) < 0.85 * (1 - u))
    shaft = (u > -1) & (u <= 0) & (np.abs(v) < 0.27)
    return head | shaft


OUTLINES = (_ball, _ring, _box, _triangle, _star, _cross, _heart, _moon, _stripes, _arrow)


def _hues(labels, draws):
    """The background's and the shape's hue, (N, 1) each, from 0 to 1."""
    own = labels[:, None] / len(CLASS_NAMES)
    deviation = draws.uniform(-1, 1, 2) * (HUE_DEVIATION * np.sqrt(3))
    background = np.where(draws.uniform(0, 1) < BACKGROUND_CUE, own, draws.uniform(0, 1)) + deviation[:, :1]
    # The two shape hues of a class lie opposite each other and a quarter of the circle from its background.
    pair = own + np.where(draws.uniform(0, 1) < FIRST_SHAPE_HUE, 0.25, 0.75)
    shape = np.where(draws.uniform(0, 1) < SHAPE_CUE, pair, draws.uniform(0, 1)) + deviation[:, 1:]
    apart = (shape - background + 0.5) % 1 - 0.5
    shape = background + np.where(apart < 0, -1, 1) * np.maximum(np.abs(apart), HUE_GAP)
    return background % 1, shape % 1


def _hsv_to_rgb(hue, saturation, value):
    """Colours from hue, saturation and value, (N, 1) each and from 0 to 1, to (N, 3)."""
    ramp = np.abs((6 * hue + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1
    return value * (1 - saturation * (1 - np.clip(ramp, 0, 1)))


def _gradient(draws):
    """A colour that fades into its opposite across the image: (N, 32, 32, 3)."""
    places = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    angle = draws.uniform(0, 2 * np.pi)[:, :, None]
    ramp = np.cos(angle) * places[None, None, :] + np.sin(angle) * places[None, :, None]
    return ramp[..., None] * draws.uniform(-GRADIENT, GRADIENT, 3)[:, None, None]


def _texture(draws):
    """Smooth coloured noise of three grain sizes, coarse and strong to fine and weak: (N, 32, 32, 3)."""
    total = 0.0
    for octave, grid in enumerate(TEXTURE_GRIDS):
        corners = draws.uniform(-1, 1, 3 * grid * grid).reshape(-1, 3, grid, grid)
        stretch = _interpolation(grid)
        total = total + TEXTURE / 2 ** (octave + 1) * (stretch @ corners @ stretch.T)
    return np.moveaxis(total, 1, 3)


def _interpolation(grid):
    """The matrix (32, grid) that interpolates `grid` evenly spaced values linearly at the 32 pixel centres."""
    places = (np.arange(SIDE) + 0.5) / SIDE * (grid - 1)
    return np.clip(1 - np.abs(places[:, None] - np.arange(grid)), 0, 1)


def _with_bars(pixels, draws):
    """Paint two to five coloured bars across the background, (N, 32, 32, 3)."""
    places = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    count = np.floor(draws.uniform(2, MAX_BARS + 1))[:, :, None]
    for bar in range(MAX_BARS):
        angle = draws.uniform(0, np.pi)[:, :, None]
        centre = draws.uniform(-0.5, 0.5)[:, :, None]
        half_width = draws.uniform(0.015, 0.06)[:, :, None]
        colour = draws.uniform(0, 1, 3)[:, None, None]
        distance = np.abs(np.cos(angle) * places[None, None, :] + np.sin(angle) * places[None, :, None] - centre)
        cover = 0.6 * np.clip((half_width - distance) * SIDE + 0.5, 0, 1) * (bar < count)
        pixels = pixels + cover[..., None] * (colour - pixels)
    return pixels


def _lit(pixels, draws):
    """The same images under another light: all channels times one factor, and each channel shifted."""
    factor = np.exp(draws.uniform(-GAIN, GAIN))[:, :, None, None]
    cast = draws.uniform(-OFFSET, OFFSET) + draws.uniform(-CAST, CAST, 3)
    return pixels * factor + cast[:, None, None]
