"""Plausible mistakes in Part VI: optimizers."""

from autograder.misconceptions import misconception

# --------------------------------------------------------------------------------------------------------- Optimizer

misconception(
    "optimizers.Optimizer",
    "new-array",
    "zero_grad gives the parameter a new array: whoever holds the old one, such as a buffer of all gradients, keeps the old "
    "numbers. Write zeros into it: parameter.grad[...] = 0.",
    ("parameter.zero_grad()", "parameter.grad = np.zeros_like(parameter.value)"),
)
misconception(
    "optimizers.Optimizer",
    "only-the-first",
    "Only the first parameter's gradient is cleared: loop over all of them.",
    ("in self.parameters:\n            parameter.zero", "in self.parameters[:1]:\n            parameter.zero"),
)
misconception(
    "optimizers.Optimizer",
    "times-zero",
    "You multiply the gradient by 0: nan times 0 is nan, so one bad batch spoils all that follow. Assign zeros.",
    ("parameter.zero_grad()", "parameter.grad *= 0"),
)
misconception(
    "optimizers.Optimizer",
    "clears-the-values",
    "You set the values to zero: that forgets all that was learned. The gradients are to be cleared.",
    ("parameter.zero_grad()", "parameter.value[...] = 0"),
)

# --------------------------------------------------------------------------------------------------------------- SGD

misconception(
    "optimizers.SGD",
    "uphill",
    "The steps go uphill: the gradient points up, so subtract it.",
    ("value -= self", "value += self"),
)
misconception(
    "optimizers.SGD",
    "new-array",
    "parameter.value = parameter.value - … makes a new array, and who holds the old one sees no step: use -=.",
    ("parameter.value -= self.learning_rate", "parameter.value = parameter.value - self.learning_rate"),
)
misconception(
    "optimizers.SGD",
    "no-learning-rate",
    "You subtract the whole gradient: multiply it by the learning rate.",
    ("self.learning_rate * parameter.grad", "parameter.grad"),
)
misconception(
    "optimizers.SGD",
    "clears-the-gradient",
    "step sets the gradient to zero: that is zero_grad's work, and whoever wants to look at the gradient finds nothing.",
    (
        "self.learning_rate * parameter.grad\n",
        "self.learning_rate * parameter.grad\n            parameter.grad[...] = 0\n",
    ),
)
misconception(
    "optimizers.SGD",
    "scales-the-gradient",
    "You multiply the gradient by the learning rate in place: it is not yours to change. Multiply into a new array.",
    (
        "parameter.value -= self.learning_rate * parameter.grad",
        "parameter.grad *= self.learning_rate\n            parameter.value -= parameter.grad",
    ),
)
misconception(
    "optimizers.SGD",
    "only-the-first",
    "Only the first parameter takes a step: loop over all of them.",
    ("in self.parameters:\n            parameter.value", "in self.parameters[:1]:\n            parameter.value"),
)
misconception(
    "optimizers.SGD",
    "normalized",
    "You divide the gradient by its length: steps then stay long where the slope is gentle. Use it as it is.",
    ("self.learning_rate * parameter.grad", "self.learning_rate * parameter.grad / np.linalg.norm(parameter.grad)"),
)

# ---------------------------------------------------------------------------------------------------------- Momentum

SHARED = "All parameters share one array: [array] * k is k times the same array. Make a new one for each parameter."
ON_THE_CLASS = (
    "The state is kept on the class: a second optimizer takes the place of the first one's state. Keep it on self, in __init__."
)
NEW_ARRAY = "parameter.value = parameter.value - … makes a new array, and who holds the old one sees no step: use -=."

