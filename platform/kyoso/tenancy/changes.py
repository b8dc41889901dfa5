"""What a sync changed, said in sentences; and how declared entries meet the kept rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a sync did, or left alone (`kept`) because nothing is ever deleted."""

    town: str
    file: str
    what: str
    kept: bool = False

    def __str__(self) -> str:
        """Return one line for a terminal: 磐梯町 org_chart.toml: 総務課 を追加."""
        return f"{self.town} {self.file}: {self.what}"


class HasPeriod(Protocol):
    """A row with a first and a last day."""

    starts_on: Any
    ends_on: Any


@dataclass(slots=True)
class Changes:
    """The changes that one file of one town brings."""

    town: str
    file: str
    found: list[Change] = field(default_factory=list)

    def added(self, thing: str) -> None:
        """Note something new."""
        self.found.append(Change(self.town, self.file, f"{thing} を追加"))

    def kept(self, thing: str, row: HasPeriod) -> None:
        """Note something that the file no longer has; what has its end needs no word."""
        if row.ends_on is None:
            what = (
                f"{thing} はファイルにありませんが残しています。終わったなら until を書いてください"
            )
            self.found.append(Change(self.town, self.file, what, kept=True))

    def put(
        self, thing: str, row: object, values: Mapping[str, Any], words: Mapping[str, str]
    ) -> None:
        """Set `values` on a row and note each that differed; `words` names what to show."""
        for name, value in values.items():
            old = getattr(row, name)
            if old == value:
                continue
            setattr(row, name, value)
            detail = f"（{_word(old)} → {_word(value)}）" if name in words else ""
            what = f"{thing} の{words.get(name, '内容')}を変更{detail}"
            self.found.append(Change(self.town, self.file, what))

    def sentences(self) -> tuple[str, ...]:
        """Return what really changed, for the journal."""
        return tuple(change.what for change in self.found if not change.kept)


def _word(value: Any) -> str:
    if value is None:
        return "なし"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, list | tuple):
        return "、".join(str(item) for item in value) or "なし"
    return str(getattr(value, "label", value))


Row = TypeVar("Row", bound=HasPeriod)
Entry = TypeVar("Entry")


def pair(
    rows: Sequence[Row],
    entries: Iterable[tuple[dt.date | None, Entry]],
    same: Callable[[Row, Entry], bool],
) -> tuple[list[tuple[Row | None, Entry]], list[Row]]:
    """Match the declared periods of one thing with its kept rows; return also the rows left over.

    The first day says which period is meant. A period whose first day was corrected is found by
    `same` (the same name, the same owner); anything else is new, so that an entry that was
    simply overwritten does not take the place of the history it should have continued.
    """
    left = list(rows)
    starts = list(entries)
    chosen: list[Row | None] = []
    for start, _entry in starts:
        row = next((row for row in left if row.starts_on == start), None)
        chosen.append(row)
        if row is not None:
            left.remove(row)
    pairs: list[tuple[Row | None, Entry]] = []
    for chosen_row, (_start, entry) in zip(chosen, starts, strict=True):
        row = chosen_row
        if row is None:
            row = next((candidate for candidate in left if same(candidate, entry)), None)
            if row is not None:
                left.remove(row)
        pairs.append((row, entry))
    return pairs, left
