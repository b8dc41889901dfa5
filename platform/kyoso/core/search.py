"""How every search of the product reads Japanese: one analyser for what is looked for and looked in.

Text is compared by its key: width, case and kana script folded. A large search asks an index of
one- and two-character grams first and compares keys only where grams cannot tell; a search within
one town compares keys at once. Both find exactly what a plain comparison of keys finds.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

#: What is read of a search: nobody types more on purpose, and every word costs.
MAX_LENGTH = 200
MAX_WORDS = 8
_BITS = 21  # of one Unicode character


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: all of these words, folded."""

    words: tuple[str, ...] = ()
    #: Whether more was typed than is read; the page says so.
    cut: bool = False

    @property
    def grams(self) -> list[int]:
        """The grams that whatever is found has, sorted."""
        return sorted({gram for word in self.words for gram in _grams_of_word(word)})

    @property
    def patterns(self) -> list[str]:
        """LIKE patterns for the words that their grams alone do not decide."""
        return [like_pattern(word) for word in self.words if len(word) > 2]


def wanted(typed: str) -> Wanted:
    """Return what was typed as words: folded, each once, no more than are read."""
    parts = list(dict.fromkeys(search_key(typed[: MAX_LENGTH + 1]).split()))
    cut = len(typed) > MAX_LENGTH or len(parts) > MAX_WORDS
    if len(typed) > MAX_LENGTH:
        parts = list(dict.fromkeys(search_key(typed[:MAX_LENGTH]).split()))
    return Wanted(tuple(parts[:MAX_WORDS]), cut)


def search_key(text: str) -> str:
    """Return the text as searches compare it: width, case and kana script folded (NFKC)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in folded)


def like_pattern(text: str) -> str:
    """Return a LIKE pattern that finds the text anywhere, its wildcards made plain."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def grams(key: str) -> list[int]:
    """Return all single characters and pairs of neighbours of a key, each once, sorted.

    A gram is a number below 2**42, the characters themselves: no two grams share one.
    """
    found: set[int] = set()
    for word in key.split():
        found.update(map(ord, word))
        found.update(_pairs(word))
    return sorted(found)


def _grams_of_word(word: str) -> list[int]:
    return _pairs(word) if len(word) > 1 else [ord(word)]


def _pairs(word: str) -> list[int]:
    return [ord(a) << _BITS | ord(b) for a, b in pairwise(word)]
