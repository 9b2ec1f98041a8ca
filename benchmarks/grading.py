"""Measure what grading a submission costs: isolated, against one pytest process a submission with the same checks.

    python benchmarks/grading.py [--quick] [--patience SECONDS]

Part I. The mixed class is the one of `autograder demo` without its endless loop, which takes what its time limit is; the
perfect class hands in the reference. Writes its section of benchmarks/README.md; with --quick, and one submission, it only
prints it.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the `autograder` command does, before NumPy

import argparse
import inspect
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
import numpy as np
import psutil

from autograder.checks import find, select
from autograder.classroom import grade_class
from autograder.demo import build_course, make_class
from autograder.grading import grade, grade_exercise, load, open_session, read_class
from autograder.locations import COURSE_ROOT
from autograder.sandbox import Limits, Sandbox

PART, SECRET = "part1_knn", "benchmark"
ENDLESS = "hugo-endless-loop"
COLUMNS = (
    "class",
    "submissions",
    "isolated, one process",
    "isolated, every core",
    "one pytest process each",
    "one process is faster by",
    "every core is faster by",
)
PROCESSOR_COLUMNS = ("processor time of", "grader", "sandbox", "both", "a pytest process", "grader and sandbox need less by")
STEP_COLUMNS = ("step", "time")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one submission, one sample, and README.md stays as it is")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for a quiet machine, a class")
    options = parser.parse_args(arguments)
    repeats, large_class, patience = (1, 2, 0.0) if options.quick else (5, 180, options.patience)
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        mixed, perfect = make_classes(Path(folder), 1 if options.quick else None)
        rows, samples = [], []
        for name, folders in (("mixed", mixed), ("perfect", perfect)):
            row, taken = compete(name, folders, sandbox, repeats, large_class // len(folders), patience)
            rows.append(row)
            samples += taken
            print(" | ".join(row), flush=True)
        text = "\n\n".join(
            [
                measure.table(COLUMNS, rows),
                measure.table(PROCESSOR_COLUMNS, processor_time(mixed, sandbox, repeats)),
                measure.table(STEP_COLUMNS, steps(read_class(perfect)[0], sandbox, 2 * repeats, patience)),
                f"{measure.machine()}; isolation: {sandbox.mode}. {measure.discarded(samples)}",
            ]
        )
    if options.quick:
        print(text)
    else:
        measure.write_section("grading", text)
    return text


def make_classes(folder, size=None):
    """Return the folders of the mixed and of the perfect class, made below `folder`; the first `size` submissions, or all."""
    make_class(folder / "mixed", build_course(folder / "course"))
    mixed = sorted(each for each in (folder / "mixed").iterdir() if each.name != ENDLESS)[:size]
    perfect = [folder / "perfect" / each.name for each in mixed[:3]]
    for each in perfect:
        shutil.copytree(folder / "course/solutions/dlcourse", each / "dlcourse")
    return mixed, perfect


def compete(name, folders, sandbox, repeats, copies, patience):
    """Return the table's row on one class, and the Samples behind it."""

    def one_process():
        for submission in read_class(folders):
            grade(submission, sandbox, PART, SECRET)

    def every_core():  # a larger class: here starting the processes counts, too
        for _ in grade_class(read_class(folders * copies), sandbox.mode, SECRET, PART):
            pass

    def pytest_each():
        for folder in folders:
            run_pytest(folder)

    contestants = {"one process": one_process, "every core": every_core, "pytest": pytest_each}
    samples = measure.interleaved(contestants, repeats, patience)
    one, every, pytest = (
        samples[contestant].median / (len(folders) * times)
        for contestant, times in (("one process", 1), ("every core", copies), ("pytest", 1))
    )
    row = [
        name,
        f"{len(folders)}, on every core {len(folders) * copies}",
        measure.verdict(shown(one), "at most 50 ms", one <= 0.05),
        measure.verdict(shown(every), "at most 50 ms", every <= 0.05),
        shown(pytest),
        measure.verdict(f"{pytest / one:.0f}", "at least 15", pytest / one >= 15),
        measure.verdict(f"{pytest / every:.0f}", "at least 15", pytest / every >= 15),
    ]
    return row, list(samples.values())


def shown(seconds):
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.2f} ms"


def run_pytest(folder):
    """Run the same checks by pytest, without isolation; failing checks are as welcome as passing ones."""
    files = sorted({inspect.getsourcefile(check) for exercise in select(PART) for check in exercise.checks})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "--submission", str(folder)]
    done = subprocess.run(command, cwd=COURSE_ROOT, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)


def processor_time(folders, sandbox, repeats):
    """Return the rows that say how much each submission makes the processor compute, whoever else is using it."""
    rows, sums = [], np.zeros(3)
    for submission, folder in zip(read_class(folders), folders, strict=True):
        grade(submission, sandbox, PART, SECRET)
        grader, worker, tests = time.process_time(), sandbox_time(sandbox), pytest_time()
        for _ in range(repeats):
            grade(submission, sandbox, PART, SECRET)
        grader, worker = time.process_time() - grader, sandbox_time(sandbox) - worker
        run_pytest(folder)
        spent = np.array([grader / repeats, worker / repeats, pytest_time() - tests])
        rows.append((submission.name, spent))
        sums += spent
    return [
        [name, shown(grader), shown(worker), shown(grader + worker), shown(tests), f"{tests / (grader + worker):.0f}"]
        for name, (grader, worker, tests) in [*rows, ("the mean of the class", sums / len(rows))]
    ]


def sandbox_time(sandbox):
    """Return the CPU seconds of the sandbox: of its processes, and of the students' that have ended."""
    worker = psutil.Process(sandbox.process.pid)
    return sum(sum(each.cpu_times()[:4]) for each in [worker, *worker.children(recursive=True)])


def pytest_time():
    """Return the CPU seconds of the processes of this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def steps(submission, sandbox, repeats, patience):
    """Return the rows on the single steps; medians."""
    exercise = find("knn.accuracy")

    def start_and_end():
        open_session(submission, exercise, sandbox).close()

    def start_load_and_end():
        session = open_session(submission, exercise, sandbox)
        load(session)
        session.close()

    session = open_session(submission, exercise, sandbox, Limits(seconds=3600.0))
    labels = np.arange(10)
    images = np.zeros((500, 3072), np.float32)
    measured = {
        "start a process for an exercise, and end it": start_and_end,
        "the same, and load the student's module": start_load_and_end,
        "one call with two small arrays": lambda: session.module.accuracy(labels, labels),
        "one call with two arrays of 500 images, 6 MB each": lambda: session.module.accuracy(images, images),
    }
    measured |= {
        f"`{each.name}`, {len(each.checks)} checks": lambda each=each: grade_exercise(submission, each, sandbox, SECRET)
        for each in select(PART)
    }
    try:
        samples = measure.interleaved(measured, repeats, patience)
    finally:
        session.close()
    return [[name, shown(each.median)] for name, each in samples.items()]


if __name__ == "__main__":
    main()
