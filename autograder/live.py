"""What is known of right and wrong answers where the reference is at hand: it is asked at the moment it is needed."""

from dataclasses import dataclass

from autograder import misconceptions
from autograder.oracle import reference_modules, reference_session, supplied_to, with_definitions
from autograder.remote import LocalUnit, Session


class Live:
    """The reference itself, and its misconceptions. `recorded.Recorded` has the same methods."""

    def oracle(self, exercise, check):
        """Return the reference's module of an exercise, with its definitions, for one run of one of its checks."""
        return Session(self.unit(exercise, check), sources={}).module

    def unit(self, exercise, check):
        return LocalUnit(reference_modules(exercise.name, with_definitions()))

    def lent(self, exercise, exercises):
        """Return what stands in for the other exercises that this one needs: (sources, names), as `supplied_to` does."""
        return supplied_to(exercise.name, exercise.uses, exercises)

    def needed(self, exercise):
        """Return the names of the exercises that this one needs and for which nothing stands in."""
        return ()

    def mistakes(self, exercise, play):
        """Return the known mistakes in an exercise.

        Args:
            exercise: an Exercise.
            play: function from a check and a Session to the Ending of the check in it, None if it does not fail.
        """
        return [Mistake(each, play) for each in misconceptions.of(exercise.name)]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One misconception: `sentence`, and how each check ends when the reference makes this mistake."""

    misconception: misconceptions.Misconception
    play: object

    @property
    def sentence(self):
        return self.misconception.sentence

    @property
    def name(self):
        return self.misconception.name

    def session(self):
        """Return a new Session with the reference that makes this mistake."""
        mistaken = misconceptions.source_with(self.misconception)
        return reference_session(self.misconception.exercise, [(self.misconception.module, mistaken)])

    def ending(self, check):
        return self.play(check, self.session())
