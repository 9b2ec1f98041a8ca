"""Plausible mistakes in Part VI: initialization."""

from autograder.misconceptions import misconception

misconception(
    "initialization.fans",
    "swapped",
    "fan-in and fan-out are swapped: a weight is (out, in), so fan-in is the second number.",
    ("return num_inputs * area, num_outputs * area", "return num_outputs * area, num_inputs * area"),
)
misconception(
    "initialization.fans",
    "kernel-forgotten",
    "The kernel is forgotten: an output of Conv2d adds up kernel height · width numbers of every input channel.",
    ("return num_inputs * area, num_outputs * area", "return num_inputs, num_outputs"),
)
misconception(
    "initialization.fans",
    "kernel-in-fan-in-only",
    "fan-out counts the kernel too: one input goes into kernel height · width places of every output channel.",
    ("num_outputs * area", "num_outputs"),
)
misconception(
    "initialization.fans",
    "kernel-added",
    "You add height and width of the kernel: its area is their product.",
    ("np.prod(kernel)", "sum(kernel) or 1"),
)
misconception(
    "initialization.fans",
    "square-kernel",
    "You square the height of the kernel: it need not be square. Multiply height by width.",
    ("np.prod(kernel)", "kernel[0] ** 2 if kernel else 1"),
)

misconception(
    "initialization.zeros",
    "float64",
    "np.zeros makes float64 unless you say otherwise: pass dtype on.",
    ("np.zeros(shape, dtype)", "np.zeros(shape)"),
)
misconception(
    "initialization.zeros",
    "ones",
    "These are ones.",
    ("np.zeros(shape, dtype)", "np.ones(shape, dtype)"),
)
misconception(
    "initialization.zeros",
    "one-axis",
    "Only the first number of the shape is used: np.zeros takes the whole shape.",
    ("np.zeros(shape, dtype)", "np.zeros(shape[0] - 1, dtype)"),
)

DRAW = {
    "gaussian": "rng.normal(0, std, size=shape)",
    "xavier": "rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), size=shape)",
    "kaiming": "rng.normal(0, np.sqrt(2 / fan_in), size=shape)",
}
STD = {"gaussian": "std", "xavier": "np.sqrt(2 / (fan_in + fan_out))", "kaiming": "np.sqrt(2 / fan_in)"}
for name, draw in DRAW.items():
    misconception(
        f"initialization.{name}",
        "float64",
        "rng.normal gives float64: astype(dtype) at the end, or everything that the weights touch becomes float64 and takes "
        "twice as long.",
        (".astype(dtype)", ""),
    )
    misconception(
        f"initialization.{name}",
        "uniform",
        "The variance is right, but the numbers are uniform in an interval. (Many libraries offer that too; here the normal "
        "distribution is asked for.)",
        (draw, f"np.sqrt(3) * {STD[name]} * rng.uniform(-1, 1, size=shape)"),
    )
    misconception(
        f"initialization.{name}",
        "not-the-rng",
        "The numbers come from NumPy's global generator: draw with the rng you are given, or no run can be repeated.",
        (draw, draw.replace("rng.", "np.random.")),
    )
    misconception(
        f"initialization.{name}",
        "rows-alike",
        "You draw one row and repeat it: all units of the layer are alike, and will stay alike. Draw each number by itself.",
        (draw, f"np.broadcast_to({draw.replace('size=shape', 'size=shape[1:]')}, shape)"),
    )
misconception(
    "initialization.gaussian",
    "std-for-variance",
    "rng.normal takes the standard deviation, and you give it the variance, std².",
    ("rng.normal(0, std", "rng.normal(0, std**2"),
)
misconception(
    "initialization.gaussian",
    "root-of-std",
    "You take the root of std: it is the standard deviation already.",
    ("rng.normal(0, std", "rng.normal(0, np.sqrt(std)"),
)
misconception(
    "initialization.gaussian",
    "std-ignored",
    "The standard deviation is always 0.01: use the argument std.",
    ("rng.normal(0, std", "rng.normal(0, 0.01"),
)
misconception(
    "initialization.gaussian",
    "mean-std",
    "std stands where rng.normal expects the mean: rng.normal(0, std, size=shape).",
    ("rng.normal(0, std", "rng.normal(std, 1"),
)
misconception(
    "initialization.xavier",
    "std-for-variance",
    "rng.normal takes the standard deviation, and you give it the variance: the root is missing.",
    ("np.sqrt(2 / (fan_in + fan_out))", "2 / (fan_in + fan_out)"),
)
misconception(
    "initialization.xavier",
    "fan-in-only",
    "The variance is 1 / fan_in, which keeps the variance forward alone: Xavier takes both fans, 2 / (fan_in + fan_out).",
    ("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(1 / fan_in)"),
)
misconception(
    "initialization.xavier",
    "fan-out-only",
    "The variance is 1 / fan_out, which keeps the variance backward alone: Xavier takes both fans, 2 / (fan_in + fan_out).",
    ("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(1 / fan_out)"),
)
misconception(
    "initialization.xavier",
    "two-missing",
    "The variance is one over the *mean* of the fans, 2 / (fan_in + fan_out): the 2 is missing.",
    ("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(1 / (fan_in + fan_out))"),
)
misconception(
    "initialization.xavier",
    "six",
    "√(6 / (fan_in + fan_out)) is the bound of a uniform distribution with this variance, not the standard deviation of a normal "
    "one.",
    ("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(6 / (fan_in + fan_out))"),
)
misconception(
    "initialization.xavier",
    "root-of-the-two-alone",
    "The root is of the 2 alone: the standard deviation is √(2 / (fan_in + fan_out)), the root of the whole fraction.",
    ("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(2) / (fan_in + fan_out)"),
)
misconception(
    "initialization.xavier",
    "kernel-forgotten",
    "The kernel of a convolution is forgotten: fans(shape) counts it.",
    ("fan_in, fan_out = fans(shape)", "fan_out, fan_in = shape[:2]"),
)
misconception(
    "initialization.kaiming",
    "std-for-variance",
    "rng.normal takes the standard deviation, and you give it the variance: the root is missing.",
    ("np.sqrt(2 / fan_in)", "2 / fan_in"),
)
misconception(
    "initialization.kaiming",
    "fan-out",
    "You divide by fan_out. Forward, an output adds up fan_in numbers: that is what has to be made up for.",
    ("fan_in, _ = fans(shape)", "_, fan_in = fans(shape)"),
)
misconception(
    "initialization.kaiming",
    "two-missing",
    "The variance is 1 / fan_in: the 2 is missing, which makes up for the half that ReLU sets to 0.",
    ("np.sqrt(2 / fan_in)", "np.sqrt(1 / fan_in)"),
)
misconception(
    "initialization.kaiming",
    "root-of-the-two-alone",
    "The root is of the 2 alone: the standard deviation is √(2 / fan_in), the root of the whole fraction.",
    ("np.sqrt(2 / fan_in)", "np.sqrt(2) / fan_in"),
)
misconception(
    "initialization.kaiming",
    "kernel-forgotten",
    "The kernel of a convolution is forgotten: fans(shape) counts it.",
    ("fan_in, _ = fans(shape)", "fan_in = shape[1]"),
)
