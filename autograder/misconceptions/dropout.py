"""Plausible mistakes in Part VI: dropout and stochastic depth."""

from autograder.misconceptions import misconception

DROPOUT, DEPTH = "dropout.Dropout", "dropout.StochasticDepth"

misconception(
    DROPOUT,
    "not-scaled",
    "What is kept is not divided by 1 - p: its mean shrinks in training, and in evaluation the next layer gets larger numbers than "
    "it ever saw.",
    (" / (1 - self.p)", ""),
)
misconception(
    DROPOUT,
    "scaled-in-evaluation",
    "In evaluation you multiply by 1 - p: this dropout is inverted, training has divided already.",
    ("        self.mask = 1\n", "        self.mask = 1 - self.p\n"),
)
misconception(
    DROPOUT,
    "not-inverted",
    "You scale in evaluation (times 1 - p) instead of in training: that is the paper's form. Inverted dropout divides by 1 - p in "
    "training and leaves evaluation alone.",
    ("        self.mask = 1\n", "        self.mask = 1 - self.p\n"),
    (" / (1 - self.p)", ""),
)
misconception(
    DROPOUT,
    "mask-redrawn",
    "backward draws a new mask: the gradient has to go where the numbers went, so keep the mask of forward.",
    ("return gradient * self.mask",
     "if self.training:\n"
     "            self.mask = (self.rng.random(gradient.shape) >= self.p).astype(gradient.dtype) / (1 - self.p)\n"
     "        return gradient * self.mask"),
)  # fmt: skip
misconception(
    DROPOUT,
    "backward-not-masked",
    "backward passes the whole gradient on: what was dropped had no part in the loss, and gets none.",
    ("return gradient * self.mask", "return gradient * 1"),
)
misconception(
    DROPOUT,
    "backward-not-scaled",
    "backward drops the right numbers, but does not divide the others by 1 - p: forward did, so the derivative is 1 / (1 - p).",
    ("return gradient * self.mask", "return gradient * (self.mask != 0)"),
)
misconception(
    DROPOUT,
    "p-is-kept",
    "p is taken as the share that is kept: here, as in PyTorch, it is the share that is dropped.",
    (">= self.p).astype(x.dtype) / (1 - self.p)", "< self.p).astype(x.dtype) / max(self.p, 1e-9)"),
)
misconception(
    DROPOUT,
    "drops-in-evaluation",
    "It drops in evaluation too: look at self.training.",
    ("        if self.training:\n", "        if True:\n"),
)
misconception(
    DROPOUT,
    "whole-examples",
    "One number is drawn for each example, so whole rows are dropped: draw one for each number, x.shape.",
    ("self.rng.random(x.shape)", "self.rng.random((len(x),) + (1,) * (x.ndim - 1))"),
)
misconception(
    DROPOUT,
    "one-mask-for-all-examples",
    "All examples of the batch share one mask: draw one number for each number of x, x.shape.",
    ("self.rng.random(x.shape)", "self.rng.random(x.shape[1:])"),
)
misconception(
    DROPOUT,
    "mask-from-the-output",
    "The mask is read off the output, where it is 0: but an x that was 0 anyway may have been kept, and then gets its gradient. "
    "Keep the mask itself.",
    ("        return x * self.mask\n", "        y = x * self.mask\n        self.mask = self.mask * (y != 0)\n        return y\n"),
)
misconception(
    DROPOUT,
    "drawn-once",
    "The mask is drawn once and kept: every forward in training draws a new one.",
    ("        self.mask = 1\n        if self.training:\n            self.mask = ",
     "        if not self.training:\n            self.mask = 1\n"
     "        elif getattr(getattr(self, \"mask\", 1), \"shape\", ()) != x.shape:\n            self.mask = "),
)  # fmt: skip
misconception(
    DROPOUT,
    "divided-by-p",
    "What is kept is divided by p: p is the share that is dropped, and 1 - p are kept, so divide by 1 - p.",
    ("/ (1 - self.p)", "/ max(self.p, 1e-9)"),
)
misconception(
    DROPOUT,
    "scaled-twice-in-backward",
    "backward divides by 1 - p a second time: the mask has it already.",
    ("return gradient * self.mask", "return gradient * self.mask / (1 - self.p if self.training else 1)"),
)
misconception(
    DROPOUT,
    "an-exact-share",
    "Exactly the share p is dropped each time: each number is to be dropped by a draw of its own, whatever becomes of the others.",
    ("self.rng.random(x.shape) >= self.p", "self.rng.permutation(x.size).reshape(x.shape) >= self.p * x.size"),
)
misconception(
    DROPOUT,
    "float64",
    "The mask is float64, and makes float64 of y: give it the dtype of x.",
    (".astype(x.dtype) / (1", " / (1"),
)
misconception(
    DROPOUT,
    "in-place",
    "x *= mask writes into the caller's array: x * mask makes a new one.",
    ("        return x * self.mask\n", "        x *= self.mask\n        return x\n"),
)

