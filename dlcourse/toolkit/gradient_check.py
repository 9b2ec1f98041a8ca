"""Is a gradient right? Compare it with numerical derivatives along random directions, and say what is wrong if it is not.

    report = check_loss(lambda scores: cross_entropy(scores, labels), scores, rng)     # returns (loss, gradient)
    report = check_layer(Linear(5, 3, rng), x, rng)                                    # x, weight and bias
    report = check_gradients(function, gradients, inputs, rng)                         # everything else
    report.passed; print(report); report.raise_if_failed()

How it works. For an input x and a random direction v, let φ(t) = ⟨upstream, function(x + t·v)⟩. Then φ'(0) = ⟨gradient, v⟩: one
number that depends on every element of the gradient. Central differences D(h) = (φ(h) − φ(−h)) / 2h err by O(h²), and
Richardson's extrapolation R(h) = (4 D(h/2) − D(h)) / 3 by O(h⁴) only, so that h can stay large and rounding small.

A kink (of ReLU, max, |x|) between −h and h spoils both. The second difference S(h) = (φ(h) − 2 φ(0) + φ(−h)) / h gives it
away: where φ is smooth, S(h) − 2 S(h/2) is O(h³); with a kink it is as large as the error of R. Only where φ is certified to be
smooth does a disagreement count; elsewhere h shrinks, and every second time the point moves a little. A gradient fails after
two such disagreements at different points, and only then are elements looked at one by one.

What it cannot see: a relative error below 1e-7, and a mistake that shows at none of the values given, such as the mask of ReLU
at 0.01 instead of 0 while no input lies between. Test special values, such as 0 itself, by what the gradient should be there.

Sources: the CS231n notes on gradient checks, https://cs231n.github.io/neural-networks-3/#gradcheck; Richardson (1911), The
approximate arithmetical solution by finite differences; Moré and Wild (2011), Estimating computational noise.
"""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Report", "TensorReport", "check_gradients", "check_layer", "check_loss", "difference_errors"]

STEP = 1e-3  # the first h, as a share of the input's root mean square
LARGEST = 0.02  # h is not enlarged beyond, also where rounding asks for it
SHRINK = 4  # h is divided by it when φ is not smooth between −h and h
SHRINKS = 6  # then h starts anew: rounding would drown everything
MOVE = 10  # how far a point moves, in steps
ATTEMPTS = 3 * (SHRINKS + 1)
CONFIRM = (STEP, STEP / 16, STEP / 256)  # a disagreement is looked at again with these first h, each MOVE times h away
DIRECTIONS = 2  # for each input
TOLERANCE = 1e-8  # of a directional derivative, as a share of the gradient's norm
EPS = np.finfo(np.float64).eps
ROUNDING = 320 * EPS  # bounds the rounding in R(h), times h, as a share of the numbers that φ is made of
CLEAR = 1e-6  # a disagreement counts only where rounding is bounded by this share of the gradient's norm
ELEMENTS = 64  # of a wrong gradient that are looked at one by one
AGREES, DISAGREES, UNCLEAR = "agrees", "disagrees", "unclear"


@dataclass
class TensorReport:
    """What came out for one input.

    Attributes:
        name: of the input, such as "weight".
        shape: of the input.
        problem: what is wrong and what may have caused it, as text; "" if the gradient is right.
        index: of the worst element, a tuple; None where no single element was looked at.
        got, expected: the gradient's value and the numerical one at `index`.
        error: |⟨gradient, v⟩ − R| / ‖gradient‖, the worst over the directions.
    """

    name: str
    shape: tuple
    problem: str = ""
    index: tuple | None = None
    got: float = np.nan
    expected: float = np.nan
    error: float = 0.0

    @property
    def passed(self):
        return not self.problem

    @property
    def ratio(self):
        """got / expected at `index`; infinite where only `expected` is 0."""
        if self.expected == 0:
            return np.copysign(np.inf, self.got) if self.got else np.nan
        return self.got / self.expected

    def __str__(self):
        if self.passed:
            return f"the gradient of {self.name}, of shape {self.shape}, is right: relative error {self.error:.0e}"
        return f"the gradient of {self.name}, of shape {self.shape}, is wrong: {self.problem}"


