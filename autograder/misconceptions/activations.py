"""Plausible mistakes in Part VI: activation functions."""

from autograder.misconceptions import misconception

NO_UPSTREAM = "backward returns the derivative alone: multiply it by the gradient that comes in (the chain rule)."
FIRST_KEPT = "backward uses the first forward: keep what it needs anew each time."
SHARED = "What backward needs is kept on the class, so all layers of this kind share it: keep it on self."
FLOAT64 = "The result is float64 for float32 inputs: somewhere a float64 array comes in. Keep the precision of x."

misconception(
    "activations.Sigmoid",
    "overflow-to-the-right",
    "exp(x) overflows for large x, and infinity/infinity is nan: for x >= 0 use 1 / (1 + exp(-x)).",
    ("np.where(x >= 0, 1, small) / (1 + small)", "np.exp(x) / (1 + np.exp(x))"),
)
misconception(
    "activations.Sigmoid",
    "overflow-to-the-left",
    "exp(-x) overflows for large negative x. 1/infinity happens to be the right 0, but NumPy warns, and the next formula with such "
    "an infinity may give nan: for x < 0 use exp(x) / (1 + exp(x)).",
    ("np.where(x >= 0, 1, small) / (1 + small)", "1 / (1 + np.exp(-x))"),
)
misconception(
    "activations.Sigmoid",
    "both-sides-for-all",
    "np.where computes both forms for all x, and then chooses: each overflows on the side where it is not wanted. Take the "
    "exponential of -|x|, which both forms need.",
    ("np.where(x >= 0, 1, small) / (1 + small)", "np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))"),
)
misconception(
    "activations.Sigmoid",
    "derivative-overflows",
    "backward computes exp(-x) / (1 + exp(-x))², which is infinity/infinity for large negative x: y (1 - y) is the same "
    "number, and y is there already.",
    ("        self.y = np.where(x >= 0, 1, small) / (1 + small)\n        return self.y\n",
     "        self.x = x.copy()\n        return np.where(x >= 0, 1, small) / (1 + small)\n"),
    ("gradient * self.y * (1 - self.y)", "gradient * np.exp(-self.x) / (1 + np.exp(-self.x)) ** 2"),
)  # fmt: skip
misconception(
    "activations.Sigmoid",
    "clipped",
    "You clip x at 500: exp(500) overflows in float32 all the same, and in float64 the sigmoid no longer falls to 0. No clip is "
    "needed if only exponentials of negative numbers are taken.",
    ("small = np.exp(-np.abs(x))", "x = np.clip(x, -500, 500)"),
    ("np.where(x >= 0, 1, small) / (1 + small)", "1 / (1 + np.exp(-x))"),
)
misconception(
    "activations.Sigmoid",
    "sign-of-x",
    "The sign in the exponential is wrong: the sigmoid grows with x.",
    ("np.where(x >= 0, 1, small)", "np.where(x < 0, 1, small)"),
    ("gradient * self.y", "-gradient * self.y"),
)
misconception(
    "activations.Sigmoid",
    "derivative-of-x",
    "The derivative is y (1 - y), with the output y, and not x (1 - x).",
    ("        return self.y\n", "        self.x = x.copy()\n        return self.y\n"),
    ("gradient * self.y * (1 - self.y)", "gradient * self.x * (1 - self.x)"),
)
misconception(
    "activations.Sigmoid",
    "derivative-without-y",
    "The derivative is y (1 - y): the factor y is missing.",
    ("gradient * self.y * (1 - self.y)", "gradient * (1 - self.y)"),
)
misconception("activations.Sigmoid", "no-upstream", NO_UPSTREAM, ("gradient * self.y * (1", "self.y * (1"))
misconception(
    "activations.Sigmoid",
    "float64",
    FLOAT64,
    ("np.exp(-np.abs(x))", "np.exp(-np.abs(x.astype(float)))"),
)
misconception(
    "activations.Sigmoid",
    "shared",
    SHARED,
    ("self.y = np.where(x >= 0, 1, small)", "Sigmoid.y = np.where(x >= 0, 1, small)"),
)

