"""What can happen to a report: it stands in the network's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ReportRequested(NetworkEvent):
    """A coordinator asked for a report."""

    label: ClassVar[Any] = _l("広域の報告の作成を頼みました")

    title: str


@dataclass(frozen=True, slots=True)
class ReportRetried(NetworkEvent):
    """A coordinator let a report that was not finished be gone on with."""

    label: ClassVar[Any] = _l("広域の報告の作成を、もう一度頼みました")

    title: str


@dataclass(frozen=True, slots=True)
class ReportFinished(NetworkEvent):
    """The report was written; the members read it."""

    label: ClassVar[Any] = _l("広域の報告ができました")

    title: str


@dataclass(frozen=True, slots=True)
class ReportFailed(NetworkEvent):
    """The report could not be written."""

    label: ClassVar[Any] = _l("広域の報告を作成できませんでした")

    title: str
