"""Activations by their definitions, one number at a time."""

import math

import numpy as np


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


# (value, derivative) of one number; `a` is the slope of LeakyReLU or the alpha of ELU.
DEFINITIONS = {
    "Sigmoid": lambda x, a: (sigmoid(x), sigmoid(x) * sigmoid(-x)),
    "Tanh": lambda x, a: (math.tanh(x), 1 - math.tanh(x) ** 2),
    "LeakyReLU": lambda x, a: (x, 1.0) if x > 0 else (a * x, a),
    "ELU": lambda x, a: (x, 1.0) if x > 0 else (a * math.expm1(x), a * math.exp(x)),
}
DEFAULTS = {"LeakyReLU": 0.01, "ELU": 1.0}


def by_definition(name, x, a=None):
    """Values and derivatives at each number of x."""
    a = DEFAULTS.get(name) if a is None else a
    pairs = [DEFINITIONS[name](value, a) for value in x.ravel().tolist()]
    return [np.array(part).reshape(x.shape) for part in zip(*pairs, strict=True)]
