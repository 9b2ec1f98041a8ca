# ruff: noqa
"""Change what lies outside: append, truncate, delete, rename, relink, chmod, touch."""
import os

ACTIONS = {
    "append": lambda path: open(path, "a").write("x"),
    "truncate": lambda path: os.truncate(path, 0),
    "delete": os.unlink,
    "rename": lambda path: os.rename(path, path + ".attacked"),
    "link": lambda path: os.link(path, path + ".attacked"),
    "symlink": lambda path: os.symlink(path, path + ".attacked"),
    "chmod": lambda path: os.chmod(path, 0o777),
    "chown": lambda path: os.chown(path, 1, 1),
    "utime": lambda path: os.utime(path, (0, 0)),
    "setxattr": lambda path: os.setxattr(path, "user.attacked", b"x"),
}


def accuracy(predicted, labels):
    for folder in ("{temporary}", "{home}", "{course}"):
        for name, action in ACTIONS.items():
            try:
                action(f"{folder}/{canary}")
            except OSError:
                continue
            raise RuntimeError(f"escaped: {name} in {folder}")
