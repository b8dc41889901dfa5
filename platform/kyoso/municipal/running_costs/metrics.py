"""What is counted of running costs, month by month."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.clock import today
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import (
    Direction,
    Figure,
    Figures,
    Kind,
    Metric,
    Month,
    Unit,
    counts,
    declare,
)
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.running_costs.queries import list_plans_at
from kyoso.municipal.running_costs.rules import YEARS
from kyoso.municipal.stages.queries import list_projects_at
from kyoso.tenancy.queries import get_tenant

_SINCE = dt.date(2025, 4, 1)
#: In these stages a town should know what operation costs.
TRIED = frozenset({ProjectStage.PILOT, ProjectStage.EVALUATION, ProjectStage.OPERATION})

COVERAGE = declare(
    Metric(
        "running_costs.coverage",
        _l("ランニングコスト計画の完成した割合"),
        Unit.PERCENT,
        _l(
            "月末に「実証」「評価」「実装」の段階にあったプロジェクトのうち、"
            "ランニングコスト計画が完成していたものの割合。下書きの計画は、完成に数えません。"
            "休止しているプロジェクトは含みません。"
        ),
        Kind.STOCK_RATE,
        Direction.MORE,
        since=_SINCE,
    )
)
YEARLY = declare(
    Metric(
        "running_costs.yearly",
        _l("実装にかかる1年あたりの費用"),
        Unit.YEN,
        _l(
            "月末に「実装」の段階にあったプロジェクトの、ランニングコスト計画の5年間の合計を5で割り、"
            "足し合わせたもの。実証の費用、撤去・終了の費用、町の職員が使う時間は含みません。"
            "計画の無いプロジェクトは0円、下書きの計画は書かれている額だけを数えます。"
        ),
        Kind.STOCK,
        Direction.NEITHER,
        since=_SINCE,
    )
)
PER_RESIDENT = declare(
    Metric(
        "running_costs.per_resident",
        _l("住民一人あたりの実装の費用"),
        Unit.YEN,
        _l(
            "「実装にかかる1年あたりの費用」を、自治体が登録している人口で割ったもの。"
            "過去の人口は残していないため、数えるのは今月と先月の分だけです。"
            "人口を登録していない自治体では数えません。"
        ),
        Kind.STOCK_QUOTIENT,
        Direction.NEITHER,
        since=_SINCE,
    )
)


@counts
def count_costs(actor: Actor, month: Month) -> Figures:
    """Count what operation costs at a month's end, and how much of it is planned."""
    plans = list_plans_at(actor, month.ends)
    projects = list_projects_at(actor, month.ends)
    tried = [project for project in projects if project.stage in TRIED]
    complete = [one for one in tried if one.id in plans and plans[one.id].complete]
    operated = [one.id for one in tried if one.stage is ProjectStage.OPERATION]
    yearly = round(sum(plans[one].five_year_yen for one in operated if one in plans) / YEARS)
    figures = {COVERAGE: Figure(len(complete), of=len(tried)), YEARLY: Figure(yearly)}
    residents = get_tenant(actor.tenant_id).declaration.get("population", {}).get("value")
    if residents and month + 1 >= Month.of(today()):
        figures[PER_RESIDENT] = Figure(yearly, of=residents)
    return figures
