"""The course in the browser: JupyterLite, Pyodide and NumPy in a real Chromium, with no other host within reach.

Pyodide is put together from the Python Package Index (docs/local_pyodide.py), or taken from the folder that DLCOURSE_PYODIDE names.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import browser
import nbformat
import pytest
from test_site import keep, served

from autograder import misconceptions
from autograder.locations import COURSE_ROOT

PACKAGES = ("jupyterlite_core", "jupyterlite_pyodide_kernel")
pytest.importorskip("autograder.release", reason="this copy of the course makes no student's archive")
pytestmark = [
    pytest.mark.slow,
    *browser.needed,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in PACKAGES),
        reason="what builds the site is not installed: pip install -e '.[docs]'",
    ),
]
NOTEBOOK = "assignments/part1_knn/nearest_neighbours.ipynb"

# What follows runs in the page. `kernel` is the one of the notebook that is open.
START = """
const [path, done] = arguments;
(async () => {
    const manager = window.jupyterapp.serviceManager;
    const session = await manager.sessions.startNew({name: path, path, type: "notebook", kernel: {name: "python"}});
    await session.kernel.info;
    window.kernel = session.kernel;
    done("ready");
})().catch(error => done(String(error)));
"""
RUN = """
const [code, done] = arguments;
(async () => {
    const answer = {text: "", errors: []};
    const future = window.kernel.requestExecute({code});
    future.onIOPub = ({header, content}) => {
        if (header.msg_type === "error") answer.errors.push(content.ename + ": " + content.evalue);
        if (header.msg_type === "stream") answer.text += content.text;
        if (content.data) answer.text += content.data["text/plain"] + "\\n";
    };
    await future.done;
    done(answer);
})().catch(error => done({text: "", errors: [String(error)]}));
"""
SAVE = """
const [path, content, done] = arguments;
window.jupyterapp.serviceManager.contents.save(path, {type: "file", format: "text", content}).then(
    () => done("saved"), error => done(String(error)));
"""
FETCH = """
const [path, done] = arguments;
window.jupyterapp.serviceManager.contents.get(path, {content: true, type: "file", format: "text"}).then(
    model => done(model.content), error => done(String(error)));
"""
CHANGED = """
const [path, done] = arguments;
window.jupyterapp.serviceManager.contents.get(path, {content: false}).then(
    model => done(model.last_modified), error => done(String(error)));
"""


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory):
    if folder := os.environ.get("DLCOURSE_PYODIDE"):
        return Path(folder)
    folder = tmp_path_factory.mktemp("pyodide")
    done = subprocess.run([sys.executable, COURSE_ROOT / "docs/local_pyodide.py", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"Pyodide cannot be had here: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def lite(pyodide, tmp_path_factory):
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("lite") / "lite"
    command = [sys.executable, COURSE_ROOT / "docs/lite.py", folder, "--pyodide", pyodide]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def lab(lite, tmp_path_factory):
    """A browser with Part I open, its kernel ready; whatever is not on this computer cannot be reached."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser.CHROMIUM
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    for argument in (*browser.QUIET, "--window-size=1280,1000", alone, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(browser.CHROMEDRIVER))
    browser.be_patient(driver, 600)
    try:
        with served(lite) as address:
            driver.get(f"{address}/lab/index.html?path={NOTEBOOK}")
            wait_for(lambda: driver.execute_script("return !!window.jupyterapp && !!window.jupyterapp.serviceManager"))
            wait_for(lambda: "k-nearest neighbours" in driver.execute_script("return document.body.innerText"))
            assert driver.execute_async_script(START, NOTEBOOK) == "ready"
            yield driver
    finally:
        driver.quit()


def wait_for(condition, seconds=browser.PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.5)


def run(lab, code):
    answer = lab.execute_async_script(RUN, code)
    assert answer["errors"] == [], answer
    return answer["text"]


