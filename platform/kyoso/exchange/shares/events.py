"""What else can happen to a share: events that no other town has to be told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ShareStuck(Event):
    """The engagement could not be made; the asking town reads why."""

    label: ClassVar[Any] = _l("人材シェアの関与を作れませんでした")

    problem: str


@dataclass(frozen=True, slots=True)
class ShareRetried(Event):
    """Somebody mended what was in the way and asked for the engagement again."""

    label: ClassVar[Any] = _l("関与をもう一度作るようにしました")


@dataclass(frozen=True, slots=True)
class HoursPushed(Event):
    """The sums of some months were written for the home town to see."""

    label: ClassVar[Any] = _l("人材シェアの月の時間を、所属の町に見えるようにしました")
    routine: ClassVar[bool] = True

    months: tuple[str, ...]
