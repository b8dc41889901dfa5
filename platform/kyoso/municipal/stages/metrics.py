"""What is counted of projects, month by month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

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
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.stages.queries import list_projects_at

S = ProjectStage

_SINCE = dt.date(2025, 4, 1)


def _of_stage(stage: ProjectStage, label: Any, formula: Any) -> Metric:
    return declare(
        Metric(
            f"stages.{stage}",
            label,
            Unit.CASES,
            formula,
            Kind.STOCK,
            Direction.MORE if stage is S.OPERATION else Direction.NEITHER,
            since=_SINCE,
        )
    )


#: By stage: how many projects stand there.
STANDING = {
    S.PLANNING: _of_stage(
        S.PLANNING,
        _l("計画中のプロジェクト"),
        _l(
            "月末に「計画」の段階にあったプロジェクトの数。公開していないものも数えます。"
            "採択の決定を取り消して審査に戻したものは除きます。"
        ),
    ),
    S.PILOT: _of_stage(
        S.PILOT,
        _l("実証中のプロジェクト"),
        _l("月末に「実証」の段階にあったプロジェクトの数。休止しているものは含みません。"),
    ),
    S.EVALUATION: _of_stage(
        S.EVALUATION,
        _l("評価中のプロジェクト"),
        _l("月末に「評価」の段階にあったプロジェクトの数。休止しているものは含みません。"),
    ),
    S.OPERATION: _of_stage(
        S.OPERATION,
        _l("実装しているプロジェクト"),
        _l("月末に「実装」の段階にあったプロジェクトの数。休止しているものは含みません。"),
    ),
    S.CONCLUDED: _of_stage(
        S.CONCLUDED,
        _l("完了したプロジェクト"),
        _l("月末に「完了」になっていたプロジェクトの数。それより前の月に完了したものも含みます。"),
    ),
    S.ON_HOLD: _of_stage(
        S.ON_HOLD,
        _l("休止中のプロジェクト"),
        _l("月末に「休止」になっていたプロジェクトの数。休止する前の段階には数えません。"),
    ),
    S.CANCELLED: _of_stage(
        S.CANCELLED,
        _l("中止したプロジェクト"),
        _l(
            "月末に「中止」になっていたプロジェクトの数。それより前の月に中止したものも含みます。"
            "提案者の中止届と、町による採択の取消しで終わったものも数えます。"
        ),
    ),
}
STARTED = declare(
    Metric(
        "stages.pilots_started",
        _l("始まった実証"),
        Unit.CASES,
        _l(
            "月のうちに「実証」の段階に進んだプロジェクトの数。"
            "休止からの再開や、評価などから実証に戻したものは数えません。"
            "月末までに「計画」に戻したものは除きます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)
CONCLUDED = declare(
    Metric(
        "stages.pilots_concluded",
        _l("実装せずに完了した実証"),
        Unit.CASES,
        _l(
            "実証をしたプロジェクトのうち、月のうちに、実装に進まずに「完了」した数。"
            "実証で分かったことを残して終えるのは、良い終わり方の一つです。中止は含みません。"
        ),
        Kind.FLOW,
        Direction.NEITHER,
        since=_SINCE,
    )
)
INTO_OPERATION = declare(
    Metric(
        "stages.into_operation",
        _l("実装に進んだプロジェクト"),
        Unit.CASES,
        _l(
            "月のうちに「実装」の段階に進んだプロジェクトの数。休止からの再開は数えません。"
            "月末までに前の段階に戻したものは除きます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)
OPERATION_RATE = declare(
    Metric(
        "stages.operation_rate",
        _l("実証から実装に進んだ割合"),
        Unit.PERCENT,
        _l(
            "月のうちに結果の出た実証（実装に進んだもの、実装せずに完了したもの、中止したもの）のうち、"
            "実装に進んだものの割合。実証をせずに実装・完了・中止したプロジェクトは含みません。"
        ),
        Kind.RATE,
        Direction.MORE,
        since=_SINCE,
    )
)


@counts
def count_projects(actor: Actor, month: Month) -> Figures:
    """Count where projects stood at a month's end, and what became of pilots within it."""
    when = (month.begins, month.ends)
    projects = list_projects_at(actor, month.ends)
    standing = Counter(project.stage for project in projects)
    ends = Counter(project.ended_pilot(*when) for project in projects)
    return {
        **{metric: Figure(standing[stage]) for stage, metric in STANDING.items()},
        STARTED: Figure(sum(project.went_into(S.PILOT, *when) for project in projects)),
        CONCLUDED: Figure(ends[S.CONCLUDED]),
        INTO_OPERATION: Figure(sum(project.went_into(S.OPERATION, *when) for project in projects)),
        OPERATION_RATE: Figure(
            ends[S.OPERATION], of=ends[S.OPERATION] + ends[S.CONCLUDED] + ends[S.CANCELLED]
        ),
    }