misconception(
    "activations.Tanh",
    "square-missing",
    "The derivative is 1 - y²: the square is missing.",
    ("1 - self.y**2", "1 - self.y"),
)
misconception(
    "activations.Tanh",
    "square-of-the-difference",
    "The derivative is 1 - y²: only y is squared, not the difference.",
    ("1 - self.y**2", "(1 - self.y) ** 2"),
)
misconception(
    "activations.Tanh",
    "derivative-of-x",
    "The derivative is 1 - y², with the output y, and not 1 - x².",
    ("        self.y = np.tanh(x)\n        return self.y\n", "        self.y = x.copy()\n        return np.tanh(x)\n"),
)
misconception(
    "activations.Tanh",
    "overflow",
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) is infinity/infinity for large x: np.tanh takes care of that.",
    ("self.y = np.tanh(x)", "self.y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
)
misconception(
    "activations.Tanh",
    "sigmoid-of-x",
    "2 sigmoid(x) - 1 is tanh(x/2): the sigmoid has to be that of 2x.",
    ("np.tanh(x)", "np.tanh(x / 2)"),
)
misconception("activations.Tanh", "no-upstream", NO_UPSTREAM, ("gradient * (1 - self.y**2)", "1 - self.y**2"))
misconception(
    "activations.Tanh",
    "shared",
    SHARED,
    ("        self.y = np.tanh(x)\n", "        Tanh.y = np.tanh(x)\n"),
)
misconception(
    "activations.Tanh",
    "in-place",
    "You write tanh into the caller's array (out=x): make a new one.",
    ("        self.y = np.tanh(x)\n", "        self.y = np.tanh(x, out=x)\n"),
)
misconception(
    "activations.Tanh",
    "first-forward",
    FIRST_KEPT,
    ("        self.y = np.tanh(x)\n        return self.y\n",
     "        if not hasattr(self, \"y\"):\n            self.y = np.tanh(x)\n        return np.tanh(x)\n"),
)  # fmt: skip

misconception(
    "activations.LeakyReLU",
    "relu",
    "backward stops the gradient where x is negative: a leaky ReLU lets its slope through, or the unit could still die.",
    ("np.where(self.positive, gradient, self.slope * gradient)", "np.where(self.positive, gradient, 0)"),
)
misconception(
    "activations.LeakyReLU",
    "slope-ignored",
    "The slope is always 0.01: use self.slope.",
    ("self.slope * x", "0.01 * x"),
    ("self.slope * gradient", "0.01 * gradient"),
)
misconception(
    "activations.LeakyReLU",
    "slope-everywhere",
    "backward multiplies by the slope everywhere: where x is positive, the derivative is 1.",
    ("np.where(self.positive, gradient, self.slope * gradient)", "self.slope * gradient"),
)
misconception(
    "activations.LeakyReLU",
    "wrong-side",
    "The slope is on the wrong side: x stays as it is where it is positive, and is multiplied by the slope elsewhere.",
    ("np.where(self.positive, x, self.slope * x)", "np.where(self.positive, self.slope * x, x)"),
    ("np.where(self.positive, gradient, self.slope * gradient)", "np.where(self.positive, self.slope * gradient, gradient)"),
)
misconception(
    "activations.LeakyReLU",
    "slope-for-the-value",
    "max(slope, x) is a floor at slope: the left side is slope · x, as in max(slope · x, x).",
    ("np.where(self.positive, x, self.slope * x)", "np.maximum(x.dtype.type(self.slope), x)"),
)
misconception(
    "activations.LeakyReLU",
    "no-upstream-to-the-left",
    "Where x is negative, backward returns the slope alone: it is the slope times the gradient that comes in.",
    ("self.slope * gradient)", "gradient.dtype.type(self.slope))"),
)
misconception(
    "activations.LeakyReLU",
    "sign",
    "The negative side is bent upwards, as in |x|: it is slope · x, with x negative, below 0.",
    ("np.where(self.positive, x, self.slope * x)", "np.where(self.positive, x, -self.slope * x)"),
    ("self.slope * gradient", "-self.slope * gradient"),
)
misconception(
    "activations.LeakyReLU",
    "derivative-at-zero",
    "At exactly 0 the derivative is that of the left side, slope: the mask is x > 0, not x >= 0.",
    ("self.positive = x > 0", "self.positive = x >= 0"),
)
misconception(
    "activations.LeakyReLU",
    "mask-of-the-gradient",
    "backward looks at the sign of the gradient: it is the sign of x that decides.",
    ("np.where(self.positive, gradient", "np.where(gradient > 0, gradient"),
)
misconception(
    "activations.LeakyReLU",
    "no-upstream",
    NO_UPSTREAM,
    ("np.where(self.positive, gradient, self.slope * gradient)", "np.where(self.positive, 1.0, self.slope)"),
)
misconception(
    "activations.LeakyReLU",
    "float64",
    FLOAT64,
    ("np.where(self.positive, x, self.slope * x)", "x * np.where(self.positive, 1.0, self.slope)"),
)

