"""A real Chromium for tests of whole pages: finding it, asking axe about a page, and taking its picture."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, ViewportSize, expect, sync_playwright

OUTPUT = Path(__file__).parent / "output"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# The pages are our own, so the sandbox (which root may not use) is not missed; the rest keeps it from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# WCAG 2.2 AA is the sum of these; some rules of 2.2 only run when its tag is named.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
# How long anything that a user would see is waited for. A machine with much else to do is slow, and no fault of a page.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
# A click does not wait for the page that it leads to. This marks a page that is about to be left, so that nobody looks
# at it; a mark older than twenty seconds is of a download, which leaves the page where it is. A window hears of a
# submission last, when it is already settled whether a script has prevented it.
LEAVING = """
window.leavingSince = null;
const mark = () => { window.leavingSince = performance.now(); };
addEventListener("submit", event => { if (!event.defaultPrevented) mark(); });
addEventListener("beforeunload", mark);
"""
ARRIVED = """() => document.readyState === "complete"
  && !(window.leavingSince !== null && performance.now() - window.leavingSince < 20000)"""
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


def chromium() -> str | None:
    """Where the machine's browser is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launched(path: str) -> Iterator[Browser]:
    """A headless browser, closed when the caller is done."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, base_url: str) -> Iterator[Callable[[], Page]]:
    """A maker of pages, each a person with cookies of their own.

    When the caller is done, it fails if any page broke: an exception in a script, or something that the content
    security policy had to block.
    """
    contexts, broken = [], []

    def new_page() -> Page:
        context = browser.new_context(base_url=base_url, viewport=DESKTOP, locale="en-GB", timezone_id="Europe/London")
        context.set_default_timeout(PATIENCE)
        context.add_init_script(LEAVING)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(f"{page.url}: {error}"))
        page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert not broken, "\n".join(broken)


def arrived(page: Page) -> None:
    """Wait until the page is whole and is not being left for the next."""
    for _ in range(PATIENCE // 50):  # wait_for_function() would need what our content security policy forbids
        with contextlib.suppress(Error):  # the page went while it was being asked
            if page.evaluate(ARRIVED):
                return
        page.wait_for_timeout(50)
    pytest.fail(f"{page.url} did not arrive", pytrace=False)


def asked(page: Page, question: Callable[[], Any]) -> Any:
    """What `question` finds on the page that has arrived; asked anew if the page went away under it."""
    for _ in range(3):
        arrived(page)
        with contextlib.suppress(Error):
            return question()
    arrived(page)
    return question()


def assert_accessible(page: Page) -> None:
    """Refuses a page in which axe finds anything against WCAG 2.2 AA or its own best practice, naming the elements."""

    def faults() -> Any:
        page.evaluate(Axe().axe_script)
        # Only what is wrong leaves the browser: what axe says of all that is right takes longer to read than to find.
        return page.evaluate("options => axe.run(options).then(results => results.violations)", AXE_OPTIONS)

    found = asked(page, faults)
    lines = [
        f"{fault['id']} ({fault['impact']}): {fault['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for fault in found
        for node in fault["nodes"]
    ]
    if lines:
        pytest.fail(f"{page.url} has {len(lines)} accessibility faults:\n" + "\n".join(lines), pytrace=False)


def photograph(page: Page, name: str) -> None:
    """Pictures of the page at a phone's and a desktop's width, in tests/output; refuses one that scrolls sideways.

    A page must not need to be scrolled in two directions (WCAG 1.4.10, reflow); a wide table scrolls in its own box.
    """
    OUTPUT.mkdir(exist_ok=True)
    for label, size in (("phone", PHONE), ("desktop", DESKTOP)):
        file = OUTPUT / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}-{label}.png"
        page.set_viewport_size(size)
        asked(page, lambda file=file: page.screenshot(path=file, full_page=True))
        wide = asked(page, lambda: page.evaluate("document.scrollingElement.scrollWidth"))
        assert wide <= size["width"], f"{page.url} is {wide} wide on a {label}"
