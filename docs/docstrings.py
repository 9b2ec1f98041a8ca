"""Docstrings of this course are plain text: what Sphinx would take for markup is made to mean itself."""

import re

CODE = re.compile(r"(`+[^`]*`+)")


def as_markup(lines):
    """Return the lines of a docstring as reStructuredText: indented blocks as they stand, `|` and `*` without a meaning.

    A block counts as indented if a blank line is before it and it stands further right than what came before, as formulas
    and examples do. The sections that napoleon reads (Args: and the like) follow their head without a blank line.
    """
    result, before, block = [], 0, None
    for position, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            result.append("")
            continue
        if block is not None and indent <= before:
            block = None
            result.append("")
        if block is None and position and not lines[position - 1].strip() and indent > before:
            block = indent
            result += [" " * block + ".. code-block:: text", ""]
        if block is not None:
            result.append("    " + line)
            continue
        before = indent
        text = "".join(part if part.startswith("`") else escaped(part) for part in CODE.split(line.lstrip()))
        result.append(" " * indent + text)
    return result


def escaped(text):
    """Return text whose | and * mean themselves, except the * of a list."""
    return re.sub(r"(?!^\* )[|*]", lambda mark: "\\" + mark[0], text)


def setup(app):
    def process(app, what, name, obj, options, lines):
        lines[:] = as_markup(lines)

    app.connect("autodoc-process-docstring", process, priority=100)  # before napoleon
    return {"parallel_read_safe": True}
