"""What can happen to an annual report: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class AnnualReportRequested(Event):
    """Somebody asked for a year's report."""

    label: ClassVar[Any] = _l("年次報告の作成を頼みました")

    year: int


@dataclass(frozen=True, slots=True)
class AnnualReportFinished(Event):
    """The report was written."""

    label: ClassVar[Any] = _l("年次報告ができました")

    year: int


@dataclass(frozen=True, slots=True)
class AnnualReportFailed(Event):
    """The report could not be written."""

    label: ClassVar[Any] = _l("年次報告を作成できませんでした")

    year: int