misconception(
    "activations.ELU",
    "infinity-times-zero",
    "You compute exp(x) for all x and multiply by a mask: exp(1000) is infinite, and 0 · infinity is nan. Take exp only of what "
    "is not positive, np.minimum(x, 0).",
    (
        "np.where(self.positive, x, self.alpha * (np.exp(np.minimum(x, 0)) - 1))",
        "self.positive * x + ~self.positive * (self.alpha * (np.exp(x) - 1))",
    ),
)
misconception(
    "activations.ELU",
    "overflow-to-the-right",
    "exp(x) is computed for all x, and overflows where x is large, though np.where then takes the other side: NumPy warns. Take "
    "exp only of what is not positive, np.minimum(x, 0).",
    ("(np.exp(np.minimum(x, 0)) - 1)", "(np.exp(x) - 1)"),
)
misconception(
    "activations.ELU",
    "alpha-ignored",
    "alpha is always 1: use self.alpha.",
    ("self.alpha * (np.exp", "1 * (np.exp"),
    ("self.y + self.alpha", "self.y + 1"),
)
misconception(
    "activations.ELU",
    "minus-one-missing",
    "The 1 is not subtracted: alpha · exp(x) jumps at 0, alpha (exp(x) - 1) goes through it.",
    ("(np.exp(np.minimum(x, 0)) - 1)", "np.exp(np.minimum(x, 0))"),
    ("self.y + self.alpha", "self.y"),
)
misconception(
    "activations.ELU",
    "derivative-is-y",
    "The derivative of the left side is alpha · exp(x) = y + alpha, not y: y is negative there.",
    ("gradient * (self.y + self.alpha)", "gradient * self.y"),
)
misconception(
    "activations.ELU",
    "derivative-plus-one",
    "The derivative of the left side is y + alpha; y + 1 is right for alpha = 1 alone.",
    ("self.y + self.alpha", "self.y + 1"),
)
misconception(
    "activations.ELU",
    "derivative-without-alpha",
    "The derivative of the left side is alpha · exp(x): the alpha is missing, which shows only where it is not 1.",
    ("self.y + self.alpha", "self.y / self.alpha + 1"),
)
misconception(
    "activations.ELU",
    "one-inside-the-exponential",
    "The 1 is subtracted inside the exponential: it is alpha (exp(x) - 1), not alpha · exp(x - 1).",
    ("(np.exp(np.minimum(x, 0)) - 1)", "np.exp(np.minimum(x, 0) - 1)"),
)
misconception(
    "activations.ELU",
    "derivative-at-zero",
    "At exactly 0 the derivative is that of the left side, alpha: the mask is x > 0, not x >= 0.",
    ("self.positive = x > 0", "self.positive = x >= 0"),
)
misconception(
    "activations.ELU",
    "no-upstream",
    NO_UPSTREAM,
    ("np.where(self.positive, gradient, gradient * (self.y + self.alpha))", "np.where(self.positive, 1.0, self.y + self.alpha)"),
)
misconception(
    "activations.ELU",
    "alpha-inside",
    "alpha is a factor in front of the bracket, not inside the exponential.",
    ("self.alpha * (np.exp(np.minimum(x, 0)) - 1)", "np.exp(self.alpha * np.minimum(x, 0)) - 1"),
    ("gradient * (self.y + self.alpha)", "gradient * self.alpha * (self.y + 1)"),
)
