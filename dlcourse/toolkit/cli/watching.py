"""`dlcourse watch`: check the exercise that was just saved, at once, and go on to the next one when it passes."""

import ast
import re
import time
from dataclasses import dataclass, field, replace

from rich.syntax import Syntax

from autograder import checks, grading
from autograder.locations import COURSE_ROOT
from autograder.oracle import REFERENCE, has_reference, reference_sources
from dlcourse.toolkit.cli import exercises, process
from dlcourse.toolkit.cli.checking import explain, invitation, line, passed, run_and_remember, status_of, tell_notes
from dlcourse.toolkit.cli.exercises import PASSED, text_of
from dlcourse.toolkit.cli.overview import bar
from dlcourse.toolkit.cli.state import State
from dlcourse.toolkit.cli.terminal import counted, output, say

POLL = 0.1  # seconds between two looks at the files: also works on network drives and from Windows into WSL
SETTLED = 0.03  # seconds in which a file must not change: an editor may write it in pieces


def watch(name=None, root=COURSE_ROOT):
    """Check what is saved, until Ctrl-C.

    Args:
        name: begin with this exercise, module or part; None begins with the first exercise that does not pass.
    """
    watcher = Watcher(exercises.select(name), root)
    try:
        watcher.begin()
        while True:
            watcher.wait()
            watcher.react()
    except KeyboardInterrupt:
        say("")
        say("Stopped watching. What passed is remembered: dlcourse progress shows it.")
    finally:
        watcher.close()


@dataclass
class Watcher:
    """What is watched.

    Attributes:
        chosen: the exercises of interest.
        current: the one to work on now.
        stamps: the files as they were when they were last read.
        readable: the last text of each module that Python could read, to see what was edited since.
        pending: exercises whose checks were interrupted by another save.
        spare: a process that is ready, so that a check need not wait for Python and NumPy.
    """

    chosen: list
    root: object
    current: object = None
    stamps: dict = field(default_factory=dict)
    readable: dict = field(default_factory=dict)
    pending: list = field(default_factory=list)
    spare: object = None

    def begin(self):
        """Show where things stand, and what to work on."""
        self.everything = checks.select()
        self.modules = {each.module for each in self.everything}
        self.stamps = self.look()
        self.submission, self.state = grading.read_submission(self.root), State(self.root)
        self.remember_readable()
        self.spare = process.Runner()
        self.current = self.following()
        self.clear()
        self.show_next()

    def close(self):
        if self.spare:
            self.spare.close()

    def look(self):
        """Return {file name: (time, size)} of the exercise modules."""
        stamps = {}
        for module in self.modules:
            try:
                status = (self.root / "dlcourse" / f"{module}.py").stat()
                stamps[module] = (status.st_mtime_ns, status.st_size)
            except OSError:
                continue  # gone, or being replaced at this moment
        return stamps

    def remember_readable(self):
        """Keep each module that Python can read; an empty one is a file that an editor is about to fill."""
        self.readable |= {name: text for name, text in self.submission.sources.items() if text.strip() and exercises.parsed(text)}

    def changed(self):
        return self.look() != self.stamps

    def wait(self):
        """Wait until a file was saved, and is written to its end."""
        while not self.changed():
            time.sleep(POLL)
        now = self.look()
        while True:
            time.sleep(SETTLED)
            if now == (now := self.look()):
                return

    def react(self):
        """Check what was saved; whatever is saved meanwhile ends that and begins anew."""
        before, self.stamps = self.submission, self.look()
        self.submission = grading.read_submission(self.root)
        edited = self.saved_since(before)
        self.remember_readable()
        saved = [each for each in self.everything if each in edited or each in self.pending]
        if not saved:
            return  # saved as it was
        self.clear()
        say(f"Checking {', '.join(each.name for each in saved)}")
        spare, self.spare = self.spare, None
        options = {"spare": spare, "interrupted": self.changed}
        results = run_and_remember(saved, self.submission, self.state, **options)
        self.spare = process.Runner()
        self.pending = saved if self.changed() else []
        if self.pending:
            return
        self.clear()
        self.show_results(results)

    def saved_since(self, before):
        """Return the exercises to check: those that were edited, else those that use what was, else the one at hand."""
        now, old = self.submission.sources, replace(before, sources=before.sources | self.readable)
        changed = [each for each in self.everything if now.get(each.module, "") != before.sources.get(each.module, "")]
        readable = [each for each in changed if now.get(each.module, "").strip() and exercises.parsed(now[each.module])]
        edited = [each for each in readable if text_of(each, now[each.module]) != text_of(each, old.sources.get(each.module, ""))]
        using = [each for each in readable if not exercises.is_stub(each, self.submission)
                 and exercises.digest(each, self.submission) != exercises.digest(each, old)]  # fmt: skip
        return edited or using or [each for each in changed if each == self.current] or changed[:1]

    def show_results(self, results):
        """Print what came of the exercises just saved, the reference beside what passes, and what is next."""
        for graded in results:
            if passed(graded.result):
                line(graded.result)
                self.compare(graded.result.name)
            elif status_of(graded.result) == "not written":
                line(graded.result)
            else:
                explain([graded])
        failing = next((each.result.name for each in results if not passed(each.result)), None)
        if failing:
            self.current = exercises.find(failing)
            say("")
            say(f"Save again when you have changed it. A hint, in another terminal: dlcourse hint {failing}")
        else:
            self.current = self.following()
            say("")
            self.show_next()
        tell_notes(self.state)

    def compare(self, name):
        """Print the reference's solution and the thoughts that lead to it, where the course holds one."""
        if not has_reference():
            return
        exercise = exercises.find(name)
        text = re.sub(r"\n *### (BEGIN|END) SOLUTION", "", text_of(exercise, reference_sources()[exercise.module]))
        say("")
        say(("For comparison, the reference", "bold"), f" ({REFERENCE.parent.name}/dlcourse/{exercise.module}.py):")
        output.print(Syntax(without_docstrings(text), "python", theme="ansi_light", background_color="default", word_wrap=True))
        if exercise.all_hints:
            say("")
            say(("How one gets there", "bold"))
        for thought in exercise.all_hints:
            say(thought, indent=2)
        say(f"In the lecture: {exercise.slide}.")

    def following(self):
        """Return the exercise to work on next: after the current one, among the chosen, else any that does not pass."""
        chosen = self.chosen
        if self.current in chosen:
            at = chosen.index(self.current)
            chosen = chosen[at:] + chosen[:at]
        return exercises.next_exercise(self.state, self.submission, chosen) or exercises.next_exercise(self.state, self.submission)

    def show_next(self):
        done = sum(exercises.standing(each, self.state, self.submission) == PASSED for each in self.everything)
        say(f"{bar(done, len(self.everything))} {done} of {counted(len(self.everything), 'exercise')}")
        if self.current is None:
            say("Every exercise of the course passes. Ctrl-C ends the watch.")
            return
        say("Next: ", (self.current.name, "bold"), invitation(self.current, self.submission).removeprefix(self.current.name))
        say("Write it, and save the file: it is checked at once. Ctrl-C ends the watch.")

    def clear(self):
        if output.is_terminal and not output.is_dumb_terminal:
            output.clear()
        else:
            output.print("-" * 40)


def without_docstrings(text):
    """Return the text of a definition without its docstrings, which the student has too."""
    lines = text.split("\n")
    gone = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, exercises.DEFINITION) and ast.get_docstring(node) is not None and len(node.body) > 1:
            gone |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)
