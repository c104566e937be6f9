"""The source beside the answer: a citation opens at its exact characters, and nothing is run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rag.settings import Settings
from tests.browser.visit import QUESTION, WORKERS, Visitor, add, remove_first, reply

pytestmark = pytest.mark.browser


def test_a_long_document_opens_at_the_citation_and_gives_the_rest_when_scrolled(
    visit: Visitor, settings: Settings
) -> None:
    filler = [f"Line {number} 😀 says nothing of note.\n\n" for number in range(2000)]
    text = "".join([*filler[:1000], "The lease has 37 clauses 🏛.\n\n", *filler[1000:]])
    add(settings, "Lease", text)
    page = (visited := visit(reply("The lease has 37 clauses."))).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    mark = page.locator("#source mark")
    expect(mark).to_have_text("The lease has 37 clauses 🏛.")  # emoji before it do not shift it
    expect(mark).to_be_in_viewport(ratio=1)
    shown = page.locator("#source .document-text")
    assert len(shown.inner_text()) < len(text) / 2  # only what is near has been fetched
    body = page.locator("#source-body")
    for way, end in (("0", "Line 0 "), ("each.scrollHeight", "Line 1999 ")):
        reached = f"each => {{ each.scrollTop = {way}; return each.innerText.includes('{end}') }}"
        page.wait_for_function(f"() => ({reached})(document.getElementById('source-body'))")
    whole = body.locator(".document-text").evaluate("each => each.textContent")
    assert whole.rstrip() == text.rstrip()


def test_text_that_comes_in_above_does_not_move_what_is_read(
    visit: Visitor, settings: Settings
) -> None:
    filler = "".join(f"Line {number} says nothing of note.\n\n" for number in range(1500))
    add(settings, "Lease", f"{filler}The lease has 37 clauses.\n")
    page = (visited := visit(reply("The lease has 37 clauses."))).page
    visited.ask("How many clauses does the lease have?").locator(".chip").click()
    expect(page.locator("#source mark")).to_be_visible()
    moved = page.evaluate(
        """async () => {
          const body = document.getElementById("source-body");
          const mark = body.querySelector("mark");
          const height = body.scrollHeight;
          body.scrollTop = 300;
          const before = mark.getBoundingClientRect().top;
          while (body.scrollHeight === height) {
            await new Promise(requestAnimationFrame);
          }
          return Math.abs(mark.getBoundingClientRect().top - before);
        }"""
    )
    assert moved < 2  # pixels


def test_a_source_that_is_gone_still_shows_what_was_cited(
    visit: Visitor, settings: Settings
) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.tolerated = "404"
    turn = visited.ask(QUESTION)
    remove_first(settings)
    turn.locator(".chip").click()
    expect(page.locator("#source .unavailable")).to_contain_text("changed or removed")
    expect(page.locator("#source mark")).to_contain_text(WORKERS)


HOSTILE = "<img src=x onerror=\"window.hacked='yes'\"><script>window.hacked='yes'</script>"


def test_what_a_document_says_stays_text(visit: Visitor, settings: Settings) -> None:
    said = f"The lease has 37 clauses {HOSTILE}."
    add(settings, f"Lease {HOSTILE}", f"{said}\n")
    page = (visited := visit(reply(said))).page
    turn = visited.ask("How many clauses does the lease have?")
    expect(turn.locator(".card-title")).to_have_text(f"Lease {HOSTILE}")
    expect(turn.locator(".sentence")).to_contain_text(HOSTILE)
    turn.locator(".chip").first.click()
    expect(page.locator("#source mark")).to_contain_text(HOSTILE)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Documents").click()
    expect(page.locator(".document-title").filter(has_text=HOSTILE)).to_have_count(1)
    assert page.locator("img, body script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_the_browser_refuses_to_make_html_of_a_string(visit: Visitor) -> None:
    visited = visit(None)
    visited.tolerated = "TrustedHTML|Content Security Policy"
    told = visited.page.evaluate(
        "() => { try { document.body.innerHTML = '<p>'; return '' } catch (e) { return e.name } }"
    )
    assert told == "TypeError"
