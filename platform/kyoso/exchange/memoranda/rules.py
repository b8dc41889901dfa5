"""How a memorandum is worded from its template. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)\}")


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return a text with its {places} filled in; nothing that is filled in is filled again."""
    return _PLACE.sub(lambda place: words[place[1]], template)


def articles_of(text: str) -> list[dict[str, Any]]:
    """Return a filled memorandum as its layout takes it: headings (##) and the lines below each."""
    found: list[dict[str, Any]] = [{"heading": "", "lines": []}]
    for line in text.strip().splitlines():
        if line.startswith("## "):
            found.append({"heading": line[3:].strip(), "lines": []})
        elif line.strip():
            found[-1]["lines"].append(line.strip())
    return [part for part in found if part["heading"] or part["lines"]]
