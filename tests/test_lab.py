"""What a student does in a browser: open Part II in JupyterLab and drag its lines. Needs what test_formgrader needs."""

import re

import nbformat
import numpy as np
import pytest
from browser import violations

pytest.importorskip("selenium", reason="selenium is not installed: pip install -e '.[test]'")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from test_formgrader import bring, browser, click, keep, pytestmark, see, server, until  # noqa: E402, F401

from autograder import COURSE_ROOT  # noqa: E402

PANEL = "//div[contains(@class, 'jp-OutputArea-output')][.//canvas]"
RUN = "//*[@data-command='notebook:run-cell-and-select-next']"
PAINTED = """return [...document.querySelectorAll("canvas")].some(
    canvas => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3])"""
EXPLORED = """
import matplotlib.pyplot as plt
from dlcourse.toolkit import figures

def draw(k, distance):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.bar([1], [k])
    figures.show(fig, alt=f"One bar, as high as k = {k}, for the distance {distance}.", caption="The bar is as high as k.")

figures.explore(draw, k=(1, 15), distance=["L1", "L2"])
"""
NEEDED = ["autograder.use", "import ipywidgets", "def draw_lines", "def draw_own"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder with the lines of Part II: what they need in a first cell, folded up, and the panel in a second."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.read(COURSE_ROOT / "solutions/part2_linear/linear_classifier.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    needed, panel = ([next(source for source in code if text in source) for text in texts] for texts in (NEEDED, ["LinePanel"]))
    first = "\n".join(["import sys", f"sys.path.insert(0, {str(COURSE_ROOT)!r})", *needed])
    folded = {"jupyter": {"source_hidden": True}}
    notebook.cells = [nbformat.v4.new_code_cell(first, metadata=folded), nbformat.v4.new_code_cell(panel[0])]
    nbformat.write(notebook, folder / "lines.ipynb")
    notebook.cells = [nbformat.v4.new_code_cell(f"import sys\nsys.path.insert(0, {str(COURSE_ROOT)!r})\n{EXPLORED}")]
    nbformat.write(notebook, folder / "explored.ipynb")
    return folder


def open_notebook(browser, server, name):  # noqa: F811
    """Open a notebook in a workspace of its own and wait for its kernel.

    In one workspace JupyterLab brings back first what was open before: its kernel would be idle, and its cells would run instead.
    What is run before the kernel is there is lost.
    """
    browser.get(f"{server[0]}/lab/workspaces/{name}/tree/{name}.ipynb")
    see(browser, f"//li[contains(@class, 'lm-mod-current')]/*[normalize-space()='{name}.ipynb']")
    see(browser, "//*[contains(text(), '| Idle')]")


def said(driver):
    """The sentence below the picture and the numbers beside the six sliders, once all are there."""
    text = see(driver, PANEL).text.replace("−", "-")
    sentences, numbers = re.findall(r"\d+% of the points are right", text), re.findall(r"^[-.\d]+$", text, re.MULTILINE)
    return (sentences[0], [float(number) for number in numbers]) if sentences and len(numbers) == 6 else None


def test_lines_move_with_the_mouse_and_with_the_keys(browser, server):  # noqa: F811
    open_notebook(browser, server, "lines")
    for _ in range(2):
        click(browser, RUN)
    start, numbers = until(browser, said, "no panel")
    assert numbers == [60, 1, 300, 0, 180, 0.5]
    until(browser, lambda driver: driver.execute_script(PAINTED), "nothing is painted")
    picture = bring(browser, browser.find_elements(By.XPATH, f"{PANEL}//canvas")[-1])  # below: what it is painted on
    keep(browser, "lines-before")

    # From the middle of the picture, in pixels: the airplane's square stands at (38, -98). One unit is 69 pixels.
    ActionChains(browser).move_to_element_with_offset(picture, 38, -98).click_and_hold().perform()
    for step in range(1, 9):
        ActionChains(browser, duration=50).move_to_element_with_offset(picture, 38 - 15 * step, -98).perform()
    ActionChains(browser).release().perform()
    offset = 1 - 120 / 68.7 * np.cos(np.radians(60))

    def followed(driver):
        sentence, numbers = until(driver, said, "no panel")
        return sentence != start and abs(numbers.pop(1) - offset) < 0.1 and numbers == [60, 300, 0, 180, 0.5]

    until(browser, followed, "slider and sentence do not follow the mouse")
    keep(browser, "lines-after")

    handle = browser.find_element(By.XPATH, f"{PANEL}//div[contains(@class, 'noUi-handle')]")
    after, _ = until(browser, said, "no panel")
    handle.send_keys(Keys.ARROW_RIGHT * 80)

    def turned(driver):
        sentence, numbers = until(driver, said, "no panel")
        return sentence != after and numbers[0] == 140

    until(browser, turned, "the line does not follow the keys")
    keep(browser, "lines-keys")


def test_the_slider_of_a_picture_turns_with_the_keys(browser, server):  # noqa: F811
    open_notebook(browser, server, "explored")
    click(browser, RUN)
    see(browser, "//img[@alt='One bar, as high as k = 8, for the distance L1.']")
    # ipywidgets gives the handle of a slider no name: its label stands beside it, for eyes alone.
    assert violations(browser, within=".widget-interact", without=["region", "aria-input-field-name"]) == []
    handle = see(browser, "//div[contains(@class, 'noUi-handle')]")
    ActionChains(browser).send_keys_to_element(handle, Keys.ARROW_RIGHT * 2).perform()
    see(browser, "//img[@alt='One bar, as high as k = 10, for the distance L1.']")
    assert handle.get_property("tabIndex") == 0
    keep(browser, "explored")
