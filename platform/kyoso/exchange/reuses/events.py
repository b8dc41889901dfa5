"""What can happen to a reuse; all of it stands in the journal of the town that uses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ReuseBegun(Event):
    """A town took a copy to use; the subject is the reuse."""

    label: ClassVar[Any] = _l("ほかの町のノウハウを使いはじめました")

    know_how_id: uuid.UUID
    origin_id: uuid.UUID
    version: int


@dataclass(frozen=True, slots=True)
class ReuseAsked(Event):
    """The town is asked what came of it."""

    label: ClassVar[Any] = _l("活用のようすを尋ねました")

    know_how_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReuseReported(Event):
    """The town said what came of it."""

    label: ClassVar[Any] = _l("活用のようすを報告しました")

    know_how_id: uuid.UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class OriginUpdated(Event):
    """What the copy was made from has a new version."""

    label: ClassVar[Any] = _l("元のノウハウが更新されました")

    know_how_id: uuid.UUID
    version: int


@dataclass(frozen=True, slots=True)
class OriginReviewed(Event):
    """Somebody looked at what the new version changed."""

    label: ClassVar[Any] = _l("元のノウハウの更新を確かめました")

    know_how_id: uuid.UUID
    version: int


@dataclass(frozen=True, slots=True)
class ReusesSevered(Event):
    """The town left a network, the subject: of its reuses there only names stay."""

    label: ClassVar[Any] = _l("ネットワークを離れたため、活用記録を町の名前だけにしました")

    count: int
