"""What a report on a network's numbers is, and how far its writing is. Pure."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: A report's large numbers, its notes, and how long these may be: one page must hold them.
MOST_KEY, MOST_NOTES, NOTE_LENGTH = 6, 3, 120
#: What is offered first, where it is counted.
USUAL = (
    "proposals.received",
    "decisions.adopted",
    "stages.into_operation",
    "shares.hours_out",
    "talent_pool.listed",
    "decisions.days",
)
#: A network may have so many reports in the making.
MOST_WAITING = 3


class ReportStatus(enum.StrEnum):
    """Where the writing of a report stands."""

    QUEUED = "queued"
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
    ReportStatus.QUEUED: (_l("作成中"), "info"),
    ReportStatus.DONE: (_l("できました"), "success"),
    ReportStatus.FAILED: (_l("作成できませんでした"), "danger"),
}


class FileKind(enum.StrEnum):
    """The two documents of a report."""

    FULL = "full"
    ONE_PAGE = "mayors"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_FILES[self])


_FILES = {FileKind.FULL: _l("報告書"), FileKind.ONE_PAGE: _l("首長向け1枚")}

#: The steps of the work, in order: what the progress says. Each is kept when it is done.
STEPS = (
    _l("公開された数字を集める"),
    _l("報告書を組む"),
    _l("首長向け1枚を組む"),
)


def usual_metrics(known: Collection[str]) -> list[str]:
    """Return the key metrics that are offered first."""
    found = [metric_id for metric_id in USUAL if metric_id in known]
    return found or list(known)[:MOST_KEY]


def check_chosen(metric_ids: Sequence[str], picture_id: str, known: Collection[str]) -> None:
    """Refuse metrics that are not counted, none, or more than a page holds."""
    errors: dict[str, list[str]] = {}
    if not metric_ids or len(set(metric_ids)) > MOST_KEY:
        errors["metric_ids"] = [
            _("主な指標は、1つから%(most)sつまで選んでください。", most=MOST_KEY)
        ]
    elif not set(metric_ids) <= set(known):
        errors["metric_ids"] = [_("選んだ指標の中に、今はないものがあります。")]
    if picture_id not in known:
        errors["picture_id"] = [_("図にする指標を選んでください。")]
    if errors:
        raise InvalidInput(errors)


def check_room(waiting: int) -> None:
    """Refuse one more report while several are in the making."""
    if waiting >= MOST_WAITING:
        raise RuleViolation(
            _("いま%(n)s件の報告を作っています。できあがるまでお待ちください。", n=waiting)
        )


def check_unfinished(status: ReportStatus) -> None:
    """Refuse to write a report that is finished."""
    if status is ReportStatus.DONE:
        raise RuleViolation(_("この報告は、もうできあがっています。"))
