"""A network's numbers, as its coordinators and as its towns see them: one page each for both."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.clock import today
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.metrics import METRICS, Kind, Metric, Month
from kyoso.core.remembering import Remembered
from kyoso.core.scope import current_scope
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.networks.queries import Network, network_names
from kyoso.joint_metrics import drawings, themes
from kyoso.joint_metrics.dashboards import queries, rules
from kyoso.joint_metrics.dashboards.queries import Frame, Published
from kyoso.joint_metrics.dashboards.rules import Asked, Period, TownRow
from kyoso.joint_metrics.month_lines import published_lines, with_changes
from kyoso.joint_metrics.snapshots.queries import TownMonth, list_town_months, list_versions
from kyoso.joint_metrics.snapshots.rules import month_of
from kyoso.joint_metrics.totals import from_entry, say

READ = "joint-metrics:read"
#: As a network's coordinator.
bp = FeatureBlueprint(
    "dashboards", __name__, url_prefix="/networks/<network>/metrics", template_folder="templates"
)
#: As one of its towns.
town_bp = FeatureBlueprint(
    "network_metrics",
    __name__,
    url_prefix="/<town>/exchange/metrics/networks",
    template_folder="templates",
)
#: Pages without what surrounds them: at most 12 MB in each process.
_drawn = Remembered(12_000_000)
#: Where they go into what surrounds them.
_HERE = Markup("<!-- drawn -->")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a network's pages stand: among those of its coordinators, or of one of its towns."""

    frame: Frame
    #: What every address of it needs.
    where: Mapping[str, Any] = field(default_factory=dict)
    #: The town that looks, if it is one.
    own: uuid.UUID | None = None

    def url(self, page: str, **values: Any) -> str:
        """Return the address of another page of the same network."""
        return url_for(f".{page}", **self.where, **values)

    def show_drawn(
        self, page: str, asked: Asked, make: Callable[[Place, Asked], str], **context: Any
    ) -> bytes:
        """Render a page around what was drawn for these filters, drawn now if it changed.

        The key says whose numbers they are, and by the frame's digest which revisions of them.
        """
        frame = self.frame
        key = (page, frame.network_id, self.own, frame.digest, asked.key, locale(), today())
        body = _drawn.get(key, lambda: make(self, asked).encode())
        # Put in as bytes: to pass as much through the template takes longer than all the rest.
        shell = self.show(page, asked=asked, body=_HERE, home=_home(self), **context)
        before, _here, after = shell.partition(_HERE)
        return b"".join((before.encode(), body, after.encode()))

    def show(self, page: str, **context: Any) -> str:
        """Render a page among its neighbours."""
        layout = "exchange.html" if self.own else "dashboards/_of_coordinators.html"
        return show(page, place=self, frame=self.frame, layout=layout, **context)


def _of_coordinators() -> Place:
    return Place(queries.get_frame(coordinator().network_id))


def _of_town(network_id: uuid.UUID) -> Place:
    # The edge asked outside the transaction which networks the town belongs to today.
    if network_id not in current_scope().network_ids:
        raise NotFound
    return Place(queries.get_frame(network_id), {"network_id": network_id}, actor().tenant_id)


@bp.page("/", permission=READ)
def index() -> ResponseReturnValue:
    """Show how the network is doing, to its coordinators."""
    return _dashboard(_of_coordinators())


@town_bp.page("/", permission=READ)
def networks() -> ResponseReturnValue:
    """Lead a town to the numbers of its networks; to those of its only one at once."""
    names = network_names(current_scope().network_ids)
    if len(names) == 1:
        return go(".town_index", network_id=next(iter(names)))
    return show("dashboards/networks.html", names=names)


