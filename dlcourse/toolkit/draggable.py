"""Straight lines that the reader moves, in the picture with the mouse or with sliders below it: both show the same."""

import html
from dataclasses import dataclass
from unittest import mock

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

with mock.patch("matplotlib.use"):  # importing ipympl makes it the backend of all figures: the others stay pictures
    from ipympl.backend_nbagg import Canvas, FigureManager

NEAR = 15  # pixels: a handle is seized from this close


@dataclass(frozen=True)
class Line:
    """A straight line in the plane, with an arrow that stands on it at a right angle.

    Attributes:
        angle: of the arrow, in degrees.
        offset: of the line from the origin, in the direction of the arrow.
        slide: where on the line the arrow stands; 0 is the place nearest to the origin.
    """

    angle: float
    offset: float
    slide: float = 0.0

    @property
    def direction(self):
        return np.array([np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))])

    @property
    def along(self):
        return self.direction[::-1] * [-1, 1]

    @property
    def foot(self):
        """Where the arrow stands."""
        return self.offset * self.direction + self.slide * self.along

    @property
    def tip(self):
        """Where the arrow, of length 1, points to."""
        return self.foot + self.direction

    def through(self, place):
        """The line at the same angle whose arrow stands at `place`."""
        return Line(self.angle, place @ self.direction, place @ self.along)

    def towards(self, place):
        """The line turned about the foot of its arrow until the arrow points to `place`."""
        x, y = place - self.foot
        return Line(np.degrees(np.arctan2(y, x)) % 360, 0).through(self.foot)


class LinePanel(ipywidgets.VBox):
    """A picture with lines to be dragged: the square at an arrow's foot shifts a line, the circle at its tip turns it.

    The sliders hold the angles and offsets that the picture shows. Show the same picture without a panel first: a printed
    page, or a notebook on the web, has neither mouse nor sliders.

    Args:
        draw: function of the axes and the list of lines that draws all but the handles and returns a sentence on what
            came of it; the sentence stands below the picture as text.
        names: of the lines, for the sliders.
        lines: sequence of Line to start with.
        reach: how far from the origin the foot of an arrow may be.
    """

    def __init__(self, draw, names, lines, reach=2.5):
        self.draw, self.reach = draw, reach
        self.slides = [line.slide for line in lines]
        self.held = None  # while the mouse is down: which line, "foot" or "tip", and what the line was
        self.quiet = False  # while sliders follow the mouse
        self.canvas = Canvas(Figure(figsize=(5.2, 5), layout="constrained"))
        FigureManager(self.canvas, 1)
        for part in ("toolbar_visible", "header_visible", "footer_visible", "resizable"):
            setattr(self.canvas, part, False)
        self.ax = self.canvas.figure.add_subplot()
        self.sentence = ipywidgets.HTML()
        self.sliders = [
            (
                ipywidgets.FloatSlider(line.angle, min=0, max=360, step=1, readout_format=".0f"),
                ipywidgets.FloatSlider(line.offset, min=-reach, max=reach, step=0.05),
            )
            for line in lines
        ]
        for name, pair in zip(names, self.sliders, strict=True):
            for what, slider in zip(("angle", "offset"), pair, strict=True):
                slider.description = f"{name} {what}"
                slider.style.description_width = "8em"
                slider.observe(self.redraw, "value")
        super().__init__([self.canvas, self.sentence, *map(ipywidgets.HBox, self.sliders)])
        self.redraw()
        self.canvas.mpl_connect("button_press_event", self.seize)
        self.canvas.mpl_connect("motion_notify_event", self.drag)
        for event in ("button_release_event", "figure_leave_event"):  # a release outside is not heard of
            self.canvas.mpl_connect(event, self.let_go)

    @property
    def lines(self):
        """The lines that the sliders say."""
        pairs = zip(self.sliders, self.slides, strict=True)
        return [Line(angle.value, offset.value, slide) for (angle, offset), slide in pairs]

    def redraw(self, change=None):
        """Draw the lines, and say what came of it. `change` is that of a slider."""
        if change and self.quiet:
            return
        self.ax.clear()
        self.sentence.value = html.escape(self.draw(self.ax, self.lines))
        for line in self.lines:
            for place, marker in ((line.foot, "s"), (line.tip, "o")):
                self.ax.plot(*place, marker, color="white", markeredgecolor="black", markersize=9, zorder=10, clip_on=False)
        self.canvas.draw_idle()

    def seize(self, event):
        """Hold the handle that is nearest to the mouse, if one is near."""
        handles = [(i, end) for i in range(len(self.slides)) for end in ("tip", "foot")]
        places = self.ax.transData.transform([getattr(self.lines[i], end) for i, end in handles])
        away = np.linalg.norm(places - [event.x, event.y], axis=1)
        if away.min() < NEAR * self.canvas.device_pixel_ratio:
            i, end = handles[away.argmin()]
            self.held = i, end, self.lines[i]

    def drag(self, event):
        """Bring the handle that is held to the mouse: its line, its sliders, and the picture."""
        if self.held is None:
            return
        i, end, line = self.held
        place = self.ax.transData.inverted().transform([event.x, event.y])
        if end == "foot":
            place /= max(1, np.linalg.norm(place) / self.reach)
            line = line.through(place)
        else:
            line = line.towards(place)
        self.slides[i] = line.slide
        angle, offset = self.sliders[i]
        self.quiet = True  # two sliders, one drawing
        angle.value, offset.value = round(line.angle), round(20 * line.offset) / 20  # a slider's steps
        self.quiet = False
        self.redraw()

    def let_go(self, event):
        self.held = None
