# ruff: noqa
"""Send signals to the parent, to the process group, and to everyone."""
import os
import signal


def accuracy(predicted, labels):
    for target in (os.getppid(), 0, -1, 1, os.getpid() + 1):
        try:
            os.kill(target, 0)
        except PermissionError:
            continue
        except OSError:
            pass
        raise RuntimeError(f"escaped: may signal {target}")
    os.kill(os.getppid(), signal.SIGKILL)
