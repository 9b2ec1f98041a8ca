"""Measure fairly: contestants in turn, on a machine that does nothing else, and the table written into README.md."""

import os
import platform
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from threadpoolctl import threadpool_info

README = Path(__file__).with_name("README.md")
QUIET = 0.05  # share of the machine's processor time that others may use while a sample is taken
PAUSE = 0.15  # seconds between samples: BLAS threads spin for a moment after a product, and slow down who comes next


@dataclass
class Samples:
    """The times of one contestant.

    Attributes:
        seconds: of each sample.
        repeated: how many more were thrown away because other processes were busy.
        disturbed: how many were kept all the same, because patience had run out.
    """

    seconds: list = field(default_factory=list)
    repeated: int = 0
    disturbed: int = 0

    @property
    def median(self):
        return statistics.median(self.seconds)


def interleaved(contestants, repeats, patience=600.0):
    """Return {name: Samples} of functions without arguments, called in turn, each `repeats` times after one warm-up.

    Args:
        contestants: {name: function}. What it returns is freed after the clock has stopped.
        repeats: number of samples of each.
        patience: seconds to spend in all on waiting for other processes and on repeating what they disturbed.
    """
    samples = {name: Samples() for name in contestants}
    for function in contestants.values():
        function()
    for turn in range(repeats):
        names = list(contestants)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            patience -= sample(contestants[name], samples[name], patience)
    return samples


def sample(function, samples, patience):
    """Add one sample, the first that nobody disturbed, or the last that patience allows; return the patience it cost."""
    cost = 0.0
    while True:
        before, started = others(), time.perf_counter()
        time.sleep(PAUSE)
        if share_of_others(before, started) > QUIET and cost < patience:
            cost += PAUSE
            continue
        before, started = others(), time.perf_counter()
        result = function()
        seconds = time.perf_counter() - started
        disturbed = share_of_others(before, started) > QUIET
        del result
        if disturbed and cost < patience:
            cost += seconds
            samples.repeated += 1
            continue
        samples.seconds.append(seconds)
        samples.disturbed += disturbed
        return cost


def others():
    """Return {process id: CPU seconds} of every process that is neither this one nor started by it."""
    processes = {each.pid: each.info for each in psutil.process_iter(["ppid", "cpu_times"])}

    def is_ours(pid):
        while pid in processes and pid != os.getpid():
            pid = processes[pid]["ppid"]
        return pid == os.getpid()

    return {
        pid: sum(info["cpu_times"][:4])  # user and system time, of the process and of its children that ended
        for pid, info in processes.items()
        if pid != 1 and info["cpu_times"] and not is_ours(pid)  # 1 inherits the times of our own orphans
    }


def share_of_others(before, started):
    """Return the share of all processors' time since `started` that went to `others()`."""
    used = sum(max(0.0, seconds - before.get(pid, 0.0)) for pid, seconds in others().items())
    tick = 1 / os.sysconf("SC_CLK_TCK")
    return max(0.0, used - 2 * tick) / (time.perf_counter() - started) / os.cpu_count()


def machine(*packages):
    """Return, without a full stop, what the numbers were measured on."""
    blas = next((each for each in threadpool_info() if each["user_api"] == "blas" and "numpy" in each["filepath"]), None)
    with_blas = f" with {blas['internal_api']} {blas['version']}, {blas['num_threads']} thread(s)" if blas else ""
    versions = "".join(f", {name} {version}" for name, version in packages)
    return (
        f"Measured on {os.cpu_count()} cores ({processor()}), Python {platform.python_version()}, "
        f"NumPy {np.__version__}{with_blas}{versions}"
    )


def processor():
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return found[1] if found else platform.machine()


def discarded(samples):
    """Return a sentence on the samples that others disturbed."""
    repeated = sum(each.repeated for each in samples)
    kept = sum(each.disturbed for each in samples)
    sentence = f"{repeated} samples during which other processes were busy were thrown away and repeated"
    return f"{sentence}; {kept} disturbed samples are among those that count." if kept else f"{sentence}."


def table(columns, rows):
    """Return a Markdown table; every cell is text."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def verdict(value, aim, met):
    """Return a measured value beside its aim, as text."""
    return f"{value} (aim: {aim}, {'met' if met else '**missed**'})"


def write_section(name, text, readme=README):
    """Put `text` between the markers of section `name`, in one step: a reader sees the old file or the new one."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = readme.read_text("utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{readme.name} has no section {begin} … {end}")
    temporary = readme.with_name(f"{readme.name}.{os.getpid()}")
    temporary.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
    os.replace(temporary, readme)


def read_section(name, readme=README):
    """Return the text between the markers of section `name`."""
    text = readme.read_text("utf-8")
    return text.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0].strip()
