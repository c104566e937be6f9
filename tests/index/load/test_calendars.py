"""Calendars and contacts: every entry a line that is readable alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableError
from index.load.loading import load_bytes


def _calendar(*lines: str) -> bytes:
    whole = ("BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR")
    return "\r\n".join(whole).encode()


def _event(*lines: str) -> str:
    return load_bytes(_calendar("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"), "a.ics").text


def test_an_event_is_a_line_with_all_that_people_ask_for() -> None:
    text = _event(
        "DTSTART;TZID=Europe/Berlin:20260901T090000",
        "DTEND;TZID=Europe/Berlin:20260901T103000",
        "SUMMARY:Team\\, meeting\\; all",
        "LOCATION:Room 4",
        'ORGANIZER;CN="Byron, Ada":mailto:ada@example.org',
        "ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:MAILTO:bob@example.org",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:cid@example.org",
        "STATUS:CONFIRMED",
        "DESCRIPTION:Bring the plan.\\nAnd the keys.",
        "BEGIN:VALARM",
        "TRIGGER:-PT1H30M",
        "END:VALARM",
    )
    assert text == (
        "Summary: Team, meeting; all; Start: 2026-09-01 09:00 Europe/Berlin; "
        "End: 2026-09-01 10:30 Europe/Berlin; Location: Room 4; "
        "Organizer: Byron, Ada <ada@example.org>; Status: confirmed; "
        "Attendees: Bob <bob@example.org> (accepted), cid@example.org (needs action); "
        "Reminder: 1 h 30 min before\nDescription: Bring the plan.\nAnd the keys."
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DTSTART:20260901T070000Z", "Start: 2026-09-01 07:00 UTC"),
        ("DTSTART:20260901T070005", "Start: 2026-09-01 07:00:05"),
        ("DTSTART;VALUE=DATE:20261224", "Start: 2026-12-24"),
        ("DTEND;VALUE=DATE:20270101", "End: 2026-12-31"),  # the day after the last one
        ("DTSTART:soon", "Start: soon"),
        ("DURATION:P1DT2H", "Duration: 1 days 2 h"),
        ("RRULE:FREQ=DAILY", "Repeats: every day"),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20261231T000000Z",
            "Repeats: every 2 weeks, on Monday, Wednesday, until 2026-12-31 00:00 UTC",
        ),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", "Repeats: every month, on last Friday, 6 times"),
        ("RRULE:FREQ=YEARLY;BYMONTH=3", "Repeats: every year, bymonth 3"),
        (
            "EXDATE:20260907T070000Z,20260914T070000Z",
            "Not on: 2026-09-07 07:00 UTC, 2026-09-14 07:00 UTC",
        ),
        ("CATEGORIES:Work,Tax\\, old", "Categories: Work, Tax, old"),
    ],
)
def test_times_and_rules_are_in_words(line: str, shown: str) -> None:
    assert _event("SUMMARY:X", line) == f"Summary: X; {shown}"


def test_folded_lines_are_whole_and_zones_and_numbers_of_programs_are_none() -> None:
    data = _calendar(
        "X-WR-CALNAME:Pool",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "END:VTIMEZONE",
        "BEGIN:VTODO",
        "DTSTAMP:20260101T000000Z",
        "SUMMARY:Buy a new",
        "  pump for the ha",
        " ll",
        "DUE;VALUE=DATE:20261001",
        "END:VTODO",
    )
    loaded = load_bytes(data, "a.ics")
    assert (loaded.title, loaded.text) == (
        "Pool",
        "Summary: Buy a new pump for the hall; Due: 2026-10-01",
    )


def test_contacts_of_every_version_are_read() -> None:
    contacts = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Byron;Ada;King;Dr.;\r\nFN:Ada Byron\r\n"
        "ORG:Engine Ltd;Maths\r\n"
        "TEL;TYPE=WORK,VOICE:+44 1\r\nitem1.TEL:+44 2\r\nitem1.X-ABLabel:_$!<Mobile>!$_\r\n"
        "ADR;TYPE=home:;;1 Hill St\\, Flat 2;London;;E1;UK\r\nBDAY:1815-12-10\r\n"
        "PHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\n BBBB\r\nNOTE:Likes\\nengines\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=\r\n"
        "=F6rg\r\nTEL;CELL:0170\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Cid\r\n"
        'TEL;VALUE=uri;TYPE="home,voice":tel:+49-1\r\nEND:VCARD\r\n'
    )
    loaded = load_bytes(contacts.encode(), "a.vcf")
    assert loaded.text == (
        "Name: Ada Byron; Organization: Engine Ltd, Maths; Phone (work): +44 1; "
        "Phone (mobile): +44 2; Address (home): 1 Hill St, Flat 2, London, E1, UK; "
        "Birthday: 1815-12-10\nNote: Likes\nengines\n\n"
        "Name: Jörg Müller; Phone (cell): 0170\n\nName: Cid; Phone (home): +49-1"
    )
    assert loaded.left_out == ("pictures of contacts",)


@pytest.mark.parametrize("name", ["a.ics", "a.vcf"])
def test_what_is_none_says_so(name: str) -> None:
    with pytest.raises(UnreadableError, match="export it again"):
        load_bytes(b"Just text: nothing more", name)


@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VEVENT",
                "END:VEVENT",
                "BEGIN:X",
                "SUMMARY:a",
                " b",
                ";:",
                "RRULE:FREQ=",
                'DTSTART;X="',
                "ATTENDEE;CN=c:d",
                "N;ENCODING=QUOTED-PRINTABLE:=",
                "DTEND;VALUE=DATE:00010101",
                "EXDATE:,/,",
            ]
        ),
        max_size=30,
    )
)
def test_no_damage_is_an_error_of_the_program(lines: list[str]) -> None:
    data = _calendar("BEGIN:VEVENT", "SUMMARY:whole", "END:VEVENT", *lines)
    assert "Summary: whole" in load_bytes(data, "a.ics").text


@pytest.mark.parametrize(
    "lines",
    [["SUMMARY:a", *[" b"] * 100_000], ["X" + ";A" * 100_000], ["BEGIN:VEVENT"] * 50_000],
)
def test_hostile_lines_cost_no_more_than_they_are_long(lines: list[str]) -> None:
    started = time.perf_counter()
    load_bytes(_calendar("BEGIN:VEVENT", "SUMMARY:x", *lines), "a.ics")
    assert time.perf_counter() - started < 20
