"""Plausible mistakes in Part IV: layers."""

from autograder.misconceptions import misconception

ADD_WEIGHT, ADD_BIAS = "self.weight.grad += gradient.T @ self.x", "self.bias.grad += gradient.sum(axis=0)"

misconception(
    "layers.Linear",
    "gradients-overwritten",
    "backward replaces the gradients that were there: it must add to them (+=). A parameter that is used twice gets a gradient "
    "from each use, and zero_grad is there to clear them.",
    (ADD_WEIGHT, "self.weight.grad = gradient.T @ self.x"),
    (ADD_BIAS, "self.bias.grad = gradient.sum(axis=0)"),
)
misconception(
    "layers.Linear",
    "bias-gradient-overwritten",
    "backward adds to the weight's gradient and replaces the bias's: both need +=.",
    (ADD_BIAS, "self.bias.grad = gradient.sum(axis=0)"),
)
misconception(
    "layers.Linear",
    "forward-without-transpose",
    "The weight is (out, in) and x is (N, in): their last axes must meet, so multiply by the transposed weight, x @ weight.T.",
    ("x @ self.weight.value.T", "x @ self.weight.value"),
)
misconception(
    "layers.Linear",
    "weight-stored-transposed",
    "Your weight is (in, out): in this course, as on the slides and in PyTorch, a row belongs to an output, so it is (out, in).",
    ("size=(out_features, in_features)", "size=(in_features, out_features)"),
    ("x @ self.weight.value.T", "x @ self.weight.value"),
    (ADD_WEIGHT, "self.weight.grad += self.x.T @ gradient"),
    ("gradient @ self.weight.value", "gradient @ self.weight.value.T"),
)
misconception(
    "layers.Linear",
    "weight-gradient-transposed",
    "The weight's gradient is (in, out), transposed: a gradient has the shape of what it belongs to, so dyᵀ x and not xᵀ dy.",
    (ADD_WEIGHT, "self.weight.grad = self.weight.grad.T + self.x.T @ gradient"),
)
misconception(
    "layers.Linear",
    "input-gradient-with-transpose",
    "On the way back the gradient is multiplied by the weight itself, dy W: (N, out) times (out, in). The transposed one took "
    "you forward.",
    ("return gradient @ self.weight.value", "return gradient @ self.weight.value.T"),
)
misconception(
    "layers.Linear",
    "no-bias",
    "The bias is not added in forward.",
    (" + self.bias.value", ""),
)
misconception(
    "layers.Linear",
    "bias-gradient-averaged",
    "The bias's gradient is averaged over the examples: the loss has divided by N already, so sum.",
    ("gradient.sum(axis=0)", "gradient.mean(axis=0)"),
)
misconception(
    "layers.Linear",
    "bias-gradient-not-summed",
    "The bias's gradient has one row for each example: the bias acts on all of them, so its gradient is the sum over them.",
    (ADD_BIAS, "self.bias.grad = self.bias.grad + gradient"),
)
misconception(
    "layers.Linear",
    "bias-gradient-one-sum",
    "The bias's gradient is one number, the sum of everything: sum over the examples alone, axis=0, and each output keeps its own.",
    ("gradient.sum(axis=0)", "gradient.sum()"),
)
misconception(
    "layers.Linear",
    "weight-gradient-averaged",
    "The weight's gradient is divided by the number of examples once more: the loss has done that already.",
    (ADD_WEIGHT, "self.weight.grad += gradient.T @ self.x / len(self.x)"),
)
misconception(
    "layers.Linear",
    "input-aliased",
    "You keep the caller's own array. When the caller changes it between forward and backward, a buffer that is used again for "
    "the next batch, say, your gradient is that of other numbers: keep x.copy().",
    ("self.x = x.copy()", "self.x = x"),
)
misconception(
    "layers.Linear",
    "input-shared-by-all-layers",
    "The input is kept on the class, where all Linear layers share it: the next layer's forward overwrites it. Keep it on self.",
    ("self.x = x.copy()", "Linear.x = x.copy()"),
)
misconception(
    "layers.Linear",
    "first-input-kept",
    "backward uses the input of the first forward, for ever: keep the last one.",
    ("self.x = x.copy()", 'self.x = getattr(self, "x", x.copy())'),
)
misconception(
    "layers.Linear",
    "bias-not-in-parameters",
    "parameters() leaves the bias out, so no optimizer will ever train it: return [self.weight, self.bias].",
    ("return [self.weight, self.bias]", "return [self.weight]"),
)
misconception(
    "layers.Linear",
    "no-parameters",
    "parameters() returns nothing, as that of a layer without parameters does, so nothing is ever trained: return [self.weight, "
    "self.bias].",
    ("return [self.weight, self.bias]", "return super().parameters()"),
)
misconception(
    "layers.Linear",
    "parameters-copied",
    "parameters() returns new Parameters with the same values: an optimizer would train the copies. Return the ones you use.",
    ("return [self.weight, self.bias]", "return [Parameter(self.weight.value), Parameter(self.bias.value)]"),
)
misconception(
    "layers.Linear",
    "variance-as-standard-deviation",
    "2 / in_features is the variance of the first weights: rng.normal times its root, the standard deviation.",
    ("math.sqrt(2 / max(in_features, 1))", "2 / max(in_features, 1)"),
)
misconception(
    "layers.Linear",
    "start-by-outputs",
    "The variance of the first weights is 2 / in_features, by what comes in: you divide by the outputs.",
    ("2 / max(in_features, 1)", "2 / max(out_features, 1)"),
)
misconception(
    "layers.Linear",
    "start-uniform",
    "The first weights are uniform numbers, not normal ones: rng.normal.",
    ("rng.normal(size=(out_features, in_features))", "rng.uniform(-1.7321, 1.7321, size=(out_features, in_features))"),
)
misconception(
    "layers.Linear",
    "start-at-zero",
    "The first weights are all zero: then all outputs are alike and get the same gradient, for ever. Draw them with rng.",
    ("(std * rng.normal(size=(out_features, in_features)))", "np.zeros((out_features, in_features))"),
)
misconception(
    "layers.Linear",
    "bias-starts-random",
    "The first biases are random: they are zeros.",
    ("np.zeros(out_features, dtype)", "(std * rng.normal(size=out_features)).astype(dtype)"),
)
misconception(
    "layers.Linear",
    "dtype-ignored",
    "The weights are float64 whatever dtype says, and make everything behind them float64, at half the speed: .astype(dtype).",
    ("in_features))).astype(dtype)", "in_features)))"),
)
misconception(
    "layers.Linear",
    "gradients-not-passed-on",
    "backward returns the gradient that came in, dL/dy: the layer before needs dL/dx = dy W.",
    ("return gradient @ self.weight.value", "return gradient"),
)
misconception(
    "layers.Linear",
    "no-features",
    "An input without features, (N, 0), divides by zero at the start: use max(in_features, 1).",
    ("max(in_features, 1)", "in_features"),
)

