"""Measure the gradient check: false alarms on right gradients, misses of wrong ones, and time.

    python benchmarks/gradient_check.py [--trials N] [--others N] [--seeds N] [--patience SECONDS] [--quick]

Against two others: central differences one element at a time in a Python loop, as in CS231n, and PyTorch's gradcheck, where
PyTorch is installed. All three check the very same gradients. Writes its section of benchmarks/README.md; with --quick, at tiny
sizes, it only prints it.
"""

import argparse
import collections
import os
import sys
import time
from unittest import mock

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported: nothing here is large enough for two

import gradient_zoo as zoo  # noqa: E402
import measure  # noqa: E402
import numpy as np  # noqa: E402

from dlcourse.toolkit import gradient_check  # noqa: E402
from dlcourse.toolkit.gradient_check import check_gradients  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

NO_TORCH = "PyTorch is not installed"
RIGHT_COLUMNS = (
    "right gradients of",
    "trials",
    "false alarms",
    "trials of the others",
    "element by element, 1e-6",
    "element by element, 1e-8",
    "`gradcheck`",
)
WRONG_COLUMNS = ("wrong gradients of", "mistakes", "trials", "missed", "all 1e-6 too large, trials", "missed")
SLIGHT_COLUMNS = ("all gradients 1e-4 too large", "trials", "missed")
TIME_COLUMNS = ("time for one check", "numbers", "this check", "element by element", "faster by", "`gradcheck`", "faster by")
TIMED = {  # case: the least number of times that this check should be faster than element by element, where there is an aim
    "softmax cross-entropy": 20,
    "small ConvNet": 20,
    "max pooling": None,
    "batch norm": None,
    "two-layer net": None,
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=100_000, help="of right gradients, shared among all functions")
    parser.add_argument("--others", type=int, default=30, help="trials of the other checks, a function")
    parser.add_argument("--seeds", type=int, default=1000, help="trials of each wrong gradient")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for a quiet machine, a function")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, and README.md stays as it is")
    options = parser.parse_args(arguments)
    if options.quick:
        options.trials, options.others, options.seeds, options.patience = 2 * len(zoo.CASES), 1, 1, 0.0
    each = -(-options.trials // len(zoo.CASES))
    timed, samples = times(list(TIMED)[:1], 1, 0.0) if options.quick else times(TIMED, 7, options.patience)
    right, slight = right_gradients(each, options.others)
    text = "\n\n".join(
        [
            measure.table(TIME_COLUMNS, timed),
            measure.table(RIGHT_COLUMNS, right),
            measure.table(SLIGHT_COLUMNS, slight),
            measure.table(WRONG_COLUMNS, wrong_gradients(options.seeds)),
            threshold(options.seeds),
            f"{measure.machine(*([('PyTorch', torch.__version__)] if torch else []))}. {measure.discarded(samples)}",
        ]
    )
    if options.quick:
        print(text)
    else:
        measure.write_section("gradient_check", text)
    return text


def progress(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------------------------- the other checks


def element_by_element(case, gradients, rng, h=1e-5):
    """Return the largest relative error over all elements: CS231n's eval_numerical_gradient_array and rel_error."""
    inputs = [x.copy() for x in case.inputs]
    shape = np.shape(case.function(*inputs))
    upstream = rng.standard_normal(shape) if shape else 1.0
    largest = 0.0
    for x, gradient in zip(inputs, zoo.as_tuple(gradients, case)(upstream, *inputs), strict=True):
        numerical = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            old = x[index]
            x[index] = old + h
            after = case.function(*inputs)
            x[index] = old - h
            before = case.function(*inputs)
            x[index] = old
            numerical[index] = np.sum((after - before) * upstream) / (2 * h)
        error = np.abs(gradient - numerical) / np.maximum(1e-8, np.abs(gradient) + np.abs(numerical))
        largest = max(largest, float(error.max()))
    return largest


def gradcheck(case, gradients):
    """Return whether torch.autograd.gradcheck, at its own defaults, accepts the gradients."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return torch.as_tensor(np.asarray(case.function(*(x.detach().numpy() for x in inputs))))

        @staticmethod
        def backward(ctx, upstream):
            inputs = [x.detach().numpy() for x in ctx.saved_tensors]
            found = zoo.as_tuple(gradients, case)(upstream.numpy(), *inputs)
            return tuple(torch.as_tensor(np.ascontiguousarray(g)) for g in found)

    inputs = tuple(torch.tensor(x, requires_grad=True) for x in case.inputs)
    return torch.autograd.gradcheck(Function.apply, inputs, raise_exception=False, check_undefined_grad=False)


# ------------------------------------------------------------------------------------------------------- what is measured


def right_gradients(trials, others):
    """Return the rows on right gradients, and those on gradients that are all 1e-4 too large."""
    rows, misses, total = [], collections.Counter(), 0
    for name, make in zoo.CASES.items():
        alarms = sum(not passed(make, seed) for seed in range(trials))
        counts = collections.Counter()
        for seed in range(others):
            rng = np.random.default_rng([seed, 1])
            case = make(rng)
            wrong = zoo.slightly_wrong_gradients(case, 1e-4)
            error, slight = (element_by_element(case, g, rng) for g in (case.gradients, wrong))
            counts += {"1e-6": error > 1e-6, "1e-8": error > 1e-8}
            misses += {"this check": check_gradients(case.function, wrong, case.inputs, rng).passed}
            misses += {"element by element, 1e-6": slight <= 1e-6, "element by element, 1e-8": slight <= 1e-8}
            if torch:
                counts += {"torch": not gradcheck(case, case.gradients)}
                misses += {"`gradcheck`": gradcheck(case, wrong)}
            total += 1
        shares = [f"{counts[limit] / others:.1%}" for limit in ("1e-6", "1e-8")]
        shares.append(f"{counts['torch'] / others:.1%}" if torch else NO_TORCH)
        rows.append([name, f"{trials:,}", measure.verdict(f"{alarms}", "0", alarms == 0), f"{others:,}", *shares])
        progress(*rows[-1])
    contestants = ["this check", "element by element, 1e-6", "element by element, 1e-8"] + ["`gradcheck`"] * bool(torch)
    return rows, [[name, f"{total:,}", f"{misses[name]:,}"] for name in contestants]


def passed(make, seed):
    rng = np.random.default_rng([seed, 0])
    case = make(rng)
    return check_gradients(case.function, case.gradients, case.inputs, rng).passed


def wrong_gradients(seeds):
    """Return the rows on wrong gradients. Which element is wrong is not asked: that takes longest, and changes no verdict."""
    with mock.patch.object(gradient_check, "explain", lambda report, *_: setattr(report, "problem", "wrong")):
        return wrong_rows(seeds)


def wrong_rows(seeds):
    rows = []
    for name, make in zoo.CASES.items():
        missed, descriptions, trials, slight = collections.Counter(), set(), 0, 0
        for seed in range(seeds):
            rng = np.random.default_rng([seed, 2])
            case = make(rng)
            for description, gradients in zoo.wrong_gradients(case, rng).items():
                descriptions.add(description)
                trials += 1
                missed[description] += check_gradients(case.function, gradients, case.inputs, rng).passed
            slight += check_gradients(case.function, zoo.slightly_wrong_gradients(case, 1e-6), case.inputs, rng).passed
        found = ", ".join(f"{description}: {count}" for description, count in missed.items() if count)
        shown = measure.verdict(f"{missed.total()}" + (f", {found}" if found else ""), "0", not found)
        rows.append([name, f"{len(descriptions)}", f"{trials:,}", shown, f"{seeds:,}", f"{slight}"])
        progress(*rows[-1])
    return rows


def threshold(seeds, wrong=0.01):
    """Return a sentence on a gradient that is wrong for a few inputs only, if any."""
    missed = possible = unseen = 0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 3])
        x = rng.normal(size=(8, 12))
        accepted = check_gradients(zoo.relu, lambda dy, x: dy * (x > wrong), x, rng).passed
        between = bool(np.any((x > 0) & (x <= wrong)))
        missed, possible, unseen = missed + accepted, possible + between, unseen + (accepted and between)
    return (
        f"ReLU with its mask at {wrong} instead of 0, 96 random inputs: missed in {missed:,} of {seeds:,} trials. In {possible:,} "
        f"trials an input lay between 0 and {wrong}, and {unseen:,} of these were missed."
    )


def times(names, repeats, patience):
    """Return the rows on time, and the Samples behind them."""
    rows, taken = [], []
    for name in names:
        aim = TIMED[name]
        case, rng = zoo.CASES[name](np.random.default_rng(0)), np.random.default_rng(1)
        contestants = {
            "ours": lambda case=case, rng=rng: check_gradients(case.function, case.gradients, case.inputs, rng),
            "loop": lambda case=case, rng=rng: element_by_element(case, case.gradients, rng),
        }
        if torch:
            contestants["torch"] = lambda case=case: gradcheck(case, case.gradients)
        samples = measure.interleaved(contestants, repeats, patience)
        taken += samples.values()
        ours, loop = samples["ours"].median, samples["loop"].median
        faster = f"{loop / ours:.0f}"
        theirs = [shown(samples["torch"].median), f"{samples['torch'].median / ours:.0f}"] if torch else [NO_TORCH, ""]
        rows.append(
            [
                name,
                f"{sum(x.size for x in case.inputs):,}",
                shown(ours),
                shown(loop),
                measure.verdict(faster, f"at least {aim}", loop / ours >= aim) if aim else faster,
                *theirs,
            ]
        )
        progress(*rows[-1])
    return rows, taken


def shown(seconds):
    return f"{1000 * seconds:.1f} ms"


if __name__ == "__main__":
    main()
