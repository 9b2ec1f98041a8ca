"""How Sphinx builds the course's site: docs/publish.md has the commands; `make site` runs them.

With `-t answers` the book also shows the written answers: for self-learners, not for a class.
"""

import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]

import book  # noqa: E402

from autograder.checks import catalogue  # noqa: E402

project = "dlcourse"
copyright = "the authors of dlcourse"
release = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
book.write(ROOT, DOCS / "book", answers=tags.has("answers"))  # noqa: F821  (Sphinx defines tags)

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "docstrings",
    "accessible",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # brings MathJax along, so that formulas need no other host
]
exclude_patterns = ["_static", "**/.ipynb_checkpoints"]
default_role = "code"  # in docstrings, `this` is code

nb_execution_mode = "off"  # the committed notebooks are executed already
nb_ipywidgets_js = {}  # no page loads widgets from another host
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "substitution"]
myst_substitutions = {"notebooks": len(list(ROOT.glob("assignments/part*/*.ipynb"))), "exercises": len(catalogue())}
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "ref.python"]  # skipped levels of headings; names that two classes share

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_mock_imports = ["ipympl"]
napoleon_use_rtype = False

html_theme = "furo"
html_title = "dlcourse"
html_static_path = ["_static"]
html_css_files, html_js_files = ["course.css"], ["course.js"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
