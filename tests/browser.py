"""A headless browser for tests of our pages, and what must hold of each: axe-core's rules, and use with the keyboard alone.

    pytestmark = browser.needed

    def test_page(tmp_path):
        with browser.opened(tmp_path / "profile") as driver:
            driver.get(page.as_uri())
            assert browser.violations(driver) == []
            assert browser.keyboard_problems(driver) == []

Needs chromium, chromedriver and selenium; `violations` needs axe-core besides, from the wheel that bundles it:
`pip install --no-deps axe-playwright-python`. What is missing skips, and says so.
"""

import contextlib
import importlib.util
import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
PATIENCE = 300  # seconds for a script in a page: on a busy machine axe-core needs its time on a long one
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

needed = [
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="chromium or chromedriver is not installed"),
    pytest.mark.skipif(not importlib.util.find_spec("selenium"), reason="selenium is not installed: pip install -e '.[test]'"),
]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

INTERACTIVE = "a[href], button, input, select, textarea, summary, audio[controls], video[controls], [tabindex]"
CONTROLS = f"""
    return [...document.querySelectorAll({INTERACTIVE!r})].filter(each =>
        each.tabIndex >= 0 && !each.disabled && each.checkVisibility({{visibilityProperty: true}}) && each.getClientRects().length)
"""
FOCUSED = """
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    const marked = style.outlineStyle != "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow != "none";
    const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    return [each, marked, inside]
"""
NAME = "const e = arguments[0]; return `<${e.localName}> ${(e.ariaLabel || e.innerText || e.value || e.id).trim().slice(0, 60)}`"


@contextlib.contextmanager
def opened(profile, width=1280, height=1000):
    """A Chromium of its own with a profile in the folder `profile`, closed in the end."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    be_patient(driver)
    try:
        dark(driver, False)
        yield driver
    finally:
        driver.quit()


def be_patient(driver, seconds=PATIENCE):
    """Let scripts take their time; Selenium itself hangs up after two minutes without an answer, whatever else is agreed."""
    driver.set_script_timeout(seconds)
    driver.command_executor.client_config.timeout = seconds + 60


def dark(driver, on=True):
    """Make pages believe that their reader prefers dark, or light, colours; and, always, that nothing should move slowly."""
    preferred = {"prefers-color-scheme": "dark" if on else "light", "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in preferred.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def axe_source():
    """The text of axe.min.js, without importing the package that bundles it (which wants Playwright); skips where it is absent."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None:
        pytest.skip("axe-core is not installed: pip install --no-deps axe-playwright-python")
    return Path(package.submodule_search_locations[0], "axe.min.js").read_text("utf-8")


def violations(driver, within=None, without=()):
    """What axe-core finds wrong on the page that `driver` shows, one line for each rule and element.

    Args:
        driver: the browser.
        within: CSS selector of the part of the page to look at (other people's pages around ours are theirs); all of it by default.
        without: names of rules that do not apply, such as "region" for a fragment that is no page.
    """
    driver.execute_script(axe_source())
    options = {"runOnly": RULES, "rules": {rule: {"enabled": False} for rule in without}, "resultTypes": ["violations"]}
    found = driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(arguments[0] || document, arguments[1]).then(found => done(found), error => done({error: String(error)}))",
        within,
        options,
    )
    assert "error" not in found, found["error"]
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]} {node['any'][0]['message'] if node['any'] else ''}".strip()
        for each in found["violations"]
        for node in each["nodes"]
    ]


def keyboard_problems(driver):
    """Controls that Tab does not reach, or that do not show that they have the focus, one line each."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def name(element):
        return driver.execute_script(NAME, element)

    driver.execute_script("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    expected = driver.execute_script(CONTROLS)
    reached, problems = [], []
    for _ in range(len(expected) + 5):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        element, marked, inside = driver.execute_script(FOCUSED)
        if element in reached:
            break
        reached.append(element)
        if element in expected and not (marked and inside):
            problems.append(f"does not show that it has the focus: {name(element)}")
    return problems + [f"not reached with Tab: {name(each)}" for each in expected if each not in reached]