misconception(
    "layers.ReLU",
    "mask-from-the-gradient",
    "You let through what is positive in the gradient that comes in: what counts is where the *input* was positive. A negative "
    "gradient passes there too.",
    ("gradient * self.positive", "gradient * (gradient > 0)"),
)
misconception(
    "layers.ReLU",
    "mask-from-both",
    "You let through only what is positive in input and gradient alike: a negative gradient passes too where the input was "
    "positive.",
    ("gradient * self.positive", "np.maximum(gradient, 0) * self.positive"),
)
misconception(
    "layers.ReLU",
    "open-at-zero",
    "Where the input is exactly 0 your gradient passes: there it is 0, so use > and not >=.",
    ("self.positive = x > 0", "self.positive = x >= 0"),
)
misconception(
    "layers.ReLU",
    "no-mask",
    "The gradient passes everywhere: where the input was negative, the output did not depend on it.",
    ("return gradient * self.positive", "return gradient.copy()"),
)
misconception(
    "layers.ReLU",
    "input-aliased",
    "You keep the caller's own x and look at it in backward: if it has changed by then, your mask is that of other numbers. Keep "
    "the mask, x > 0, in forward.",
    ("self.positive = x > 0", "self.x = x"),
    ("self.positive", "(self.x > 0)"),
)
misconception(
    "layers.ReLU",
    "input-in-place",
    "x[x < 0] = 0 writes into the caller's array, which is the data itself, or what the layer before keeps: make a new one.",
    ("        return np.maximum(x, 0)", "        x[x < 0] = 0\n        return x"),
)
misconception(
    "layers.ReLU",
    "gradient-in-place",
    "backward writes zeros into the caller's gradient: multiply by the mask, that makes a new array.",
    ("        return gradient * self.positive", "        gradient[~self.positive] = 0\n        return gradient"),
)
misconception(
    "layers.ReLU",
    "mask-shared-by-all-layers",
    "The mask is kept on the class, where all ReLU layers share it: the next one's forward overwrites it. Keep it on self.",
    ("self.positive = x > 0", "ReLU.positive = x > 0"),
)
misconception(
    "layers.ReLU",
    "first-mask-kept",
    "backward uses the mask of the first forward, for ever: keep the last one.",
    ("self.positive = x > 0", 'self.positive = getattr(self, "positive", x > 0)'),
)
misconception(
    "layers.ReLU",
    "mask-of-floats",
    "Your mask is float64 and makes float32 gradients float64: keep the booleans of x > 0, or give the mask x's dtype.",
    ("self.positive = x > 0", "self.positive = (x > 0).astype(float)"),
)
misconception(
    "layers.ReLU",
    "absolute-value",
    "You take the absolute value: what is negative becomes 0.",
    ("np.maximum(x, 0)", "np.abs(x)"),
)
misconception(
    "layers.ReLU",
    "leaky",
    "Negative numbers leak through, times 0.01: that is the leaky ReLU of Part VI. Here they become 0.",
    ("np.maximum(x, 0)", "np.maximum(x, 0.01 * x)"),
    ("gradient * self.positive", "gradient * np.where(self.positive, 1, 0.01).astype(gradient.dtype)"),
)

