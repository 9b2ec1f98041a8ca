"""The six runs of the babysitting quiz: how they were made, and what is wrong with them, where nobody reads it by accident."""

SETTINGS = {  # sizes of the layers, optimizer, learning rate, epochs, how many training images (None: all)
    "A": ((64, 64, 10), "Momentum", 0.03, 15, None),
    "B": ((64, 32, 32, 32, 10), "Momentum", 0.7, 15, None),
    "C": ((64, 64, 10), "SGD", 0.001, 15, None),
    "D": ((64, 100, 10), "Adam", 0.003, 150, 60),
    "E": ((64, 64, 10), "SGD", 3.0, 15, None),
    "F": ((64, 64, 10), "Adam", 0.00001, 15, None),
}
TRUTH = {"A": "good", "B": "high", "C": "low", "D": "overfitting", "E": "high", "F": "low"}


def answer(run, verdict):
    """Print whether the verdict on a run is right; if it is, how the run was made."""
    if verdict == "choose":
        print("What do you say?")
    elif verdict == TRUTH[run]:
        _, optimizer, rate, _, count = SETTINGS[run]
        print(f"Run {run}: {verdict}, yes. It was {optimizer} at {rate:g} with {count or 'all'} training images.")
    else:
        print(f"Run {run}: not {verdict}. Look at its level, its shape and its gap once more.")
