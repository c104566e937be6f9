"""Calendars (.ics) and contacts (.vcf): a line for each entry, each value with its name."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import PurePath

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode, normalise
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.content_lines import Component, Property, components

Pair = tuple[str, str]

_CALENDAR_TYPE = "text/calendar"
_CONTACTS_TYPE = "text/vcard"
_LONG = 200  # characters; a longer value, or one of several lines, gets lines of its own
_ENTRIES = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY")
_LABELS = {
    "DTSTART": "Start",
    "DTEND": "End",
    "RRULE": "Repeats",
    "RDATE": "Also on",
    "EXDATE": "Not on",
    "RECURRENCE-ID": "In place of",
    "TRIGGER": "Reminder",
    "FN": "Name",
    "ORG": "Organization",
    "TEL": "Phone",
    "ADR": "Address",
    "BDAY": "Birthday",
    "IMPP": "Chat",
    "TZ": "Time zone",
    "URL": "URL",
}
_TIMES = frozenset("DTSTART DTEND DUE COMPLETED RDATE EXDATE RECURRENCE-ID FREEBUSY".split())
# What programs tell each other; nobody asks for it.
_TECHNICAL = frozenset(
    "ACKNOWLEDGED CALSCALE CLIENTPIDMAP CREATED DTSTAMP LAST-MODIFIED PRODID REFRESH-INTERVAL REV "
    "SEQUENCE SOURCE TRANSP TZID UID VERSION".split()
)
_BINARY = frozenset("PHOTO LOGO SOUND KEY ATTACH".split())
_NUMBERED = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?(Z?)")
_DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = ("weeks", "days", "h", "min", "s")
_EVERY = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day"}
_EVERY |= {"WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_DAYS = {"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday"}
_DAYS |= {"SA": "Saturday", "SU": "Sunday"}
_WHICH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_APPLE_LABEL = re.compile(r"_\$!<(.{0,100})>!\$_")


def load_calendar(data: bytes, name: str) -> LoadedDocument:
    """A calendar, each entry a line ``Summary: …; Start: …``. Raises UnreadableError for others."""
    found = components(normalise(decode(data, name)))
    calendars = [each for each in found if each.name in ("VCALENDAR", *_ENTRIES)]
    if not calendars:
        raise UnreadableError(f"{name} is no calendar; export it again as iCalendar")
    built = TextBuilder()
    for calendar in calendars:
        _add_calendar(built, calendar)
    stated = next((p.text for each in calendars if (p := each.first("X-WR-CALNAME"))), "")
    return built.document(stated or PurePath(name).name, _CALENDAR_TYPE)


def load_contacts(data: bytes, name: str) -> LoadedDocument:
    """Contacts, each a line ``Name: …; Phone (work): …``. Raises UnreadableError for others."""
    found = [each for each in components(normalise(decode(data, name))) if each.name == "VCARD"]
    if not found:
        raise UnreadableError(f"{name} holds no contact; export it again as vCard")
    built = TextBuilder()
    for contact in found:
        _add_entry(built, list(_contact_pairs(contact, built)))
    return built.document(PurePath(name).name, _CONTACTS_TYPE)


def _add_calendar(built: TextBuilder, calendar: Component) -> None:
    entries = [calendar] if calendar.name in _ENTRIES else calendar.components
    _add_entry(built, list(_pairs(calendar, built)) if calendar not in entries else [])
    for entry in entries:
        if entry.name in _ENTRIES:
            pairs = list(_pairs(entry, built))
            for alarm in entry.components:
                pairs += [pair for pair in _pairs(alarm, built) if pair[0] == "Reminder"]
            pairs.sort(key=lambda pair: pair[0] != "Summary")
            _add_entry(built, pairs)


def _add_entry(built: TextBuilder, pairs: list[Pair]) -> None:
    """An entry: its short values on one line, each long one below."""
    is_long = [len(value) > _LONG or "\n" in value.strip() for _, value in pairs]
    line = "; ".join(
        f"{name}: {tidy(value)}"
        for (name, value), long in zip(pairs, is_long, strict=True)
        if not long
    )
    built.add(line)
    for (name, value), long in zip(pairs, is_long, strict=True):
        if long:
            built.add(f"{name}: {value.strip()}", gap=LINE if line else PARAGRAPH)


def _pairs(entry: Component, built: TextBuilder) -> Iterator[Pair]:
    """The names and values of an entry of a calendar; of several people, one after the other."""
    attending = [_person(each) for each in entry.properties if each.name == "ATTENDEE"]
    for each in entry.properties:
        if each.name in _TECHNICAL or each.name.startswith("X-"):
            continue
        if _is_binary(each):
            built.leave_out("attached data")
            continue
        value = _value(each)
        if value.strip() and each.name != "ATTENDEE":
            yield _label(each), value
    if attending:
        yield "Attendees", ", ".join(attending)


def _value(each: Property) -> str:
    if each.name in _TIMES:
        return ", ".join(_time(part, each) for part in each.value.split(","))
    if each.name == "RRULE":
        return _rule(each.value)
    if each.name in ("DURATION", "TRIGGER"):
        return _duration(each.value) or _time(each.value, each)
    if each.name == "ORGANIZER":
        return _person(each)
    if each.name in ("CATEGORIES", "RESOURCES"):
        return ", ".join(each.parts(","))
    if each.name in ("STATUS", "METHOD", "CLASS", "ACTION"):
        return each.value.lower()
    return each.text


def _label(each: Property) -> str:
    return _LABELS.get(each.name, each.name.replace("-", " ").capitalize())


def _is_binary(each: Property) -> bool:
    is_encoded = each.parameters.get("ENCODING", "").upper() in ("B", "BASE64")
    return each.name in _BINARY and (is_encoded or each.value.startswith("data:"))


def _time(value: str, each: Property) -> str:
    """A time as people write it, with its zone; the last day of what ends before the next one."""
    start, slash, end = value.partition("/")
    if slash:
        return f"{_time(start, each)} – {_duration(end) or _time(end, each)}"
    found = _NUMBERED.fullmatch(value.strip())
    if found is None:
        return value
    year, month, day, hour, minute, second, utc = found.groups()
    if hour is None:
        return (
            _last_day(f"{year}-{month}-{day}") if each.name == "DTEND" else f"{year}-{month}-{day}"
        )
    seconds = f":{second}" if second not in (None, "00") else ""
    zone = "UTC" if utc else each.parameters.get("TZID", "")
    return f"{year}-{month}-{day} {hour}:{minute}{seconds} {zone}".rstrip()


def _last_day(after: str) -> str:
    try:
        return str(datetime.date.fromisoformat(after) - datetime.timedelta(days=1))
    except (ValueError, OverflowError):
        return after


def _duration(value: str) -> str:
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groups()[1:]):
        return ""
    amount = " ".join(
        f"{number} {unit}"
        for number, unit in zip(found.groups()[1:], _UNITS, strict=True)
        if number
    )
    return f"{amount} before" if found[1] == "-" else amount


def _person(each: Property) -> str:
    address = re.sub(r"(?i)^mailto:", "", each.value)
    name = each.parameters.get("CN", "")
    reply = each.parameters.get("PARTSTAT", "").lower().replace("-", " ")
    shown = f"{name} <{address}>" if name and name != address else address
    return f"{shown} ({reply})" if reply else shown


def _rule(value: str) -> str:
    """A rule of repetition in words: every 2 weeks on Monday, 10 times."""
    parts = (part.partition("=") for part in value.split(";"))
    stated = {name.strip().upper(): told for name, _, told in parts}
    unit = _EVERY.get(stated.pop("FREQ", "").upper())
    if unit is None:
        return value
    interval = stated.pop("INTERVAL", "1")
    words = [f"every {unit}" if interval == "1" else f"every {interval} {unit}s"]
    if days := stated.pop("BYDAY", ""):
        words.append("on " + ", ".join(map(_day, days.split(","))))
    if count := stated.pop("COUNT", ""):
        words.append(f"{count} times")
    if until := stated.pop("UNTIL", ""):
        words.append("until " + _time(until, Property("UNTIL", {}, until)))
    stated.pop("WKST", None)
    words += [f"{name.lower()} {told}" for name, told in stated.items() if told]
    return ", ".join(words)


def _day(code: str) -> str:
    """A day of the week, in a month the first or the last one: ``-1WE``."""
    number, name = code.strip()[:-2].lstrip("+"), _DAYS.get(code.strip()[-2:].upper(), code)
    return f"{_WHICH.get(number, number)} {name}" if number else name


def _contact_pairs(contact: Component, built: TextBuilder) -> Iterator[Pair]:
    labels = {p.group: p.text for p in contact.properties if p.name == "X-ABLABEL" and p.group}
    has_name = contact.first("FN") is not None
    for each in contact.properties:
        if each.name in _TECHNICAL or each.name.startswith("X-") or (each.name == "N" and has_name):
            continue
        if _is_binary(each):
            built.leave_out("pictures of contacts")
            continue
        value = _contact_value(each)
        if value.strip():
            kind = _APPLE_LABEL.sub(r"\1", labels.get(each.group, "")) or _kind(each)
            label = "Name" if each.name == "N" else _label(each)
            yield (f"{label} ({kind.lower()})" if kind else label), value


def _contact_value(each: Property) -> str:
    if each.name == "N":
        family, given, *more = [*each.parts(";"), "", ""]
        return " ".join(filter(None, (*more[1:2], given, *more[:1], family)))
    if each.name in ("ADR", "ORG"):
        return ", ".join(filter(None, each.parts(";")))
    if each.name in ("BDAY", "ANNIVERSARY"):
        return _time(each.value, each)
    if each.name in ("TEL", "EMAIL", "IMPP"):
        return re.sub(r"(?i)^(?:tel|mailto):", "", each.text)
    return each.text


def _kind(each: Property) -> str:
    """What sort of number or address it is: work, home."""
    kinds = [kind.strip().lower() for kind in each.parameters.get("TYPE", "").split(",")]
    return ", ".join(
        kind for kind in kinds if kind not in ("", "internet", "pref", "voice", "x400")
    )
