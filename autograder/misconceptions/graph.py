"""Plausible mistakes in Part IV: computational graphs."""

from autograder.misconceptions import misconception

misconception(
    "graph.topological_order",
    "depth-first-as-met",
    "You list each node when you first meet it, and turn the list around in the end. Then a node that is used both "
    "near the root and far from it stands behind one of its uses: list a node when all of its parents are listed.",
    body="""
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack.extend(node.parents)
    return order[::-1]
    """,
)
misconception(
    "graph.topological_order",
    "breadth-first",
    "You go level by level from the root. The distance from the root is not the order: a node can be a parent of the root and of a "
    "node far away too. List a node when all of its parents are listed.",
    body="""
    order, seen, queue = [], {root}, [root]
    while queue:
        node = queue.pop(0)
        order.append(node)
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return order[::-1]
    """,
)
misconception(
    "graph.topological_order",
    "root-first",
    "Your list begins with the root: that is the order for backward. Here each node comes after its parents, and the root is last.",
    ("    return order\n", "    return order[::-1]\n"),
)
misconception(
    "graph.topological_order",
    "every-path",
    "A node that is used twice stands in the list twice: you list it once for every path. Remember in a set which "
    "nodes you have seen.",
    ("elif node not in seen:", "else:"),
)
misconception(
    "graph.topological_order",
    "walks-every-path",
    "The list is right, but you walk along every path to get there: twelve diamonds in a row have 4,096. Ask whether "
    "you have seen a node before you go on to its parents.",
    (
        "            order.append(node)",
        "            if node not in seen:\n                seen.add(node)\n                order.append(node)",
    ),
    ("        elif node not in seen:\n            seen.add(node)\n", "        else:\n"),
)
misconception(
    "graph.topological_order",
    "recursion",
    "You call the function from within itself: a chain of 10,000 operations is deeper than Python allows. Keep a stack "
    "of your own.",
    body="""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order
    """,
)
misconception(
    "graph.topological_order",
    "root-missing",
    "The root itself is missing in the list: it comes last.",
    ("    return order\n", "    return order[:-1]\n"),
)
misconception(
    "graph.topological_order",
    "inputs-missing",
    "The inputs are missing: a node without parents belongs in the list too.",
    ("            order.append(node)", "            if node.parents:\n                order.append(node)"),
)
misconception(
    "graph.topological_order",
    "first-parent-only",
    "You follow only the first parent of each node: all of them must be listed.",
    ("in node.parents)", "in node.parents[:1])"),
)

PASS_ON = "parent.grad += local_gradient * node.grad"
ORDER = "for node in reversed(order):"