misconception(
    "optimizers.Momentum",
    "wrong-way-round",
    "Momentum is the wrong way round: μ belongs to the old velocity, m = μm + g, not to the new gradient.",
    ("self.momentum * m + parameter.grad", "m + self.momentum * parameter.grad"),
)
misconception(
    "optimizers.Momentum",
    "velocity-sign",
    "The velocity's sign is wrong: m = μm − g together with a step of −ηm goes uphill. One minus sign, not two.",
    ("self.momentum * m + parameter.grad", "self.momentum * m - parameter.grad"),
)
misconception(
    "optimizers.Momentum",
    "decelerates",
    "You subtract the old velocity: m = μm + g keeps it.",
    ("self.momentum * m + parameter.grad", "parameter.grad - self.momentum * m"),
)
misconception(
    "optimizers.Momentum",
    "running-mean",
    "You take a running mean, (1 − μ)g: that is Adam's m. Here the whole gradient is added, m = μm + g.",
    ("self.momentum * m + parameter.grad", "self.momentum * m + (1 - self.momentum) * parameter.grad"),
)
misconception(
    "optimizers.Momentum",
    "rate-in-the-velocity",
    "The learning rate is part of the velocity: when the rate is changed, old gradients keep the old one. m = μm + g, then −ηm.",
    ("self.momentum * m + parameter.grad", "self.momentum * m + self.learning_rate * parameter.grad"),
    ("value -= self.learning_rate * m", "value -= m"),
)
misconception(
    "optimizers.Momentum",
    "nesterov",
    "This is Nesterov's momentum, a step of g + μm: the slide's takes the step −ηm.",
    ("value -= self.learning_rate * m", "value -= self.learning_rate * (parameter.grad + self.momentum * m)"),
)
misconception(
    "optimizers.Momentum",
    "old-velocity",
    "The step uses the velocity before this gradient: first m, then the step.",
    (
        "            m[...] = self.momentum * m + parameter.grad\n            parameter.value -= self.learning_rate * m\n",
        "            parameter.value -= self.learning_rate * m\n            m[...] = self.momentum * m + parameter.grad\n",
    ),
)
misconception(
    "optimizers.Momentum",
    "no-memory",
    "The velocity is forgotten after each step: m = … gives the name a new array, and the one in the list stays zero. "
    "Write into it: m[...] = …",
    ("m[...] = self.momentum", "m = self.momentum"),
)
misconception(
    "optimizers.Momentum",
    "starts-as-the-gradient",
    "The velocity is the array of the gradient itself: changing one changes the other. Start with new zeros.",
    ("np.zeros_like(parameter.value)", "parameter.grad"),
    ("zip(self.parameters, self.m, strict=True)", "zip(self.parameters, [p.grad for p in self.parameters], strict=True)"),
)
misconception(
    "optimizers.Momentum",
    "shared-by-parameters",
    SHARED,
    (
        "[np.zeros_like(parameter.value) for parameter in self.parameters]",
        "[np.zeros_like(self.parameters[0].value)] * len(self.parameters)",
    ),
)
misconception(
    "optimizers.Momentum",
    "shared-by-optimizers",
    ON_THE_CLASS,
    ("self.m = ", "Momentum.m = "),
)
misconception(
    "optimizers.Momentum",
    "new-array",
    NEW_ARRAY,
    ("parameter.value -= self.learning_rate", "parameter.value = parameter.value - self.learning_rate"),
)

# ----------------------------------------------------------------------------------------------------------- AdaGrad

misconception(
    "optimizers.AdaGrad",
    "forgets",
    "Your n forgets: that is RMSProp. AdaGrad adds up all squares, n = n + g².",
    ("n[...] = n + g**2", "n[...] = 0.9 * n + 0.1 * g**2"),
)
misconception(
    "optimizers.AdaGrad",
    "no-memory",
    "n holds the last square only: n = … gives the name a new array, and the one in the list stays zero. Write n[...] = …",
    ("n[...] = n + g**2", "n = n + g**2"),
)
misconception(
    "optimizers.AdaGrad",
    "not-squared",
    "You add up the sizes of the gradients, not their squares.",
    ("n + g**2", "n + np.abs(g)"),
)
misconception(
    "optimizers.AdaGrad",
    "no-root",
    "The root is missing: η g / √(n + ε).",
    ("/ np.sqrt(n + self.epsilon)", "/ (n + self.epsilon)"),
)
misconception(
    "optimizers.AdaGrad",
    "no-epsilon",
    "ε is missing, and a gradient that is 0 from the start gives 0/0: divide by √(n + ε).",
    ("np.sqrt(n + self.epsilon)", "np.sqrt(n)"),
)
misconception(
    "optimizers.AdaGrad",
    "epsilon-outside",
    "ε stands outside the root, as in PyTorch: on the slide it is under it, √(n + ε).",
    ("np.sqrt(n + self.epsilon)", "(np.sqrt(n) + self.epsilon)"),
)
misconception(
    "optimizers.AdaGrad",
    "old-sum",
    "The step divides by the sum before this gradient: first n, then the step.",
    ("np.sqrt(n + self.epsilon)", "np.sqrt(n - g**2 + self.epsilon)"),
)
misconception(
    "optimizers.AdaGrad",
    "one-sum-for-all",
    "You add up one number for the whole parameter: every number has its own n, so no sum over them.",
    ("n + g**2", "n + np.sum(g**2)"),
)
misconception(
    "optimizers.AdaGrad",
    "uphill",
    "The steps go uphill: subtract.",
    ("value -= self", "value += self"),
)
misconception(
    "optimizers.AdaGrad",
    "squares-the-gradient",
    "You square the gradient in place: it is not yours to change. g**2 makes a new array.",
    (
        "            n[...] = n + g**2\n            parameter.value -= self.learning_rate * g / np.sqrt(n + self.epsilon)\n",
        "            h = g.copy()\n            g *= g\n            n += g\n"
        "            parameter.value -= self.learning_rate * h / np.sqrt(n + self.epsilon)\n",
    ),
)
misconception(
    "optimizers.AdaGrad",
    "shared-by-parameters",
    SHARED,
    (
        "[np.zeros_like(parameter.value) for parameter in self.parameters]",
        "[np.zeros_like(self.parameters[0].value)] * len(self.parameters)",
    ),
)
misconception(
    "optimizers.AdaGrad",
    "shared-by-optimizers",
    ON_THE_CLASS,
    ("self.n = ", "AdaGrad.n = "),
)
misconception(
    "optimizers.AdaGrad",
    "new-array",
    NEW_ARRAY,
    ("parameter.value -= self.learning_rate", "parameter.value = parameter.value - self.learning_rate"),
)

