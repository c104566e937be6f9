"""Documents are added, found and deleted; collections begin and are switched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rag.settings import Settings
from tests.browser.visit import Visitor, remove_first

pytestmark = pytest.mark.browser


def test_files_are_added_with_their_outcome_and_answered_from(
    visit: Visitor, tmp_path: Path
) -> None:
    good, broken = tmp_path / "lease.txt", tmp_path / "empty.txt"
    good.write_text("The lease has 37 clauses.\n")
    broken.write_text("")
    page = (visited := visit(None)).page
    page.get_by_role("link", name="Documents").click()
    page.get_by_label("Files to add").set_input_files([good, broken])
    rows = page.locator(".upload")
    expect(rows.filter(has_text="lease.txt")).to_contain_text("Added")
    failed = rows.filter(has_text="empty.txt")
    expect(failed).to_have_attribute("data-status", "failed")
    expect(failed).to_contain_text(re.compile("Not added: .+"))
    expect(page.locator(".document")).to_have_count(2)
    page.get_by_role("link", name="New conversation").first.click()
    turn = visited.ask("How many clauses does the lease have?")
    expect(turn.locator(".sentence")).to_contain_text("37 clauses")


def test_a_document_is_found_and_deleted_after_confirmation(visit: Visitor) -> None:
    page = visit(None).page
    page.get_by_role("link", name="Documents").click()
    page.get_by_label("Filter documents").fill("nothing like it")
    expect(page.locator("#documents-count")).to_contain_text("0 documents")
    page.get_by_label("Filter documents").fill("kursk")
    expect(page.locator(".document")).to_have_count(1)
    delete = page.get_by_role("button", name=re.compile("^Delete North Korea"))
    delete.click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".document")).to_have_count(1)
    delete.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_label("Filter documents").fill("")
    expect(page.locator("#no-documents")).to_be_visible()


def test_a_new_collection_begins_with_its_first_file(visit: Visitor, tmp_path: Path) -> None:
    (tmp_path / "lease.txt").write_text("The lease has 37 clauses.\n")
    page = (visited := visit(None)).page
    visited.tolerated = "404"  # there is nothing yet
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("button", name="New collection").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("no good")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("dialog")).to_be_visible()  # a name has no blanks
    page.get_by_role("dialog").get_by_role("textbox").fill("leases")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#no-documents")).to_be_visible()
    page.get_by_label("Files to add").set_input_files(tmp_path / "lease.txt")
    expect(page.locator(".document")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Collection")).to_have_value("leases")
    page.get_by_role("link", name="New conversation").first.click()
    turn = visited.ask("How many clauses does the lease have?")
    expect(turn.locator(".sentence")).to_contain_text("37 clauses")
    page.get_by_role("combobox", name="Collection").select_option("default")
    expect(page.locator("#welcome")).to_be_visible()


def test_an_empty_collection_says_how_to_add_documents(visit: Visitor, settings: Settings) -> None:
    remove_first(settings)
    page = visit(None).page
    expect(page.get_by_role("region", name="Add documents")).to_be_visible()
    with page.expect_file_chooser():
        page.get_by_role("button", name="Choose files").first.click()
