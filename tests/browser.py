"""A headless Chromium for tests that look at pages as people do: the system's own, found by its usual names."""

import os
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""Nothing but this machine is asked for anything, whatever a page or the browser itself may want."""


def executable() -> str | None:
    """Where the browser is: what ``CHROMIUM`` names, else the first of the usual names."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def open_browser() -> Iterator[Browser]:
    """One browser, closed when the iterator goes on; each test opens a context of its own."""
    path = executable()
    if path is None:
        pytest.skip(f"no browser: install chromium, or name one in CHROMIUM (looked for {', '.join(NAMES)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS), timeout=60_000)
        yield browser
        browser.close()
