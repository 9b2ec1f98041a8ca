# ruff: noqa
"""List the folders where submissions, the course and secrets might lie."""
import os


def accuracy(predicted, labels):
    for folder in ("{temporary}", "{home}", "{course}", "{course}/..", "/root", "/home", "/mnt", "/srv", "/opt", "/var", "/etc"):
        try:
            found = os.listdir(folder)
        except OSError:
            continue
        # the parents of what Python itself needs exist as bare folders in the private root
        strange = [name for name in found if name in ("{canary}", "solutions", "submitted", "autograder", "passwd")]
        if strange:
            raise RuntimeError(f"escaped: {folder} holds {strange}")
