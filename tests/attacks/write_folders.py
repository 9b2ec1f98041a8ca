# ruff: noqa
"""Make folders, devices, pipes and sockets, and change the root."""
import os

ACTIONS = {
    "mkdir": lambda path: os.mkdir(path),
    "mkfifo": lambda path: os.mkfifo(path),
    "mknod": lambda path: os.mknod(path),
    "rmdir": lambda path: os.rmdir(os.path.dirname(path)),
    "chroot": lambda path: os.chroot("/"),
}


def accuracy(predicted, labels):
    for folder in ("{temporary}", "{home}", "{course}", "/"):
        for name, action in ACTIONS.items():
            try:
                action(f"{folder}/attacked")
            except OSError:
                continue
            raise RuntimeError(f"escaped: {name} in {folder}")
