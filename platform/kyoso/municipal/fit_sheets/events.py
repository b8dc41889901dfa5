"""What can happen to a fit sheet: one event for each operation. Its subject is what the sheet is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.fit_sheets.rules import ItemState, Side


@dataclass(frozen=True, slots=True)
class FitSheetStarted(Event):
    """The town began the sheet."""

    label: ClassVar = _l("すり合わせシートを始めました")


@dataclass(frozen=True, slots=True)
class FitSheetSaved(Event):
    """One side wrote in the sheet."""

    label: ClassVar = _l("すり合わせシートを保存しました")
    side: Side
    version: int


@dataclass(frozen=True, slots=True)
class ItemConfirmed(Event):
    """One side agreed to the text of an item; the other has not yet."""

    label: ClassVar = _l("すり合わせの合意文を確認しました")
    side: Side
    name: str


@dataclass(frozen=True, slots=True)
class ItemAgreed(Event):
    """Both sides have agreed to the same text."""

    label: ClassVar = _l("すり合わせの項目が合意になりました")
    side: Side
    name: str


@dataclass(frozen=True, slots=True)
class ConfirmationTakenBack(Event):
    """One side took its own mark back before the other had agreed."""

    label: ClassVar = _l("すり合わせの合意文の確認を取り消しました")
    side: Side
    name: str


@dataclass(frozen=True, slots=True)
class ItemPutOut(Event):
    """The town put an item out of scope, with a reason that the proposer sees."""

    label: ClassVar = _l("すり合わせの項目を対象外にしました")
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemReopened(Event):
    """A closed item is talked about again."""

    label: ClassVar = _l("すり合わせの項目を調整中に戻しました")
    side: Side
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StateProposed(Event):
    """The proposer asked the town to put an item out of scope, or to take it up again."""

    label: ClassVar = _l("提案者がすり合わせの項目の扱いについて希望を伝えました")
    to: ItemState
    name: str
    reason: str