@dataclass
class Report:
    """What came out for all inputs.

    Attributes:
        tensors: a TensorReport for each input, in their order.
        problem: what is wrong with the function itself, so that no gradient could be checked; else "".
    """

    tensors: list = field(default_factory=list)
    problem: str = ""

    @property
    def passed(self):
        return not self.problem and all(tensor.passed for tensor in self.tensors)

    def __str__(self):
        return self.problem or "\n".join(map(str, self.tensors))

    def raise_if_failed(self, error=AssertionError):
        """Raise `error`, with what is wrong as its message, unless every gradient is right."""
        if not self.passed:
            raise error(self.problem or "\n".join(str(tensor) for tensor in self.tensors if not tensor.passed))


class Unusable(Exception):
    """The function or a gradient returned something that cannot be compared; the message says what."""


# -------------------------------------------------------------------------------------------------- what one calls


def check_gradients(function, gradients, inputs, rng, names=None):
    """Return the Report on the gradients of ⟨upstream, function(*inputs)⟩ with respect to each input.

    Args:
        function: takes the inputs, returns a number or an array. Deterministic; labels and the like are closed over. It is
            also evaluated close to the inputs given.
        gradients: takes upstream (1.0 for a number, else an array of the function's shape) and the inputs; returns the
            gradient with respect to each input, of its shape: a tuple or list, or for a single input just the array.
        inputs: an array, or a tuple or list of arrays; used as float64, and not changed.
        rng: np.random.Generator.
        names: of the inputs, for the report.

    Raises:
        ValueError: if the number of names or gradients differs from that of the inputs, or an input is empty.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
        >>> product = lambda a, b: a @ b
        >>> check_gradients(product, lambda dy, a, b: (dy @ b.T, a.T @ dy), (a, b), rng).passed
        True
    """
    inputs = [np.array(x, np.float64) for x in (inputs if isinstance(inputs, tuple | list) else (inputs,))]
    names = list(names or (["x"] if len(inputs) == 1 else [f"input {i}" for i in range(len(inputs))]))
    if len(names) != len(inputs):
        raise ValueError(f"{len(names)} names for {len(inputs)} inputs: give one name for each")
    if empty := [name for name, x in zip(names, inputs, strict=True) if x.size == 0]:
        raise ValueError(f"{empty[0]} has no elements: there is nothing to check")
    try:
        return reported(function, gradients, inputs, names, rng)
    except Unusable as error:
        return Report(problem=str(error))


def check_loss(loss, inputs, rng, names=None):
    """Return the Report on a function that returns its value and its gradient: `loss(*inputs)` → (number, gradient, …).

    Args:
        loss: such as `lambda scores: cross_entropy(scores, labels)`; one gradient for each input, in their order.
        inputs, rng, names: as in `check_gradients`.

    Example:
        >>> weight = np.array([1.0, -2.0, 3.0])
        >>> report = check_loss(lambda weight: (np.sum(weight**2), weight), weight, np.random.default_rng(0), ["weight"])
        >>> print(report.tensors[0].problem)
        at (2,) it is 3, the numerical one is 6, ratio 0.5. Every element is the right one times 1/2: is the 2 from the \
derivative of a square missing?
    """

    def parts(*inputs):
        result = loss(*inputs)
        if not isinstance(result, tuple | list) or len(result) != 1 + len(inputs):
            raise Unusable(f"the function returns {described(result)}, expected the loss and {len(inputs)} gradient(s)")
        if np.ndim(result[0]):
            raise Unusable(f"the loss is {described(result[0])}, expected one number: is a mean or a sum missing?")
        return result

    return check_gradients(lambda *inputs: parts(*inputs)[0], lambda _, *inputs: parts(*inputs)[1:], inputs, rng, names)


