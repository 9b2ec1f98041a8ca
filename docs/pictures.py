"""Make the README's pictures, from what students and instructors really see: `python docs/pictures.py`.

Needs what the tests in a browser need (see CONTRIBUTING.md). The class is made up: right solutions with one known mistake or
none in each module, the last ones not yet written; its grades are what the grader gives.
"""

import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import nbformat
import numpy as np
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PICTURES = Path(__file__).parent / "pictures"
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import browser  # noqa: E402

from autograder import misconceptions  # noqa: E402
from autograder.oracle import reference_sources  # noqa: E402

WIDTH, HEIGHT = 1000, 760
PART = "part1_knn"
CLASS_PART, MODULES = "part3_loss_optimization", ["losses", "regularization", "optimization"]
NAMES = "ada bilal chidi dilnoza elif farid göran hồng inés jürgen kaveh łukasz mei nadia olga priya qiang rosa søren tove".split()
MISTAKE = 0.6  # the share of students who make one in a module
RUN = "//*[@data-command='notebook:run-cell-and-select-next']"


def main():
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser.opened(Path(folder, "profile"), WIDTH, HEIGHT) as driver:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                               {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1.5, "mobile": False})  # fmt: skip
        student(driver, Path(folder, "student"))
        instructor(driver, Path(folder, "class"))


def student(driver, course):
    """JupyterLab with an exercise, its check, and the reason for a failed one."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db", "tests", "benchmarks", "docs", "demo")
    shutil.copytree(ROOT, course, ignore=left_out)
    mistake = next(each for each in misconceptions.of("knn.l1_distances") if each.name == "uint8-wraps")
    (course / "dlcourse/knn.py").write_text(misconceptions.source_with(mistake), "utf-8")
    path = course / "assignments" / PART / "nearest_neighbours.ipynb"
    notebook = nbformat.read(path, as_version=4)
    place = next(number for number, cell in enumerate(notebook.cells) if 'check("knn.l1_distances")' in cell.source)
    before = nbformat.v4.new_code_cell("from autograder import check")
    notebook.cells = [before, *notebook.cells[place - 1 : place + 1]]
    nbformat.write(notebook, path)
    with lab(course) as address:
        driver.get(f"{address[0]}/doc/tree/assignments/{PART}/nearest_neighbours.ipynb?token={address[1]}")
        wait = WebDriverWait(driver, 60)
        run = wait.until(lambda _: driver.find_element(By.XPATH, RUN))
        wait.until(lambda _: "Idle" in driver.page_source or driver.find_elements(By.XPATH, "//*[@title[contains(., 'Idle')]]"))
        for _ in range(3):
            time.sleep(1)
            run.click()
        wait.until(lambda _: driver.find_element(By.XPATH, "//button[.='No']")).click()  # no, no news
        result = wait.until(lambda _: driver.find_element(By.XPATH, "//*[contains(text(), 'checks passed.')]"))
        driver.execute_script("arguments[0].closest('.jp-Cell').scrollIntoView({block: 'end'})", result)
        time.sleep(2)  # fonts and formulas
        save(driver, "student")


def instructor(driver, folder):
    """The page that `autograder report` writes about a class."""
    rng = np.random.default_rng(3)
    for name in NAMES:
        written = MODULES[: rng.choice([1, 2, 3, 3, 3, 3])]
        shutil.copytree(ROOT / "dlcourse", folder / name / "dlcourse", ignore=shutil.ignore_patterns("toolkit", "__pycache__"))
        for module in written:
            source = reference_sources()[module]
            if rng.random() < MISTAKE:
                known = [each for each in misconceptions.everything() if each.module == module]
                source = misconceptions.source_with(known[min(int(rng.exponential(4)), len(known) - 1)])
            (folder / name / f"dlcourse/{module}.py").write_text(source, "utf-8")
    page = folder.parent / "report.html"
    command = [sys.executable, "-m", "autograder.cli", "report", str(folder), "--part", CLASS_PART, "--output", str(page)]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    driver.get(page.as_uri())
    driver.execute_script("document.body.style.zoom = 0.7")
    save(driver, "class")


@contextmanager
def lab(course):
    """A Jupyter server in a course: its address and its token."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    environment = os.environ | {
        "PYTHONPATH": str(course),
        **{f"JUPYTER_{each}_DIR": str(course.parent / "jupyter" / each) for each in ("CONFIG", "DATA", "RUNTIME")},
    }
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={token}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "-m", "jupyter", "lab", *options], cwd=course, env=environment, **quiet)
    try:
        for _ in range(120):
            try:
                urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", token
    finally:
        process.terminate()
        process.wait(20)


def save(driver, name):
    """Save what the browser shows, in 256 colours: a third of the bytes."""
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)
    print(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