misconception(
    "graph.Value",
    "overwrites",
    "A gradient overwrites the one that came before it. A node that is used twice gets the sum of both: parent.grad += …",
    (PASS_ON, "parent.grad = local_gradient * node.grad"),
)
misconception(
    "graph.Value",
    "inputs-first",
    "Only the parents of the root get a gradient. Do you go through the nodes from the inputs to the root, or stop after the root? "
    "Gradients flow from the root to the inputs: go through the topological order backwards, to its beginning.",
    (ORDER, "for node in order:"),
)
misconception(
    "graph.Value",
    "depth-first",
    "You pass a gradient on as soon as you meet a node, although more may still arrive from its other uses. Wait until a node is "
    "complete: go through the topological order backwards.",
    (ORDER, "stack, seen = [self], set()\n        while stack:\n            node = stack.pop()"),
    (
        "            for parent, local_gradient",
        "            if node in seen:\n                continue\n            seen.add(node)\n"
        "            stack.extend(node.parents)\n            for parent, local_gradient",
    ),
)
misconception(
    "graph.Value",
    "breadth-first",
    "You go level by level from the root. A node that is used both near the root and far from it then passes its "
    "gradient on too early: go through the topological order backwards.",
    (ORDER, "queue, seen = [self], {self}\n        while queue:\n            node = queue.pop(0)"),
    (
        "            for parent, local_gradient",
        "            for parent in node.parents:\n                if parent not in seen:\n                    seen.add(parent)\n"
        "                    queue.append(parent)\n            for parent, local_gradient",
    ),
)
misconception(
    "graph.Value",
    "visited-twice",
    "A node that is used twice passes on its whole gradient at every visit, so that the first part is counted again. "
    "Visit each node once, when its gradient is complete.",
    (ORDER, "queue = [self]\n        while queue:\n            node = queue.pop(0)"),
    ("            for parent, local_gradient", "            queue.extend(node.parents)\n            for parent, local_gradient"),
)
misconception(
    "graph.Value",
    "recursion",
    "backward calls itself for every parent: a chain of 10,000 operations is deeper than Python allows. Go through "
    "topological_order(self) in a loop.",
    (
        "        for node in reversed(order):\n"
        "            for parent, local_gradient in zip(node.parents, node.local_gradients, strict=True):\n"
        "                parent.grad += local_gradient * node.grad\n",
        "        def pass_on(node, gradient):\n"
        "            for parent, local_gradient in zip(node.parents, node.local_gradients, strict=True):\n"
        "                parent.grad += local_gradient * gradient\n"
        "                pass_on(parent, local_gradient * gradient)\n\n"
        "        pass_on(self, 1.0)\n",
    ),
)
misconception(
    "graph.Value",
    "without-upstream",
    "You add the local gradient alone. The chain rule multiplies it by the gradient of the result: local_gradient * node.grad.",
    (PASS_ON, "parent.grad += local_gradient"),
)
misconception(
    "graph.Value",
    "root-gradient-missing",
    "The root's own gradient stays 0, and 0 times anything is 0: df/df = 1, so set self.grad = 1.0 first.",
    ("        self.grad = 1.0\n", ""),
)
misconception(
    "graph.Value",
    "root-gradient-its-value",
    "You begin with the root's value. Its gradient is df/df = 1, whatever the value is.",
    ("self.grad = 1.0", "self.grad = self.data"),
)
misconception(
    "graph.Value",
    "old-gradients-left",
    "Gradients of an earlier backward are still there, and the new ones are added to them: set every grad to 0.0 first.",
    ("            node.grad = 0.0\n", "            pass\n"),
)
misconception(
    "graph.Value",
    "clears-inputs-only",
    "You clear the gradients of the inputs and forget those in the middle, which then pass on what an earlier backward left: clear "
    "all nodes of the graph.",
    ("            node.grad = 0.0\n", "            if not node.parents:\n                node.grad = 0.0\n"),
)
misconception(
    "graph.Value",
    "multiply-not-swapped",
    "In x * y each factor gets its own value as local gradient. When x grows by h, x * y grows by h·y: the other factor.",
    ("(other.data, self.data)", "(self.data, other.data)"),
)
misconception(
    "graph.Value",
    "multiply-like-add",
    "The local gradients of x * y are 1 and 1 in your code, as if it were x + y: they are y and x.",
    ("(other.data, self.data)", "(1.0, 1.0)"),
)
misconception(
    "graph.Value",
    "multiply-first-factor-only",
    "x * y passes a gradient to x only: y is a factor too, and its local gradient is x.",
    ("(other.data, self.data)", "(other.data, 0.0)"),
)
misconception(
    "graph.Value",
    "add-halves",
    "x + y shares its gradient out in halves. Each operand gets all of it: when x grows by h, so does x + y.",
    ("(1.0, 1.0))\n        ### END SOLUTION\n\n    def __mul__", "(0.5, 0.5))\n        ### END SOLUTION\n\n    def __mul__"),
)
misconception(
    "graph.Value",
    "max-to-both",
    "max sends its gradient to both operands. When the smaller one grows by a little, the maximum stays: its local gradient is 0.",
    ("(1.0, 0.0) if self_wins else (0.0, 1.0)", "(1.0, 1.0)"),
)
misconception(
    "graph.Value",
    "max-to-the-smaller",
    "max sends its gradient to the smaller operand: the larger one gets it.",
    ("(1.0, 0.0) if self_wins else (0.0, 1.0)", "(0.0, 1.0) if self_wins else (1.0, 0.0)"),
)
misconception(
    "graph.Value",
    "max-tie-to-self",
    "On a tie the first operand gets the gradient, so x.max(0) has slope 1 at x = 0. Here the second one counts as the larger: "
    "compare with >, not with >=.",
    ("self.data > other.data", "self.data >= other.data"),
)
misconception(
    "graph.Value",
    "max-value-as-gradient",
    "The local gradient of max is the larger value in your code. When the larger operand grows by h, so does the maximum: it is 1.",
    ("(1.0, 0.0) if self_wins else (0.0, 1.0)", "(self.data, 0.0) if self_wins else (0.0, other.data)"),
)
misconception(
    "graph.Value",
    "exp-gradient-its-input",
    "The local gradient of exp is e^x, the result itself, not x.",
    ('"exp", (self,), (result,)', '"exp", (self,), (self.data,)'),
)
misconception(
    "graph.Value",
    "exp-like-a-power",
    "You differentiate e^x like a power, x·e^(x−1). The exponent is what varies here: the derivative of e^x is e^x.",
    ('"exp", (self,), (result,)', '"exp", (self,), (self.data * result / math.e,)'),
)
misconception(
    "graph.Value",
    "reciprocal-sign",
    "The sign of the reciprocal's gradient is wrong: when x grows, 1/x gets smaller. It is −1/x².",
    ("(-(result**2),)", "(result**2,)"),
)
misconception(
    "graph.Value",
    "reciprocal-not-squared",
    "The derivative of 1/x is −1/x²; you have −1/x.",
    ("(-(result**2),)", "(-result,)"),
)
misconception(
    "graph.Value",
    "reciprocal-of-the-result",
    "You use −1/x² with the result in the place of x: the result is 1/x already, so its square is what you need, −result².",
    ("(-(result**2),)", "(-1 / result**2,)"),
)
misconception(
    "graph.Value",
    "sigmoid-of-the-input",
    "The derivative of the sigmoid is σ·(1 − σ), with the result σ. You put in the input: x·(1 − x).",
    ("(result * (1 - result),)", "(self.data * (1 - self.data),)"),
)
misconception(
    "graph.Value",
    "sigmoid-one-minus",
    "The derivative of the sigmoid is σ·(1 − σ); you have 1 − σ.",
    ("(result * (1 - result),)", "(1 - result,)"),
)
misconception(
    "graph.Value",
    "sigmoid-sign",
    "The sigmoid grows with its input, so its gradient σ·(1 − σ) is positive.",
    ("(result * (1 - result),)", "(result * (result - 1),)"),
)
misconception(
    "graph.Value",
    "sigmoid-overflows",
    "e^1000 is too large for a float. For a negative x use e^x / (1 + e^x), so that only exp of negative numbers is needed.",
    ("small = math.exp(-abs(self.data))", "small = math.exp(-self.data)"),
    ("(1 if self.data > 0 else small) / (1 + small)", "1 / (1 + small)"),
)
misconception(
    "graph.Value",
    "in-place",
    "The sum is written into the first operand, so x is no longer what it was: make a new Value for every result.",
    (
        'return Value(self.data + other.data, "+", (self, other), (1.0, 1.0))',
        "self.data += other.data\n        self.operation, self.parents, self.local_gradients = '+', (other,), (1.0,)\n "
        "       return self",
    ),
)

