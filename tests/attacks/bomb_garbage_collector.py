# ruff: noqa
"""Make a finalizer that revives itself, and a __del__ that never ends when the process does."""


class Undead:
    def __del__(self):
        while True:
            pass


undead = Undead()
undead.itself = undead


def accuracy(predicted, labels):
    global undead
    undead = None
    import gc

    gc.collect()
    return 0.5
