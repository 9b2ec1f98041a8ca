"""The `dlcourse` command and its subcommands: what they are called and take. What they do stands in the modules beside."""

import sys
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.text import Text

    from autograder.locations import CourseError
    from dlcourse.toolkit.cli.terminal import messages, never_stumble
except ModuleNotFoundError as error:
    sys.exit(f"dlcourse: the package {error.name} is missing here: {sys.executable}\n"
             "In the folder of the course, run: python -m pip install -r requirements.txt")  # fmt: skip


def finish(passed):
    """End with exit status 1 where a command returned False."""
    if passed is False:
        raise typer.Exit(1)


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, result_callback=finish)
data_app = typer.Typer(invoke_without_command=True)
app.add_typer(data_app, name="data", help="See which data sets are there; download, verify or remove them.")

What = Annotated[str | None, typer.Argument(help="An exercise, a module or a part, such as l2_distances, knn or part1.")]
One = Annotated[str, typer.Argument(help="The exercise, such as knn.l2_distances.")]
DataSet = Annotated[str, typer.Argument(help="mnist, cifar10 or shapes.")]


def main():
    """Run the command; what is wrong with the input ends in one sentence and exit status 1."""
    never_stumble()
    try:
        app(prog_name="dlcourse")
    except CourseError as error:
        messages.print(Text(f"dlcourse: {error}"))
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("dlcourse", "autograder"):
            raise
        messages.print(Text(f"dlcourse: the package {error.name} is missing. Run dlcourse doctor: it says what to do."))
        sys.exit(1)
    except SystemExit as end:
        if end.code == 130:  # Typer's answer to Ctrl-C
            messages.print("Stopped. What was found until now is remembered.")
        raise


@app.callback()
def dlcourse():
    """Work on the course: see where you are, check what you write, hand it in."""


@app.command()
def progress(name: What = None):
    """Show all parts and exercises: points, what is next, how long it takes. Nothing is run."""
    from dlcourse.toolkit.cli import overview

    overview.progress(name)


@app.command()
def check(
    name: What = None,
    again: Annotated[bool, typer.Option("--again", help="Run also what passed and has not changed.")] = False,
):
    """Check everything, a part or an exercise; what passed and has not changed is not run again."""
    from dlcourse.toolkit.cli import checking

    return checking.check(name, again)


@app.command()
def hint(name: One):
    """Show a hint; the same command again goes one step further."""
    from dlcourse.toolkit.cli import hints

    hints.hint(name)


@app.command()
def watch(name: What = None):
    """Check each exercise as soon as you save it, and show the next one when it passes."""
    from dlcourse.toolkit.cli import watching

    watching.watch(name)


@app.command()
def reset(
    name: One,
    module: Annotated[bool, typer.Option("--module", help="Put the whole file back, also one that Python cannot read.")] = False,
):
    """Put an exercise back as it was given out; your version is kept beside it."""
    from dlcourse.toolkit.cli import resetting

    resetting.reset(name, module)


@app.command()
def submit(
    part: Annotated[str, typer.Argument(help="The part to hand in, such as part1_knn.")],
    to: Annotated[Path | None, typer.Option("--output", help="Where to write the zip: a folder, or a file name.")] = None,
):
    """Pack a part into the one zip to hand in. Save the notebook and the modules first."""
    from dlcourse.toolkit.cli import submitting

    submitting.submit(part, to)


@data_app.callback()
def data(context: typer.Context):
    """See which data sets are there, and where."""
    from dlcourse.toolkit.cli import storing

    if context.invoked_subcommand is None:
        storing.show()


@data_app.command()
def download(name: DataSet):
    """Download a data set, or draw it; an interrupted download goes on where it stopped."""
    from dlcourse.toolkit.cli import storing

    storing.download(name)


@data_app.command()
def verify(name: Annotated[str | None, typer.Argument(help="A data set; all that are there by default.")] = None):
    """Read the files of the data sets, and compare them with their checksums."""
    from dlcourse.toolkit.cli import storing

    return storing.verify(name)


@data_app.command()
def remove(name: DataSet):
    """Delete what was downloaded or drawn; files in a folder of your own are left alone."""
    from dlcourse.toolkit.cli import storing

    storing.remove(name)


@app.command()
def doctor():
    """Look at Python, the packages, the folders and the space, and say what to do."""
    from dlcourse.toolkit.cli import health

    return health.doctor()
