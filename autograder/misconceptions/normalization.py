"""Plausible mistakes in Part VI: batch normalization."""

from autograder.misconceptions import misconception

ONE, TWO = "normalization.BatchNorm1d", "normalization.BatchNorm2d"

UPDATE = (
    "            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean\n"
    "            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * n / (n - 1)\n"
)
WITHOUT_UPDATE = (UPDATE, "")
TERMS = "g = g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0)"

misconception(
    ONE,
    "unbiased-in-the-batch",
    "The batch is normalized with the unbiased variance (N - 1): inside the batch it is the biased one, divided by N; only the "
    "running average counts with N - 1.",
    ("np.sqrt(var + self.eps)", "np.sqrt((var * n / (n - 1) if self.training else var) + self.eps)"),
)
misconception(
    ONE,
    "biased-in-the-running-average",
    "running_var collects the biased variance: a batch's variance underestimates, so it goes into the running average times "
    "N / (N - 1).",
    ("self.momentum * var * n / (n - 1)", "self.momentum * var"),
)
misconception(
    ONE,
    "momentum-reversed",
    "momentum is the wrong way round: it is the weight of the new batch, and the old average keeps 1 - momentum.",
    (UPDATE,
     "            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean\n"
     "            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var * n / (n - 1)\n"),
)  # fmt: skip
misconception(
    ONE,
    "momentum-ignored",
    "The weight of the new batch is always 0.1: use self.momentum.",
    (UPDATE,
     "            self.running_mean = 0.9 * self.running_mean + 0.1 * mean\n"
     "            self.running_var = 0.9 * self.running_var + 0.1 * var * n / (n - 1)\n"),
)  # fmt: skip
misconception(
    ONE,
    "never-updated",
    "The running averages never change: every forward in training moves them a step towards the batch.",
    WITHOUT_UPDATE,
)
misconception(
    ONE,
    "updated-in-evaluation",
    "The running averages also move in evaluation: what a test batch looks like must leave no trace.",
    WITHOUT_UPDATE,
    ("        self.std = np.sqrt", "        n = max(len(x), 2)\n"
     + UPDATE.replace("            ", "        ").replace("* mean", "* x.mean(axis=0)").replace("* var *", "* x.var(axis=0) *")
     + "        self.std = np.sqrt"),
)  # fmt: skip
misconception(
    ONE,
    "batch-in-evaluation",
    "In evaluation you still normalize by the batch: then an example's score depends on its neighbours, and a batch of 1 loses "
    "everything. Use the running averages.",
    ("mean, var = self.running_mean, self.running_var", "mean, var = x.mean(axis=0), x.var(axis=0)"),
)
misconception(
    ONE,
    "running-in-training",
    "In training you normalize by the running averages: they are for evaluation, training uses the batch's own mean and variance.",
    ("        self.std = np.sqrt", "        mean, var = self.running_mean, self.running_var\n        self.std = np.sqrt"),
)
misconception(
    ONE,
    "running-std",
    "running_var collects standard deviations: it is the average of variances.",
    ("self.momentum * var * n / (n - 1)", "self.momentum * np.sqrt(var * n / (n - 1))"),
    ("np.sqrt(var + self.eps)", "np.sqrt((var if self.training else var**2) + self.eps)"),
)
misconception(
    ONE,
    "running-mean-never-forgets",
    "The old running mean stays in full, so the new batches add up without end: multiply it by 1 - momentum.",
    ("self.running_mean = (1 - self.momentum) * self.running_mean", "self.running_mean = self.running_mean"),
)
misconception(
    ONE,
    "no-root",
    "You divide by the variance: the root is missing, √(var + eps).",
    ("np.sqrt(var + self.eps)", "var + self.eps"),
)
misconception(
    ONE,
    "weight-and-bias-swapped",
    "weight and bias have changed places: weight multiplies x̂, bias is added.",
    ("self.weight.value * self.x_hat + self.bias.value", "self.bias.value * self.x_hat + self.weight.value"),
)
misconception(
    ONE,
    "root-forgotten-in-backward",
    "backward does not divide by √(var + eps): forward did, so it belongs to the derivative.",
    ("        return g / self.std", "        return g"),
)
misconception(
    ONE,
    "x-for-x-hat",
    "The gradient of weight is the sum of gradient · x̂, and you take x: weight multiplies x̂.",
    ("        self.x_hat = (x - mean) / self.std\n", "        self.x_hat, self.x = (x - mean) / self.std, x.copy()\n"),
    ("(gradient * self.x_hat).sum(axis=0)", "(gradient * self.x).sum(axis=0)"),
)
misconception(
    ONE,
    "mean-and-variance-constant",
    "backward treats mean and variance as constants: in training they depend on x, and bring two more terms.",
    (TERMS, "pass"),
)
misconception(
    ONE,
    "gradient-through-the-mean-forgotten",
    "The gradient through the mean is missing: the mean of g has to be taken away.",
    (TERMS, "g = g - self.x_hat * (g * self.x_hat).mean(axis=0)"),
)
misconception(
    ONE,
    "gradient-through-the-variance-forgotten",
    "The gradient through the variance is missing: x̂ times the mean of g · x̂ has to be taken away.",
    (TERMS, "g = g - g.mean(axis=0)"),
)
misconception(
    ONE,
    "sums-for-means",
    "In backward you take away sums where the formula has means over the batch.",
    (TERMS, "g = g - g.sum(axis=0) - self.x_hat * (g * self.x_hat).sum(axis=0)"),
)
misconception(
    ONE,
    "training-terms-in-evaluation",
    "In evaluation mean and variance are constants: the two terms that come from them belong to training alone.",
    ("        if self.training:\n            g = g - g.mean", "        if True:\n            g = g - g.mean"),
)
misconception(
    ONE,
    "weight-forgotten-in-backward",
    "The gradient has to pass the weight before x̂: g = gradient · weight.",
    ("g = gradient * self.weight.value", "g = gradient"),
)
misconception(
    ONE,
    "gradients-overwritten",
    "backward overwrites the gradients of weight and bias: it adds to them (+=), zero_grad clears.",
    ("self.weight.grad += ", "self.weight.grad = "),
    ("self.bias.grad += ", "self.bias.grad = "),
)
misconception(
    ONE,
    "parameter-gradients-averaged",
    "The gradients of weight and bias are averaged over the batch: sum them, the loss has divided by N already.",
    ("(gradient * self.x_hat).sum(axis=0)", "(gradient * self.x_hat).mean(axis=0)"),
    ("gradient.sum(axis=0)", "gradient.mean(axis=0)"),
)
misconception(
    ONE,
    "eps-outside-the-root",
    "eps stands outside the root: it is √(var + eps), not √var + eps.",
    ("np.sqrt(var + self.eps)", "np.sqrt(var) + self.eps"),
)
misconception(
    ONE,
    "no-eps",
    "eps is missing: a feature that does not vary in the batch divides by 0.",
    ("np.sqrt(var + self.eps)", "np.sqrt(var)"),
)
misconception(
    ONE,
    "cancellation",
    "The variance as mean of x² minus (mean of x)² subtracts two large, nearly equal numbers when x is far from 0, and little is "
    "left of the digits: take the mean of (x - mean)².",
    ("x.var(axis=0), len(x)", "np.maximum((x**2).mean(axis=0) - x.mean(axis=0) ** 2, 0), len(x)"),
)
misconception(
    ONE,
    "per-example",
    "You normalize each example over its features (axis 1): that is layer normalization. Here it is each feature over the batch "
    "(axis 0).",
    ("        self.x_hat = (x - mean) / self.std\n",
     "        self.x_hat = (x - mean) / self.std\n"
     "        if self.training:\n"
     "            row_mean, row_var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)\n"
     "            self.x_hat = (x - row_mean) / np.sqrt(row_var + self.eps)\n"),
)  # fmt: skip
misconception(
    ONE,
    "float64",
    "The running averages become float64: np.zeros and np.ones make float64 unless told otherwise. Keep the dtype.",
    ("self.running_mean + self.momentum * mean\n", "self.running_mean + self.momentum * mean.astype(float)\n"),
)

