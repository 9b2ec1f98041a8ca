"""Figures for the notebooks: one style, pictures with a caption and an alternative text, a few drawings used often."""

import base64
import html
import io

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.colors import ListedColormap, to_rgb
from PIL import Image

from dlcourse.toolkit.notebook import experiment

# Okabe and Ito's palette: eight colours that people with any common colour blindness can tell apart.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, YELLOW, BLACK = "#56B4E9", "#D55E00", "#F0E442", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # a second cue beside every colour

LARGE = 40_000  # bytes; a larger picture is reduced to 256 colours, a third of its size


def set_style():
    """Give every figure of this notebook the course's look: these colours, quiet axes, room for labels."""
    plt.rcParams.update(
        {
            "axes.prop_cycle": plt.cycler(color=COLOURS[:6]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "axes.titlesize": 10,
            "figure.constrained_layout.use": True,
            "image.cmap": "gray",
            "image.interpolation": "nearest",  # a pixel is a square
        }
    )


class Figure:
    """A drawn picture with its caption and its alternative text, as Jupyter, nbconvert and Sphinx display it.

    Attributes:
        png: bytes of the picture.
        alt: what the picture shows, for whoever cannot see it.
        caption: one sentence with what to look for.
        kind: "png", or "gif" if the bytes are those of a moving picture.
        still: bytes of the PNG that stands for a moving picture on paper, and for readers who have asked their system for
            less motion.
    """

    def __init__(self, png, alt, caption, kind="png", still=None):
        self.png, self.alt, self.caption, self.kind, self.still = png, alt, caption, kind, still

    def _repr_html_(self):
        picture = f'<img src="{data_url(self.png, self.kind)}" alt="{html.escape(self.alt)}" style="max-width: 100%">'
        if self.still is not None:
            instead = f'<source srcset="{data_url(self.still)}" media="(prefers-reduced-motion: reduce), print">'
            picture = f"<picture>{instead}{picture}</picture>"
        return (
            f'<figure style="margin: 1em 0">{picture}'
            f'<figcaption style="max-width: 50em">{html.escape(self.caption)}</figcaption></figure>'
        )

    def __repr__(self):
        return f"[Figure: {self.alt}]\n{self.caption}"


def data_url(picture, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def show(fig, alt, caption, dpi=90):
    """Display a matplotlib figure with a caption below and an alternative text, then close it.

    Args:
        fig: matplotlib figure.
        alt: what the figure shows, in words that can replace it.
        caption: one sentence with what to look for.
        dpi: pixels an inch; raise it only for small print.
    """
    drawn = io.BytesIO()
    fig.savefig(drawn, format="png", dpi=dpi, facecolor="white", bbox_inches="tight", pad_inches=0.08)
    plt.close(fig)
    if len(drawn.getvalue()) > LARGE:
        picture, drawn = Image.open(drawn).convert("RGB"), io.BytesIO()
        picture.quantize(256, dither=Image.Dither.NONE).save(drawn, format="png", optimize=True)
    display(Figure(drawn.getvalue(), alt, caption))


def film(fig, draw, num_frames, alt, caption, dpi=70, seconds=0.15):
    """Display a moving picture that plays three times and stops at its last frame, which should tell the whole story.

    On paper, and where the reader's system asks for less motion, it is that last frame alone.

    Args:
        fig: matplotlib figure, closed afterwards.
        draw: function of the number of a frame that draws it on the figure.
        num_frames: how many frames.
        alt, caption: as in `show`.
        dpi: pixels an inch.
        seconds: that each frame stays; the last one stays longer.
    """
    palette = film_palette()
    frames = []
    for number in range(num_frames):
        draw(number)
        fig.canvas.draw()
        if number == 0:
            fig.set_layout_engine("none")  # nothing may move but what is drawn
        drawn = io.BytesIO()
        fig.savefig(drawn, format="png", dpi=dpi, facecolor="white")
        frames.append(Image.open(drawn).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE))
    plt.close(fig)
    durations = [int(1000 * seconds)] * (num_frames - 1) + [3000]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=2, optimize=True)
    still = io.BytesIO()
    frames[-1].save(still, "PNG", optimize=True)
    display(Figure(moving.getvalue(), alt, caption, "gif", still.getvalue()))


