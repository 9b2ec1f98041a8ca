"""Run untrusted exercises in isolated processes, and end them when they exceed their limits.

The ladder: bubblewrap + seccomp (a private root with nothing but Python and NumPy in it), Landlock + seccomp (the same
rights, by rules instead of a private root), none (limits only, and only when asked for). `Sandbox` tries what it promises
with a probe at start, and refuses where the promise does not hold.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgpack
import numpy as np

from autograder.worker import wire

WORKER = Path(__file__).resolve().parent / "worker"
CHUNK, MAX_CHUNK = 1 << 16, 1 << 20  # bytes read at a time: most answers come in one piece
MODES = ("bubblewrap", "landlock", "none")
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin"}
START_COMMAND = "import sys; sys.path[:0] = sys.argv.pop(1).split(':'); from worker import serve; serve.main()"


PROBE = """
import os, socket

def holes(private, temporary):
    found = []
    for what, action in {
        **{f"open {path}": lambda path=path: os.open(path, os.O_RDONLY) for path in private},
        "write a file": lambda: open(os.path.join(temporary, "probe"), "x"),
        "start a process": lambda: os.fork() or os._exit(0),
        "signal another process": lambda: os.kill(os.getppid(), 0),
        "open a socket": lambda: socket.socket(),
    }.items():
        try:
            action()
        except OSError:
            continue
        found.append(what)
    return found
"""


class SandboxError(Exception):
    """This machine cannot give the isolation that was asked for; the message says what to do."""


class Stopped(Exception):
    """The student's process was ended, or ended itself; the message says why in words a student understands."""


@dataclass(frozen=True)
class Limits:
    """What one exercise of one student may use: seconds of wall-clock and of CPU time, bytes of address space."""

    seconds: float = 10.0
    cpu_seconds: int = 10
    memory_bytes: int = 2 << 30


class Sandbox:
    """A worker process that runs submissions, each in a fresh child.

    Args:
        mode: one of MODES; None takes the strongest that this machine offers ("none" is never taken unasked).

    Raises:
        SandboxError: if the mode does not work here, or holds less than it promises.
    """

    def __init__(self, mode=None):
        self.process = self.control = None
        candidates = [mode] if mode else ["bubblewrap", "landlock"]
        reasons = []
        for candidate in candidates:
            try:
                self.mode = candidate
                self.start()
                return
            except SandboxError as error:
                self.close()
                reasons.append(f"{candidate}: {error}")
        raise SandboxError(
            f"no isolation for student code on this machine ({'; '.join(reasons)}). On Debian or Ubuntu, "
            "'apt install bubblewrap' usually mends it; on Windows use WSL2, on macOS a Linux container. To run code that "
            "you trust without isolation, say --no-sandbox."
        )

    def start(self):
        if not sys.platform.startswith("linux"):
            raise SandboxError("grading needs Linux")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = worker_command(self.mode, theirs.fileno())
            try:
                self.process = subprocess.Popen(
                    command,
                    env=ENVIRONMENT,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                raise SandboxError(f"{command[0]} cannot be started: {error.strerror}") from None
        self.control = ours
        ours.settimeout(60)
        if ours.recv(1) != b"R":
            raise SandboxError(self.process.stderr.read().decode(errors="replace").strip()[-300:] or "it did not start")
        holes = self.probe() if self.mode != "none" else []
        if holes:
            raise SandboxError(f"code in it could {' and '.join(holes)}")

    def probe(self):
        """Return what code in the sandbox could do and should not."""
        job = {"exercise": "probe.holes", "student": {"probe": PROBE}, "filenames": {"probe": "probe.py"}}
        unit = self.open({**job, "reference": {}, "supplied": {}})
        try:

            def ask(*request):
                return wire.unpack_frame(unit.exchange(wire.pack_frame(list(request))))[1]

            function = ask("get", ask("load"), "holes")
            return ask("call", function, [private_paths(), tempfile.gettempdir()], {}, None)
        except Stopped as error:
            raise SandboxError(str(error)) from None
        finally:
            unit.close()

    def open(self, job, limits=None):
        """Start a child for `job` (see worker.modules.Modules) and return the `Unit` that talks to it."""
        if not self.alive():
            self.close()
            self.start()
        return Unit(self.control, job, limits or Limits())

    def alive(self):
        """Return whether the worker still holds its end of the control socket."""
        try:
            self.control.settimeout(0)
            return self.control.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self):
        if self.control:
            self.control.close()
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
        self.process = self.control = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Unit:
    """Exercises of one student, one after another, in a process of their own, from `Sandbox.open`."""

    def __init__(self, control, job, limits):
        self.control, self.limits = control, limits
        self.renew(limits.seconds)
        ours, theirs = socket.socketpair()
        with theirs:
            for side in (ours, theirs):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            control.settimeout(30)
            socket.send_fds(control, [b"F"], [theirs.fileno()])
        message, (self.pidfd, *_), _, _ = socket.recv_fds(control, 1, 1)
        assert message == b"P", message
        self.channel = ours
        limits = {"cpu_seconds": limits.cpu_seconds, "memory_bytes": limits.memory_bytes}
        self.send(wire.pack_frame(with_bytes(job) | limits))

    def renew(self, seconds):
        """Grant this much time from now on, but not more than the limit for an exercise."""
        self.deadline = time.monotonic() + min(seconds, self.limits.seconds)

    def exchange(self, frame):
        """Send a request frame and return the answer frame, whatever its content.

        Raises:
            Stopped: if the time is up or the process is gone.
            wire.WireError: if the answer would be too large, or is followed by anything.
        """
        self.send(frame)
        answer = bytearray()
        while len(answer) < wire.PREFIX.size:
            answer += self.received(CHUNK)
        size = wire.PREFIX.size + sum(wire.prefix_sizes(answer[: wire.PREFIX.size]))
        while len(answer) < size:
            answer += self.received(min(size - len(answer), MAX_CHUNK))
        if len(answer) > size:
            raise wire.WireError("there is more than one answer")
        return answer

    def send(self, frame):
        try:
            self.channel.settimeout(self.remaining())
            self.channel.sendall(frame)
        except TimeoutError:
            raise self.time_is_up() from None
        except OSError:
            raise Stopped(self.ending()) from None

    def received(self, size):
        """Return at least one and at most `size` bytes."""
        try:
            self.channel.settimeout(self.remaining())
            data = self.channel.recv(size)
        except TimeoutError:
            raise self.time_is_up() from None
        except OSError:
            data = b""
        if not data:
            raise Stopped(self.ending())
        return data

    def remaining(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.time_is_up()
        return left

    def time_is_up(self):
        return Stopped(
            f"stopped after {self.limits.seconds:g} seconds: it did not finish. "
            "Is there a loop that never ends, or one over every pixel?"
        )

    def ending(self):
        """Return why the process ended, from its wait status."""
        code = os.waitstatus_to_exitcode(self.close())
        if code == -signal.SIGXCPU:
            return f"stopped after {self.limits.cpu_seconds} seconds of computing: is there a loop that never ends?"
        if code == -signal.SIGSEGV:
            return "your code crashed Python (segmentation fault): is there a recursion without an end?"
        if code < 0:
            known = {s.value: s.name for s in signal.Signals}
            return f"your code's process was ended by signal {known.get(-code, -code)}"
        return "your code ended the Python process (by sys.exit, os._exit or similar) instead of returning a result"

    def close(self):
        """End the process if it still runs; return its wait status."""
        if self.channel is None:
            return self.status
        self.channel.close()
        self.channel = None
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.pidfd)
        try:
            self.control.settimeout(30)
            message = self.control.recv(5)
        except OSError:
            message = b""
        if message[:1] == b"X":
            (self.status,) = struct.unpack("<i", message[1:])
        else:  # the worker itself is gone, as when memory ran out, and its children with it: Sandbox.open starts another
            self.control.close()
            self.status = signal.SIGKILL
        return self.status