def check_layer(layer, x, rng, names=None):
    """Return the Report on the gradients of a layer with respect to x and to each of its parameters.

    Args:
        layer: has `forward(x)`, `backward(dy)`, which returns dx and adds to every parameter's `grad`, and `parameters()`,
            a list of objects with `value` and `grad`. Both are as before when the check returns; what else `forward` keeps, such
            as running averages, is not.
        x: array.
        rng: np.random.Generator.
        names: of the parameters, such as ["weight", "bias"].

    Example:
        report = check_layer(Linear(5, 3, rng), rng.normal(size=(4, 5)), rng, ["weight", "bias"])
    """
    forward, backward, parameters = layer.forward, layer.backward, list(layer.parameters())
    before = [(parameter.value, parameter.grad) for parameter in parameters]
    current = [None] * len(parameters)

    def put(values):
        for i, value in enumerate(values):
            if value is not current[i]:  # a call may be slow: say only what changes
                parameters[i].value = current[i] = value

    def function(x, *values):
        put(values)
        return forward(x)

    def gradients(upstream, x, *values):
        put(values)
        forward(x)
        for parameter, value in zip(parameters, values, strict=True):
            parameter.grad = np.zeros_like(value)
        dx = backward(upstream)
        return dx, *(parameter.grad for parameter in parameters)

    names = names or [f"parameters()[{i}]" for i in range(len(parameters))]
    try:
        return check_gradients(function, gradients, (x, *(value for value, _ in before)), rng, ["x", *names])
    finally:
        for parameter, (value, grad) in zip(parameters, before, strict=True):
            parameter.value, parameter.grad = value, grad


def difference_errors(function, derivative, x, steps):
    """Return |D(h) − f'(x)| for each step h: how wrong central differences are. Plot it with both axes logarithmic.

    Args:
        function: f, from a number to a number.
        derivative: f'(x), the right one.
        x: a number.
        steps: array of h.

    Example: the valley between truncation, which grows with h, and cancellation, which grows as h shrinks.
        >>> steps = np.array([1e-1, 1e-5, 1e-13])
        >>> print(difference_errors(np.exp, np.exp(1.0), 1.0, steps).round(5))
        [0.00453 0.      0.00046]

    Example: a kink. Near it the difference averages the slopes of both sides, until h is less than the distance.
        >>> relu = lambda x: max(x, 0.0)
        >>> print(difference_errors(relu, 1.0, 1e-4, np.array([1e-2, 1e-3, 1e-4, 1e-5])).round(5))
        [0.495 0.45  0.    0.   ]
    """
    return np.array([abs((function(x + h) - function(x - h)) / (2 * h) - derivative) for h in steps])


# ------------------------------------------------------------------------------------------------------ the numbers


@dataclass
class Point:
    """The function and its gradients at some inputs.

    Attributes:
        inputs, gradients: lists of float64 arrays, a gradient of the shape of its input.
        value: φ(0).
        magnitude: of the numbers whose rounding disturbs φ.
    """

    inputs: list
    gradients: list
    value: float
    magnitude: float


class Problem:
    """φ = ⟨upstream, function(*inputs)⟩ for one random upstream, and its gradients as claimed."""

    def __init__(self, function, gradients, inputs, names, rng):
        self.function, self.claimed, self.names = function, gradients, names
        output = self.output(inputs)
        if output.dtype in (np.float16, np.float32):
            raise Unusable(f"the function returns {output.dtype} for float64 inputs: it has to keep the precision it is given")
        self.upstream = rng.standard_normal(output.shape) if output.ndim else np.float64(1.0)
        self.sizes = {}  # {length: of what}: numbers by which one may have multiplied or divided by mistake
        for name, array in [*zip(names, inputs, strict=True), ("the output", output)]:
            for axis, length in enumerate(array.shape):
                self.sizes.setdefault(length, f"the length of axis {axis} of {name}")

    def output(self, inputs):
        return numbers(self.function(*inputs), "the value of the function")

    def at(self, inputs):
        """Return the Point; raise Unusable if a gradient is not an array of its input's shape."""
        terms = self.upstream * self.output(inputs)
        upstream = self.upstream.copy()
        gradients = self.claimed(upstream, *inputs)
        if not np.array_equal(upstream, self.upstream):
            raise Unusable("the upstream gradient was changed in place: compute with a copy, the caller still needs its array")
        if len(inputs) == 1 and (gradients is None or isinstance(gradients, np.ndarray | np.generic | float | int)):
            gradients = (gradients,)
        if not isinstance(gradients, tuple | list):
            raise Unusable(f"the gradients are {described(gradients)}, expected one array for each of {len(inputs)} inputs")
        if len(gradients) != len(inputs):
            raise ValueError(f"there are {len(gradients)} gradients for {len(inputs)} inputs: give one for each")
        gradients = [numbers(g, f"the gradient of {name}") for name, g in zip(self.names, gradients, strict=True)]
        for name, x, g in zip(self.names, inputs, gradients, strict=True):
            if g.shape != x.shape:
                raise Unusable(f"the gradient of {name} has shape {g.shape}, expected that of {name}, {x.shape}")
        self.dtypes = [g.dtype for g in gradients]
        gradients = [np.array(g, np.float64) for g in gradients]
        magnitude = norm(terms) + sum(norm(x * g) for x, g in zip(inputs, gradients, strict=True))
        return Point(inputs, gradients, float(np.sum(terms)), magnitude)

    def moved(self, point, share, rng):
        """Return a Point nearby, every input moved by a random `share` of its scale; less, where the function ends before."""
        for _ in range(SHRINKS):
            nearby = self.at([x + share * scale_of(x) * rng.standard_normal(x.shape) for x in point.inputs])
            if np.isfinite(nearby.value):
                return nearby
            share /= SHRINK
        return point


