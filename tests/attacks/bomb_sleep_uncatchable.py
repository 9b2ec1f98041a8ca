# ruff: noqa
"""Sleep in a wait that has no time limit: pause, sigwait, select, a lock that nobody releases."""
import signal
import threading


def accuracy(predicted, labels):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
