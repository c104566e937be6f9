"""An answer that may not be one, as a person sees it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import ANSWERED, QUESTION, WORKERS, Visitor, assert_accessible, reply
from tests.tentative import answer_tentatively

pytestmark = pytest.mark.browser

REASON = "The line may be about another flight."
MARK = "Uncertain — please check"


@pytest.fixture(autouse=True)
def _tentative(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_tentatively(monkeypatch)


def test_a_tentative_answer_is_marked_in_words_and_has_no_check_mark(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    turn = visited.ask(QUESTION)
    note = turn.get_by_role("note")
    expect(note).to_contain_text(MARK)
    expect(note).to_contain_text(REASON)
    expect(turn.locator(".sentence")).to_contain_text(ANSWERED)
    expect(turn.locator(".verdict")).to_have_text("Uncertain")
    expect(turn.locator('use[href$="#icon-check"]')).to_have_count(0)
    expect(turn.locator(".standing")).to_have_count(0)
    above, text = note.bounding_box(), turn.locator(".answer-text").bounding_box()
    assert above is not None
    assert text is not None
    assert above["y"] + above["height"] <= text["y"]
    turn.get_by_role("button", name=re.compile("^Source 1: North Korea to Dispatch")).click()
    expect(page.locator("#source mark")).to_contain_text(WORKERS)


def test_the_mark_is_there_after_a_reload(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.ask(QUESTION)
    page.reload()
    expect(page.get_by_role("note")).to_contain_text(REASON)
    expect(page.locator(".verdict")).to_have_text("Uncertain")


def test_a_screen_reader_hears_that_it_is_uncertain_before_the_sentence(visit: Visitor) -> None:
    visited = visit(reply(WORKERS))
    visited.ask(QUESTION)
    log = visited.page.get_by_role("log")
    expect(log).to_contain_text(re.compile(f"{MARK}: {re.escape(REASON)}.*{WORKERS}", re.DOTALL))


def test_a_follow_up_is_sent_without_the_tentative_answer(visit: Visitor) -> None:
    visited = visit(reply(WORKERS, "1,000 sappers"))
    visited.ask(QUESTION)
    with visited.page.expect_request("**/ask/stream") as asked:
        visited.ask("How many sappers will be sent to Russia?")
    assert json.loads(asked.value.post_data or "")["history"] == [
        {"role": "user", "content": QUESTION}
    ]


def test_exports_keep_the_mark_and_the_reason(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = visited.ask(QUESTION)
    turn.get_by_role("button", name="Copy with sources").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{MARK}: {REASON}\n\n5,000")
    for choice in ("Export as Markdown", "Export as JSON"):
        with page.expect_download() as exported:
            page.get_by_role("button", name="Rename, export or delete").click()
            page.get_by_role("menuitem", name=choice).click()
        text = exported.value.path().read_text()
        if choice == "Export as JSON":
            assert json.loads(text)["turns"][0]["answer"]["status"] == "tentative"
        else:
            assert f"**{MARK}: {REASON}**\n\n5,000" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_a_tentative_answer(visit: Visitor, scheme: str) -> None:
    visited = visit(reply(WORKERS), color_scheme=scheme)
    visited.ask(QUESTION)
    assert_accessible(visited.page)
