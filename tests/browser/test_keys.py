"""The page before a server that wants a real key."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from rag.keys.store import KeyStore
from rag.settings import Settings
from tests.browser.visit import QUESTION, WORKERS, Visitor, reply

pytestmark = pytest.mark.browser


def test_a_key_of_rag_keys_opens_the_page_as_far_as_its_scope_goes(
    visit: Visitor, settings: Settings
) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.tolerated = "401|403"
    secret, _ = KeyStore(settings.keys_file).create("Ann", "read")
    page.reload()
    page.get_by_label("API key", exact=True).fill(secret)
    page.get_by_role("button", name="Continue").click()
    turn = visited.ask(QUESTION)
    expect(turn.locator(".sentence")).to_contain_text(WORKERS)
    turn.locator(".chip").first.click()
    expect(page.locator("#source mark").first).to_contain_text(WORKERS)
    page.goto(f"{visited.address}#/documents")
    file = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"A lease.")
    page.set_input_files("input[type=file]", file)
    expect(page.get_by_text("this needs a key of the scope 'write'").first).to_be_visible()
