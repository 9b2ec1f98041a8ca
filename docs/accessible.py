"""What the theme and Sphinx leave out for readers who hear a page, put into the finished pages."""

from pathlib import Path

MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    '<th class="head"><p></p></th>': "<td></td>",  # the corner of a table is no head
    "<th></th>": "<td></td>",
}


def mended(page):
    for wrong, right in MENDED.items():
        page = page.replace(wrong, right)
    return page


def mend(app, exception):
    if exception is None:
        for path in Path(app.outdir).rglob("*.html"):
            if "lite" not in path.relative_to(app.outdir).parts:
                page = path.read_text("utf-8")
                if mended(page) != page:
                    path.write_text(mended(page), "utf-8")


def setup(app):
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True}
