"""Mails and mailboxes: what is said, and what is attached."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.load import LoadedDocument, load_bytes, load_parts


def _mail(body: str = "The bridge opens on Monday.", subject: str = "Brücke") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada <ada@example.org>"
    message["To"] = "bob@example.org"
    message["Date"] = "Mon, 06 May 2024 07:08:09 +0000"
    message["Subject"] = subject
    message["X-Mailer"] = "noise"
    message.set_content(body)
    return message


def _texts(data: bytes, name: str) -> dict[str, str]:
    return {
        part.inner: part.outcome.text if isinstance(part.outcome, LoadedDocument) else "refused"
        for part in load_parts(data, name)
    }


def test_a_mail_says_who_wrote_when_and_what() -> None:
    loaded = load_bytes(_mail().as_bytes(), "a.eml")
    assert loaded.title == "Brücke"
    assert loaded.text == (
        "From: Ada <ada@example.org>\nTo: bob@example.org\nDate: Mon, 06 May 2024 07:08:09 +0000\n"
        "Subject: Brücke\n\nThe bridge opens on Monday."
    )


def test_what_is_said_twice_is_read_once() -> None:
    message = _mail()
    message.add_alternative("<p>The <b>bridge</b> opens on Monday.</p>", subtype="html")
    assert load_bytes(message.as_bytes(), "a.eml").text.count("opens on Monday") == 1


def test_a_mail_that_is_only_a_web_page_is_read_as_one() -> None:
    message = _mail()
    message.set_content(
        "<h1>Die Brücke</h1><p>Sie ist <i>alt</i>.</p>", subtype="html", charset="cp1252"
    )
    loaded = load_bytes(message.as_bytes(), "a.eml")
    assert loaded.text.endswith("\n\nDie Brücke\n\nSie ist alt.")
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == ["Die Brücke"]


def test_attachments_are_documents_of_their_own_in_any_depth() -> None:
    inner = _mail("The inner words.", "Inner")
    inner.add_attachment("Name,Price\nPear,3\n", subtype="csv", filename="übersicht.csv")
    outer = _mail("The outer words.")
    outer.add_attachment("Attached notes.", filename="notes.txt")
    outer.add_attachment(inner)
    texts = _texts(outer.as_bytes(), "a.eml")
    assert list(texts) == ["", "notes.txt", "3.eml", "3.eml!/übersicht.csv"]
    assert texts[""].endswith("The outer words.")
    assert texts["notes.txt"] == "Attached notes.\n"
    assert "The inner words." in texts["3.eml"]
    assert texts["3.eml!/übersicht.csv"].endswith("Row 2: Name: Pear; Price: 3")


def test_each_mail_of_a_mailbox_is_a_document(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "a.mbox")
    for number in range(3):
        box.add(_mail(f"Number {number}.\n\nFrom here on we wait until 12:30 or so.", f"S{number}"))
    box.close()
    texts = _texts((tmp_path / "a.mbox").read_bytes(), "a.mbox")
    assert list(texts) == ["1.eml", "2.eml", "3.eml"]
    assert "Subject: S1\n\nNumber 1.\n\nFrom here on we wait" in texts["2.eml"]


@pytest.mark.parametrize(
    "header", ["=?utf-8?b?broken", "=?no-such-charset?q?x?=", "\udcff raw", "=?utf-8?q?" + "=" * 99]
)
def test_broken_headers_do_not_hinder(header: str) -> None:
    data = b"Subject: " + header.encode("utf-8", "surrogateescape") + b"\n\nThe words."
    assert load_bytes(data, "a.eml").text.endswith("The words.")
