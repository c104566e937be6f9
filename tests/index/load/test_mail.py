"""Mails and mailboxes: what is said, and what is attached."""

from __future__ import annotations

import base64
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes, load_parts


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


def _part(kind: str, text: str, **headers: str) -> str:
    stated = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"--B\nContent-Type: {kind}\n{stated}\n{text}\n"


def _read(kind: str, *parts: str) -> str:
    data = f"Subject: S\nContent-Type: multipart/{kind}; boundary=B\n\n{''.join(parts)}--B--\n"
    text = load_bytes(data.encode("utf-8", "surrogateescape"), "a.eml").text
    return text.removeprefix("Subject: S\n\n")


_TABLE = "<p>It ships.</p><table><tr><th>Item<th>Price<tr><td>Kettle<td>39 euros</table>"


def test_a_text_and_a_page_side_by_side_are_both_read() -> None:
    text = _read("mixed", _part("text/plain", "Hello, see below."), _part("text/html", _TABLE))
    assert text == "Hello, see below.\n\nIt ships.\n\nItem; Price\n\nItem: Kettle; Price: 39 euros"


@pytest.mark.parametrize(
    ("plain", "rest"),
    [
        ("It ships. Item Price Kettle 39 euros", ""),
        ("It ships.\nItem Price\nKettle 39 euros\nhttps://example.org/very/long", ""),
        ("It ships.\nKettle 39 euros\nThe code is 7731.", "\n\nThe code is 7731."),
    ],
)
def test_of_alternatives_the_one_with_tables_is_read_and_what_only_others_say(
    plain: str, rest: str
) -> None:
    text = _read("alternative", _part("text/plain", plain), _part("text/html", _TABLE))
    assert text == "It ships.\n\nItem; Price\n\nItem: Kettle; Price: 39 euros" + rest


def test_a_page_that_only_points_elsewhere_does_not_replace_the_text() -> None:
    plain = "The pump of hall three was exchanged on Monday by the firm Larsen of Bergen."
    text = _read("alternative", _part("text/plain", plain), _part("text/html", "<p>Look online"))
    assert text == f"{plain}\n\nLook online"


def test_an_invitation_is_read_beside_its_text() -> None:
    event = "BEGIN:VEVENT\nSUMMARY:Audit\nDTSTART:20260901T070000Z\nEND:VEVENT"
    text = _read("alternative", _part("text/plain", "Please come."), _part("text/calendar", event))
    assert text == "Please come.\n\nSummary: Audit; Start: 2026-09-01 07:00 UTC"


def test_a_report_of_delivery_says_why() -> None:
    report = "Reporting-MTA: dns; x.org\n\nFinal-Recipient: rfc822; bob@x.org\nStatus: 5.1.1"
    text = _read(
        "report", _part("text/plain", "Not sent."), _part("message/delivery-status", report)
    )
    assert text.endswith("Final-Recipient: rfc822; bob@x.org\nStatus: 5.1.1")


def test_lines_that_were_broken_for_sending_are_made_whole() -> None:
    flowed = "A long line that \nwas broken.\n> A quoted \n> one.\n Text.\n-- \nAda"
    text = _read("mixed", _part("text/plain; format=flowed", flowed))
    assert text == "A long line that was broken.\n> A quoted one.\nText.\n-- \nAda"


def test_damaged_codings_lose_what_is_damaged_and_no_more() -> None:
    coded = base64.b64encode("Die Brücke ist alt und lang.".encode()).decode()
    one_missing = _part(
        "text/plain; charset=utf-8", coded.rstrip("=")[:-2], Content_Transfer_Encoding="base64"
    )
    assert _read("mixed", one_missing).startswith("Die Brücke ist alt und la")
    quoted = _part(
        "text/plain; charset=utf-8",
        "Br=C3=BCcke =ZZ lang=",
        Content_Transfer_Encoding="quoted-printable",
    )
    assert _read("mixed", quoted).startswith("Brücke =ZZ lang")


@pytest.mark.parametrize("charset", ["", "; charset=iso-8859-1", "; charset=ascii", "; charset=x"])
def test_a_charset_that_is_missing_or_wrong_does_not_hinder(charset: str) -> None:
    data = f"Subject: S\nContent-Type: text/plain{charset}\n\n“Größe” 5 €"
    for stored in ("cp1252", "utf-8"):
        assert load_bytes(data.encode(stored), "a.eml").text.endswith("“Größe” 5 €")


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("=?iso-8859-1?Q?5_=80_f=FCr?= Ada =?utf-8?B?xb4=?=", "5 € für Ada ž"),
        ("=?gb2312?B?1tC5+g==?= and more", "中国 and more"),
        ("Größe", "Größe"),
        ("=?utf-8?q?one?=\n =?utf-8?q?_two?=", "one two"),
    ],
)
def test_headers_are_decoded(stated: str, shown: str) -> None:
    assert load_bytes(f"Subject: {stated}\n\nText.".encode(), "a.eml").title == shown


def test_every_recipient_is_named() -> None:
    data = b"To: a@x.org\nTo: b@x.org\nCc: c@x.org\nSubject: S\n\nText."
    assert load_bytes(data, "a.eml").text.startswith("To: a@x.org, b@x.org\nCc: c@x.org\n")


def test_an_attachment_without_a_name_is_a_document() -> None:
    data = _part("application/json", '[{"pear": 3}]')
    head = "Subject: S\nContent-Type: multipart/mixed; boundary=B\n\n"
    whole = f"{head}{_part('text/plain', 'T')}{data}--B--"
    assert _texts(whole.encode(), "a.eml")["2.json"] == "Record 1: pear: 3"


def test_parts_within_parts_without_end_are_read_as_far_as_mails_go() -> None:
    data = "".join(f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(40))
    assert "deep words" in load_bytes(f"Subject: S\n{data}\nThe deep words.".encode(), "a.eml").text


def test_a_saved_page_is_read_as_the_page() -> None:
    page = _part("text/html; charset=utf-8", f"<title>Shop</title>{_TABLE}")
    data = f"Subject: x\nContent-Type: multipart/related; boundary=B\n\n{page}--B--\n"
    loaded = load_bytes(data.encode(), "a.mhtml")
    assert loaded.title == "Shop"
    assert loaded.text == "It ships.\n\nItem; Price\n\nItem: Kettle; Price: 39 euros"