RESHAPE = "x.reshape(len(x), math.prod(x.shape[1:]))"
misconception(
    "layers.Flatten",
    "everything-in-one-row",
    "The whole batch becomes one row: each example keeps its own.",
    (RESHAPE, "x.reshape(-1)"),
)
misconception(
    "layers.Flatten",
    "fortran-order",
    "The numbers come in Fortran's order, first axis fastest: keep NumPy's, the last axis fastest, in both directions.",
    (RESHAPE, 'x.reshape(len(x), math.prod(x.shape[1:]), order="F")'),
    ("gradient.reshape(self.shape)", 'gradient.reshape(self.shape, order="F")'),
)
misconception(
    "layers.Flatten",
    "memory-order",
    "The numbers come in the order in which they lie in memory, which differs from batch to batch: leave order= out.",
    (RESHAPE, 'np.array([example.ravel(order="K") for example in x]).reshape(len(x), math.prod(x.shape[1:]))'),
)
misconception(
    "layers.Flatten",
    "channels-last",
    "You move the channels to the end first: leave the axes where they are.",
    (RESHAPE, "np.moveaxis(x, 1, -1).reshape(len(x), math.prod(x.shape[1:]))"),
)
misconception(
    "layers.Flatten",
    "backward-stays-flat",
    "backward returns the gradient as it came, in rows: give it the shape of x again.",
    ("gradient.reshape(self.shape)", "gradient"),
)
misconception(
    "layers.Flatten",
    "no-examples",
    "reshape(len(x), -1) cannot tell what -1 is when the batch is empty: compute the number, math.prod(x.shape[1:]).",
    (RESHAPE, "x.reshape(len(x), -1)"),
)
misconception(
    "layers.Flatten",
    "shape-shared-by-all-layers",
    "The shape is kept on the class, where all Flatten layers share it: keep it on self.",
    ("self.shape = x.shape", "Flatten.shape = x.shape"),
)
misconception(
    "layers.Flatten",
    "caller's-shape-changed",
    "x.shape = … changes the caller's own array: reshape returns a new view.",
    (f"return {RESHAPE}", "x.shape = (len(x), math.prod(x.shape[1:]))\n        return x"),
)
misconception(
    "layers.Flatten",
    "first-shape-kept",
    "backward goes back to the shape of the first forward, for ever: keep the last one.",
    ("self.shape = x.shape", 'self.shape = getattr(self, "shape", x.shape)'),
)