FORWARD = (
    "        channels_last = x.transpose(0, 2, 3, 1)\n"
    "        y = super().forward(channels_last.reshape(-1, x.shape[1]))\n"
    "        return y.reshape(channels_last.shape).transpose(0, 3, 1, 2)\n"
)
BACKWARD = (
    "        channels_last = gradient.transpose(0, 2, 3, 1)\n"
    "        dx = super().backward(channels_last.reshape(-1, gradient.shape[1]))\n"
    "        return dx.reshape(channels_last.shape).transpose(0, 3, 1, 2)\n"
)


def over(axes):
    """BatchNorm2d written out, with mean and variance over these axes and their running averages as they should be."""
    return (
        (FORWARD,
         f"        mean, var = x.mean(axis={axes}, keepdims=True), x.var(axis={axes}, keepdims=True)\n"
         "        if self.training:\n"
         "            m, v, n = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3)), x.size // x.shape[1]\n"
         "            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * m\n"
         "            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * v * n / (n - 1)\n"
         "        else:\n"
         "            mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]\n"
         "        self.std = np.sqrt(var + self.eps)\n"
         "        self.x_hat = (x - mean) / self.std\n"
         "        return self.weight.value[:, None, None] * self.x_hat + self.bias.value[:, None, None]\n"),
        (BACKWARD,
         "        self.weight.grad += (gradient * self.x_hat).sum(axis=(0, 2, 3))\n"
         "        self.bias.grad += gradient.sum(axis=(0, 2, 3))\n"
         "        g = gradient * self.weight.value[:, None, None]\n"
         "        if self.training:\n"
         f"            mean_g, mean_gx = (a.mean(axis={axes}, keepdims=True) for a in (g, g * self.x_hat))\n"
         "            g = g - mean_g - self.x_hat * mean_gx\n"
         "        return g / self.std\n"),
    )  # fmt: skip


