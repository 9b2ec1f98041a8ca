"""What an instructor does in a browser: autograde, read the reasons, grade an answer by hand, see the sum.

Needs chromium, chromedriver and selenium. Set SCREENSHOTS to a folder to keep what the pages looked like.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from browser import be_patient
from nbgrader.api import Gradebook
from test_nbgrader import ALL, CLASS, NOTEBOOK, PART, cell_of, hand_in, released, succeed

from autograder.locations import COURSE_ROOT

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[test]'")
from selenium.common.exceptions import WebDriverException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
WINDOW = "--window-size=1280,1000"
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="chromium or chromedriver is not installed"),
]
STUDENTS = ["ada", "elif", "hostile"]
PATIENCE = 120  # seconds: a busy machine of two cores takes its time, and what comes at once costs nothing


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of this course: one student graded, two handed in."""
    course = tmp_path_factory.mktemp("formgrader") / "course"
    left_behind = shutil.ignore_patterns(".*", "__pycache__", "cache", "*.egg-info", "*.db", "demo", "tests", "submitted")
    shutil.copytree(COURSE_ROOT, course, ignore=left_behind)
    succeed(course, "generate_assignment", PART)
    for student in STUDENTS:
        source, make = CLASS[student]
        notebook = make()
        if make is released:
            cell_of(notebook, "knn-why-validation").source = f"{student} writes: the *test* images stay **unseen**, $k < N$."
        hand_in(course, student, source, notebook)
    succeed(course, "autograde", PART, "--student", "hostile")
    return course


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address and the token of a Jupyter server in the course."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    environment = os.environ | {
        "PYTHONPATH": str(course),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **{f"JUPYTER_{each}_DIR": str(home / each) for each in ("CONFIG", "DATA", "RUNTIME")},
    }
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={token}"]
    with open(home / "log", "w") as log:
        command = [sys.executable, "-m", "jupyter", "lab", *options]
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process, home / "log")
        yield address, token
    finally:
        process.terminate()
        process.wait(20)


def wait_for(address, process, log):
    for _ in range(2 * PATIENCE):
        try:
            urlopen(f"{address}/api", timeout=5).close()
            return
        except (URLError, OSError):
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
    pytest.fail(log.read_text())


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    """A browser that has logged in to formgrader."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, WINDOW, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    be_patient(driver)
    try:
        address, token = server
        driver.get(f"{address}/formgrader?token={token}")
        yield driver
    finally:
        driver.quit()


def until(browser, condition, message):
    """Wait until a condition holds, and return what it returned; what a page redraws meanwhile is looked up again."""
    return WebDriverWait(browser, PATIENCE, ignored_exceptions=[WebDriverException]).until(condition, message)


def see(browser, xpath):
    """Return the first visible element at an XPath, as soon as there is one."""

    def visible(driver):
        return next((each for each in driver.find_elements(By.XPATH, xpath) if each.is_displayed()), None)

    return until(browser, visible, f"nothing visible at {xpath}")


def click(browser, xpath):
    """Click on the first visible element at an XPath, once nothing lies over it and it is not just being drawn again."""

    def clicked(driver):
        see(driver, xpath).click()
        return True

    until(browser, clicked, f"nothing to click on at {xpath}")


def keep(browser, name):
    if "SCREENSHOTS" in os.environ:
        browser.save_screenshot(str(Path(os.environ["SCREENSHOTS"], f"{name}.png")))


def open_submission(browser, server, course, student):
    """Open one student's notebook where it is graded by hand."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        name = gradebook.find_submission_notebook(NOTEBOOK, PART, student).id
    browser.get(f"{server[0]}/formgrader/submissions/{name}/")
    see(browser, f"//*[contains(text(), '{NOTEBOOK}')]")


def bring(browser, element):
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    return element


def row_of(student):
    return f"//tr[td[contains(@class, 'student-id')][normalize-space()='{student}']]"


def test_course_is_found_and_the_part_is_listed(browser, server):
    browser.get(f"{server[0]}/formgrader")
    see(browser, f"//td//a[normalize-space()='{PART}']")
    keep(browser, "assignments")