def numbers(value, what):
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic | int | float) else None
    if array is None or array.dtype.kind not in "fiu":
        hint = ": is a return missing?" if value is None else ", expected numbers"
        raise Unusable(f"{what} is {described(value)}{hint}")
    return array


def described(value):
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return "None" if value is None else f"a {type(value).__name__}"


def norm(x):
    return float(np.sqrt(np.vdot(x, x)))


def scale_of(x):
    """Return the root mean square of x, or 1 where that is 0."""
    return norm(x) / np.sqrt(x.size) or 1.0


class Line:
    """φ(t) = ⟨upstream, function(…, x + t·v, …)⟩ for input k along direction v; every value is computed once.

    Attributes:
        slope: φ'(0) according to the gradient.
    """

    def __init__(self, problem, point, k, v):
        self.problem, self.point, self.k, self.v = problem, point, k, v
        self.slope = float(np.vdot(point.gradients[k], v))
        self.values = {0.0: point.value}

    def __call__(self, t):
        if t not in self.values:
            inputs = list(self.point.inputs)
            inputs[self.k] = inputs[self.k] + t * self.v
            self.values[t] = float(np.vdot(self.problem.upstream, self.problem.output(inputs)))
        return self.values[t]

    def difference(self, h):
        """D(h), the central difference."""
        return (self(h) - self(-h)) / (2 * h)

    def richardson(self, h):
        """R(h), exact up to O(h⁴)."""
        return (4 * self.difference(h / 2) - self.difference(h)) / 3

    def bend(self, h):
        """S(h) − 2 S(h/2), S the second difference over h: O(h³) where φ is smooth, the size of the kink where it is not."""

        def second(h):
            return (self(h) - 2 * self(0.0) + self(-h)) / h

        return second(h) - 2 * second(h / 2)

    def rounding(self, h):
        return ROUNDING * self.point.magnitude / h

    def tolerance(self, h):
        return TOLERANCE * max(norm(self.point.gradients[self.k]), abs(self.richardson(h))) + self.rounding(h)

    def is_smooth(self, h):
        """Return whether φ is certified to be smooth between −h and h: R(h) and R(h/2) are equal, and nothing bends."""
        small = self.tolerance(h) / 4
        return (
            abs(self.richardson(h) - self.richardson(h / 2)) <= small
            and abs(self.bend(h)) <= small
            and abs(self.bend(h / 2)) <= small
        )

    def verdict(self, h):
        """Return whether the slope AGREES with the numerical one, DISAGREES for sure, or is UNCLEAR at this h."""
        tolerance = self.tolerance(h)
        if abs(self.richardson(h) - self.slope) <= tolerance or abs(self.richardson(h / 2) - self.slope) <= tolerance:
            return AGREES
        certain = self.rounding(h) <= CLEAR * max(norm(self.point.gradients[self.k]), abs(self.richardson(h)))
        return DISAGREES if certain and self.is_smooth(h) else UNCLEAR


# ----------------------------------------------------------------------------------------------------- the decision


def reported(function, gradients, inputs, names, rng):
    """Return the Report; raise Unusable if there is nothing to compare."""
    pristine = [x.copy() for x in inputs]
    with np.errstate(all="ignore"):  # what is not finite gets a sentence, not a warning; close by, it is no fault
        problem = Problem(function, gradients, inputs, names, rng)
        point = problem.at(inputs)
        for name, x, before in zip(names, inputs, pristine, strict=True):
            if not np.array_equal(x, before, equal_nan=True):
                raise Unusable(f"{name} was changed in place: compute with a copy, the caller still needs its array")
        if not np.isfinite(point.value):
            raise Unusable("the value of the function is not finite: look for a division by zero, log(0) or an overflow")
        return Report([report_on(problem, point, k, rng) for k in range(len(inputs))])