misconception(
    "graph.jacobian_bytes",
    "batch-once",
    "The batch counts once in your size, as if there were one Jacobian an example. Every output number of the batch "
    "meets every input number: batch_size² as many entries.",
    body="return batch_size * num_outputs * num_inputs * np.dtype(dtype).itemsize",
)
misconception(
    "graph.jacobian_bytes",
    "batch-missing",
    "The batch is missing: with 100 examples there are 100 times as many rows and 100 times as many columns.",
    body="return num_outputs * num_inputs * np.dtype(dtype).itemsize",
)
misconception(
    "graph.jacobian_bytes",
    "entries-not-bytes",
    "That is the number of entries: each takes np.dtype(dtype).itemsize bytes.",
    body="return batch_size * num_outputs * batch_size * num_inputs",
)
misconception(
    "graph.jacobian_bytes",
    "bits",
    "That is the number of bits. A float32 has 32 bits, which are 4 bytes: itemsize is in bytes already.",
    body="return batch_size * num_outputs * batch_size * num_inputs * np.dtype(dtype).itemsize * 8",
)
misconception(
    "graph.jacobian_bytes",
    "always-float32",
    "You always count 4 bytes a number: use the dtype, np.dtype(dtype).itemsize.",
    body="return batch_size * num_outputs * batch_size * num_inputs * 4",
)
misconception(
    "graph.jacobian_bytes",
    "inputs-squared",
    "You square the inputs. The Jacobian has a row for each output and a column for each input, and these numbers can differ.",
    body="return (batch_size * num_inputs) ** 2 * np.dtype(dtype).itemsize",
)
misconception(
    "graph.jacobian_bytes",
    "float-arithmetic",
    "The result is a float: / makes one even where nothing is left over. Count bytes with integers.",
    body="return batch_size * num_outputs * batch_size * num_inputs * np.dtype(dtype).itemsize / 1",
)

