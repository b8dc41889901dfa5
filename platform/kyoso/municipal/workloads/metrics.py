"""What is counted of the work that projects bring, month by month."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
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
from kyoso.municipal.projects.rules import ENDED
from kyoso.municipal.stages.queries import list_projects_at
from kyoso.municipal.workloads.queries import list_loads_at
from kyoso.municipal.workloads.rules import net_in
from kyoso.tenancy.queries import list_departments

_SINCE = dt.date(2025, 4, 1)

HOURS = declare(
    Metric(
        "workloads.hours",
        _l("差し引きの業務時間"),
        Unit.HOURS,
        _l(
            "プロジェクトのために、この月に課の仕事が増える時間から減る時間を引いたもの。"
            "月末に登録されていた業務負荷の合計で、課の同意の前のものも含みます。"
            "取り下げたものと、月末までに完了・中止したプロジェクトの分は除きます。"
            "0より小さいときは、減る時間のほうが多いことを表します。"
        ),
        Kind.STOCK,
        Direction.LESS,
        since=_SINCE,
    )
)
DEPARTMENTS = declare(
    Metric(
        "workloads.departments",
        _l("プロジェクトに関わる課の割合"),
        Unit.PERCENT,
        _l(
            "月末に組織図にあった課・室のうち、月末に完了・中止していないプロジェクトを担当していたか、"
            "この月にその業務負荷があった課・室の割合。"
        ),
        Kind.STOCK_RATE,
        Direction.MORE,
        since=_SINCE,
    )
)


@counts
def count_workloads(actor: Actor, month: Month) -> Figures:
    """Count what projects brought departments in a month."""
    projects = [one for one in list_projects_at(actor, month.ends) if one.stage not in ENDED]
    running = {project.id for project in projects}
    borne = [
        load
        for load in list_loads_at(actor, month.ends)
        if load.project_id in running and load.from_month <= month.first <= load.until_month
    ]
    units = {unit.id for unit in list_departments(actor, month.last)}
    taking_part = {one.department_id for one in projects} | {one.department_id for one in borne}
    return {
        HOURS: Figure(net_in(borne, month.first)),
        DEPARTMENTS: Figure(len(taking_part & units), of=len(units)),
    }
