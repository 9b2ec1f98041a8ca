"""The site as its readers meet it: built, then looked at in a browser, on a desk, on a phone, and in the dark.

Needs the packages of `pip install -e '.[docs,test]'`, chromium and chromedriver. Set SCREENSHOTS to a folder to keep what the
pages looked like.
"""

import functools
import http.server
import importlib.util
import os
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browser
import pytest

from autograder.locations import COURSE_ROOT

PACKAGES = ("sphinx", "myst_nb", "furo")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in PACKAGES),
        reason="what builds the site is not installed: pip install -e '.[docs]'",
    ),
]
PAGES = ["index", "students", "instructors", "self-learners", "errata", "add-an-exercise", "publish", "reference/autograder"]
BOOK = ["book/part1_knn/nearest_neighbours", "book/part4_backprop/neural_networks", "book/part6_training/activations"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, built without a warning; what the last `make site` left is not used."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", folder / "doctrees"]
    done = subprocess.run([*command, COURSE_ROOT / "docs", folder / "html"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "html"


@pytest.fixture(scope="module")
def address(site):
    with served(site) as address:
        yield address


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".wasm": "application/wasm"}

    def log_message(self, *message):
        pass


class served:
    """Serve a folder on this computer while a with-block runs."""

    def __init__(self, folder):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    with browser.opened(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def keep(driver, name):
    if folder := os.environ.get("SCREENSHOTS"):
        driver.save_screenshot(str(Path(folder, f"{name.replace('/', '-')}.png")))


def show(driver, address):
    """Open a page and wait until its formulas are drawn."""
    driver.get(address)
    driver.execute_async_script(
        "const done = arguments[0], math = window.MathJax && MathJax.startup;"
        "(math ? math.promise : Promise.resolve()).then(() => done())"
    )


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        self.targets += [attributes[key] for key in ("href", "src") if attributes.get(key)]


def test_every_link_within_the_site_leads_somewhere(site):
    parsed = {}
    for path in site.rglob("*.html"):
        parsed[path] = Links()
        parsed[path].feed(path.read_text("utf-8"))
    assert len(parsed) > 20
    broken = []
    for path, page in parsed.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or parts.path.startswith(("lite/", "../lite/")):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            fine = there.is_file() and (not parts.fragment or there not in parsed or unquote(parts.fragment) in parsed[there].ids)
            broken += [] if fine else [f"{path.name}: {target}"]
    assert broken == []


def test_the_site_asks_no_other_host_for_anything(site):
    outside = [
        f"{path.name}: {tag[:120]}"
        for path in site.rglob("*.html")
        for tag in re.findall(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"(?:https?:)?//[^>]*>", path.read_text("utf-8"))
        if 'rel="canonical"' not in tag
    ]
    assert outside == []


def test_book_is_read_without_an_error(driver, address):
    for name in [*PAGES, *BOOK]:
        show(driver, f"{address}/{name}.html")
        requests = driver.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
        assert all(request.startswith((address, "data:")) for request in requests), requests
        errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
        assert [error for error in errors if "favicon" not in error] == []


@pytest.mark.parametrize("name", BOOK)
def test_formulas_are_drawn_and_figures_described(driver, address, name):
    show(driver, f"{address}/{name}.html")
    keep(driver, name)
    written = driver.execute_script("return document.querySelectorAll('.math').length")
    drawn = driver.execute_script("return [...document.querySelectorAll('mjx-container')].filter(e => e.offsetWidth > 2).length")
    assert drawn >= written > 20
    assert driver.execute_script("return document.querySelectorAll('mjx-merror').length") == 0
    figures = driver.execute_script("return [...document.querySelectorAll('.output img')].map(e => [e.naturalWidth, e.alt])")
    assert len(figures) >= 5 and all(width > 100 and len(alt) > 15 for width, alt in figures)


@pytest.mark.parametrize("name", [*PAGES, *BOOK])
def test_page_fits_a_phone(driver, address, name):
    phone = {"width": 360, "height": 780, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        show(driver, f"{address}/{name}.html")
        keep(driver, f"phone-{name}")
        assert driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]") == [360, 360]
        blocks = "[...document.querySelectorAll('article > *, article section > *')]"
        wide = f"return {blocks}.filter(e => e.getBoundingClientRect().right > 361).map(e => e.outerHTML.slice(0, 100))"
        assert driver.execute_script(wide) == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, *BOOK])
def test_page_can_be_used_by_everyone(driver, address, name, scheme):
    """axe-core's rules, contrast among them, in both colour schemes."""
    browser.dark(driver, scheme == "dark")
    try:
        show(driver, f"{address}/{name}.html")
        assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") != (
            "rgb(255, 255, 255)" if scheme == "dark" else "rgb(0, 0, 0)"
        )
        keep(driver, f"{scheme}-{name}")
        assert browser.violations(driver) == []
    finally:
        browser.dark(driver, False)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["index", "students", "errata", BOOK[1]])
def test_page_can_be_used_with_the_keyboard_alone(driver, address, name, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        show(driver, f"{address}/{name}.html")
        assert browser.keyboard_problems(driver) == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_search_finds_an_exercise(driver, address):
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get(f"{address}/search.html?q=majority_vote")
    found = "return [...document.querySelectorAll('#search-results li a')].map(e => e.getAttribute('href'))"
    for page in ("reference/exercises", "nearest_neighbours"):  # results come one by one
        listed = WebDriverWait(driver, browser.PATIENCE).until
        listed(lambda driver, page=page: any(page in target for target in driver.execute_script(found)), f"{page} is not found")