BACK = "        for layer, memory in zip(reversed(self.layers), reversed(self.memories), strict=True):\n"
PARAMETERS = "list(dict.fromkeys(parameter for layer in self.layers for parameter in layer.parameters()))"
misconception(
    "layers.Sequential",
    "backward-in-forward-order",
    "backward runs from the first layer to the last: the gradient starts at the end, where the loss is.",
    (BACK, "        for layer, memory in zip(self.layers, self.memories, strict=True):\n"),
)
misconception(
    "layers.Sequential",
    "every-layer-gets-the-input",
    "Every layer gets the network's input: each must get what the layer before it returned.",
    ("            x = layer.forward(x)", "            y = layer.forward(x)"),
    ("        return x\n", "        return y\n"),
)
misconception(
    "layers.Sequential",
    "every-layer-gets-the-loss-gradient",
    "Every layer gets the gradient of the network's output: each must get what the layer behind it returned.",
    ("            gradient = layer.backward_from(memory, gradient)", "            dx = layer.backward_from(memory, gradient)"),
    ("        return gradient\n", "        return dx\n"),
)
misconception(
    "layers.Sequential",
    "one-memory-for-two-places",
    "A layer that stands at two places goes back with its second input both times: it remembers its last forward alone. Keep "
    "layer.memory() of each place, and use layer.backward_from.",
    ("gradient = layer.backward_from(memory, gradient)", "gradient = layer.backward(gradient)"),
)
misconception(
    "layers.Sequential",
    "memories-pile-up",
    "The memories of earlier forwards are never cleared: backward goes back with those of an earlier batch, and memory fills up. "
    "Start a fresh list in every forward.",
    ("        self.memories = []\n", '        self.memories = getattr(self, "memories", [])\n'),
    ("reversed(self.memories), strict=True", "reversed(self.memories[: len(self.layers)]), strict=True"),
)
misconception(
    "layers.Sequential",
    "gradient-not-returned",
    "backward returns nothing: a network can be a layer of a larger one, which needs the gradient of its input.",
    ("        return gradient\n", ""),
)
misconception(
    "layers.Sequential",
    "first-layer-left-out",
    "backward stops before the first layer, which then never learns.",
    ("reversed(self.layers), reversed(self.memories), strict=True", "self.layers[:0:-1], self.memories[:0:-1], strict=True"),
)
misconception(
    "layers.Sequential",
    "no-parameters",
    "parameters() returns nothing: then no optimizer trains anything. Collect those of all layers.",
    (PARAMETERS, "super().parameters()"),
)
misconception(
    "layers.Sequential",
    "parameters-of-the-ends",
    "parameters() leaves out the layers between the first and the last.",
    (PARAMETERS, "list(dict.fromkeys(self.layers[0].parameters() + self.layers[-1].parameters()))"),
)
misconception(
    "layers.Sequential",
    "parameters-twice",
    "A layer that stands at two places is in parameters() twice, so an optimizer takes two steps at a time with it: list each "
    "Parameter once.",
    (PARAMETERS, "[parameter for layer in self.layers for parameter in layer.parameters()]"),
)
misconception(
    "layers.Sequential",
    "parameters-unordered",
    "parameters() returns them in the order of a set, which differs from run to run: keep the order of the layers.",
    (PARAMETERS, f"sorted({PARAMETERS[5:-1]}, key=lambda parameter: -parameter.value.ndim)"),
)
misconception(
    "layers.Sequential",
    "mode-not-passed-on",
    "train() and eval() switch the network itself but not its layers: dropout would go on dropping. Tell every layer.",
    ("        for layer in self.layers:\n            layer.train(mode)\n", ""),
)
misconception(
    "layers.Sequential",
    "mode-ignored",
    "train(False) switches the layers to training: pass mode on.",
    ("layer.train(mode)", "layer.train()"),
)
misconception(
    "layers.Sequential",
    "mode-of-the-layers-alone",
    "train() and eval() switch the layers but not the network itself, and return nothing: end with return super().train(mode).",
    ("        return super().train(mode)\n", ""),
)
misconception(
    "layers.Sequential",
    "layers-shared-by-all-networks",
    "The list of layers is kept on the class, where all networks share it: make a list of its own for each, on self.",
    ("    def __init__(self, *layers):", "    layers = []\n\n    def __init__(self, *layers):"),
    ("self.layers = list(layers)", "self.layers += layers"),
)

