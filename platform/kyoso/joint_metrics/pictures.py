"""Pictures of what towns published over a period, as reports and letters show them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kyoso.core.drawing import Figure
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Metric, Month
from kyoso.joint_metrics.drawings import Note, draw_funnel, draw_series, not_published
from kyoso.joint_metrics.published import Published
from kyoso.joint_metrics.themes import FUNNEL
from kyoso.joint_metrics.totals import Total


def months_picture(published: Published, metric: Metric, key: str = "") -> Figure:
    """Draw a metric month by month, as the dashboard does."""
    months = published.months_so_far
    target = published.targets.get(metric.id)
    return draw_series(
        metric,
        months,
        _totals(published, metric),
        notes=[Note(month, text) for month, text in published.notes],
        targets={published.period.last.fiscal_year: target} if target is not None else {},
        key=key,
    )


def months_in_words(published: Published, metric: Metric) -> str:
    """Return that picture in words, for whoever does not see it: every number."""
    return _(
        "%(label)sの月ごとの数。%(numbers)s。",
        label=metric.label,
        numbers=_numbers(published.months_so_far, _totals(published, metric)),
    )


def _totals(published: Published, metric: Metric) -> list[Total | None]:
    return [published.month_total(metric, month) for month in published.months_so_far]


def _numbers(months: Sequence[Month], totals: Sequence[Total | None]) -> str:
    said = [total.words if total else not_published() for total in totals]
    return _("、").join(f"{month.label} {words}" for month, words in zip(months, said, strict=True))


def funnel_picture(published: Published, key: str = "") -> Figure | None:
    """Draw how many ideas were received, adopted, tried and done; None if none was published."""
    steps = _steps(published)
    if not any(total for _name, total in steps):
        return None
    return draw_funnel([(name, total, "") for name, total in steps], _("数"), key=key)


def funnel_in_words(published: Published) -> str:
    """Return that picture in words."""
    numbers = _("、").join(
        f"{name} {total.words if total else not_published()}" for name, total in _steps(published)
    )
    return _("この期間に受け付け、採択し、実証を始め、実装した数。%(numbers)s。", numbers=numbers)


def _steps(published: Published) -> list[tuple[str, Total | None]]:
    found = [(str(name), published.metric(metric_id)) for metric_id, name in FUNNEL]
    return [(name, published.line(metric).total if metric else None) for name, metric in found]
