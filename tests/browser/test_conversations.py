"""Conversations are kept in the browser, renamed, deleted and exported."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import ANSWERED, QUESTION, WORKERS, GatedLLM, Visitor, reply
from tests.scripted_llm import ScriptedLLM

pytestmark = pytest.mark.browser


def test_a_conversation_survives_a_reload_and_is_renamed_and_deleted(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.ask(QUESTION)
    page.reload()
    expect(page.locator(".sentence")).to_contain_text(WORKERS)
    page.locator(".sentence .chip").click()
    expect(page.locator("#source mark")).to_contain_text(WORKERS)
    page.keyboard.press("Escape")
    _menu(page, "Rename")
    page.get_by_role("dialog").get_by_role("textbox").fill("Workers of the north")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation-title")).to_have_text("Workers of the north")
    page.reload()
    expect(page.locator("#conversation-list")).to_contain_text("Workers of the north")
    _menu(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#no-conversations")).to_be_visible()
    expect(page.locator("#welcome")).to_be_visible()


def test_a_conversation_is_exported_with_its_citations(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.ask(QUESTION)
    with page.expect_download() as markdown:
        _menu(page, "Export as Markdown")
    assert markdown.value.suggested_filename == "how-many-construction-workers.md"
    text = markdown.value.path().read_text()
    assert f"{ANSWERED}[^1]" in text
    with page.expect_download() as exported:
        _menu(page, "Export as JSON")
    kept = json.loads(exported.value.path().read_text())
    (citation,) = kept["turns"][0]["answer"]["citations"]
    assert WORKERS in citation["cited_text"]
    span = f"characters {citation['start_char_index']}–{citation['end_char_index']}"
    assert re.search(rf"^\[\^1\]: \*North Korea to Dispatch .*{span}: “.*”$", text, re.MULTILINE)


def test_another_conversation_can_be_looked_at_while_one_is_answered(visit: Visitor) -> None:
    llm = GatedLLM(ScriptedLLM.reply(WORKERS, "S1"))
    page = visit(llm).page
    page.get_by_label("Question", exact=True).fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("link", name="New conversation").first.click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    llm.gate.release()
    page.get_by_role("link", name=QUESTION).click()
    expect(page.locator(".sentence")).to_contain_text(WORKERS)


def _menu(page: Page, choice: str) -> None:
    page.get_by_role("button", name="Rename, export or delete").click()
    page.get_by_role("menuitem", name=choice).click()
