"""How a plan and its lines move, and what is said about it. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key
from kyoso.identity.profiles.rules import WorkMode
from kyoso.joint_metrics.assigning import Result
from kyoso.joint_metrics.plan_words import Gain as Gain
from kyoso.joint_metrics.preparing import Candidate as Candidate
from kyoso.joint_metrics.preparing import Missing as Missing
from kyoso.joint_metrics.preparing import OpenNeed as OpenNeed
from kyoso.joint_metrics.preparing import Prepared, contradictions, why_missing
from kyoso.joint_metrics.preparing import Priority as Priority
from kyoso.joint_metrics.preparing import Terms as Terms

#: A job that says nothing for so long has died.
GIVEN_UP = dt.timedelta(minutes=15)
#: So many plans of one network may be calculated at once.
AT_ONCE = 2
#: Up to so many pairs a plan has half a minute, above it four of the worker's minutes.
LARGE_PAIRS, SMALL_SECONDS, LARGE_SECONDS = 60_000, 25.0, 230.0
#: Near enough to the best.
GAP = 0.01


class PlanStatus(enum.StrEnum):
    """Where a plan stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: The towns see it and may accept its lines.
    OFFERED = "offered"
    #: A newer one was offered.
    REPLACED = "replaced"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    PlanStatus.QUEUED: (_l("計算待ち"), "info"),
    PlanStatus.RUNNING: (_l("計算中"), "info"),
    PlanStatus.DONE: (_l("計算済み"), "neutral"),
    PlanStatus.FAILED: (_l("計算できませんでした"), "danger"),
    PlanStatus.OFFERED: (_l("町に見せている案"), "success"),
    PlanStatus.REPLACED: (_l("新しい案に替わりました"), "neutral"),
}
WORKING = (PlanStatus.QUEUED, PlanStatus.RUNNING)
#: It has a result.
CALCULATED = (PlanStatus.DONE, PlanStatus.OFFERED, PlanStatus.REPLACED)
#: What the worker does, in order.
STAGES = (_l("掲載されているものを集める"), _l("割り当てを計算する"), _l("足りないものを調べる"))


class LineStatus(enum.StrEnum):
    """Where a line of a plan stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REPLACED = "replaced"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LINE_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _LINE_STATUSES[self][1]


_LINE_STATUSES = {
    LineStatus.PROPOSED: (_l("提案"), "info"),
    LineStatus.ACCEPTED: (_l("依頼の下書きになりました"), "success"),
    LineStatus.REPLACED: (_l("新しい案に替わりました"), "neutral"),
}


def note_words(code: str) -> str:
    """Return what a note says."""
    return {
        "several_first": _(
            "「最優先」が二つ以上あり、すべては満たせません。同じ重さで扱い、合い方の良い組み合わせを選びました。"
        ),
        "all_first": _(
            "すべてが「最優先」です。差がつかないので、「ふつう」と同じ結果になります。"
        ),
        "all_out": _("計算に入る「求めていること」がありません。"),
    }.get(code, "")


def check_offerable(status: PlanStatus, supposes: bool) -> None:
    """Refuse to show a plan to the towns that is not one for them."""
    if status is not PlanStatus.DONE:
        raise RuleViolation(_("町に見せられるのは、計算が済んだ案だけです。"))
    if supposes:
        raise RuleViolation(
            _("「もし」の人を加えた案は、町に見せられません。加えずに計算し直してください。")
        )


def check_acceptable(status: LineStatus) -> None:
    """Refuse a line that is accepted already, or of a plan that is not in force."""
    if status is not LineStatus.PROPOSED:
        raise RuleViolation(_("新しい案に替わったため、この行は受けられません。"))


def check_not_too_many(working: int) -> None:
    """Refuse to calculate more plans at once than the worker can bear."""
    if working >= AT_ONCE:
        raise RuleViolation(
            _("いま、ほかの案を計算しています。終わってから、もう一度お試しください。")
        )


def check_at_work(status: PlanStatus) -> None:
    """Refuse a second result, of a job that ran twice."""
    if status not in WORKING:
        raise RuleViolation(_("この案の計算は、すでに終わっています。"))


def check_died(status: PlanStatus, heard_at: dt.datetime, now: dt.datetime) -> None:
    """Refuse to begin again what is still being calculated, or is there."""
    if not has_died(status, heard_at, now):
        raise RuleViolation(_("この案は計算中か、計算が済んでいます。"))


def check_hours(wanted: int, left: int | None) -> None:
    """Refuse hours that the person does not have any more; the ledger decides when it is sent."""
    if left is not None and wanted > left:
        raise RuleViolation(
            _(
                "ご本人の残りの時間が、月%(left)s時間に減りました。期間を変えるか、新しい案をお待ちください。",
                left=max(0, left),
            )
        )


def has_died(status: PlanStatus, heard_at: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether a plan is to be calculated again: it failed, or its worker was killed."""
    return status is PlanStatus.FAILED or (status in WORKING and heard_at + GIVEN_UP <= now)