misconception(
    TWO,
    "channels-not-moved",
    "x.reshape(-1, C) alone does not put a channel into a column: the numbers lie in the order N, C, H, W, so rows mix channels "
    "and places. Move the channels to the end first, x.transpose(0, 2, 3, 1).",
    ("        channels_last = x.transpose(0, 2, 3, 1)\n", "        channels_last = x\n"),
    ("y.reshape(channels_last.shape).transpose(0, 3, 1, 2)", "y.reshape(x.shape)"),
    ("        channels_last = gradient.transpose(0, 2, 3, 1)\n", "        channels_last = gradient\n"),
    ("dx.reshape(channels_last.shape).transpose(0, 3, 1, 2)", "dx.reshape(gradient.shape)"),
)
misconception(
    TWO,
    "per-pixel",
    "Each place of the image is normalized by itself, over N alone: a filter is the same everywhere, so mean and variance are "
    "over N, H and W.",
    *over("0"),
)
misconception(
    TWO,
    "per-image",
    "Each image is normalized by itself (that is called instance normalization): the mean and variance of a channel are over the "
    "whole batch too.",
    *over("(2, 3)"),
)
misconception(
    TWO,
    "all-channels-together",
    "All channels share one mean and one variance: each channel has its own, over N, H and W.",
    *over("(0, 1, 2, 3)"),
)
misconception(
    TWO,
    "not-moved-back",
    "The channels are still last: transpose back at the end, (N, H, W, C) to (N, C, H, W).",
    ("y.reshape(channels_last.shape).transpose(0, 3, 1, 2)", "y.reshape(channels_last.shape)"),
)
misconception(
    TWO,
    "backward-not-moved",
    "backward forgets to move the channels to the end: the gradient has the order N, C, H, W, like y.",
    ("        channels_last = gradient.transpose(0, 2, 3, 1)\n", "        channels_last = gradient\n"),
    ("dx.reshape(channels_last.shape).transpose(0, 3, 1, 2)", "dx.reshape(gradient.shape)"),
)
misconception(
    TWO,
    "weight-and-bias-per-pixel",
    "weight and bias have a number for each place: their gradients are sums over N alone, of shape (C, H, W). There is one a "
    "channel, so sum over N, H and W.",
    *(
        (old, new.replace(".sum(axis=(0, 2, 3))", ".sum(axis=0)").replace("grad += ", "grad = "))
        for old, new in over("(0, 2, 3)")
    ),
)
misconception(
    TWO,
    "unbiased-by-images",
    "The running variance is counted with N / (N - 1), N the number of images: the examples of a channel are all places of all "
    "images, N · H · W of them.",
    *(
        (old, new.replace("x.size // x.shape[1]\n            self", "max(len(x), 2)\n            self"))
        for old, new in over("(0, 2, 3)")
    ),
)
misconception(
    TWO,
    "parameter-gradients-averaged",
    "The gradients of weight and bias are averaged over the places: sum over N, H and W.",
    *((old, new.replace(".sum(axis=(0, 2, 3))", ".mean(axis=(2, 3)).sum(axis=0)")) for old, new in over("(0, 2, 3)")),
)