def report_on(problem, point, k, rng):
    """Return the TensorReport on input k."""
    gradient = point.gradients[k]
    report = TensorReport(problem.names[k], gradient.shape)
    if not np.all(finite := np.isfinite(gradient)):
        report.index = first(~finite)
        report.got = float(gradient[report.index])
        report.problem = f"at {report.index} it is {report.got:g}: look for a division by zero, log(0) or an overflow"
        return report
    if problem.dtypes[k] in (np.float16, np.float32):
        report.problem = f"it has dtype {problem.dtypes[k]} for float64 inputs: it has to keep the precision it is given"
        return report
    for _ in range(DIRECTIONS):
        verdict, line, h = judged(problem, point, k, rng)
        report.error = float(max(report.error, abs(line.richardson(h) - line.slope) / (norm(gradient) or 1.0)))
        if verdict != AGREES and not explained_by_rounding(problem, point, k, rng):
            explain(report, point, line, verdict, rng)
            break
    return report


def judged(problem, point, k, rng):
    """Return (verdict, Line, h) on input k along random directions; a disagreement counts once another point confirms it."""
    verdict, line, h = settled(problem, point, k, rng, STEP)
    if verdict != DISAGREES:
        return verdict, line, h
    for share in CONFIRM:  # near and nearer: the mistake may be in a few elements, and show on one side of a threshold only
        second = settled(problem, problem.moved(line.point, MOVE * share, rng), k, rng, share)
        if second[0] != AGREES:
            break
    return second


def settled(problem, point, k, rng, share):
    """Return (verdict, Line, h) where the verdict on input k is clear, or at the last attempt; h starts at `share` of the scale."""
    scale = scale_of(point.inputs[k])
    while share < LARGEST and ROUNDING * point.magnitude > TOLERANCE * norm(point.gradients[k]) * share * scale:
        share *= SHRINK
    for attempt in range(ATTEMPTS):
        if attempt % 2 == 0:
            line = Line(problem, point, k, rng.standard_normal(point.inputs[k].shape))
        relative = share / SHRINK ** (attempt % (SHRINKS + 1))
        if (verdict := line.verdict(relative * scale)) != UNCLEAR:
            break
        if attempt % 2:
            point = problem.moved(point, MOVE * relative, rng)
    return verdict, line, relative * scale


def explained_by_rounding(problem, point, k, rng):
    """Return whether the difference is as small as the rounding errors in φ: so it is where a gradient all but vanishes.

    `Line.rounding` knows only the numbers that go in and come out. Fourth differences, as in Moré and Wild, show what happens
    in between, such as 1 + 1e-13 in a softmax that is all but certain; and whoever adds 1e-17 to 1 sees nothing at all.
    """
    line = Line(problem, point, k, rng.standard_normal(point.inputs[k].shape))
    h = STEP * scale_of(point.inputs[k])
    values = [line(j * h / 4) for j in range(-4, 5)]
    noise = np.max(np.abs(np.diff(values, 4))) if np.ptp(values) else EPS
    usual = 100 * EPS * max(1.0, scale_of(point.inputs[k]), point.magnitude)
    return bool(noise <= usual and abs(line.richardson(h) - line.slope) <= 20 * noise / h)


# --------------------------------------------------------------------------------------------------- the explanation


