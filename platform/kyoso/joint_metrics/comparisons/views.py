"""A town's page of its networks beside each other."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import METRICS, Metric
from kyoso.core.scope import current_scope
from kyoso.core.web import FeatureBlueprint, show
from kyoso.exchange.networks.queries import network_names
from kyoso.joint_metrics.comparisons import queries
from kyoso.joint_metrics.dashboards.rules import Period, choose, list_periods, year_of
from kyoso.joint_metrics.themes import list_themes
from kyoso.joint_metrics.totals import Total

bp = FeatureBlueprint(
    "comparisons", __name__, url_prefix="/<town>/exchange/metrics", template_folder="templates"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One metric in each of the networks."""

    metric: Metric
    totals: list[Total | None]

    @property
    def broken(self) -> bool:
        """Tell whether the networks counted it by different formulas."""
        return len({total.versions for total in self.totals if total}) > 1


@bp.page("/compare", permission="joint-metrics:read")
def index() -> ResponseReturnValue:
    """Show the networks that the town belongs to beside each other, over the same period."""
    names = network_names(current_scope().network_ids)
    ids = sorted(names, key=lambda one: names[one])
    published = queries.list_published_months(ids)
    if len(ids) < 2 or not published or not METRICS:
        return show("comparisons/index.html", names=names, asked=None, themes=[])
    asked = choose({"period": request.args.get("period", "")}, published, METRICS)
    period = asked.period
    found = queries.compare_networks(ids, period.months[0], period.last)
    themes = [
        (
            theme.label,
            [
                Row(one, [year_of(period.months, found[n].totals.get(one.id, {})) for n in ids])
                for one in theme.metrics
            ],
        )
        for theme in list_themes()
    ]
    return show(
        "comparisons/index.html",
        names=names,
        asked=asked,
        networks=[(n, names[n], _towns(found[n], period)) for n in ids],
        themes=themes,
        periods=[(one.key, one.label) for one in list_periods(published)],
    )


def _towns(found: queries.Beside, period: Period) -> str:
    published = [found.towns.get(month, 0) for month in period.months]
    return _("%(n)s自治体が公開", n=max(published, default=0))
