"""Grade many submissions, on every core of this machine."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed

from autograder.grading import grade
from autograder.sandbox import Sandbox

_worker = {}


def grade_class(submissions, mode, secret, part=None, limits=None, jobs=None):
    """Yield (position, Report) of each submission, as they are done.

    Args:
        submissions: list of grading.Submission.
        mode: isolation, one of sandbox.MODES.
        secret: what the random inputs are drawn from.
        part: grade the exercises of this part alone.
        limits: sandbox.Limits for each exercise.
        jobs: number of processes; None takes one for each core, and never more than there are submissions.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(submissions))
    if jobs < 2:  # no pool for one submission
        with Sandbox(mode) as sandbox:
            for position, submission in enumerate(submissions):
                yield position, grade(submission, sandbox, part, secret, limits)
        return
    context = multiprocessing.get_context("spawn")  # a clean process each: no threads, locks or progress bars inherited
    with ProcessPoolExecutor(jobs, context, start_worker, (mode, part, secret, limits)) as pool:
        futures = {pool.submit(grade_one, each): position for position, each in enumerate(submissions)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def start_worker(mode, part, secret, limits):
    _worker.update(sandbox=Sandbox(mode), part=part, secret=secret, limits=limits)


def grade_one(submission):
    return grade(submission, **_worker)
