"""Calendars as programs subscribe to them (RFC 5545): whole days, and nothing that needs a zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

#: Lines are folded after so many bytes (RFC 5545, 3.1).
FOLD = 75


@dataclass(frozen=True, slots=True)
class DayEntry:
    """Something on one day, or on all days from the first to the last."""

    uid: str
    first: dt.date
    last: dt.date
    summary: str
    description: str = ""
    url: str = ""


def calendar(name: str, entries: Iterable[DayEntry], *, now: dt.datetime) -> bytes:
    """Return the calendar; programs may ask for it anew every few hours."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//kyoso//calendar//JA",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    stamp = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    for entry in entries:
        # The end of an entry of whole days is the day after it.
        end = entry.last + dt.timedelta(days=1)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{end:%Y%m%d}",
            f"SUMMARY:{escaped(entry.summary)}",
        ]
        if entry.description:
            lines.append(f"DESCRIPTION:{escaped(entry.description)}")
        if entry.url:
            lines.append(f"URL:{entry.url}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def escaped(text: str) -> str:
    """Return words as a value: nothing in them can end the line or begin another property."""
    lines = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").splitlines()
    return "\\n".join(lines)


def folded(line: str) -> str:
    """Return a line in pieces of at most 75 bytes, never inside a character."""
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        # Every piece but the first begins with a space, which counts.
        if size + width > FOLD:
            pieces.append(piece)
            piece, size = "", 1
        piece, size = piece + character, size + width
    return "\r\n ".join([*pieces, piece])
