"""Computational graphs: every formula is a graph of small operations, and the chain rule walks it backwards.

Lecture, Part IV. First numbers: a `Value` remembers what it was computed from, and `backward` finds the gradient of one
result with respect to everything it depends on. Then vectors, where the local gradients are matrices: Jacobians.
"""

import math

import numpy as np


def topological_order(root):
    """Return all nodes that `root` depends on, and `root` itself, so that each comes after the nodes it is computed from.

    Without recursion: Python gives up at a depth of about 1,000 calls, and a graph can be much deeper than that.

    Args:
        root: a `Value`, or any object whose `parents` is a tuple of such objects.

    Returns:
        list in which each node stands once, and after all of its `parents`; `root` is the last. Several orders can be right.

    Source: lecture, Part IV, "Computational graph".
    """
    # YOUR CODE HERE
    raise NotImplementedError("graph.topological_order is not written yet")


class Value:
    """A number in a computational graph.

        x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
        f = (x + y) * z
        f.backward()
        x.grad                                       # df/dx = -4.0

    Each operation returns a new `Value` that knows its `parents` (what it was computed from) and, for each of them, the local
    gradient: the derivative of the result with respect to that parent. An operation on a node never changes that node. The
    other operand of `+`, `*` and `max` may be a plain number.

    Args:
        data: the number.
        operation: its name, for pictures; "" for an input.
        parents: tuple of Values.
        local_gradients: tuple of floats, one for each parent.

    Attributes:
        data, operation, parents, local_gradients: as given; `data` is a float.
        grad: float, d(root)/d(this node) of the last `backward` that came by; 0.0 before.

    Source: lecture, Part IV, "Computational graph" and "Sigmoid circuit".
    """

    def __init__(self, data, operation="", parents=(), local_gradients=()):
        self.data, self.grad = float(data), 0.0
        self.operation, self.parents, self.local_gradients = operation, parents, local_gradients

    def __add__(self, other):
        """Return self + other. Its local gradients are 1 and 1."""
        other = as_value(other)
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.__add__ is not written yet")

    def __mul__(self, other):
        """Return self * other."""
        other = as_value(other)
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.__mul__ is not written yet")

    def max(self, other):
        """Return the larger of self and other. On a tie, `other` counts as the larger, so x.max(0) has slope 0 at x = 0."""
        other = as_value(other)
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.max is not written yet")

    def exp(self):
        """Return e to the power of self."""
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.exp is not written yet")

    def reciprocal(self):
        """Return 1 / self."""
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.reciprocal is not written yet")

    def sigmoid(self):
        """Return 1 / (1 + e^-self) as one operation, for any size of self: use exp of negative numbers only.

        sigmoid(x) = 1 / (1 + e^-x) = e^x / (1 + e^x)
        """
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.sigmoid is not written yet")

    def backward(self):
        """Set `grad` of every node that `self` depends on to d(self)/d(node), and `self.grad` to 1.

            d(self)/d(node) = sum over all uses of the node:  d(self)/d(result) * d(result)/d(node)

        What an earlier `backward` left in these nodes is forgotten, so calling it twice is as good as once.
        """
        # YOUR CODE HERE
        raise NotImplementedError("graph.Value.backward is not written yet")

    # What follows from these operations.

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_value(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * as_value(other).reciprocal()

    def __rtruediv__(self, other):
        return self.reciprocal() * other

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"


def as_value(number):
    """Return a Value as it is, and a plain number as a Value.

    It asks for `grad`, not for the class: a Value that a notebook made before you saved this file again is one too.
    """
    return number if hasattr(number, "grad") else Value(number)


def jacobian_bytes(num_inputs, num_outputs, batch_size=1, dtype=np.float32):
    """Return the size in memory of the Jacobian of a layer, for a whole batch, if anyone built it.

    The Jacobian has one row for each number that comes out and one column for each number that goes in.

    Args:
        num_inputs, num_outputs: numbers of one example that go into the layer and come out.
        batch_size: number of examples that go through at once.
        dtype: of its entries.

    Returns:
        int, bytes.

    Source: lecture, Part IV, "Vectors": ReLU on 4096 numbers.
    """
    # YOUR CODE HERE
    raise NotImplementedError("graph.jacobian_bytes is not written yet")


def relu_jacobian(x):
    """Return the Jacobian of y = max(0, x): row i, column j holds dy_i/dx_j.

    Args:
        x: (D,) float array.

    Returns:
        (D, D) float array of the same dtype. Where x_j is exactly 0 the slope counts as 0.

    Source: lecture, Part IV, "Vectors".
    """
    # YOUR CODE HERE
    raise NotImplementedError("graph.relu_jacobian is not written yet")


def squared_norm_of_product(weight, x):
    """Return f = ||Wx||², the sum of the squares of q = Wx, and its gradients.

    Args:
        weight: (M, D) float array W.
        x: (D,) float array.

    Returns:
        value: float, f.
        weight_gradient: (M, D) float array, df/dW, of the dtype of `weight`.
        x_gradient: (D,) float array, df/dx, of the same dtype.

    Source: lecture, Part IV, "Vector example".
    """
    # YOUR CODE HERE
    raise NotImplementedError("graph.squared_norm_of_product is not written yet")
