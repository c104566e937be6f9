"""The pages of a PDF: the cited one is shown as it looks, with its text a switch away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from rag.settings import Settings
from rag.wiring import Wiring
from tests.browser.visit import PHONE, Visitor, reply
from tests.doubles import HashingEmbedder

pytestmark = pytest.mark.browser

PAGES = (
    "This lease is made between the owner and the tenant.",
    "The lease has 37 clauses.",
    "Signed by both in the spring.",
)


@pytest.fixture
def lease(settings: Settings, tmp_path: Path) -> Path:
    """A PDF of three pages in the collection."""
    path = tmp_path / "lease.pdf"
    canvas = Canvas(str(path))
    for line in PAGES:
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        index.ingest([path])
    return path


@pytest.mark.usefixtures("lease")
def test_a_pdf_opens_at_the_cited_page_and_its_pages_can_be_turned(visit: Visitor) -> None:
    page = (visited := visit(reply(PAGES[1]))).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    image = page.locator("#source img")
    expect(image).to_have_attribute("alt", re.compile("^Page 2 of .*cited text highlighted$"))
    assert image.evaluate("each => each.naturalWidth") > 300
    number = page.get_by_role("spinbutton", name="Page")
    page.get_by_role("button", name="Next page").click()
    expect(image).to_have_attribute("alt", re.compile("^Page 3 of "))
    expect(number).to_have_value("3")
    number.fill("1")
    number.press("Enter")
    expect(image).to_have_attribute("alt", re.compile("^Page 1 of "))
    page.get_by_role("button", name="Previous page").click()  # there is none before the first
    expect(number).to_have_value("1")


@pytest.mark.usefixtures("lease")
def test_a_pdf_can_be_read_as_text(visit: Visitor) -> None:
    page = (visited := visit(reply(PAGES[1]))).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    as_text = page.get_by_role("button", name="Text", exact=True)
    as_text.click()
    expect(as_text).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#source mark")).to_have_text(PAGES[1])
    labels = page.locator("#source .page-label")
    expect(labels).to_have_count(3)
    expect(labels.nth(1)).to_have_attribute("data-label", "Page 2")


def test_a_long_page_is_scrolled_to_where_the_highlight_is(
    visit: Visitor, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "long.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 90, "The lease has 37 clauses.")  # low on a page that is empty above
    canvas.save()
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        index.ingest([path])
    page = (visited := visit(reply(PAGES[1]))).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    image = page.locator("#source img")
    expect(image).to_have_attribute("alt", re.compile("cited text highlighted$"))
    for _ in range(3):  # at each size of the page
        yellow = image.evaluate(
            """async (image) => {
              const canvas = document.createElement("canvas");
              [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
              const yellow = (blue, at) => at % 4 === 2 && blue < 200 && data[at - 2] > 230;
              const first = data.findIndex(yellow);
              const share = Math.floor(first / 4 / canvas.width) / canvas.height;
              const box = image.getBoundingClientRect();
              return box.top + share * box.height;
            }"""
        )
        body = page.locator("#source-body").bounding_box()
        assert body is not None
        assert body["y"] < yellow < body["y"] + body["height"]
        page.get_by_role("button", name="Zoom").click()


@pytest.mark.usefixtures("lease")
def test_on_a_phone_a_page_is_large_enough_to_be_read(visit: Visitor) -> None:
    page = (visited := visit(reply(PAGES[1]), PHONE)).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    image = page.locator("#source img")
    expect(image).to_have_attribute("alt", re.compile("cited text highlighted$"))
    shown = image.evaluate("each => [each.clientWidth, each.parentElement.scrollLeft]")
    assert shown[0] > 1.5 * PHONE["width"]
    assert shown[1] > 0  # as far as the quote, which begins behind the margin of the page
    assert visited.wide() <= 0
