"""As much of Windows as Linux can pretend to be: what is missing there is missing, what is refused there is refused.

    import pretend_windows
    pretend_windows.pretend()

Missing: modules and system calls that only POSIX has. Different: a text file without `encoding` is cp1252 and gets \\r\\n; a file
that is open can be neither removed nor replaced. What is not pretended: file names that do not tell A from a, drives,
backslashes, `os.name`, and starting processes.
"""

import builtins
import contextlib
import importlib
import io
import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

# What the course stands on decides at its own import which system it is on: before the pretence begins.
LIBRARIES = """
IPython.core.interactiveshell ipympl.backend_nbagg ipywidgets matplotlib.pyplot nbformat numpy.testing pathlib PIL.Image
platformdirs rich.console rich.live subprocess tempfile tqdm.auto typer.testing concurrent.futures.process
multiprocessing.connection
""".split()
MODULES = ["fcntl", "grp", "posix_ipc", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"]
OS = """
O_CLOEXEC O_DIRECTORY O_DSYNC O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_SYNC WNOHANG chown chroot ctermid fchmod fchown
fdatasync fork forkpty fpathconf getegid geteuid getgid getgroups getloadavg getpgid getpgrp getpriority getresuid getsid
getuid initgroups killpg lchown lockf major makedev memfd_create minor mkfifo mknod nice openpty pathconf pidfd_open pipe2
posix_fadvise posix_fallocate pread preadv pwrite pwritev readv register_at_fork sched_getaffinity
sched_setaffinity sched_yield sendfile setegid seteuid setgid setgroups setpgid setpriority setsid setuid statvfs sync
sysconf tcgetpgrp uname wait wait3 wait4 waitid writev
""".split()
SIGNALS = """
SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGUSR1 SIGUSR2 SIGXCPU alarm getitimer pause pidfd_send_signal pthread_kill
pthread_sigmask setitimer sigwait
""".split()
SOCKETS = "AF_UNIX recv_fds send_fds".split()


def pretend():
    """Make this process believe, from now on, that it runs on Windows."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in MODULES:
        sys.modules[name] = None  # importing it is an ImportError
    subprocess.signal = SimpleNamespace(**vars(signal))  # for ending processes, which are not pretended
    for module, names in ((os, OS), (signal, SIGNALS), (socket, SOCKETS)):
        for name in names:
            vars(module).pop(name, None)
    os.O_BINARY = 0
    sys.modules["subprocess"].Popen.kill = lambda process: process.send_signal(9)  # Windows ends a process without a signal
    os.supports_dir_fd, os.supports_follow_symlinks = set(), set()
    sys.platform = "win32"
    builtins.open = io.open = opened(io.open)
    sys.addaudithook(refuse_what_is_open)


def opened(plainly):
    def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if "b" not in mode:
            encoding = "cp1252" if encoding in (None, "locale") else encoding
            newline = "\r\n" if newline is None and set(mode) & set("wax") else newline
        return plainly(file, mode, buffering, encoding, errors, newline, closefd, opener)

    return open


def refuse_what_is_open(event, arguments):
    """Windows neither removes nor replaces a file that somebody has open."""
    if event not in ("os.rename", "os.remove"):
        return
    for path in arguments[:2]:
        if isinstance(path, str | os.PathLike) and os.path.realpath(path) in open_files():
            raise PermissionError(13, "The process cannot access the file because it is being used by another process", str(path))


def open_files():
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    return found
