"""The worker process: started once, it forks a child for every submission, or exercise, and tells the grader how each one ended.

Control socket (sequenced packets). Grader to worker: b"F" with the child's socket. Worker to grader: b"R" when ready,
b"P" with a descriptor of the new process, b"X" and its wait status once it is gone. A closed control socket means stop.
"""

import argparse
import gc
import importlib
import json
import os
import select
import socket
import struct
import sys

import numpy as np

from . import lockdown, wire
from .executor import Executor
from .modules import sent_modules

# What student code commonly imports is loaded once, before the first fork.
PRELOADED = "collections dataclasses functools itertools math operator random typing numpy.fft numpy.linalg numpy.random"
CHANNEL = 3  # the child's only descriptor beside /dev/null on 0, 1 and 2


def main():
    options = parse_arguments()
    lockdown.die_with_parent()
    null = os.open(os.devnull, os.O_RDWR)  # while files can still be opened for writing
    control = socket.socket(fileno=options.control)
    if options.readable is not None:
        lockdown.restrict_files(json.loads(options.readable))
    for name in PRELOADED.split():
        importlib.import_module(name)
    np.random.default_rng(0).random((8, 8)) @ np.ones((8, 8))  # first use starts what NumPy starts lazily
    if options.seccomp:
        lockdown.seccomp_program()  # made once, here, and not in every child
    gc.collect()
    gc.freeze()  # children do not touch, and so do not copy, what is here already
    control.send(b"R")
    children = {}
    while True:
        ready, _, _ = select.select([control, *children], [], [])
        for descriptor in ready:
            if descriptor is control:
                message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                if not message:
                    return
                pidfd, pid = start_child(control, descriptors[0], null, options.seccomp)
                children[pidfd] = pid
                socket.send_fds(control, [b"P"], [pidfd])
            else:
                _, status = os.waitpid(children.pop(descriptor), 0)
                os.close(descriptor)
                control.send(b"X" + struct.pack("<i", status))


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--readable", help="JSON list of paths: restrict files to reading these, by Landlock")
    parser.add_argument("--seccomp", action="store_true")
    return parser.parse_args(sys.argv[1:])


def start_child(control, channel, null, seccomp):
    pid = os.fork()
    if pid == 0:
        try:
            control.detach()  # closed below, with every other descriptor
            serve_child(channel, null, seccomp)
        finally:
            os._exit(70)
    os.close(channel)
    return os.pidfd_open(pid), pid


def serve_child(channel, null, seccomp):
    lockdown.die_with_parent()
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.dup2(channel, CHANNEL)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))
    job = wire.unpack_frame(read_frame())
    lockdown.limit_resources(job["cpu_seconds"], job["memory_bytes"])
    if seccomp:
        lockdown.restrict_calls()
    executor = Executor(sent_modules(job))
    while True:
        write_frame(executor.answer(read_frame()))


def read_frame():
    """Read one frame with os.readv: the recv family of calls is denied to this process."""
    prefix = read_exactly(wire.PREFIX.size)
    return bytes(prefix + read_exactly(sum(wire.prefix_sizes(prefix))))


def read_exactly(size):
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(CHANNEL, [view])
        if count == 0:
            os._exit(0)  # the grader has hung up
        view = view[count:]
    return data


def write_frame(frame):
    view = memoryview(frame)
    while view:
        view = view[os.write(CHANNEL, view) :]
