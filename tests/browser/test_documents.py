"""Documents are added, found and deleted; collections begin and are switched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from rag.settings import Settings
from rag.wiring import Wiring
from tests.browser.visit import Visitor, assert_accessible, remove_first
from tests.doubles import HashingEmbedder

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


def test_the_password_of_an_encrypted_file_is_asked_for(visit: Visitor, tmp_path: Path) -> None:
    secret = tmp_path / "secret.pdf"
    canvas = Canvas(str(secret), encrypt=StandardEncryption("open sesame"))
    canvas.drawString(60, 700, "The key is under the mat.")
    canvas.save()
    page = visit(None).page
    page.get_by_role("link", name="Documents").click()
    page.get_by_label("Files to add").set_input_files(secret)
    row = page.locator(".upload")
    expect(row).to_contain_text("Not added: it is encrypted")
    assert_accessible(page)
    page.get_by_label("Password of secret.pdf").fill("open sesame")
    page.get_by_role("button", name="Open it").click()
    expect(row).to_contain_text("Added")
    expect(row).to_have_count(1)


def test_what_is_left_out_stands_beside_its_document(visit: Visitor) -> None:
    page = (visited := visit(None)).page

    def told(route: Route) -> None:
        listed = route.fetch().json()
        listed["documents"][0]["left_out"] = ["3 comments", "1 chart"]
        route.fulfill(json=listed)

    page.route("**/documents?*", told)
    page.get_by_role("link", name="Documents").click()
    expect(page.locator(".document")).to_contain_text("Not in the text: 3 comments, 1 chart")
    assert_accessible(page)
    assert visited.wide() <= 0


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


def test_a_collection_is_created_filled_switched_and_deleted(
    visit: Visitor, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "lease.txt").write_text("The lease has 37 clauses.\n")
    page = (visited := visit(None)).page
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("button", name="New collection").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("no good")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog")).to_be_visible()  # a name has no blanks
    page.get_by_role("dialog").get_by_role("textbox").fill("leases")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#no-documents")).to_be_visible()
    page.get_by_label("Files to add").set_input_files(tmp_path / "lease.txt")
    expect(page.locator(".document")).to_have_count(1)
    chosen = page.get_by_role("combobox", name="Collection")
    expect(chosen).to_have_value("leases")
    page.get_by_role("link", name="New conversation").first.click()
    turn = visited.ask("How many clauses does the lease have?")
    expect(turn.locator(".sentence")).to_contain_text("37 clauses")
    chosen.select_option("default")
    expect(page.locator("#welcome")).to_be_visible()
    chosen.select_option("leases")
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("button", name="More for this collection").click()
    page.get_by_role("menuitem", name="Delete this collection").click()
    expect(page.get_by_role("dialog")).to_contain_text("“leases” with its 1 document")
    page.get_by_role("button", name="Delete collection").click()
    expect(chosen).to_have_value("default")
    expect(chosen.locator("option", has_text="leases")).to_have_count(0)
    expect(page.locator(".document")).to_contain_text("North Korea to Dispatch Troops")
    assert Wiring(settings).collections.names() == ["default"]


def test_a_collection_that_cannot_be_opened_says_why(visit: Visitor) -> None:
    other = Settings.from_environment(collection="other")
    with Wiring(other).open_index(HashingEmbedder("another"), create=True) as index:
        index.add_text("a.txt", "A", "A lease.")
    page = (visited := visit(None)).page
    visited.tolerated = "409"
    page.get_by_role("combobox", name="Collection").select_option("other (cannot be opened)")
    expect(page.get_by_role("alert").first).to_contain_text("was made with")
    page.get_by_role("link", name="Documents").click()
    expect(page.locator("#document-list").get_by_role("alert")).to_contain_text("was made with")


def test_files_are_dropped_anywhere_on_the_page(visit: Visitor) -> None:
    page = (visited := visit(None)).page
    transfer = page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          for (const [name, text] of [["a.txt", "The lease has 37 clauses."], ["b.txt", "Rent."]]) {
            transfer.items.add(new File([text], name, { type: "text/plain" }));
          }
          return transfer;
        }"""
    )
    page.dispatch_event("#question", "dragover", {"dataTransfer": transfer})
    overlay = page.locator("#drop-overlay")
    expect(overlay).to_be_visible()
    expect(overlay).to_contain_text("Drop to add to default")
    page.dispatch_event("#question", "drop", {"dataTransfer": transfer})
    expect(overlay).to_be_hidden()
    rows = page.locator(".upload")
    expect(rows.filter(has_text="Added")).to_have_count(2)
    expect(page.get_by_role("log")).to_contain_text("2 files done, 0 failed.")
    page.get_by_role("button", name="Clear finished").click()
    expect(page.locator("#uploads")).to_be_hidden()
    page.get_by_role("link", name="New conversation").first.click()
    turn = visited.ask("How many clauses does the lease have?")
    expect(turn.locator(".sentence")).to_contain_text("37 clauses")


def test_an_upload_shows_how_far_it_is(visit: Visitor, tmp_path: Path) -> None:
    (tmp_path / "lease.txt").write_text("The lease has 37 clauses.\n")
    page = visit(None).page
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.fallback()

    page.route("**/documents?*", hold)
    page.get_by_role("link", name="Documents").click()
    expect(page.locator(".document")).to_have_count(1)
    page.get_by_label("Files to add").set_input_files(tmp_path / "lease.txt")
    row = page.locator(".upload")
    expect(row.get_by_role("progressbar", name="Progress of lease.txt")).to_be_visible()
    expect(row).to_contain_text(re.compile("Waiting|Uploading|Reading and indexing"))
    expect(row.get_by_role("button", name="Stop lease.txt")).to_be_visible()
    held[0].continue_()
    expect(row).to_contain_text("Added")
    expect(row.get_by_role("progressbar")).to_have_count(0)


def test_an_empty_collection_says_how_to_add_documents(visit: Visitor, settings: Settings) -> None:
    remove_first(settings)
    page = visit(None).page
    expect(page.get_by_role("region", name="Add documents")).to_be_visible()
    with page.expect_file_chooser():
        page.get_by_role("button", name="Choose files").first.click()