def explain(report, point, line, verdict, rng):
    """Fill in which element is worst, by what factor, and what may have caused it: at the point given, or else nearby."""
    problem, k = line.problem, line.k
    if verdict == UNCLEAR:
        report.problem = why_unclear(problem, point, k, rng)
        if report.problem:
            return
    tested = tested_at(problem, point, k, rng)
    if not tested.wrong.any():
        tested = tested_at(problem, line.point, k, rng)
    if not tested.wrong.any():
        h = STEP * scale_of(point.inputs[k])
        report.problem = f"along a random direction it gives {line.slope:.6g}, the numerical one is {line.richardson(h):.6g}"
        return
    worst = int(np.argmax(np.where(tested.wrong, np.abs(tested.got - tested.expected), -1.0)))
    report.index = tuple(int(i) for i in np.unravel_index(tested.flat[worst], tested.gradient.shape))
    report.got, report.expected = float(tested.got[worst]) + 0.0, float(tested.expected[worst])  # + 0.0: never -0
    where = f"at {report.index} it" if report.index else "it"
    ratio = f", ratio {report.ratio:.6g}" if np.isfinite(report.ratio) and report.ratio else ""
    report.problem = f"{where} is {report.got:.6g}, the numerical one is {report.expected:.6g}{ratio}"
    report.problem += relation(tested, problem.names[k], problem.sizes) or place(tested, report.ratio, problem.sizes)


def why_unclear(problem, point, k, rng):
    """Return what keeps the function itself from having a numerical derivative, or ""."""
    if not np.array_equal(problem.output(point.inputs), problem.output(point.inputs)):
        return "the function returns different values for the same inputs: give it a fixed seed"
    line = Line(problem, point, k, rng.standard_normal(point.inputs[k].shape))
    values = [line(j * 1e-7 * scale_of(point.inputs[k])) for j in range(9)]
    if np.max(np.abs(np.diff(values, 4))) > 1e-10 * point.magnitude:  # 1e-15 with float64, 1e-7 with float32
        return "nearby values of the function do not lie on a smooth curve: does it jump, or round to float32 on the way?"
    return ""


def tested_at(problem, point, k, rng):
    """Return the Tested elements of the gradient with respect to input k."""
    gradient = point.gradients[k]
    flat = np.arange(gradient.size)
    if flat.size > ELEMENTS:
        flat = np.sort(rng.choice(flat, ELEMENTS, replace=False))
    expected = element_derivatives(problem, point, k, flat)
    if not differs(gradient.ravel()[flat], expected, gradient).any() and gradient.size > ELEMENTS:
        flat = np.append(flat, searched(problem, point, k, rng))  # the wrong ones are not among those
        expected = np.append(expected, element_derivatives(problem, point, k, flat[-1:]))
    known = np.isfinite(expected)
    flat, expected = flat[known], expected[known]
    got = gradient.ravel()[flat]
    return Tested(gradient, point.inputs[k].ravel()[flat], flat, got, expected, differs(got, expected, gradient))


def element_derivatives(problem, point, k, flat):
    """Return the numerical derivatives with respect to the elements of input k at the flat indices; NaN at a kink."""
    return np.array([element_derivative(problem, point, k, i) for i in flat])


def element_derivative(problem, point, k, i):
    x = point.inputs[k]
    line = Line(problem, point, k, np.zeros(x.shape))
    line.v.flat[i] = 1.0
    line.slope = float(point.gradients[k].flat[i])
    for shrinks in range(SHRINKS + 1):
        h = STEP / SHRINK**shrinks * scale_of(x)
        if line.is_smooth(h):
            return line.richardson(h / 2)
    return np.nan


def differs(got, expected, gradient):
    """Return which elements are wrong; False where the numerical derivative is unknown."""
    scale = max(np.max(np.abs(gradient)), np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0))
    return np.abs(got - expected) > 10 * TOLERANCE * scale


