"""What the benchmarks against PyTorch share: a process for each number of threads, and the same conditions for everyone in it.

Not a benchmark itself. Each of them is started again for one thread and for all: the libraries read their settings when they are
loaded.
"""

import argparse
import json
import os
import subprocess
import sys

import measure
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import autograder

try:
    import torch
except ImportError:
    torch = None

ALLOCATOR = {  # keep freed memory: the time to get zeroed pages from the system depends on what else a process has done
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**28),
}
OF_ONE_MACHINE = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # OpenBLAS finds both out by itself, as the others do


def main(description, name, columns, compete, arguments=None):
    """Run a benchmark as a command, and return the text that goes into its section of README.md.

    Args:
        description: of the command.
        name: of the script and of its section.
        columns: list of tables, each the headings of its columns.
        compete: function (threads, quick, repeats, patience) -> list of tables, each a list of rows, and the list of all Samples.
        arguments: instead of the command line's.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, and README.md stays as it is")
    parser.add_argument("--repeats", type=int, default=7, help="samples of each")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for a quiet machine, a number of threads")
    parser.add_argument("--threads", type=int, help="measure with so many only, and print what was found as JSON")
    options = parser.parse_args(arguments)
    if options.quick:
        options.repeats, options.patience = 1, 0.0
    if torch is None:
        parser.exit(1, "PyTorch, with which this benchmark compares, is not installed: pip install torch\n")
    if options.threads:
        torch.set_num_threads(options.threads)
        autograder.use("solutions")
        tables, samples = compete(options.threads, options.quick, options.repeats, options.patience)
        samples = [[each.repeated, each.disturbed] for each in samples]
        print(json.dumps({"tables": tables, "samples": samples, "machine": machine()}))
        return None
    counts = [1] if options.quick else sorted({1, os.cpu_count()})
    results = [in_process(f"{name}.py", threads, options) for threads in counts]
    tables = [sum((result["tables"][i] for result in results), []) for i in range(len(columns))]
    samples = [measure.Samples([], *each) for result in results for each in result["samples"]]
    parts = [measure.table(headings, rows) for headings, rows in zip(columns, tables, strict=True)]
    text = "\n\n".join([*parts, f"{results[0]['machine']}. {measure.discarded(samples)}"])
    if options.quick:
        print(text)
    else:
        measure.write_section(name, text)
    return text


def in_process(script, threads, options):
    """Return what the script finds with a number of threads."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_ONE_MACHINE} | ALLOCATOR
    environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    command = [sys.executable, str(measure.README.with_name(script)), "--threads", str(threads)]
    command += [f"--repeats={options.repeats}", f"--patience={options.patience}", *(["--quick"] if options.quick else [])]
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout)


def machine():
    kernels = next((each.get("architecture") for each in threadpool_info() if each["internal_api"] == "openblas"), "unknown")
    return f"{measure.machine(('PyTorch', torch.__version__)).replace(', 1 thread(s)', '')}; kernels of OpenBLAS for {kernels}"


def on_one_thread(function):
    """Return a function that is called while NumPy's BLAS may use one thread only."""

    def call():
        with threadpool_limits(1, user_api="blas"):
            function()

    return call


def product_rate(size):
    """Return a function that does 2 · size³ operations in one matrix product in float32: the limit of whoever multiplies."""
    left, right = np.random.default_rng(0).random((2, size, size), np.float32)
    return lambda: left @ right


def epoch(model, optimizer, images, labels, batch_size):
    """Return a function that trains a network of the course for an epoch, from the same weights each time."""
    from dlcourse.layers import CrossEntropyLoss

    first = [parameter.value.copy() for parameter in model.parameters()]
    loss = CrossEntropyLoss()

    def train():
        for parameter, value in zip(model.parameters(), first, strict=True):
            parameter.value[...] = value
        steps = optimizer(model.parameters(), 0.001)
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            steps.zero_grad()
            loss.forward(model.forward(images[batch]), labels[batch])
            model.backward(loss.backward())
            steps.step()

    return train


def torch_epoch(model, optimizer, images, labels, batch_size):
    """Return the same for PyTorch, with the fastest it has of that optimizer."""
    first = {name: value.clone() for name, value in model.state_dict().items()}
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)

    def train():
        model.load_state_dict(first)
        steps = optimizer(model.parameters(), lr=0.001, fused=True)
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            steps.zero_grad()
            torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            steps.step()

    return train


def repeated(function, number):
    """Return a function that calls another several times: a sample that is long enough to measure."""

    def call():
        for _ in range(number):
            function()

    return call


def ratio(value, base):
    return f"{value / base:.2f}"


def milliseconds(seconds):
    return f"{1000 * seconds:.2f} ms"
