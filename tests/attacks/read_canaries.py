# ruff: noqa
"""Read the files that lie in the temporary folder, at home and in the course."""
import os

FOLDERS = ("{temporary}", "{home}", "{course}", "/var/tmp", "/dev/shm", "/run", "/etc", "/root", ".", "..")


def accuracy(predicted, labels):
    for folder in FOLDERS:
        for name in ("{canary}", "passwd", "shadow", ".bashrc", ".ssh/id_rsa", ".gitconfig"):
            try:
                with open(os.path.join(folder, name)) as file:
                    text = file.read(200)
            except OSError:
                continue
            raise RuntimeError(f"escaped: {folder}/{name} holds {text}")
