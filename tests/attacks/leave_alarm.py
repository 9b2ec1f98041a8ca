# ruff: noqa
"""End by the alarm clock, by an interval timer, and by a signal handler that raises."""
import signal
import time


def accuracy(predicted, labels):
    signal.alarm(1)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(1)


def majority_vote(labels, num_classes):
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(SystemExit(0)))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.1)
    return labels
