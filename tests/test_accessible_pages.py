"""Our pages and cell outputs can be used by everyone: axe-core's rules, the keyboard alone, light and dark."""

import importlib
from pathlib import Path

import browser
import matplotlib.pyplot as plt
import nbformat
import pytest
from test_report import CRASH, PERFECT, graded

import autograder
import dlcourse
from autograder import check, misconceptions, report
from autograder.locations import COURSE_ROOT
from dlcourse.toolkit import figures, notebook

pytest.importorskip("selenium", reason="selenium is not installed: pip install -e '.[test]'")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

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


def test_reasons_open_with_the_keyboard(driver, report_page):
    driver.get(report_page.as_uri())
    summary = driver.find_elements(By.CSS_SELECTOR, "summary")[2]
    driver.execute_script("arguments[0].focus()", summary)
    reason = driver.find_element(By.CSS_SELECTOR, "#submission-3 .exercise")
    assert not reason.is_displayed()
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    assert reason.is_displayed()


# ----------------------------------------------------------------------------------------------------- outputs of cells


def outputs(folder):
    """What cells of the notebooks show, by what it is."""
    shown = {"a stub": check("knn.accuracy")}
    for name, source in {
        "a mistake": PERFECT.replace("np.sqrt(", "np.square("),
        "everything right": PERFECT,
        "no Python": "def l2_distances(queries, points:\n" + PERFECT,
    }.items():
        (folder / name / "dlcourse").mkdir(parents=True)
        (folder / name / "dlcourse/knn.py").write_text(source, "utf-8")
        autograder.use(folder / name)
        shown[name] = check("knn.l2_distances")
    displayed = []
    with pytest.MonkeyPatch.context() as patch:
        for module in (figures, notebook):
            patch.setattr(module, "display", displayed.append)
        notebook.scoreboard([("kNN, digits", 0.98, 0.97, 0.99), ("kNN, shapes", 0.1, 0.3, 0.35), ("not run", None, 0.3, 0.4)])
        fig, ax = plt.subplots()
        figures.show(fig, "Two axes with nothing between them, from 0 to 1 in both directions.", "Nothing to see yet.")
        fig, ax = plt.subplots(figsize=(2, 2))
        figures.film(fig, lambda number: ax.plot([0, number]), 2, "A line that rises.", "It rises.")
        with notebook.experiment():
            raise unfinished()
    return shown | dict(zip(["a scoreboard", "a figure", "a film", "an experiment that waits"], displayed, strict=True))


def unfinished():
    """A NotImplementedError from a stub."""
    autograder.use(COURSE_ROOT)
    try:
        importlib.import_module("dlcourse.knn").accuracy(None, None)
    except NotImplementedError as error:
        return error


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A page with the outputs of cells, one below the other, as a notebook shows them, in its colours."""
    folder = tmp_path_factory.mktemp("cells")
    path = list(dlcourse.__path__)
    try:
        shown = outputs(folder)
    finally:
        dlcourse.__path__[:] = path
        autograder.use(COURSE_ROOT)
    html = {title: getattr(output, "html", None) or output._repr_html_() for title, output in shown.items()}
    return write_page(folder / "cells.html", html)


def write_page(path, outputs):
    """Write a page with outputs one below the other, in the colours of JupyterLab's light and dark themes."""
    bodies = [f"<h2>{title}</h2><div class='output'>{output}</div>" for title, output in outputs.items()]
    path.write_text(
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Outputs</title><style>"
        "body { background: white; color: rgba(0, 0, 0, 0.87) }"
        "@media (prefers-color-scheme: dark) { body { background: #111111; color: rgba(255, 255, 255, 0.87) } }"
        f"</style></head><body><main><h1>Outputs</h1>{''.join(bodies)}</main></body></html>",
        "utf-8",
    )
    return path


def test_outputs_of_cells(seen, cells):
    seen.get(cells.as_uri())
    seen.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert len(seen.find_elements(By.CSS_SELECTOR, ".output")) == 8
    assert browser.violations(seen) == []
    assert browser.keyboard_problems(seen) == []


def test_hints_open_one_by_one_with_the_keyboard(driver, cells):
    driver.get(cells.as_uri())
    hints = driver.find_elements(By.XPATH, "//h2[.='a mistake']/following-sibling::div[1]//summary")
    assert [each.is_displayed() for each in hints] == [True, False, False]
    driver.execute_script("arguments[0].focus()", hints[0])
    for opened in (2, 3):
        ActionChains(driver).send_keys(Keys.ENTER).perform()
        assert sum(each.is_displayed() for each in hints) == opened
        ActionChains(driver).send_keys(Keys.TAB).perform()


@pytest.mark.parametrize("path", sorted((COURSE_ROOT / "solutions").glob("part*/*.ipynb")), ids=lambda path: path.stem)
def test_outputs_of_an_executed_notebook(driver, path, tmp_path):
    shown = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                shown[f"output {len(shown)}"] = output.data["text/html"]
    driver.get(write_page(tmp_path / "cells.html", shown).as_uri())
    assert browser.violations(driver) == []