# ----------------------------------------------------------------------------------------------------------- RMSProp

misconception(
    "optimizers.RMSProp",
    "accumulates",
    "Your n grows without end: the new square must be multiplied by 1 − ν, so that n is a mean.",
    ("(1 - self.decay) * g**2", "g**2"),
)
misconception(
    "optimizers.RMSProp",
    "decay-swapped",
    "ν is at the wrong place: it belongs to the old n, and 1 − ν to the new square.",
    ("self.decay * n + (1 - self.decay) * g**2", "(1 - self.decay) * n + self.decay * g**2"),
)
misconception(
    "optimizers.RMSProp",
    "never-forgets",
    "Your n never forgets: the old n must be multiplied by ν.",
    ("self.decay * n + (1", "n + (1"),
)
misconception(
    "optimizers.RMSProp",
    "variance",
    "You divide by the standard deviation, the spread around the mean gradient: n is the mean of g² itself.",
    ("(1 - self.decay) * g**2", "(1 - self.decay) * (g - g.mean())**2"),
)
misconception(
    "optimizers.RMSProp",
    "mean-of-the-gradient",
    "You average the size of the gradient, not its square: (1 − ν)g².",
    ("(1 - self.decay) * g**2", "(1 - self.decay) * np.abs(g)"),
)
misconception(
    "optimizers.RMSProp",
    "no-root",
    "The root is missing: η g / √(n + ε).",
    ("/ np.sqrt(n + self.epsilon)", "/ (n + self.epsilon)"),
)
misconception(
    "optimizers.RMSProp",
    "no-epsilon",
    "ε is missing, and a gradient that is 0 from the start gives 0/0: divide by √(n + ε).",
    ("np.sqrt(n + self.epsilon)", "np.sqrt(n)"),
)
misconception(
    "optimizers.RMSProp",
    "epsilon-outside",
    "ε stands outside the root, as in PyTorch: on the slide it is under it, √(n + ε).",
    ("np.sqrt(n + self.epsilon)", "(np.sqrt(n) + self.epsilon)"),
)
misconception(
    "optimizers.RMSProp",
    "no-memory",
    "n holds the last square only: n = … gives the name a new array, and the one in the list stays zero. Write n[...] = …",
    ("n[...] = self.decay", "n = self.decay"),
)
misconception(
    "optimizers.RMSProp",
    "shared-by-parameters",
    SHARED,
    (
        "[np.zeros_like(parameter.value) for parameter in self.parameters]",
        "[np.zeros_like(self.parameters[0].value)] * len(self.parameters)",
    ),
)
misconception(
    "optimizers.RMSProp",
    "shared-by-optimizers",
    ON_THE_CLASS,
    ("self.n = ", "RMSProp.n = "),
)
misconception(
    "optimizers.RMSProp",
    "new-array",
    NEW_ARRAY,
    ("parameter.value -= self.learning_rate", "parameter.value = parameter.value - self.learning_rate"),
)

# -------------------------------------------------------------------------------------------------------------- Adam