def searched(problem, point, k, rng):
    """Return the flat index of one wrong element, as an array: halve the elements as long as a half disagrees."""
    shape = point.inputs[k].shape
    flat = np.arange(point.inputs[k].size)
    while flat.size > 1:
        half = flat[: flat.size // 2]
        v = np.zeros(shape)
        v.flat[half] = rng.standard_normal(half.size)
        line = Line(problem, point, k, v)
        steps = [STEP / SHRINK**shrinks * scale_of(point.inputs[k]) for shrinks in range(SHRINKS + 1)]
        verdict = next((v for h in steps if (v := line.verdict(h)) != UNCLEAR), UNCLEAR)
        flat = half if verdict == DISAGREES else flat[flat.size // 2 :]
    return flat


@dataclass
class Tested:
    """The elements of a wrong gradient that were looked at.

    Attributes:
        gradient: all of it.
        x, flat, got, expected, wrong: of those elements the input, the flat index, the value, the numerical one, whether wrong.
    """

    gradient: np.ndarray
    x: np.ndarray
    flat: np.ndarray
    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray

    @property
    def every(self):
        if len(self.got) == self.gradient.size:
            return "every element"
        return f"every element tested ({len(self.got)} of {self.gradient.size})"


def relation(tested, name, sizes):
    """Return the sentence on how all of the gradient follows from the right one by one simple mistake, or ""."""
    got, expected, gradient = tested.got, tested.expected, tested.gradient
    if len(got) < 2 or tested.wrong.sum() < 2:
        return ""

    def is_right(repaired):
        return np.all(np.abs(repaired - expected) <= 1e-6 * np.max(np.abs(expected)))

    if not np.any(got):
        return f". It is 0 in {tested.every}: does anything reach it?"
    factor = share(got, expected)
    if factor and is_right(got / factor):
        return f". {tested.every.capitalize()} is the right one times {factor_cause(factor, sizes)}"
    multiple = share(got - expected, tested.x)
    if np.ptp(tested.x) and is_right(got - multiple * tested.x):
        return f". It is the right one plus {multiple:.4g} times {name} itself: is a penalty's term missing or doubled?"
    offset = np.mean(got - expected)
    if is_right(got - offset):
        return f". It is the right one plus the constant {offset:.4g}: is a sum or a mean left out, or one too many?"
    if gradient.ndim == 2 and gradient.shape[0] == gradient.shape[1] and is_right(gradient.T.ravel()[tested.flat]):
        return ". It is transposed: rows and columns are swapped"
    for axis, length in enumerate(gradient.shape):
        if length > 2 and any(is_right(np.roll(gradient, shift, axis).ravel()[tested.flat]) for shift in (1, -1)):
            return f". Every element stands one place too far along axis {axis}: is an index off by one?"
    return ""


def share(values, basis):
    """Return the c for which c · basis is closest to values."""
    return float(np.vdot(basis, values) / (np.vdot(basis, basis) or 1.0))


def place(tested, ratio, sizes):
    """Return the sentence on where the wrong elements are, and on what they have in common."""
    wrong, shape = tested.wrong, tested.gradient.shape
    if len(wrong) == 1:
        return f". It is the right one times {factor_cause(ratio, sizes)}" if np.isfinite(ratio) and ratio else ""
    sentence = f". {wrong.sum()} of {len(wrong)} elements tested {'is' if wrong.sum() == 1 else 'are'} wrong"
    right_places = np.transpose(np.unravel_index(tested.flat[~wrong], shape))
    places = np.transpose(np.unravel_index(tested.flat[wrong], shape))
    for axis, length in enumerate(shape):
        only = places[0, axis]
        if length > 1 and wrong.sum() > 1 and np.all(places[:, axis] == only) and not np.any(right_places[:, axis] == only):
            sentence += f", all those with index {only} on axis {axis} and no others"
    if np.all(tested.got[wrong] == 0):
        return f"{sentence}, 0 where it should not be: is a part left out?"
    if np.all(tested.expected[wrong] == 0):
        return f"{sentence}, not 0 where it should be: is a mask missing?"
    ratios = tested.got[wrong] / tested.expected[wrong] if np.all(tested.expected[wrong]) else np.array([np.nan])
    if np.all(np.abs(ratios - ratio) <= 1e-5 * abs(ratio)):
        return f"{sentence}, by the factor {factor_cause(ratio, sizes)}"
    return sentence


def factor_cause(factor, sizes):
    """Return a factor, and what may have caused it if it is a familiar one."""
    familiar = [
        (-1, "-1", "check the sign"),
        (2, "2", "is something counted twice?"),
        (0.5, "1/2", "is the 2 from the derivative of a square missing?"),
        (-2, "-2", "check the sign, and whether something is counted twice"),
    ]
    for size, name in sizes.items():
        familiar.append((size, f"{size}", f"that is {name}; is a mean taken as a sum?"))
        familiar.append((1 / size, f"1/{size}", f"{size} is {name}; is it divided by that once too often?"))
    found = [(text, question) for value, text, question in familiar if value != 1 and abs(factor - value) <= 1e-5 * abs(value)]
    if not found:
        return f"{factor:.7g}"
    return f"{found[0][0]}: {' Or: '.join(question for _, question in found)}"


def first(mask):
    """Return the index of the first True, a tuple."""
    return tuple(int(i) for i in np.argwhere(mask)[0])