@town_bp.page("/<uuid:network_id>", permission=READ)
def town_index(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show how the network is doing, to one of its towns, with its own place beside it."""
    return _dashboard(_of_town(network_id))


@bp.page("/of/<string:metric_id>", permission=READ)
def detail(metric_id: str) -> ResponseReturnValue:
    """Show what one metric means and every town's published number, to coordinators."""
    return _detail(_of_coordinators(), metric_id)


@town_bp.page("/<uuid:network_id>/of/<string:metric_id>", permission=READ)
def town_detail(network_id: uuid.UUID, metric_id: str) -> ResponseReturnValue:
    """Show the same to a town."""
    return _detail(_of_town(network_id), metric_id)


@bp.page("/flows", permission=READ)
def flows() -> ResponseReturnValue:
    """Show what went from town to town, to coordinators."""
    return _flows(_of_coordinators())


@town_bp.page("/<uuid:network_id>/flows", permission=READ)
def town_flows(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show the same to a town."""
    return _flows(_of_town(network_id))


@bp.page("/towns/<uuid:town_id>/<string:month>", permission=READ)
def versions(town_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Show every version of a town's month, to coordinators."""
    return _versions(_of_coordinators(), town_id, month_of(month))


@town_bp.page("/<uuid:network_id>/towns/<uuid:town_id>/<string:month>", permission=READ)
def town_versions(network_id: uuid.UUID, town_id: uuid.UUID, month: str) -> ResponseReturnValue:
    """Show the same to another town."""
    return _versions(_of_town(network_id), town_id, month_of(month))


def _page(place: Place, name: str) -> str:
    """Return a page's name in the blueprint of the place."""
    return f"town_{name}" if place.own else name


def _dashboard(place: Place) -> ResponseReturnValue:
    frame = place.frame
    if not frame.months or not METRICS:
        return place.show("dashboards/empty.html", home=_home(place))
    asked = _asked(frame)
    return place.show_drawn("dashboards/dashboard.html", asked, _dashboard_body)


def _asked(frame: Frame, metric: str = "") -> Asked:
    wanted = request.args.to_dict() | ({"metric": metric} if metric else {})
    return rules.choose(wanted, list(frame.months), themes.in_themes())


def _home(place: Place) -> str:
    return place.url(_page(place, "index"))


def _dashboard_body(place: Place, asked: Asked) -> str:
    found = queries.get_dashboard(place.frame, asked, place.own)

    def detail_url(metric_id: str) -> str:
        page = _page(place, "detail")
        return place.url(page, metric_id=metric_id, period=asked.period.key)

    steps = [(word, total, detail_url(key)) for word, total, key in found.funnel]
    return render_template(
        "dashboards/_dashboard.html",
        place=place,
        frame=place.frame,
        asked=asked,
        found=found,
        usual=rules.usual_towns([card for _theme, cards in found.themes for card in cards]),
        form=_form(place, asked),
        detail_url=detail_url,
        flows_url=place.url(_page(place, "flows"), period=asked.period.key),
        funnel=drawings.draw_funnel(steps, asked.period.label),
        series=_series(place, asked, found.series),
        notes=_signed(place.frame),
        towns=_towns(place, asked, found.rows),
        flows=[
            drawings.draw_flows(total, place.frame.names, asked.period.label)
            for total in found.flows
        ],
    )


def _form(place: Place, asked: Asked) -> dict[str, Any]:
    """Return what the filters' form needs."""
    periods = rules.list_periods(list(place.frame.months))
    return {
        "action": _home(place),
        "periods": [(one.key, one.label) for one in periods],
        "metrics": [
            (theme.label, [(one.id, str(one.label)) for one in theme.metrics])
            for theme in themes.list_themes()
        ],
        "years": [(n, _("%(n)s年", n=n)) for n in rules.YEARS],
        "orders": [("code", _("団体コードの順")), ("value", _("数の多い順"))],
        "values": {
            "period": asked.period.key,
            "metric": asked.metric.id,
            "years": asked.years,
            "order": "value" if asked.by_value else "code",
        },
    }


def _notes(frame: Frame) -> list[drawings.Note]:
    return [
        drawings.Note(
            one.month,
            _("%(kind)s：%(text)s", kind=one.kind.label, text=one.text)
            + (f"（{frame.names[str(one.town_id)]}）" if str(one.town_id) in frame.names else ""),
        )
        for one in frame.notes
    ]


def _signed(frame: Frame) -> list[tuple[str, drawings.Note]]:
    return [(drawings.sign_of(n), note) for n, note in enumerate(_notes(frame), 1)]


def _series(place: Place, asked: Asked, totals: Sequence[Any]) -> Any:
    frame, metric = place.frame, asked.metric

    def month_url(month: Month) -> str:
        return place.url(_page(place, "detail"), metric_id=metric.id, period=str(month))

    first = next((n for n, total in enumerate(totals) if total is not None), 0)
    # Years in which nobody published anything yet are left out, but never less than a year.
    first = max(0, min(first, len(totals) - 12))
    return drawings.draw_series(
        metric,
        asked.series_months[first:],
        totals[first:],
        notes=_notes(frame),
        targets=frame.targets_of(metric.id),
        link=month_url,
    )


def _towns(place: Place, asked: Asked, rows: Sequence[TownRow]) -> Any:
    page = _page(place, "versions")
    last = str(asked.period.last)
    return drawings.draw_towns(
        asked.metric,
        asked.town_months,
        [
            drawings.TownSeries(
                row.town.name,
                row.totals,
                row.expected,
                "" if row.last is None else place.url(page, town_id=row.town.id, month=last),
            )
            for row in rows
        ],
    )


def _detail(place: Place, metric_id: str) -> ResponseReturnValue:
    metric = METRICS.get(metric_id)
    if metric is None:
        # Somebody's old link, or a typing mistake: say what there is.
        listed = themes.list_themes()
        page = place.show("dashboards/unknown.html", themes=listed, home=_home(place))
        return page, 404
    if not place.frame.months:
        return place.show("dashboards/empty.html", home=_home(place))
    asked = _asked(place.frame, metric_id)
    return place.show_drawn("dashboards/detail.html", asked, _detail_body, metric=metric)


def _detail_body(place: Place, asked: Asked) -> str:
    frame, metric, period = place.frame, asked.metric, asked.period
    months = asked.series_months
    found = queries.get_totals(
        frame.network_id, metric.id, months[0], period.last.next, period.last
    ).get(metric.id, {})
    first = min(asked.town_months[0], period.year_so_far[0])
    published = list_town_months(frame.network_id, first, period.last, [metric.id])
    by_town = {
        town: Published({metric.id: totals}, frozenset(totals))
        for town, totals in _by_town(metric, published).items()
    }
    rows = queries.list_rows(frame, metric, asked.town_months, period, by_town, place.own)
    rows = rules.in_order(rows, by_value=asked.by_value)
    last = {one.tenant_id: one for one in published if one.month == period.last}
    totals = [found.get(month) for month in months]
    return render_template(
        "dashboards/_detail.html",
        place=place,
        frame=frame,
        asked=asked,
        metric=metric,
        form=_form(place, asked)
        | {"action": place.url(_page(place, "detail"), metric_id=metric.id)},
        series=_series(place, asked, totals),
        breaks=drawings.find_breaks(metric, months, totals),
        notes=_signed(frame),
        towns=None if metric.kind is Kind.TOWARDS else _towns(place, asked, rows),
        rows=[(row, last.get(row.town.id)) for row in rows],
        month=found.get(period.last),
        whole=rules.year_of(period.months, found),
        middle=_middle(metric, rows),
        target=_said_target(frame, metric, period),
        versions_url=lambda town: place.url(
            _page(place, "versions"), town_id=town, month=str(period.last)
        ),
        flows_url=place.url(_page(place, "flows"), period=period.key),
        missing=drawings.not_published(),
        no_member=drawings.no_member(),
    )


def _by_town(metric: Metric, published: Iterable[TownMonth]) -> dict[uuid.UUID, dict[Month, Any]]:
    found: dict[uuid.UUID, dict[Month, Any]] = {}
    for one in published:
        total = from_entry(metric, one.figures.get(metric.id), str(one.tenant_id))
        if total is not None:
            found.setdefault(one.tenant_id, {})[one.month] = total
    return found


def _middle(metric: Metric, rows: Sequence[TownRow]) -> str:
    """Return the middle of the towns' numbers, beside which a town sees its own."""
    middle = rules.middle_of(rows)
    return "" if middle is None else say(metric, middle)


def _said_target(frame: Frame, metric: Metric, period: Period) -> str:
    target = frame.targets.get((metric.id, period.last.fiscal_year))
    return "" if target is None else say(metric, target)


def _flows(place: Place) -> ResponseReturnValue:
    if not place.frame.months:
        return place.show("dashboards/empty.html", home=_home(place))
    asked = _asked(place.frame)
    return place.show_drawn("dashboards/flows.html", asked, _flows_body)


def _flows_body(place: Place, asked: Asked) -> str:
    frame, period = place.frame, asked.period
    first = period.months[0]
    totals = queries.get_totals(frame.network_id, asked.metric.id, first, first, period.last)
    found = [rules.year_of(period.months, totals.get(one.id, {})) for one in themes.list_flows()]
    return render_template(
        "dashboards/_flows.html",
        asked=asked,
        form=_form(place, asked) | {"action": place.url(_page(place, "flows"))},
        flows=[drawings.draw_flows(total, frame.names, period.label) for total in found if total],
        unsaid=[
            one.label
            for one, total in zip(themes.list_flows(), found, strict=True)
            if total is None
        ],
    )


def _versions(place: Place, town_id: uuid.UUID, month: Month) -> ResponseReturnValue:
    frame = place.frame
    town = next((one for one in frame.towns if one.id == town_id), None)
    found = list_versions(frame.network_id, town_id, month) if town else []
    if not found:
        raise NotFound
    return place.show(
        "dashboards/versions.html",
        town=town,
        month=month,
        versions=with_changes(found),
        topics=published_lines(found[0].figures, {one.id: one.name for one in frame.towns}),
        home=_home(place),
    )


@fills("networks.detail")
def on_the_networks_page(network: Network) -> dict[str, Markup]:
    """Lead a member from its network's page to the numbers."""
    if network.id not in current_scope().network_ids:
        return {}
    page = render_template("dashboards/_on_network.html", network=network)
    return {"top": Markup(page)}  # noqa: S704 (a template made it)