def test_the_site_holds_no_reference(lite):
    names = [path.relative_to(lite).as_posix() for path in lite.rglob("*")]
    assert not [name for name in names if "solutions" in name.split("/")]
    stub = (COURSE_ROOT / "dlcourse/knn.py").read_text("utf-8")
    assert "NotImplementedError" in stub
    assert (lite / "files/dlcourse/knn.py").read_text("utf-8").count("NotImplementedError") >= 11
    notebook = nbformat.read(lite / "files" / NOTEBOOK, as_version=4)
    assert notebook.cells[1].source.startswith("%pip install")


def test_python_in_the_page_finds_the_course(lab):
    assert "2." in run(lab, "import numpy; print(numpy.__version__)")
    assert "emscripten" in run(lab, "import sys; print(sys.platform)")
    assert "/drive/dlcourse/knn.py" in run(lab, "import dlcourse.knn; print(dlcourse.knn.__file__)")
    assert "False" in run(lab, "import os; print(os.path.exists('/drive/solutions'))")


def test_an_exercise_of_part_one_is_solved(lab):
    """Not yet, then a known mistake with its sentence, then right; the notebook's experiments see each file as it is saved."""
    reference = (COURSE_ROOT / "solutions/dlcourse/knn.py").read_text("utf-8")
    mistake = next(m for m in misconceptions.of("knn.l1_distances") if m.edits or m.body)
    stub = lab.execute_async_script(FETCH, "dlcourse/knn.py")
    run(lab, "%load_ext autoreload\n%autoreload 2\nfrom autograder import check\nfrom dlcourse import knn\nimport numpy as np")
    assert "not yet" in run(lab, "check('knn.l1_distances')")

    assert lab.execute_async_script(SAVE, "dlcourse/knn.py", misconceptions.source_with(mistake)) == "saved"
    wrong = run(lab, "check('knn.l1_distances')")
    assert "failed" in wrong and mistake.sentence in wrong
    before = lab.execute_async_script(CHANGED, "dlcourse/knn.py")
    run(lab, "check('knn.l1_distances')")
    after = lab.execute_async_script(CHANGED, "dlcourse/knn.py")
    assert before == after and before.startswith("20"), "a check writes the file: the editor's next save asks who changed it"

    assert lab.execute_async_script(SAVE, "dlcourse/knn.py", reference) == "saved"
    right = run(lab, "check('knn.l1_distances')")
    assert "2 of 2 points" in right and "failed" not in right
    assert "[[7.]]" in run(lab, "print(knn.l1_distances(np.zeros((1, 2)), np.array([[3.0, 4.0]])))")
    for name in ("l2_distances", "majority_vote", "KNearestNeighbor", "cross_validate"):
        text = run(lab, f"check('knn.{name}')")
        assert "failed" not in text and "passed" in text, text
    assert lab.execute_async_script(SAVE, "dlcourse/knn.py", stub) == "saved"
    keep(lab, "lite")


@pytest.mark.parametrize("path", [NOTEBOOK, "assignments/part2_linear/linear_classifier.ipynb"])
def test_a_notebook_runs_from_top_to_bottom_unfinished(lab, lite, path):
    assert lab.execute_async_script(START, path) == "ready"
    cells = [cell.source for cell in nbformat.read(lite / "files" / path, as_version=4).cells if cell.cell_type == "code"]
    said = "".join(run(lab, source) for source in cells)
    assert "waits for" in said and "TqdmMonitorWarning" not in said


def test_nothing_else_was_asked_for(lab):
    here = lab.execute_script("return location.origin")
    asked = lab.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
    assert asked and all(name.startswith((here, "data:", "blob:")) for name in asked), json.dumps(asked[:5])


def test_python_comes_from_the_site_itself(lite):
    told = json.loads((lite / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]["litePluginSettings"]
    assert told["@jupyterlite/pyodide-kernel-extension:kernel"]["pyodideUrl"].startswith("./static/pyodide/")
