"""What is asked and answered, as a person sees it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from rag.errors import LLMError
from rag.settings import Settings
from tests.browser.visit import (
    ANSWERED,
    QUESTION,
    WORKERS,
    GatedLLM,
    Visitor,
    add,
    remove_first,
    reply,
)
from tests.scripted_llm import ScriptedLLM

pytestmark = pytest.mark.browser


def test_the_citation_opens_the_source_at_its_exact_characters(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    turn = visited.ask(QUESTION)
    expect(turn.locator(".sentence")).to_contain_text(ANSWERED)
    chip = turn.get_by_role("button", name=re.compile("^Source 1: North Korea to Dispatch"))
    chip.click()
    mark = page.locator("#source mark")
    expect(mark).to_contain_text(WORKERS)
    expect(mark).to_be_in_viewport(ratio=1)
    expect(turn.locator(".sentence")).to_contain_text(mark.inner_text())
    expect(turn.locator(".source-card q")).to_have_count(0)  # the answer quotes it already
    expect(page.locator("#source-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(chip).to_be_focused()


def test_verdict_and_support_are_told_in_words(visit: Visitor) -> None:
    turn = visit(reply(WORKERS)).ask(QUESTION)
    expect(turn.locator(".sentence")).to_contain_text("Supported (100\u00a0%)")
    expect(turn.locator(".standing")).to_contain_text("1 of 1 sentence carried by the source")


def test_a_screen_reader_hears_each_sentence_with_its_source(visit: Visitor) -> None:
    visited = visit(reply(WORKERS))
    visited.ask(QUESTION)
    log = visited.page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text(f"{ANSWERED} Source 1.")


def test_what_the_documents_do_not_say_is_shown_with_the_closest_text(visit: Visitor) -> None:
    page = (visited := visit(ScriptedLLM(ScriptedLLM.reply("")))).page
    turn = visited.ask("What is the population of Pyongyang?")
    expect(turn.locator(".abstention")).to_contain_text("The documents do not answer this.")
    expect(turn.locator(".abstention")).to_contain_text("population")
    expect(turn.locator(".sentence")).to_have_count(0)
    closest = turn.locator(".source-card").first
    closest.click()
    expect(page.locator("#source mark")).to_have_text(closest.locator("q").inner_text())


def test_documents_that_disagree_stand_side_by_side(visit: Visitor, settings: Settings) -> None:
    add(settings, "Report", "Russia expects 4,200 military construction workers.\n")
    page = (visited := visit(reply(WORKERS))).page
    turn = visited.ask(QUESTION)
    values = turn.locator(".conflict-card")
    expect(values).to_have_count(2)
    expect(values.nth(0)).to_contain_text(WORKERS)
    expect(values.nth(1)).to_contain_text("4,200 military construction workers")
    one, other = values.nth(0).bounding_box(), values.nth(1).bounding_box()
    assert one is not None
    assert other is not None
    assert one["y"] == other["y"]
    assert one["x"] + one["width"] < other["x"]
    values.nth(1).get_by_role("button").click()
    expect(page.locator("#source mark")).to_contain_text("4,200 military construction workers")


def test_withheld_sentences_are_counted_and_can_be_read(visit: Visitor) -> None:
    turn = visit(reply(f"{WORKERS}. Putin paid 9 million dollars.")).ask(QUESTION)
    withheld = turn.locator(".withheld")
    expect(withheld.locator("summary")).to_contain_text("1 sentence withheld")
    expect(withheld.locator("s")).to_be_hidden()
    withheld.locator("summary").click()
    expect(withheld.locator("s")).to_have_text("Putin paid 9 million dollars.")
    expect(withheld.locator(".reason")).not_to_be_empty()


def test_an_answer_without_the_model_says_that_it_is_quoted(visit: Visitor) -> None:
    turn = visit(ScriptedLLM(LLMError("it broke"))).ask(QUESTION)
    expect(turn.get_by_role("note")).to_contain_text("it broke")
    expect(turn.locator(".standing")).to_contain_text("Quoted word for word")


def test_a_sentence_is_shown_before_the_next_is_written_and_stop_keeps_it(visit: Visitor) -> None:
    said = ScriptedLLM.reply("It sends 1,000 sappers to Russia. He met Kim Jong Un.", "S1")
    place = said.index("met")  # that the first sentence has ended is seen when the next begins
    llm = GatedLLM(said[:place], said[place:])
    page = visit(llm).page
    llm.gate.release()
    page.get_by_label("Question", exact=True).fill("How many sappers?")
    page.keyboard.press("Enter")
    try:
        expect(page.locator(".sentence")).to_contain_text("1,000 sappers")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".stopped")).to_contain_text("You stopped this answer")
        expect(page.locator(".sentence")).to_have_count(1)
        expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    finally:
        llm.gate.release()


def test_an_error_of_the_server_is_told_and_the_question_can_be_asked_again(visit: Visitor) -> None:
    page = (visited := visit(reply(WORKERS))).page
    visited.tolerated = "423"
    body = {"error": {"message": "the index is being written: try again"}}
    page.route("**/ask/stream", lambda route: route.fulfill(status=423, json=body), times=1)
    turn = visited.ask(QUESTION)
    expect(turn.get_by_role("alert")).to_contain_text("the index is being written: try again")
    turn.get_by_role("button", name="Ask again").click()
    expect(page.locator(".sentence")).to_contain_text(WORKERS)
    expect(page.locator(".turn")).to_have_count(1)


def test_a_follow_up_is_sent_with_what_was_said(visit: Visitor) -> None:
    visited = visit(reply(WORKERS, "1,000 sappers"))
    visited.ask(QUESTION)
    with visited.page.expect_request("**/ask/stream") as asked:
        visited.ask("How many sappers will be sent to Russia?")
    assert json.loads(asked.value.post_data or "")["history"] == [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": ANSWERED},
    ]


def test_a_follow_up_says_how_it_was_understood(visit: Visitor) -> None:
    understood = '{"question": "how many sappers?"}'
    llm = ScriptedLLM(
        ScriptedLLM.reply(WORKERS, "S1"), understood, ScriptedLLM.reply("1,000 sappers", "S1")
    )
    visited = visit(llm)
    first = visited.ask(QUESTION)
    expect(first.locator(".understood")).to_have_count(0)
    turn = visited.ask("And how many sappers?")
    expect(turn.locator(".understood")).to_have_text("Understood as: “how many sappers?”")


def test_the_first_screen_offers_questions_of_the_documents(visit: Visitor) -> None:
    page = visit(reply(WORKERS)).page
    page.get_by_role("button", name="How many military construction workers?").click()
    expect(page.locator(".sentence")).to_contain_text(WORKERS)
    expect(page.locator("#welcome")).to_be_hidden()


def test_documents_that_count_nothing_are_offered_by_their_titles(
    visit: Visitor, settings: Settings
) -> None:
    remove_first(settings)
    add(settings, "Lease", "The tenant pays on the third day of each month.\n")
    page = visit(None).page
    page.get_by_role("region", name="In this collection").get_by_role(
        "button", name="Lease"
    ).click()
    expect(page.locator("#source .document-text")).to_contain_text("The tenant pays")