@pytest.mark.parametrize("student, points", [("ada", ALL), ("elif", ALL - 0.5)])
def test_autograde_button_grades_with_our_checks(browser, server, student, points):
    browser.get(f"{server[0]}/formgrader/manage_submissions/{PART}")
    see(browser, f"{row_of(student)}//*[contains(text(), 'needs autograding')]")
    click(browser, f"{row_of(student)}/td[contains(@class, 'autograde')]//a")
    see(browser, "//*[contains(text(), 'Successfully autograded')]")
    keep(browser, f"autograded-{student}")
    browser.get(f"{server[0]}/formgrader/manage_submissions/{PART}")
    see(browser, f"{row_of(student)}//*[contains(text(), 'needs manual grading')]")
    see(browser, f"{row_of(student)}/td[contains(@class, 'score')][normalize-space()='{points:g} / {ALL + 6:g}']")
    keep(browser, "submissions")


def test_reasons_are_read_beside_the_points(browser, server, course):
    open_submission(browser, server, course, "elif")
    result = see(browser, "//*[contains(text(), 'knn.l2_distances: 3.5 of 4 points, 7 of 8 checks passed.')]")
    bring(browser, result)
    see(browser, "//td[contains(., 'Python executed')]")
    see(browser, "//input[@id='knn-l2_distances'][@placeholder='3.5']")
    click(browser, "//strong[contains(text(), 'knn.l2_distances:')]/../..//summary[contains(text(), 'Hint 1')]")
    see(browser, "//strong[contains(text(), 'knn.l2_distances:')]/../..//details/p")
    keep(browser, "reasons")


def test_answer_graded_by_hand_adds_to_the_sum_and_reaches_the_feedback(browser, server, course):
    open_submission(browser, server, course, "elif")
    see(browser, "//*[contains(text(), 'elif writes: the')]/em[text()='test']")
    # formgrader empties these fields when it has loaded what the gradebook holds, and says so in their placeholders.
    see(browser, "//div[.//input[@id='knn-why-validation']]//input[contains(@class, 'extra-credit')][@placeholder]")
    see(browser, "//textarea[@id='knn-why-validation-comment'][starts-with(@placeholder, 'Type any comments')]")
    score = browser.find_element(By.ID, "knn-why-validation")
    bring(browser, score).send_keys("1.5")
    comment = browser.find_element(By.ID, "knn-why-validation-comment")
    comment.send_keys("Good: and say why.")
    score.click()  # a comment is saved when another place is clicked
    until(browser, lambda _: by_hand(course) == (1.5, "Good: and say why."), "the grade is not saved")
    bring(browser, score)
    keep(browser, "by-hand")
    browser.get(f"{server[0]}/formgrader/manage_submissions/{PART}")
    see(browser, f"{row_of('elif')}/td[contains(@class, 'score')][normalize-space()='{ALL - 0.5 + 1.5:g} / {ALL + 6:g}']")
    see(browser, f"{row_of('elif')}//*[text()='graded']")
    click(browser, f"{row_of('elif')}/td[contains(@class, 'generate-feedback')]//a")
    see(browser, "//*[contains(text(), 'Successfully generated feedback')]")
    page = (course / "feedback/elif" / PART / f"{NOTEBOOK}.html").read_text("utf-8")
    assert f"Score: {ALL + 1:.1f} / {ALL + 6:.1f}" in page
    assert "Good: and say why." in page


def by_hand(course):
    """Return what a person wrote into the gradebook: points and comment."""
    place = "knn-why-validation", NOTEBOOK, PART, "elif"
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return gradebook.find_grade(*place).manual_score, gradebook.find_comment(*place).manual_comment


def test_page_of_a_hostile_submission_runs_nothing(browser, server, course):
    """A script in the instructor's session could give points: an alert would be the next thing this browser reports."""
    open_submission(browser, server, course, "hostile")
    shown = see(browser, "//*[contains(text(), 'My answer <script>alert(1)</script>')]")
    bring(browser, shown)
    assert not shown.find_elements(By.XPATH, ".//script | .//img")
    assert "javascript" not in "".join(link.get_attribute("href") or "" for link in browser.find_elements(By.TAG_NAME, "a"))
    keep(browser, "hostile")
