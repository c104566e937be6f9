"""The fields of a form on a web page, each with its label and what is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.load.build import tidy

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_WITHOUT_TEXT = frozenset("button color file hidden image password reset submit".split())
_TICKED, _NOT_TICKED = "☒", "☐"


class Labels:
    """Which label belongs to which control, where a page says it by their names."""

    def __init__(self, root: Element) -> None:
        by_name = {
            label.get("for"): label for label in root.iter("label") if label.get("for") is not None
        }
        self._by_name = by_name
        self.shown_with_their_control = {
            by_name[control.get("id")]
            for control in root.iter("input", "select", "textarea")
            if (label := by_name.get(control.get("id"))) is not None
            and label not in control.iterancestors()
            and _kind(control) not in _WITHOUT_TEXT
        }

    def text(self, control: Element, within: Callable[[Element], str]) -> str:
        """The label of a control, or what screen readers call it; empty without."""
        label = self._by_name.get(control.get("id"))
        if label is None or label in control.iterancestors():
            return tidy(control.get("aria-label", ""))
        return within(label)


def control_text(control: Element, label: str, before: str) -> str:
    """A control with its label and its value; ``before`` is what its line already says.

    Of buttons, passwords and what is not shown, nothing.
    """
    kind = _kind(control)
    if kind in _WITHOUT_TEXT:
        return ""
    if kind in ("checkbox", "radio"):
        tick = _NOT_TICKED if control.get("checked") is None else _TICKED
        return f" {tick} {label}"
    value = _value(control)
    if not label:
        label, before = "", tidy(before)
        return f"{':' if before[-1:].isalnum() and value else ''} {value}"
    return f" {label.rstrip(':')}: {value} "


def _kind(control: Element) -> str:
    kind = control.get("type", "text").lower() if control.tag == "input" else control.tag
    return str(kind)


def _value(control: Element) -> str:
    if control.tag == "textarea":
        return (control.text or "").strip()
    if control.tag == "input":
        return tidy(control.get("value", ""))
    options = list(control.iter("option"))
    chosen = [each for each in options if each.get("selected") is not None]
    return " / ".join(tidy("".join(each.itertext())) for each in chosen or options)
