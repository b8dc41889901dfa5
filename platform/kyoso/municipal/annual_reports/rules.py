"""What a year's report says, computed from rows. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: A report that takes longer was left by a worker that went away: another may be asked for.
GIVEN_UP = dt.timedelta(minutes=15)

#: A rate over fewer cases shows its fraction, not a percentage.
FEW = 5


class ReportStatus(enum.StrEnum):
    """Where the writing of a report stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUS[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word."""
        return _STATUS[self][1]


_STATUS = {
    ReportStatus.QUEUED: (_l("順番待ち"), "neutral"),
    ReportStatus.RUNNING: (_l("作成中"), "info"),
    ReportStatus.DONE: (_l("できました"), "success"),
    ReportStatus.FAILED: (_l("作成できませんでした"), "danger"),
}

#: The steps of the work, in order: what the progress says.
STEPS = (
    _l("数字を集める"),
    _l("文書を組む"),
    _l("表計算のファイルを作る"),
    _l("保存する"),
)


@dataclass(frozen=True, slots=True)
class ProposalFact:
    """What the report needs to know of one proposal."""

    receipt: str
    title: str
    kind: str
    received_on: dt.date
    status: str
    #: None until decided.
    decided_on: dt.date | None
    adopted: bool


@dataclass(frozen=True, slots=True)
class ProjectFact:
    """One project of the town."""

    number: int
    title: str
    stage: str
    department: str
    decided_on: dt.date | None


@dataclass(frozen=True, slots=True)
class WorkshopFact:
    """One workshop held in the year."""

    title: str
    held_on: dt.date
    participants: int
    ideas: int
    settled: int


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year as the report tells it."""

    year: int
    proposals: tuple[ProposalFact, ...]
    projects: tuple[ProjectFact, ...]
    workshops: tuple[WorkshopFact, ...]

    @property
    def decided(self) -> tuple[ProposalFact, ...]:
        """The proposals on which was decided."""
        return tuple(p for p in self.proposals if p.decided_on is not None)

    @property
    def adopted(self) -> int:
        """How many were adopted."""
        return sum(p.adopted for p in self.proposals)

    @property
    def adoption_rate(self) -> str:
        """Adopted of decided, as a percentage; as a fraction of fewer than five."""
        total = len(self.decided)
        if total < FEW:
            return f"{self.adopted} / {total}"
        return f"{self.adopted / total:.0%}"

    @property
    def median_days(self) -> str:
        """The median of the days from receipt to decision; a dash without decisions."""
        days = [(p.decided_on - p.received_on).days for p in self.decided if p.decided_on]
        return _("%(n)s日", n=f"{statistics.median(days):g}") if days else "—"

    @property
    def by_month(self) -> tuple[int, ...]:
        """How many proposals arrived in each month, April first."""
        counts = [0] * 12
        for proposal in self.proposals:
            counts[(proposal.received_on.month - 4) % 12] += 1
        return tuple(counts)


def bounds(year: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a fiscal year (April to March)."""
    return dt.date(year, 4, 1), dt.date(year + 1, 3, 31)


def check_year(year: int, today: dt.date) -> None:
    """Refuse a year that has not begun, or is older than Reiwa."""
    if not year >= 2019 or bounds(year)[0] > today:
        raise RuleViolation(_("年度は、令和元年度から今年度までの中から選んでください。"))


def check_none_running(states: Sequence[ReportStatus]) -> None:
    """Refuse a second report while one is being written."""
    if {ReportStatus.QUEUED, ReportStatus.RUNNING} & set(states):
        raise RuleViolation(_("いま別の年次報告を作っています。できあがるまでお待ちください。"))
