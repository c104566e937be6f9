"""What the tests of the page share: a watched page, and a language model that can be held."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, ViewportSize, expect

from rag.llm import Generation, Schema
from rag.settings import Settings
from rag.types import Message, Usage
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

QUESTION = "how many construction workers?"
WORKERS = "5,000 military construction workers"
ANSWERED = (
    f"{WORKERS}: “Shoigu indicated that North Korea would be sending 1,000 sappers to Russia to "
    f"help clear mines and an additional {WORKERS} to aid in rebuilding infrastructure impacted by "
    "what he termed «occupying forces,» referring to Ukraine.”"
)
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=375, height=812)
TIMEOUT_MS = 30_000  # how long anything may take on a busy machine


class GatedLLM:
    """Says its parts one by one, each when it is let: so that a test can look in between."""

    name = "gated"

    def __init__(self, *parts: str) -> None:
        self._parts = parts
        self.gate = threading.Semaphore(0)

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        return Generation(self._said())

    def _said(self) -> Iterator[str | Usage]:
        for part in self._parts:
            self.gate.acquire(timeout=TIMEOUT_MS / 1000)
            yield part
        yield Usage(1, 1)


@dataclass
class Visit:
    """A page of a browser, and all that went wrong or out in it."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    tolerated: str = r"(?!)"  # console messages of what a test provokes

    def watch(self) -> Visit:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("dialog", lambda dialog: self.problems.append(dialog.message))
        return self

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(self.tolerated, message.text):
            self.problems.append(message.text)

    def check(self) -> None:
        """Nothing was told to the console, and nothing was asked of another origin."""
        assert self.problems == []
        own = (self.address, f"blob:{self.address}")
        assert [url for url in self.requested if not url.startswith(own)] == []

    def ask(self, question: str) -> Locator:
        """Ask, wait for the end, and give the turn."""
        self.page.get_by_label("Question", exact=True).fill(question)
        self.page.keyboard.press("Enter")
        turn = self.page.locator(".turn").last
        expect(turn.locator(".asked")).to_have_text(question)
        expect(self.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        return turn

    def wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


Visitor = Callable[..., Visit]


def add(settings: Settings, title: str, text: str) -> None:
    """Put a document of this text into the collection."""
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        index.add_text(f"{title}.txt", title, text)


def remove_first(settings: Settings) -> None:
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        index.remove(index.documents()[0].key)


def reply(*answers: str) -> ScriptedLLM:
    """A language model that gives these answers, one per question."""
    return ScriptedLLM(*(ScriptedLLM.reply(answer, "S1") for answer in answers))


def assert_accessible(page: Page) -> None:
    """Nothing that axe knows keeps anybody from reading or using the page."""
    # A sentence that is still appearing is pale. What turns without end is not waited for.
    page.evaluate("""() => Promise.all(document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished.catch(() => null)))""")
    found = Axe().run(page).response["violations"]
    told = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
    assert told == []
