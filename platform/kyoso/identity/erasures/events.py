"""What becomes of a wish to be erased. The areas above hear it in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ErasureRequested(Event):
    """A person asked for what is theirs to be erased. Whoever hears it may refuse."""

    label: ClassVar[Any] = _l("データの消去を申し出ました")


@dataclass(frozen=True, slots=True)
class ErasureWithdrawn(Event):
    """A person took the wish back before it was carried out."""

    label: ClassVar[Any] = _l("データの消去の申出を取り下げました")


@dataclass(frozen=True, slots=True)
class ErasureCarriedOut(Event):
    """The operator emptied the account and the profile. Whoever hears it may refuse."""

    label: ClassVar[Any] = _l("データを消去しました")