misconception(
    "graph.relu_jacobian",
    "values-on-the-diagonal",
    "On the diagonal you have max(0, x) itself: the derivative is 1 where x is positive, whatever its size.",
    body="return np.diag(np.maximum(x, 0))",
)
misconception(
    "graph.relu_jacobian",
    "kink-at-zero-counts",
    "Where x is exactly 0 you have a slope of 1: here it counts as 0, so compare with >, not with >=.",
    body="return np.diag((x >= 0).astype(x.dtype))",
)
misconception(
    "graph.relu_jacobian",
    "diagonal-only",
    "You return the diagonal as a vector. That is all anyone needs later; the Jacobian itself is the (D, D) matrix around it.",
    body="return (x > 0).astype(x.dtype)",
)
misconception(
    "graph.relu_jacobian",
    "identity",
    "You have 1 everywhere on the diagonal: where x is negative, y stays 0 when x moves.",
    body="return np.eye(len(x), dtype=x.dtype)",
)
misconception(
    "graph.relu_jacobian",
    "full-columns",
    "Each column is full of the same number, but x_j goes into y_j alone: everything off the diagonal is 0.",
    body="return np.ones((len(x), 1), x.dtype) * (x > 0)",
)
misconception(
    "graph.relu_jacobian",
    "always-float64",
    "The Jacobian has float64 entries whatever x has: keep the dtype of x.",
    body="return np.diag(np.where(x > 0, 1.0, 0.0))",
)
misconception(
    "graph.relu_jacobian",
    "changes-x",
    "You write the slopes into x itself: x[x > 0] = 1 changes the caller's array. Make a new one.",
    body="""
    x[x > 0] = 1
    x[x < 0] = 0
    return np.diag(x)
    """,
)

misconception(
    "graph.squared_norm_of_product",
    "two-missing",
    "The derivative of q² is 2q: the 2 is missing in both gradients.",
    ("q_gradient = 2 * q", "q_gradient = q"),
)
misconception(
    "graph.squared_norm_of_product",
    "weight-not-transposed",
    "In df/dx the weight is not transposed. x_j goes into every q_i, through column j of W: the sum runs over the "
    "rows, W^T times 2q.",
    ("weight.T @ q_gradient", "weight @ q_gradient"),
)
misconception(
    "graph.squared_norm_of_product",
    "outer-product-swapped",
    "The outer product for df/dW is the wrong way round: row i belongs to q_i, column j to x_j.",
    ("np.outer(q_gradient, x)", "np.outer(x, q_gradient)"),
)
misconception(
    "graph.squared_norm_of_product",
    "norm-not-squared",
    "You return the length ||Wx||; f is its square, the sum of the squares.",
    ("float(np.sum(q**2))", "float(np.sqrt(np.sum(q**2)))"),
)
misconception(
    "graph.squared_norm_of_product",
    "mean",
    "You take the mean of the squares: f is their sum.",
    ("np.sum(q**2)", "np.mean(q**2)"),
)
misconception(
    "graph.squared_norm_of_product",
    "stops-at-q",
    "The gradient of x is that of q in your code: one more step, through W, leads from q to x.",
    ("weight.T @ q_gradient", "q_gradient"),
)
misconception(
    "graph.squared_norm_of_product",
    "q-forgotten",
    "df/dW is 2x in each row: it misses the factor q_i that arrives from above. Local gradient times upstream gradient.",
    ("np.outer(q_gradient, x)", "2 * np.tile(x, (len(q), 1))"),
)
misconception(
    "graph.squared_norm_of_product",
    "always-float64",
    "The gradients have float64 entries whatever the arrays have: keep the dtype you were given.",
    ("q = weight @ x", "weight, x = weight.astype(float), x.astype(float)\n    q = weight @ x"),
)
