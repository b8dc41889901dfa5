"""In which order numbers are read: by theme, from the proposal to what is shared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import METRICS, Kind, Metric

#: Each theme with the features whose metrics belong to it.
_THEMES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("提案と採択"), ("proposals", "decisions", "needs")),
    (_l("プロジェクトと実証"), ("stages", "projects", "gates", "indicators")),
    (_l("費用・負荷・協定"), ("running_costs", "workloads", "agreements", "taking_part")),
    (_l("関わる人"), ("engagements", "work_hours", "check_ins")),
    (_l("人材シェア"), ("talent_pool", "share_requests", "shares", "staff_exchanges")),
    (_l("知恵の共有"), ("know_how", "reuses", "consultations", "referrals")),
)
_OTHER = _l("そのほか")

#: 提案→採択→実証→実装: what is left of the proposals, and the word for each step.
FUNNEL = (
    ("proposals.received", _l("提案")),
    ("decisions.adopted", _l("採択")),
    ("stages.pilots_started", _l("実証")),
    ("stages.into_operation", _l("実装")),
)
#: What comes from the other town to the one that counts it, and not the other way round.
INWARD = frozenset({"reuses.from_towns"})
#: What asks for somebody's attention as soon as it is not zero, by the end of the metric's id.
_PRESSING = (".waiting", ".unanswered", ".expiring", ".overdue")


@dataclass(frozen=True, slots=True)
class Theme:
    """Metrics that are read together."""

    label: str
    metrics: tuple[Metric, ...]


def list_themes() -> list[Theme]:
    """Return every metric that has one number, by theme; themes without any are left out."""
    return [Theme(str(label), metrics) for label, metrics in _by_theme(len(METRICS))]


def in_themes() -> dict[str, Metric]:
    """Return every metric by its id, in the order of the themes, flows between towns last."""
    return _in_themes(len(METRICS))


# Metrics are declared when the program begins, and none is taken away.
@cache
def _by_theme(_declared: int) -> list[tuple[Any, tuple[Metric, ...]]]:
    known = {feature for _label, features in _THEMES for feature in features}
    whole = [one for one in METRICS.values() if one.kind is not Kind.TOWARDS]
    found = [
        (label, tuple(one for name in features for one in whole if _of(one) == name))
        for label, features in _THEMES
    ]
    found.append((_OTHER, tuple(one for one in whole if _of(one) not in known)))
    return [(label, metrics) for label, metrics in found if metrics]


@cache
def _in_themes(declared: int) -> dict[str, Metric]:
    found = {one.id: one for _label, metrics in _by_theme(declared) for one in metrics}
    return found | METRICS


def theme_of(metric: Metric) -> tuple[int, str]:
    """Return the place and the name of the theme of any metric."""
    for place, (label, features) in enumerate(_THEMES):
        if _of(metric) in features:
            return place, str(label)
    return len(_THEMES), str(_OTHER)


def list_flows() -> list[Metric]:
    """Return the metrics of what goes from town to town."""
    return [one for one in METRICS.values() if one.kind is Kind.TOWARDS]


def list_pressing() -> list[Metric]:
    """Return the metrics that ask for attention where they are not zero."""
    return [one for one in METRICS.values() if one.id.endswith(_PRESSING)]


def _of(metric: Metric) -> str:
    return metric.id.partition(".")[0]