misconception(
    "optimizers.Adam",
    "no-bias-correction",
    "The bias correction is missing: m and n start at zero and are too small at first; divide them by 1 − μ^t and 1 − ν^t.",
    ("m / (1 - self.momentum**self.t)", "m"),
    ("n / (1 - self.decay**self.t)", "n"),
)
misconception(
    "optimizers.Adam",
    "corrections-swapped",
    "The corrections have changed places: m is divided by 1 − μ^t, n by 1 − ν^t.",
    ("m / (1 - self.momentum**self.t)", "m / (1 - self.decay**self.t)"),
    ("n / (1 - self.decay**self.t)", "n / (1 - self.momentum**self.t)"),
)
misconception(
    "optimizers.Adam",
    "times-t",
    "You correct by 1 − μ·t: it is 1 − μ to the power of t, **.",
    ("1 - self.momentum**self.t", "1 - self.momentum * self.t"),
    ("1 - self.decay**self.t", "1 - self.decay * self.t"),
)
misconception(
    "optimizers.Adam",
    "only-m-corrected",
    "m is corrected for its start at zero, n is not: divide n by 1 − ν^t.",
    ("n / (1 - self.decay**self.t)", "n"),
)
misconception(
    "optimizers.Adam",
    "counts-from-zero",
    "t is 0 in the first step, and 1 − μ^0 = 0: count before you use it, so that t is 1 in the first step.",
    ("1 - self.momentum**self.t", "1 - self.momentum**(self.t - 1)"),
    ("1 - self.decay**self.t", "1 - self.decay**(self.t - 1)"),
)
misconception(
    "optimizers.Adam",
    "counts-one-too-many",
    "t is 2 in the first step: it starts at 0 and counts one before it is used.",
    ("self.t = 0", "self.t = 1"),
)
misconception(
    "optimizers.Adam",
    "counts-parameters",
    "t counts parameters, not steps: add 1 before the loop over the parameters, not in it.",
    ("        self.t += 1\n", ""),
    ("            g = parameter.grad\n", "            g = parameter.grad\n            self.t += 1\n"),
)
misconception(
    "optimizers.Adam",
    "no-epsilon",
    "ε is missing, and a gradient that is 0 from the start gives 0/0: divide by √n̂ + ε.",
    ("(np.sqrt(n_hat) + self.epsilon)", "np.sqrt(n_hat)"),
)
misconception(
    "optimizers.Adam",
    "epsilon-inside",
    "ε stands under the root: in Adam it is added to the root, √n̂ + ε.",
    ("(np.sqrt(n_hat) + self.epsilon)", "np.sqrt(n_hat + self.epsilon)"),
)
misconception(
    "optimizers.Adam",
    "decays-swapped",
    "μ and ν have changed places: μ is for the mean of the gradient, ν for that of its square.",
    ("m[...] = self.momentum * m + (1 - self.momentum) * g", "m[...] = self.decay * m + (1 - self.decay) * g"),
    ("n[...] = self.decay * n + (1 - self.decay) * g**2", "n[...] = self.momentum * n + (1 - self.momentum) * g**2"),
    ("m / (1 - self.momentum**self.t)", "m / (1 - self.decay**self.t)"),
    ("n / (1 - self.decay**self.t)", "n / (1 - self.momentum**self.t)"),
)
misconception(
    "optimizers.Adam",
    "whole-gradient",
    "You add the whole gradient to m, as momentum does: here m is a mean, so (1 − μ)g.",
    ("(1 - self.momentum) * g\n", "g\n"),
)
misconception(
    "optimizers.Adam",
    "gradient-in-the-step",
    "The step uses g: that is RMSProp with a correction. Adam's uses m̂.",
    ("self.learning_rate * m_hat", "self.learning_rate * g"),
)
misconception(
    "optimizers.Adam",
    "not-squared",
    "n is a mean of the size of the gradient: it should be that of its square.",
    ("* g**2", "* np.abs(g)"),
)
misconception(
    "optimizers.Adam",
    "variance",
    "You subtract the mean before you square, as for a variance: n is the mean of g² itself.",
    ("* g**2", "* (g - m)**2"),
)
misconception(
    "optimizers.Adam",
    "no-root",
    "The root is missing: √n̂ + ε.",
    ("np.sqrt(n_hat)", "n_hat"),
)
misconception(
    "optimizers.Adam",
    "correction-kept",
    "The corrected m̂ and n̂ are written back into m and n: correct copies, or the next step corrects them again.",
    ("m_hat = m / (1", "m_hat = m\n            m /= (1"),
    ("n_hat = n / (1", "n_hat = n\n            n /= (1"),
)
misconception(
    "optimizers.Adam",
    "shared-by-parameters",
    SHARED,
    (
        "self.m = [np.zeros_like(parameter.value) for parameter in self.parameters]",
        "self.m = [np.zeros_like(self.parameters[0].value)] * len(self.parameters)",
    ),
    (
        "self.n = [np.zeros_like(parameter.value) for parameter in self.parameters]",
        "self.n = [np.zeros_like(self.parameters[0].value)] * len(self.parameters)",
    ),
)
misconception(
    "optimizers.Adam",
    "one-array-for-both",
    "m and n are the same list: self.m = self.n = … is one list with two names. Make two.",
    ("self.n = [np.zeros_like(parameter.value) for parameter in self.parameters]", "self.n = self.m"),
)
misconception(
    "optimizers.Adam",
    "shared-by-optimizers",
    ON_THE_CLASS,
    ("self.m = ", "Adam.m = "),
    ("self.n = ", "Adam.n = "),
)
misconception(
    "optimizers.Adam",
    "count-hidden",
    "The count of steps is kept elsewhere than in self.t, so a checkpoint loses it, and the correction starts again.",
    ("self.t = 0", "self.t, self.count = 0, 0"),
    ("self.t += 1", "self.count += 1"),
    ("self.momentum**self.t", "self.momentum**self.count"),
    ("self.decay**self.t", "self.decay**self.count"),
)
misconception(
    "optimizers.Adam",
    "new-array",
    NEW_ARRAY,
    ("parameter.value -= self.learning_rate", "parameter.value = parameter.value - self.learning_rate"),
)

