"""A field of a form is a label with its value, at its exact place."""

from __future__ import annotations

from index.fields import fields

FORM = (
    "Pilot Information\n\nAge: 61, Male\nCertificate: Private;\nRecreational\nSeats:\t4\nRemarks:\n"
)


def test_fields_are_labels_with_values_in_their_part() -> None:
    found = fields(FORM)
    assert [(each.label, " ".join(each.value.split()), each.part) for each in found] == [
        ("Age", "61, Male", "Pilot Information"),
        ("Certificate", "Private; Recreational", "Pilot Information"),
        ("Seats", "4", "Pilot Information"),
    ]
    assert all(each.value in each.span.of(FORM) for each in found)


def test_a_pair_is_no_part_of_a_form() -> None:
    text = "Ratings: None\n\nAge: 61\nSeat: Left\n"
    assert {each.part for each in fields(text)} == {""}


def test_prose_has_no_fields() -> None:
    assert fields("He said: it is late. They left.") == ()
