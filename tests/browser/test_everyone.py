"""Keys, windows and people: who uses the page how, and the modules that calculate."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, ViewportSize, expect

from rag.settings import Settings
from tests.browser.visit import (
    DESKTOP,
    PHONE,
    QUESTION,
    WORKERS,
    Visitor,
    add,
    assert_accessible,
    reply,
)

pytestmark = pytest.mark.browser


def test_a_server_that_wants_a_key_is_given_one(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.tolerated = "401"

    def guarded(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer sesame":
            route.fallback()
        else:
            route.fulfill(status=401, json={"error": {"message": "a key is needed"}})

    page.route(re.compile("^http://[^/]+/(collections|documents|ask)"), guarded)
    page.reload()
    for key, title in (("wrong", "asks for an API key"), ("sesame", "refused this API key")):
        expect(page.locator("#dialog-title")).to_contain_text(title)
        page.get_by_label("API key", exact=True).fill(key)
        page.get_by_role("button", name="Continue").click()
    turn = visited.ask(QUESTION)
    expect(turn.locator(".sentence")).to_contain_text(WORKERS)
    assert page.evaluate("JSON.stringify(localStorage)").count("sesame") == 0
    page.get_by_role("button", name="Forget the API key").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_shift_enter_begins_a_line_and_the_first_tab_skips_to_the_question(visit: Visitor) -> None:
    page = visit(reply(WORKERS), PHONE).page  # where the question has not the focus from the start
    page.locator(".example").first.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the question")).to_be_focused()
    page.keyboard.press("Enter")
    question = page.get_by_label("Question", exact=True)
    expect(question).to_be_focused()
    page.keyboard.type("how many")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("construction workers?")
    expect(question).to_have_value("how many\nconstruction workers?")
    expect(page.locator(".turn")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".sentence")).to_contain_text(WORKERS)


def test_a_slash_leads_to_the_question_from_anywhere_but_a_field(visit: Visitor) -> None:
    page = visit(reply(WORKERS)).page
    question = page.get_by_label("Question", exact=True)
    expect(question).to_be_focused()  # as the page opens; else that may happen after the next line
    page.get_by_role("link", name="Documents").focus()
    page.keyboard.press("/")
    expect(question).to_be_focused()
    expect(question).to_have_value("")
    page.keyboard.press("/")
    expect(question).to_have_value("/")


def test_the_menu_is_used_with_the_keyboard(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.ask(QUESTION)
    button = page.get_by_role("button", name="Rename, export or delete")
    button.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Export as Markdown")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    visit: Visitor, settings: Settings, viewport: ViewportSize, scheme: str
) -> None:
    """The rules of axe, which is what auditors use, in each state of the page."""
    add(settings, "Report", "Russia expects 4,200 military construction workers.\n")
    page = (visited := visit(reply(WORKERS, ""), viewport, color_scheme=scheme)).page
    page.locator(".example").first.wait_for()
    assert_accessible(page)
    turn = visited.ask(QUESTION)
    turn.locator(".disclosure summary").last.click()
    assert_accessible(page)
    turn.locator(".chip").first.click()
    page.locator("#source mark").wait_for()
    assert_accessible(page)
    page.keyboard.press("Escape")
    visited.ask("What is the population of Pyongyang?")
    assert_accessible(page)
    page.goto(f"{visited.address}#/documents")
    page.locator(".document").first.wait_for()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("^Delete North Korea")).click()
    assert_accessible(page)


def test_on_a_phone_nothing_is_wider_and_the_source_covers_the_page(visit: Visitor) -> None:
    visited = visit(reply(WORKERS), PHONE)
    page = visited.page
    page.locator(".example").first.wait_for()
    assert visited.wide() <= 0
    turn = visited.ask(QUESTION)
    assert visited.wide() <= 0
    turn.locator(".chip").click()
    source = page.get_by_role("dialog", name=re.compile("^North Korea"))
    expect(source.locator("mark")).to_be_in_viewport(ratio=1)
    assert source.bounding_box() == {"x": 0, "y": 0, **PHONE}
    assert visited.wide() <= 0
    for _ in range(12):  # the focus stays in what is seen
        page.keyboard.press("Tab")
        assert page.evaluate(
            "[null, document.body].includes(document.activeElement)"
            " || document.activeElement.closest('#source') !== null"
        )
    page.get_by_role("button", name="Close the source").click()
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("link", name="Documents").click()
    expect(page.locator(".document")).to_have_count(1)
    assert visited.wide() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colours_of_the_system(visit: Visitor, scheme: str) -> None:
    page = visit(None, color_scheme=scheme).page
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert (red + green + blue > 3 * 128) is (scheme == "light")


def test_who_wants_less_motion_gets_less(visit: Visitor) -> None:
    page = visit(None, reduced_motion="reduce").page
    duration = page.locator("#send").evaluate("each => getComputedStyle(each).transitionDuration")
    assert duration == "0s"


def test_characters_are_counted_as_the_server_counts_them(visit: Visitor) -> None:
    text = "a😀b👩‍🚀c"
    cut = visit(None).page.evaluate(
        """async (text) => {
          const { characters, countCharacters } = await import("/static/text.js");
          const length = countCharacters(text);
          return Array.from({ length }, (_, at) => characters(text, at, at + 1));
        }""",
        text,
    )
    assert cut == list(text)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_read_alike_wherever_it_is_cut(visit: Visitor, size: int) -> None:
    stream = ": hello\r\n\r\nevent: sentence\r\ndata: 5 €\r\n\r\ndata: a\ndata: b\n\nevent: lost\n"
    events = visit(None).page.evaluate(
        """async ([stream, size]) => {
          const { serverSentEvents } = await import("/static/api.js");
          const bytes = new TextEncoder().encode(stream);
          const body = new ReadableStream({
            start(controller) {
              for (let at = 0; at < bytes.length; at += size) {
                controller.enqueue(bytes.slice(at, at + size));
              }
              controller.close();
            },
          });
          const events = [];
          for await (const each of serverSentEvents(body)) {
            events.push(each);
          }
          return events;
        }""",
        [stream, size],
    )
    assert events == [{"event": "sentence", "data": "5 €"}, {"event": "message", "data": "a\nb"}]


def test_the_api_is_described_without_anything_from_elsewhere(visit: Visitor) -> None:
    visited = visit(None)
    visited.page.goto(f"{visited.address}docs")
    expect(visited.page.get_by_text("/ask/stream").first).to_be_visible()
