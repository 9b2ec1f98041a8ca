# ruff: noqa
"""Never read a question: the grader's large arrays pile up in the channel."""
import time


def l1_distances(queries, points):
    while True:
        time.sleep(1)
