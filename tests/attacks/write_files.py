# ruff: noqa
"""Write files everywhere: beside the course, at home, in the temporary folder."""
import os
import tempfile

FOLDERS = ("{temporary}", "{home}", "{course}", "/var/tmp", "/dev/shm", "/run", "/", ".", tempfile.gettempdir)


def accuracy(predicted, labels):
    for folder in FOLDERS:
        try:
            folder = folder() if callable(folder) else folder
            with open(os.path.join(folder, "attacked"), "w") as file:
                file.write("x")
        except OSError:
            continue
        raise RuntimeError(f"escaped: wrote in {folder}")
