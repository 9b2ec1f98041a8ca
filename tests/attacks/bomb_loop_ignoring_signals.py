# ruff: noqa
"""Compute for ever and ignore the signal that says the time is up."""
import signal

for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))


def accuracy(predicted, labels):
    while True:
        pass