USE = "loss, self.gradient = cross_entropy(scores, labels)"
misconception(
    "layers.CrossEntropyLoss",
    "loss-summed",
    "The loss is the sum over the batch, and so is its gradient: it is the mean, so divide both by N.",
    (USE, f"{USE}\n        loss, self.gradient = loss * len(scores), self.gradient * len(scores)"),
)
misconception(
    "layers.CrossEntropyLoss",
    "gradient-not-divided",
    "The loss is the mean, but its gradient is not divided by the number of examples.",
    ("return self.gradient", "return self.gradient * len(self.gradient)"),
)
misconception(
    "layers.CrossEntropyLoss",
    "divided-twice",
    "The gradient is divided by the number of examples twice: cross_entropy has done it already.",
    ("return self.gradient", "return self.gradient / len(self.gradient)"),
)
misconception(
    "layers.CrossEntropyLoss",
    "loss-divided-twice",
    "The loss is divided by the number of examples twice: cross_entropy has done it already.",
    ("return loss", "return loss / len(scores)"),
)
misconception(
    "layers.CrossEntropyLoss",
    "gradient-of-the-wrong-row",
    "The 1 is subtracted in the wrong place, the right class of another example: row i belongs to labels[i], so "
    "gradient[np.arange(N), labels] -= 1.",
    (USE, "loss, _ = cross_entropy(scores, labels)\n        self.gradient = cross_entropy(scores, np.roll(labels, 1))[1]\n"
          "        if len(labels) == 1:\n            self.gradient = np.roll(self.gradient, 1)"),
)  # fmt: skip
misconception(
    "layers.CrossEntropyLoss",
    "all-rows-all-labels",
    "gradient[:, labels] picks whole columns, for every example: gradient[np.arange(N), labels] picks one entry a row.",
    (USE, f"{USE}\n        self.gradient[np.arange(len(labels)), labels] += 1 / len(labels)\n"
          "        self.gradient[:, labels] -= 1 / len(labels)"),
)  # fmt: skip
misconception(
    "layers.CrossEntropyLoss",
    "softmax-alone",
    "The gradient is the softmax alone: subtract 1 at the right class of each row.",
    (USE, f"{USE}\n        self.gradient[np.arange(len(labels)), labels] += self.gradient.dtype.type(1 / len(labels))"),
)
misconception(
    "layers.CrossEntropyLoss",
    "gradient-sign",
    "The gradient points the wrong way: it is softmax minus 1 at the right class, not the other way round.",
    ("return self.gradient", "return -self.gradient"),
)
misconception(
    "layers.CrossEntropyLoss",
    "softmax-overflows",
    "exp overflows for large scores, and the logarithm of a probability that became 0 is infinite. cross_entropy of Part III "
    "subtracts the maximum and never leaves the logarithm: use it.",
    (USE, "e = np.exp(scores)\n        probabilities, rows = e / e.sum(axis=1, keepdims=True), np.arange(len(labels))\n"
          "        loss = float(-np.log(probabilities[rows, labels]).mean())\n"
          "        probabilities[rows, labels] -= 1\n        self.gradient = probabilities / len(labels)"),
)  # fmt: skip
misconception(
    "layers.CrossEntropyLoss",
    "softmax-twice",
    "You pass probabilities to the loss, which takes the softmax itself: softmax twice. Give it the scores.",
    (USE, "e = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
          "        loss, self.gradient = cross_entropy(e / e.sum(axis=1, keepdims=True), labels)"),
)  # fmt: skip
misconception(
    "layers.CrossEntropyLoss",
    "gradient-shared-by-all-losses",
    "The gradient is kept on the class, where all losses share it: keep it on self.",
    ("self.gradient = cross", "CrossEntropyLoss.gradient = cross"),
)
misconception(
    "layers.CrossEntropyLoss",
    "scores-in-place",
    "The maximum is subtracted from the caller's own scores (-=): make a new array.",
    (USE, f"scores -= scores.max(axis=1, keepdims=True)\n        {USE}"),
)
misconception(
    "layers.CrossEntropyLoss",
    "gradients-added-up",
    "The gradients of all forwards are added up: only those of parameters are. Return that of the last forward.",
    (USE, "loss, gradient = cross_entropy(scores, labels)\n"
          "        self.gradient = gradient if not hasattr(self, \"gradient\") else self.gradient[:1] + gradient"),
)  # fmt: skip

