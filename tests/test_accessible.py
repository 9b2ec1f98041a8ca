"""Our pages and cell outputs can be used by everyone: axe-core's rules, the keyboard alone, light and dark."""

from pathlib import Path

import browser
import pytest
from test_report import CRASH, PERFECT, graded

from autograder import misconceptions, report
from autograder.locations import COURSE_ROOT

pytestmark = browser.needed


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    with browser.opened(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(params=["light", "dark"])
def seen(driver, request):
    """The browser of somebody who prefers light, or dark, colours."""
    browser.dark(driver, request.param == "dark")
    return driver


BROKEN = """<!DOCTYPE html><html><title></title><body>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="><p style="color: #ccc; background: #fff">pale</p>
<a href="#" style="outline: none">no mark</a><div onclick="1" tabindex="0" style="position: absolute; left: -99em">far away</div>
"""


def test_a_page_that_is_wrong_is_found_to_be_wrong(driver, tmp_path):
    page = tmp_path / "broken.html"
    page.write_text(BROKEN, "utf-8")
    driver.get(page.as_uri())
    rules = {line.split(":")[0] for line in browser.violations(driver)}
    assert {"html-has-lang", "document-title", "image-alt", "color-contrast"} <= rules
    assert len(browser.keyboard_problems(driver)) == 2


@pytest.fixture(scope="module")
def report_page(tmp_path_factory):
    squared = next(m for m in misconceptions.of("knn.l2_distances") if m.name == "no-root")
    reports = [
        graded("Ada", PERFECT),
        graded("Blank", (COURSE_ROOT / "dlcourse" / "knn.py").read_text("utf-8")),
        graded("Squared", misconceptions.source_with(squared)),
        graded("Crash", PERFECT + CRASH),
    ]
    path = Path(tmp_path_factory.mktemp("report"), "report.html")
    report.write_html(reports, path, title="Part I")
    return path


def test_report_of_a_class(seen, report_page):
    seen.get(report_page.as_uri())
    seen.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.violations(seen) == []
    assert browser.keyboard_problems(seen) == []