def film_palette():
    """Return an image whose palette holds the course's colours, paler and paler, and greys: the same for every frame."""
    colours = np.array([to_rgb(colour) for colour in COLOURS])
    strength = np.linspace(1, 0.12, 22)[:, np.newaxis, np.newaxis]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.rint(255 * (1 - strength * (1 - colours))).astype(np.uint8).tobytes() + bytes([255, 255, 255]))
    return palette


def explore(draw, **controls):
    """Let the reader turn the knobs of a picture: call `draw` again whenever a control changes.

    Show the same picture without controls first: a printed page, or a notebook on the web, has no knobs. If `draw` needs an
    unfinished function, the panel says which (see `notebook.experiment`).

    Args:
        draw: function of the controls' values that draws and shows one figure.
        controls: what `ipywidgets.interact` takes: k=(1, 15) is a slider, distance=["L1", "L2"] a menu.
    """

    def redraw(**values):
        with experiment():
            draw(**values)

    panel = ipywidgets.interactive(redraw, **controls)
    for control in panel.children[:-1]:
        if hasattr(control, "continuous_update"):
            control.continuous_update = False  # one drawing when the slider is let go, not fifty on the way
    display(panel)


def draw_image(ax, image, title="", edge=None):
    """Draw one image without axes.

    Args:
        ax: matplotlib axes.
        image: (H, W, C) or (H, W) array; C is 1 or 3. Integers are in [0, 255]; so are floats, which are rounded.
        title: text above the image.
        edge: colour of a frame around it, or None for no frame.
    """
    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    ax.imshow(pixels, vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
    ax.grid(False)
    ax.spines[:].set_visible(edge is not None)
    if edge is not None:
        ax.spines[:].set(color=edge, linewidth=3)


def image_grid(images, titles=None, columns=10, row_labels=None, edges=None, size=0.9):
    """Draw images in rows.

    Args:
        images: sequence of N images as `draw_image` takes them, row by row.
        titles: N texts, one above each image.
        columns: images in a row.
        row_labels: one text left of each row.
        edges: N frame colours, as `draw_image` takes them.
        size: inches an image.

    Returns:
        the matplotlib figure, ready for `show`.
    """
    rows = -(-len(images) // columns)
    lines = [title.count("\n") + 1 if title else 0 for title in titles or []]
    height = rows * size + 0.17 * sum(max(lines[i : i + columns]) for i in range(0, len(lines), columns))
    width = columns * size + (0.8 if row_labels else 0)
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for i, ax in enumerate(axes.flat):
        if i >= len(images):
            ax.axis("off")
            continue
        draw_image(ax, images[i], titles[i] if titles else "", edges[i] if edges else None)
    for ax, label in zip(axes[:, 0], row_labels or [], strict=False):
        ax.set_ylabel(label, rotation=0, ha="right", va="center")
    return fig


def pixel_values(ax, channel, title=""):
    """Draw one channel of a small image with each pixel's number written on it.

    Args:
        ax: matplotlib axes.
        channel: (H, W) array in [0, 255].
        title: text above the image.
    """
    draw_image(ax, channel, title)
    for (row, column), value in np.ndenumerate(channel):
        ink = "white" if value < 128 else "black"
        ax.text(column, row, f"{value:.0f}", ha="center", va="center", color=ink, fontsize=7)


def decision_regions(ax, predict, points, labels, resolution=150):
    """Colour the plane by what a classifier predicts there, and draw the training points on top.

    Args:
        ax: matplotlib axes.
        predict: function from (M, 2) points to (M,) labels.
        points: (N, 2) training points.
        labels: (N,) integer labels below 8.
        resolution: predictions along each side.
    """
    low, high = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
    x, y = (np.linspace(low[axis], high[axis], resolution) for axis in (0, 1))
    plane = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    regions = predict(plane).reshape(resolution, resolution)
    ax.pcolormesh(x, y, regions, cmap=ListedColormap(COLOURS), vmin=0, vmax=7, alpha=0.3, shading="nearest", lw=0)
    for label in np.unique(labels):
        own = points[labels == label].T
        ax.scatter(*own, c=COLOURS[label], marker=MARKERS[label], edgecolors="black", linewidths=0.6, s=32)
    ax.set(xlabel="first feature", ylabel="second feature")
    ax.grid(False)
