"""The page in a real browser: headless Chromium, and servers of the real application.

Needs Chromium, which ``make chromium`` installs where it can. Where there is none these tests fail
and say so; ``pytest -m "not browser"`` leaves them out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect, sync_playwright

from api.app import Assistants, create_app
from rag.llm import LLM
from rag.settings import Settings
from rag.wiring import Wiring
from tests.browser.chromium import find_chromium
from tests.browser.visit import DESKTOP, TIMEOUT_MS, Visit, Visitor
from tests.doubles import HashingEmbedder
from tests.serving import serving

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    if found is None:
        pytest.fail(
            "no Chromium was found: install it (Debian and Ubuntu: apt-get install chromium), or "
            'leave these tests out with: pytest -m "not browser"'
        )
    options = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]  # nothing goes out
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # it refuses to run as root otherwise
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=options)
        yield launched
        launched.close()


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    """Settings of a home whose collection holds the seeds."""
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.ingest([SEEDS])
    return chosen


@pytest.fixture
def visit(browser: Browser, settings: Settings, embedder: HashingEmbedder) -> Iterator[Visitor]:
    """Opens the page of a server whose language model is the one given; None quotes."""
    with ExitStack() as stack:

        def opened(llm: LLM | None, viewport: ViewportSize = DESKTOP, **options: Any) -> Visit:
            app = create_app(settings, Assistants(settings, embedder, llm))
            address = stack.enter_context(serving(app))
            context: BrowserContext = browser.new_context(viewport=viewport, **options)
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            made = Visit(context.new_page(), address).watch()
            made.page.goto(address)
            stack.callback(made.check)
            return made

        yield opened
