"""A real Chromium, without a screen, that reads pages as a reviewer would.

Playwright is imported where it starts: collecting these tests needs neither it nor a browser.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True},
}


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """The machine's own browser. No other one is ever fetched.

    While it runs, its event loop occupies the thread: what needs a loop of its own runs before or after.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (not installed for the other tests)

    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need Chromium: install the package `chromium`, or leave them out: -m 'not browser'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visits:
    """Opens pages from files, and remembers whatever they complained about or asked for."""

    def __init__(self, browser: "Browser", folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.noise: list[str] = []

    def __call__(self, html: str, look: str = "light", **context: object) -> "Page":
        """Opens a page in one of the `LOOKS`; what else Playwright's `new_context` takes can be given too."""
        file = self._folder / "page.html"
        file.write_text(html, encoding="utf-8")
        page = self._browser.new_context(**LOOKS[look], **context).new_page()
        page.on("console", lambda message: self.noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.noise.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self._note(request.url, file.as_uri()))
        page.goto(file.as_uri())
        return page

    def _note(self, url: str, own: str) -> None:
        if url != own:
            self.noise.append(f"request: {url}")

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()


@pytest.fixture
def visit(chromium: "Browser", tmp_path: Path) -> Iterator[Visits]:
    """Opens pages; at the end, none of them may have complained, or asked anybody for anything."""
    visits = Visits(chromium, tmp_path)
    yield visits
    visits.close()
    assert visits.noise == []


@pytest.fixture
def photograph(visit: Visits, tmp_path: Path):
    """Takes a picture of a whole page in one of the `LOOKS` and returns where it is."""

    def take(html: str, look: str) -> Path:
        picture = tmp_path / f"{look}.png"
        visit(html, look).screenshot(path=picture, full_page=True)
        return picture

    return take