def seconds_for(pairs: int) -> float:
    """Return how long the solver may look."""
    return LARGE_SECONDS if pairs > LARGE_PAIRS else SMALL_SECONDS


#: Stands for the person whom a what-if supposes.
SUPPOSED = uuid.UUID(int=0)


def supposed_person(terms: Terms) -> Candidate:
    """Return somebody with the skill and the hours of a what-if."""
    return Candidate(
        SUPPOSED,
        SUPPOSED,
        frozenset(),
        frozenset({search_key(terms.extra_skill)}),
        "",
        WorkMode.BOTH,
        (terms.extra_hours,) * terms.months,
    )


def result_of(
    terms: Terms,
    prepared: Prepared,
    found: Result,
    gains: Sequence[Gain],
    needs: Sequence[OpenNeed],
    people: Sequence[Candidate],
    without_hours: int,
) -> dict[str, Any]:
    """Return what a plan keeps of its calculation, but for its lines: ids, numbers and codes."""
    place_of = {need.id: place for place, need in enumerate(prepared.needs)}
    met: dict[int, int] = defaultdict(int)
    served: Counter[int] = Counter()
    fitting: Counter[int] = Counter(need for need, _person in prepared.fits)
    for (number, _person), hours in found.hours.items():
        met[number] += hours
        served[number] += 1
    rows, towns = [], dict[str, dict[str, float]]()
    for need in needs:
        place = place_of.get(need.id)
        why: Missing | None = prepared.left_out.get(need.id)
        given = met[place] if place is not None else 0
        failing: Counter[str] = Counter()
        if place is not None:
            failing = prepared.failing[place]
            if given < need.asked:
                ask = prepared.problem.needs[place]
                why = why_missing(ask, served[place], failing, fitting[place])
            town = towns.setdefault(str(need.tenant_id), {"asked": 0, "met": 0, "target": 0})
            town["asked"] += need.asked
            town["met"] += given
            town["target"] = round(found.targets.get(str(need.tenant_id), 0.0), 1)
        others = fitting[place] - served[place] if place is not None else 0
        rows.append(
            {
                "id": str(need.id),
                "town": str(need.tenant_id),
                "asked": need.asked,
                "under_way": need.under_way,
                "met": given,
                "priority": int(terms.priority(need.id)),
                "why": why.value if why else "",
                "skills": list(need.skills) if why in {Missing.SKILL, Missing.HOURS} else [],
                "others": {**failing, "elsewhere": others},
            }
        )
    extra = len(people) - 1 if people and people[-1].listing_id == SUPPOSED else -1
    return {
        "needs": rows,
        "towns": towns,
        "supposed": [
            {"need": str(prepared.needs[number].id), "hours": hours}
            for (number, person), hours in sorted(found.hours.items())
            if person == extra
        ],
        "hours": sum(found.hours.values()),
        "people": len(people),
        "without_hours": without_hours,
        "pairs": len(prepared.problem.pairs),
        "gap": found.gap,
        "seconds": round(found.seconds, 1),
        "fairness": round(found.fairness, 4),
        "gains": [asdict(gain) for gain in gains],
        "notes": contradictions(terms, prepared, met),
    }
