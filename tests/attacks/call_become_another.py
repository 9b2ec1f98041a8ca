# ruff: noqa
"""Become another user, another group, another session; drop what one is."""
import os


def accuracy(predicted, labels):
    for call in (lambda: os.setuid(65534), lambda: os.setgid(65534), os.setsid, lambda: os.setpgid(0, 0), lambda: os.umask(0)):
        try:
            call()
        except OSError:
            pass
    try:
        os.open("{temporary}/attacked", os.O_CREAT | os.O_WRONLY)
    except OSError:
        return 0.5
    raise RuntimeError("escaped: wrote as another user")
