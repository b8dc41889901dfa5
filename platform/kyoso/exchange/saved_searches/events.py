"""What can happen to searches that somebody keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class SearchSaved(Event):
    """Somebody keeps a search."""

    label: ClassVar[Any] = _l("検索を保存しました")
    routine: ClassVar[bool] = True

    digest: bool


@dataclass(frozen=True, slots=True)
class DigestChosen(Event):
    """Somebody wants the weekly mail of a search, or no longer."""

    label: ClassVar[Any] = _l("保存した検索の毎週のメールを変えました")
    routine: ClassVar[bool] = True

    digest: bool


@dataclass(frozen=True, slots=True)
class SavedSearchRemoved(Event):
    """Somebody keeps a search no more."""

    label: ClassVar[Any] = _l("保存した検索を消しました")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DigestSent(Event):
    """Somebody was told who is new in a search."""

    label: ClassVar[Any] = _l("保存した検索の新しい掲載をメールで知らせました")
    routine: ClassVar[bool] = True

    count: int
