"""What the platform keeps about a person, for the person to take away.

Each feature says what it keeps: a query of the person's own rows over all towns, with the words
for its columns. The page 「自分のデータ」 puts them all into one archive, without knowing them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kyoso.core.access import PersonActor


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the person, as a value in one of the rows."""

    name: str
    content: bytes


#: A row has a value for each column: text, number, day, list, OwnFile or None.
Reader = Callable[[PersonActor], Sequence[Mapping[str, Any]]]
R = TypeVar("R", bound=Reader)


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the archive."""

    #: Of its files: ``work_hours`` becomes ``work_hours.json`` and ``work_hours.csv``.
    name: str
    title: Any
    #: The words for each column, by its name.
    columns: Mapping[str, Any]
    #: The tables it shows; a test asks of every table with a person whether one names it.
    tables: tuple[str, ...]
    read: Reader


_sections: dict[str, Section] = {}


def own_data(
    name: str, title: Any, *, columns: Mapping[str, Any], tables: tuple[str, ...]
) -> Callable[[R], R]:
    """Put what the query below returns into the archive of the person who asks."""

    def register(read: R) -> R:
        _sections[name] = Section(name, title, columns, tables, read)
        return read

    return register


def list_sections() -> list[Section]:
    """Return every section, by name: the order does not depend on who was imported first."""
    return [_sections[name] for name in sorted(_sections)]