def private_paths():
    """Return some paths that no student's code should be able to open: the course, and what lies in the home folder."""
    python = Path(os.path.realpath(sys.executable))
    home = [path for path in sorted(Path.home().iterdir()) if path not in python.parents]
    return [str(path) for path in (Path(__file__), WORKER.parent.parent, *home[:5])]


def with_bytes(job):
    """Return a job with its sources as bytes, whose size on the wire has no limit."""
    texts = ("student", "reference")
    return job | {key: {name: np.frombuffer(text.encode(), np.uint8) for name, text in job[key].items()} for key in texts}


def worker_command(mode, control):
    """Return the command line that starts the worker in a mode; SandboxError if the mode is not to be had."""
    python = os.path.realpath(sys.executable)
    numpy, pack = Path(np.__file__).parent, Path(msgpack.__file__).parent
    packages = [p for p in (numpy, numpy.parent / "numpy.libs", pack) if p.exists()]
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    # -I -S: no environment, no site-packages, no editable installs; -B: nothing written
    start = ["-I", "-S", "-B", "-c", START_COMMAND]
    arguments = [f"--control={control}"] + (["--seccomp"] if mode != "none" else [])
    if mode == "bubblewrap":
        bubblewrap = shutil.which("bwrap")
        if bubblewrap is None:
            raise SandboxError("bwrap is not installed")
        view = ["--ro-bind", str(WORKER), "/worker"]
        for package in packages:
            view += ["--ro-bind", str(package), f"/packages/{package.name}"]
        return [
            *(bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *system_view(python, stdlib),
            *view,
            *("--chdir", "/", "--remount-ro", "/", "--"),
            *(python, *start, "/packages:/", *arguments),
        ]
    if mode == "landlock":
        # The worker folder itself is loaded before the rules come into force, and is not among them.
        readable = [str(p) for p in (*packages, "/usr/lib", "/lib", "/lib64", "/dev/null", "/dev/urandom")]
        readable += [str(p) for p in stdlib.iterdir() if p.name not in ("site-packages", "dist-packages")]
        arguments.append(f"--readable={json.dumps(readable)}")
    return [python, *start, f"{numpy.parent}:{WORKER.parent}", *arguments]


def system_view(python, stdlib):
    """Return bubblewrap arguments for the interpreter, its standard library and the system's shared libraries."""
    view = []
    for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib"):
        if os.path.isdir(folder):
            view += ["--ro-bind", folder, folder]
    for folder in ("/lib", "/lib64"):
        if os.path.islink(folder):
            view += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            view += ["--ro-bind", folder, folder]
    view += ["--ro-bind", python, python]
    view += ["--ro-bind", str(stdlib), str(stdlib)]
    for library in {sysconfig.get_config_var("LDLIBRARY"), sysconfig.get_config_var("INSTSONAME")}:
        path = Path(sysconfig.get_config_var("LIBDIR") or "/nonexistent") / str(library)
        if path.is_file():
            view += ["--ro-bind", str(path), str(path)]
    for hidden in ("site-packages", "dist-packages"):
        if (stdlib / hidden).is_dir():
            view += ["--tmpfs", str(stdlib / hidden), "--remount-ro", str(stdlib / hidden)]
    for device in ("/dev/null", "/dev/urandom"):
        view += ["--dev-bind", device, device]
    return view
