"""Record, for a student's release, what its checks will ask the reference, and how they end for each misconception.

Every check is run as in practice, with the reference and with each of its misconceptions in the place of the student. What
it asks the reference may depend on nothing that the student's code returns, or nothing could be recorded: that is verified.
"""

from functools import partial

import msgpack
import numpy as np

from autograder import grading
from autograder.archive import packed
from autograder.live import Live
from autograder.locations import CourseError
from autograder.oracle import reference_session
from autograder.recorded import alike, sketch


class Rehearsal(Live):
    """The live reference, which keeps what one run of a check asked it, and its answers."""

    def unit(self, exercise, check):
        self.heard = Overheard(super().unit(exercise, check))
        return self.heard

    def conversation(self, exercise, check, session, play):
        """Run a check and return what `play` returns, and the pairs (sketch of a request to the reference, answer)."""
        self.heard = None
        ending = play(check, session, self)
        return ending, self.heard.conversation if self.heard else []


class Overheard:
    """A unit that keeps what goes through it."""

    def __init__(self, unit):
        self.unit, self.conversation = unit, []

    def exchange(self, frame):
        asked, answer = sketch(frame), self.unit.exchange(frame)
        self.conversation.append((asked, bytes(answer)))
        return answer


def recorded_zip(exercises, progress=None):
    """Return the recorded answers of exercises, as the bytes of recorded.zip."""
    files = {}
    for done, exercise in enumerate(exercises):
        if progress:
            progress(done, len(exercises))
        files[f"{exercise.name}.msgpack"] = msgpack.packb(record(exercise))
    return packed(files)


def record(exercise):
    """Return {"answers": {check: [[sketch, frame]]}, "mistakes": [[sentence, {check: Ending's frame}]], "needed": [names]}.

    Raises:
        CourseError: if a check fails for the reference, or asks it what depends on the student's code.
    """
    rehearsal = Rehearsal()
    play = partial(grading.play, exercise, grading.seed_of(exercise))
    answers = {}
    for check in exercise.checks:
        ending, answers[check.__name__] = rehearsal.conversation(exercise, check, reference_session(exercise.name), play)
        if ending:
            raise CourseError(f"{exercise.name}: the reference itself fails {check.__name__}: run the tests of the course")
    mistakes = []
    for mistake in () if exercise.scale else rehearsal.mistakes(exercise, None):  # no model is compared with the reference's
        endings = {}
        for check in exercise.checks:
            np.random.seed(0)  # for mistakes that draw from NumPy's global generator: the same recording every time
            ending, asked = rehearsal.conversation(exercise, check, mistake.session(), play)
            known = answers[check.__name__]
            if len(asked) > len(known) or not all(alike(one[0], other[0]) for one, other in zip(asked, known, strict=False)):
                raise CourseError(f"{exercise.name}: what {check.__name__} asks the reference depends on the student's answer, so "
                                  f"it cannot be recorded (see the misconception {mistake.name})")  # fmt: skip
            if ending:
                endings[check.__name__] = ending.packed()
        mistakes.append([mistake.sentence, endings])
    _, lent = rehearsal.lent(exercise, grading.exercise_names())
    names = {f"{module}.{name}" for module, names in lent.items() for name in names}
    return {
        "answers": {name: heard for name, heard in answers.items() if heard},
        "mistakes": mistakes,
        "needed": [each.name for each in grading.catalogue() if each.name in names],
    }