SKIP = "self.share = float(self.rng.random() >= self.p)"
misconception(
    DEPTH,
    "p-is-survival",
    "p is taken as the probability that the block survives, the paper's p_l: here it is the probability of skipping it.",
    ("self.share = 1 - self.p", "self.share = self.p"),
    (SKIP, "self.share = float(self.rng.random() < self.p)"),
)
misconception(
    DEPTH,
    "identity-forgotten",
    "A skipped block returns zeros: the shortcut around it, x, always stays.",
    ("if self.share else x.copy()", "if self.share else 0 * x"),
    ("if self.share else gradient.copy()", "if self.share else 0 * gradient"),
)
misconception(
    DEPTH,
    "no-shortcut",
    "y is block(x) alone where the block is not skipped: it is x + block(x).",
    ("return x + self.share * self.block.forward(x)", "return self.share * self.block.forward(x)"),
    ("gradient + self.block.backward", "self.block.backward"),
)
misconception(
    DEPTH,
    "not-scaled-in-evaluation",
    "In evaluation the block counts in full: in training it was there only the share 1 - p of the time, so multiply by 1 - p.",
    ("self.share = 1 - self.p", "self.share = 1.0"),
)
misconception(
    DEPTH,
    "inverted",
    "You divide by 1 - p in training, as in inverted dropout. The paper, and this layer, scale in evaluation instead.",
    ("self.share = 1 - self.p", "self.share = 1.0"),
    (SKIP, "self.share = float(self.rng.random() >= self.p) / max(1 - self.p, 1e-9)"),
)
misconception(
    DEPTH,
    "skips-in-evaluation",
    "Blocks are skipped in evaluation too: look at self.training.",
    ("        if self.training:\n", "        if True:\n"),
)
misconception(
    DEPTH,
    "one-draw-an-example",
    "Each example of the batch draws by itself: the paper draws once for the whole batch, so that a skipped block need not be "
    "computed at all.",
    (SKIP, "self.share = (self.rng.random((len(x),) + (1,) * (x.ndim - 1)) >= self.p).astype(x.dtype)"),
    ("x + self.share * self.block.forward(x) if self.share else x.copy()", "x + self.share * self.block.forward(x)"),
    (
        "gradient + self.block.backward(self.share * gradient) if self.share else gradient.copy()",
        "gradient + self.block.backward(self.share * gradient)",
    ),
)
misconception(
    DEPTH,
    "drawn-again-in-backward",
    "backward draws again whether the block is skipped: it has to do what the last forward did.",
    ("        return gradient + self.block", "        if self.training:\n"
     "            self.share = float(self.rng.random() >= self.p)\n        return gradient + self.block"),
)  # fmt: skip
misconception(
    DEPTH,
    "backward-never-skips",
    "backward goes through the block although forward skipped it: then the block learns from something that did not happen.",
    (
        "gradient + self.block.backward(self.share * gradient) if self.share else gradient.copy()",
        "gradient + self.block.backward((self.share or 1) * gradient)",
    ),
)
misconception(
    DEPTH,
    "backward-without-shortcut",
    "backward goes through the block alone: the gradient also flows around it, unchanged.",
    ("return gradient + self.block.backward", "return self.block.backward"),
)
misconception(
    DEPTH,
    "backward-not-scaled",
    "In evaluation the block's output was multiplied by 1 - p, and so must be its gradient.",
    ("self.block.backward(self.share * gradient)", "self.block.backward(gradient)"),
)
misconception(
    DEPTH,
    "computed-although-skipped",
    "A skipped block is computed and thrown away: the point of skipping is not to compute it.",
    ("x + self.share * self.block.forward(x) if self.share else x.copy()", "x + self.share * self.block.forward(x)"),
)
