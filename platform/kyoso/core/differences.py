"""Two texts as one, saying what came and what went. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in a comparison: ``same``, ``added`` or ``removed``."""

    kind: str
    text: str


def compare(before: str, after: str) -> tuple[Piece, ...]:
    """Return two texts as one, sentence by sentence, saying what came and what went."""
    old, new = _sentences(before), _sentences(after)
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[old_from:old_to])))
            continue
        pieces += [Piece("removed", "".join(old[old_from:old_to]))] if old_to > old_from else []
        pieces += [Piece("added", "".join(new[new_from:new_to]))] if new_to > new_from else []
    return tuple(pieces)


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[。！？\n])", text) if part]
