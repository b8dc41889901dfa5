"""What can happen to the monthly letter and its addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class LettersChosen(NetworkEvent):
    """Coordinators chose what the monthly letter says, or that there is none."""

    label: ClassVar[Any] = _l("毎月のたよりの内容を決めました")

    is_on: bool
    metric_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterAddressRegistered(Event):
    """A town wants the letter to go to an office of its own; the address is not repeated here."""

    label: ClassVar[Any] = _l("毎月のたよりの送り先を登録しました")

    office: str


@dataclass(frozen=True, slots=True)
class LetterAddressRemoved(Event):
    """A town wants the letter to go there no more."""

    label: ClassVar[Any] = _l("毎月のたよりの送り先を外しました")

    office: str


@dataclass(frozen=True, slots=True)
class LetterWritten(Event):
    """A month's letter was written to somebody."""

    label: ClassVar[Any] = _l("毎月のたよりを送りました")
    routine: ClassVar[bool] = True

    month: str