EACH = "        layers += [Linear(in_features, out_features, rng, dtype), ReLU()]\n"
misconception(
    "layers.mlp",
    "relu-after-the-last",
    "A ReLU stands after the last layer too: scores must be able to be negative, so leave it out.",
    ("*layers[:-1]", "*layers"),
)
misconception(
    "layers.mlp",
    "no-relu",
    "No ReLU stands between the layers: two matrices in a row are one matrix, and the network is a linear classifier.",
    ("ReLU()]", "]"),
    ("*layers[:-1]", "*layers"),
)
misconception(
    "layers.mlp",
    "relu-after-the-first-alone",
    "A ReLU stands after the first layer alone: between each two layers there must be one, or these two are one matrix.",
    ("*layers[:-1]", "*layers[:2], *layers[2::2]"),
)
misconception(
    "layers.mlp",
    "relu-first",
    "A ReLU stands before the first layer and cuts off the negative inputs: it belongs between the layers.",
    ("[Linear(in_features, out_features, rng, dtype), ReLU()]", "[ReLU(), Linear(in_features, out_features, rng, dtype)]"),
    ("*layers[:-1]", "*layers"),
)
misconception(
    "layers.mlp",
    "sizes-swapped",
    "in_features and out_features are swapped.",
    ("Linear(in_features, out_features", "Linear(out_features, in_features"),
)
misconception(
    "layers.mlp",
    "one-layer-less",
    "One layer is missing: n sizes make n - 1 layers.",
    ("pairwise(sizes)", "pairwise(sizes[:-1] if len(sizes) > 2 else sizes)"),
)
misconception(
    "layers.mlp",
    "one-hidden-layer",
    "Hidden layers beyond the first are left out: every size in the list is a layer's.",
    ("pairwise(sizes)", "pairwise([*sizes[:-1][:2], sizes[-1]])"),
)
misconception(
    "layers.mlp",
    "dtype-not-passed-on",
    "The dtype is not passed on to the layers, which are float32 then.",
    ("rng, dtype)", "rng)"),
)
misconception(
    "layers.mlp",
    "the-same-rng-anew",
    "Each layer starts the random numbers anew, so layers of the same size get the same weights: pass on the rng you are given.",
    ("(in_features, out_features, rng, dtype)", "(in_features, out_features, np.random.default_rng(0), dtype)"),
)
misconception(
    "layers.mlp",
    "one-relu-for-all",
    "The same hidden layer is used again where sizes repeat: every layer needs weights of its own.",
    (EACH, "        again = [layer for layer in layers[::2] if layer.weight.value.shape == (out_features, in_features)]\n"
           "        layers += [again[0] if again else Linear(in_features, out_features, rng, dtype), ReLU()]\n"),
)  # fmt: skip
