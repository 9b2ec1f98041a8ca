"""The pages of the book: the notebooks that students get, with the outputs of the executed ones.

The text of a page is the student's notebook, which holds no answers. An output is taken over only where the cell that made it
is, word for word, the cell on the page. So nothing can show up in the book that was removed for students.
"""

import copy

import nbformat

SHOWN = ("text/html", "text/plain", "image/png")


def write(root, folder, answers=False):
    """Write the pages of the book, and its table of contents; only what changed, so that Sphinx reads no more than that.

    Args:
        root: folder of the course.
        folder: where the pages go.
        answers: show the written answers too.
    """
    pages = {}
    for path in sorted((root / "assignments").glob("part*/*.ipynb")):
        executed = nbformat.read(root / "solutions" / path.parent.name / path.name, as_version=4)
        given = executed if answers else nbformat.read(path, as_version=4)
        pages[f"{path.parent.name}/{path.name}"] = nbformat.writes(page(given, executed))
    for name, content in pages.items():
        target = folder / name
        if not target.is_file() or target.read_text("utf-8") != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
    for left in set(folder.glob("part*/*.ipynb")) - {folder / name for name in pages}:
        left.unlink()


def page(given, executed):
    """Return the notebook to show.

    Args:
        given: the notebook whose text is shown.
        executed: the same notebook, or the one it was made from, with outputs.
    """
    outputs = {(cell.id, cell.source): cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    shown = copy.deepcopy(given)
    shown.cells = [cell for cell in shown.cells if "solutions-only" not in cell.metadata.get("tags", ())]
    for cell in shown.cells:
        if cell.cell_type == "code":
            ours = [] if is_check(cell) else outputs.get((cell.id, cell.source), [])
            cell.outputs = [visible(output) for output in ours if output.output_type != "error"]
            cell.execution_count = None
        cell.source = cell.source.replace("### BEGIN SOLUTION\n", "").replace("### END SOLUTION", "")
        if cell.source.strip() == "YOUR ANSWER HERE":
            cell.source = "*(Your answer goes into your own notebook.)*"
        cell.metadata = nbformat.NotebookNode(tags=["hide-input"] if "figures.show(" in cell.source else [])
    shown.metadata = nbformat.NotebookNode(kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"})
    shown.metadata.language_info = {"name": "python"}
    return shown


def is_check(cell):
    """Return whether a cell grades an exercise: what it says of the reference is no news, and of nobody else."""
    return cell.source.startswith("check(")


def visible(output):
    """Return an output without what needs a running kernel."""
    output = copy.deepcopy(output)
    if "data" in output:
        output.data = {kind: value for kind, value in output.data.items() if kind in SHOWN}
    output.pop("execution_count", None)
    if output.output_type == "execute_result":
        output.output_type, output.metadata = "display_data", output.get("metadata", {})
    return output