# ----------------------------------------------------------------------------------------------------------- descend

misconception(
    "optimizers.descend",
    "never-cleared",
    "The gradient is never cleared, so every step follows the sum of all gradients so far: zero_grad() first.",
    ("        optimizer.zero_grad()\n", ""),
)
misconception(
    "optimizers.descend",
    "path-of-one-array",
    "All places of the path are the same array, which the optimizer changes in place: append a copy.",
    ("path.append(position.value.copy())", "path.append(position.value)"),
)
misconception(
    "optimizers.descend",
    "start-missing",
    "The path begins after the first step: the start belongs to it.",
    ("path = [start]", "path = []"),
    ("return np.stack(path)", "return np.stack(path) if path else np.empty((0, *start.shape))"),
)
misconception(
    "optimizers.descend",
    "changes-the-start",
    "The optimizer walks on the caller's own array: give the Parameter a copy of the start.",
    ("Parameter(start.copy())", "Parameter(start)"),
    ("path = [start]", "path = [start.copy()]"),
)
misconception(
    "optimizers.descend",
    "gradient-of-the-start",
    "The gradient is taken at the start in every step: take it where you are, at position.value.",
    ("gradient(position.value)", "gradient(start)"),
)
misconception(
    "optimizers.descend",
    "only-the-rate-passed-on",
    "Only the learning rate reaches the optimizer: pass all hyperparameters on, **hyperparameters.",
    ("[position], **hyperparameters)", '[position], learning_rate=hyperparameters["learning_rate"])'),
)
misconception(
    "optimizers.descend",
    "one-step-too-few",
    "The path has one step too few: num_steps steps, and the start before them, are num_steps + 1 places.",
    ("range(num_steps)", "range(num_steps - 1)"),
)
misconception(
    "optimizers.descend",
    "cleared-too-late",
    "You clear the gradient between computing it and the step, so every step follows a gradient of zero.",
    (
        "        optimizer.zero_grad()\n        position.grad += gradient(position.value)\n",
        "        position.grad += gradient(position.value)\n        optimizer.zero_grad()\n",
    ),
)
misconception(
    "optimizers.descend",
    "new-optimizer-each-step",
    "You make a new optimizer in each step: it forgets its velocity. Make one, before the loop.",
    (
        "        optimizer.zero_grad()\n",
        "        optimizer = optimizer_class([position], **hyperparameters)\n        optimizer.zero_grad()\n",
    ),
)
misconception(
    "optimizers.descend",
    "float64",
    "The path is float64 whatever you were given: np.zeros needs dtype=start.dtype.",
    ("Parameter(start.copy())", "Parameter(start.astype(np.float64))"),
)
