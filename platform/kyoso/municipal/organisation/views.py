"""The chart of the town and of each unit, on any day: as picture, as list, as a file."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.clock import today
from kyoso.core.diagrams import Box, Entry, Shape, diagram
from kyoso.core.documents import render_pdf
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, locale
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, show, tenant
from kyoso.municipal.organisation import queries, rules
from kyoso.municipal.organisation.permissions import OrganisationPermission as May
from kyoso.municipal.organisation.queries import TownChart, UnitChart
from kyoso.municipal.organisation.rules import Chart, Group, Origin, Place, Roles
from kyoso.municipal.posts.queries import list_posts, post_history
from kyoso.municipal.posts.rules import Line, Mark, period_words
from kyoso.municipal.projects.queries import list_board
from kyoso.municipal.projects.rules import ENDED
from kyoso.municipal.work_hours.queries import list_hours
from kyoso.municipal.work_hours.rules import month_end, month_of, say_minutes
from kyoso.tenancy.queries import DepartmentInfo

bp = FeatureBlueprint(
    "organisation", __name__, url_prefix="/<town>/desk/organisation", template_folder="templates"
)

LAYOUT = Path(__file__).parent / "templates" / "organisation" / "chart.typ"
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show all units on a day, who leads them, and how many people they have."""
    day = _day()
    town = queries.chart_of_town(actor(), day, _roles())
    return show(
        "organisation/index.html",
        town=town,
        day=day,
        picture=_town_picture(
            town, day, lambda unit: _address(".unit", day, department_id=unit.id)
        ),
        head_of=_head_words,
        count_words=_count_words,
        url_of=lambda unit: _address(".unit", day, department_id=unit.id),
        **_moves(town, ".index"),
    )


@bp.page("/picture.<any(svg,pdf):kind>", permission=May.READ)
def town_file(kind: str) -> ResponseReturnValue:
    """Return the picture of all units as a file."""
    day = _day()
    town = queries.chart_of_town(actor(), day, _roles())
    listed = [
        {"title": node.unit.name, "people": [words] if (words := _unit_words(town, node)) else []}
        for node in _flat(town.tree)
    ]
    sections = [{"title": _("組織"), "groups": listed}]
    return _file(kind, tenant().name, _town_picture(town, day), sections, day)


@bp.page("/<uuid:department_id>", permission=May.READ)
def unit(department_id: uuid.UUID) -> ResponseReturnValue:
    """Show one unit on a day: the picture, the same as a list, and its posts over time."""
    day = _day()
    found = queries.chart_of_unit(actor(), department_id, day, _roles())
    posts = list_posts(actor(), department_id)
    shown = bool(found.chart.people or found.chart.core or found.children)
    return show(
        "organisation/unit.html",
        found=found,
        day=day,
        picture=_unit_picture(found, day) if found.there and shown else None,
        parts=_parts(found.chart),
        posts=posts,
        history=post_history(actor(), department_id),
        url_of=lambda one: _address(".unit", day, department_id=one.id),
        period_words=period_words,
        Origin=Origin,
        Mark=Mark,
        today=today(),
        **_moves(found, ".unit", department_id=department_id),
    )


@bp.page("/<uuid:department_id>/picture.<any(svg,pdf):kind>", permission=May.READ)
def unit_file(department_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Return the picture of one unit as a file."""
    day = _day()
    found = queries.chart_of_unit(actor(), department_id, day, _roles())
    sections = [
        {
            "title": line.label,
            "groups": [
                {
                    "title": group.title,
                    "people": [
                        f"{place.name}　{note}"
                        if (note := _note(place, found.names))
                        else place.name
                        for place in group.people
                    ]
                    or [_vacant()],
                }
                for group in groups
            ],
        }
        for line, groups in _parts(found.chart)
        if groups
    ]
    return _file(kind, found.unit.name, _unit_picture(found, day), sections, day)


@fills("department")
def department_parts(unit: DepartmentInfo, **_loaded: Any) -> dict[str, Markup]:
    """Return who works in a department today, their hours this month, and its projects."""
    if not may(actor(), May.READ):
        return {}
    day = today()
    month = month_of(day)
    places = queries.list_places(actor(), unit, _roles())
    chart = rules.chart_of(places, day)
    # Hours are of people from outside: without one there is nothing to ask for.
    hours = []
    if any(one.engagement_id and (one.ends_on or day) >= month for one in places):
        hours = list_hours(actor(), month, month_end(month), department_id=unit.id)
    part = render_template(
        "organisation/_department.html",
        unit=unit,
        chart=chart,
        parts=_parts(chart),
        Mark=Mark,
        month=month,
        planned=say_minutes(sum(row.planned(month) for row in hours) * 60),
        logged=say_minutes(sum(row.logged(month).minutes for row in hours)),
        hours=hours,
        projects=[
            row
            for row in list_board(actor())
            if row.department_id == unit.id and row.stage not in ENDED
        ],
    )
    return {"people": Markup(part)}  # noqa: S704


def _roles() -> Roles:
    return Roles.of(tenant().declaration)


def _day() -> dt.date:
    """Return the day in the address, or today."""
    try:
        asked = dt.date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today()
    return min(max(asked, _EARLIEST), _LATEST)


def _address(endpoint: str, day: dt.date | None, **values: Any) -> str:
    if day is not None and day != today():
        values["on"] = day.isoformat()
    return url_for(endpoint, **values)


def _moves(found: UnitChart | TownChart, endpoint: str, **values: Any) -> dict[str, Any]:
    """Return the addresses of this page on other days, and of its files."""
    day = _day()
    file = endpoint.replace(".index", ".town_file").replace(".unit", ".unit_file")
    return {
        "moves": [
            (words, _address(endpoint, to, **values), to)
            for words, to in ((_("前の体制"), found.before), (_("次の体制"), found.after))
            if to is not None
        ],
        "now_url": _address(endpoint, None, **values) if day != today() else "",
        "files": [
            (_("画像（SVG）で保存"), _address(file, day, kind="svg", **values)),
            (_("PDFで保存"), _address(file, day, kind="pdf", **values)),
        ],
    }


def _parts(chart: Chart) -> list[tuple[Line, Sequence[Group]]]:
    return [(Line.CORE, chart.core), (Line.MEMBER, chart.members)]


def _vacant() -> str:
    return _("登録なし")


def _note(place: Place, names: dict[uuid.UUID, str]) -> str:
    """Return what a chart says of somebody in small: the words of their marks, and hours."""
    parts = [place.also] if place.also else []
    for mark in place.marks:
        home = names.get(place.home_id) if mark is Mark.CONCURRENT and place.home_id else ""
        parts.append(_("%(home)sと兼任", home=home) if home else mark.label)
    if place.hours_a_month:
        parts.append(_("月%(n)s時間", n=place.hours_a_month))
    return "・".join(parts)


def _shape(place: Place) -> Shape:
    if Mark.OUTSIDE in place.marks:
        return Shape.DIAMOND
    return Shape.SQUARE if Mark.CONCURRENT in place.marks else Shape.DOT


def _legend() -> list[tuple[Shape, str]]:
    return [
        (Shape.DOT, _("職員など")),
        (Shape.SQUARE, _("兼任")),
        (Shape.DIAMOND, _("外部人材（複業・委嘱・委託など）")),
    ]


def _box(group: Group, names: dict[uuid.UUID, str]) -> Box:
    entries = [Entry(p.name, _note(p, names), _shape(p)) for p in group.people]
    return Box(group.title, entries, empty="" if entries else _vacant())


def _unit_picture(found: UnitChart, day: dt.date) -> Markup:
    title = _("%(name)sの体制図（%(day)s）", name=found.unit.name, day=jp_date(day))
    top = [Box(found.parent.name)] if found.parent else []
    core = [_box(group, found.names) for group in found.chart.core]
    branches = [_box(group, found.names) for group in found.chart.members]
    branches += [Box(one.name, [Entry(_("下の組織"))]) for one in found.children]
    return diagram(
        [*top, Box(found.unit.name), *core],
        branches,
        title=title,
        description=_("同じ内容が、下の一覧にあります。"),
        legend=_legend(),
    )


def _head_words(chart: Chart) -> str:
    """Return who stands first in a unit's core line."""
    people = [place for group in chart.core for place in group.people]
    return f"{people[0].title} {people[0].name}" if people else ""


def _count_words(chart: Chart) -> str:
    """Return how many people a unit has, and how many of them are marked."""
    if not chart.people:
        return _("人の登録はありません")
    marked = [
        _("%(mark)s%(n)s人", mark=mark.label, n=n)
        for mark in (Mark.OUTSIDE, Mark.CONCURRENT)
        if (n := chart.count(mark))
    ]
    total = _("%(n)s人", n=len(chart.people))
    return (
        _("%(total)s（うち%(marked)s）", total=total, marked="・".join(marked)) if marked else total
    )


def _unit_words(town: TownChart, node: rules.Node) -> str:
    chart = town.charts[node.unit.id]
    return "　".join(words for words in (_head_words(chart), _count_words(chart)) if words)


def _flat(tree: Sequence[rules.Node]) -> list[rules.Node]:
    return [one for node in tree for one in (node, *_flat(node.below))]


def _town_picture(
    town: TownChart, day: dt.date, link: Callable[[DepartmentInfo], str] | None = None
) -> Markup | None:
    def box(node: rules.Node) -> Box:
        chart = town.charts[node.unit.id]
        head = _head_words(chart)
        entries = [Entry(head)] if head else []
        if chart.people:
            entries.append(Entry(_count_words(chart)))
        return Box(
            node.unit.name,
            entries,
            link=link(node.unit) if link else "",
            below=[box(one) for one in node.below],
        )

    if not town.tree:
        return None
    return diagram(
        [Box(tenant().name)],
        [box(node) for node in town.tree],
        title=_("%(name)sの体制図（%(day)s）", name=tenant().name, day=jp_date(day)),
        description=_("同じ内容が、下の一覧にあります。"),
    )


def _file(
    kind: str,
    name: str,
    picture: Markup | None,
    sections: list[dict[str, Any]],
    day: dt.date,
) -> Response:
    title = _("%(name)sの体制図（%(day)s）", name=name, day=jp_date(day))
    svg = str(picture or diagram([Box(name)], title=title, description=title))
    if kind == "svg":
        content, media_type = svg.encode(), "image/svg+xml"
    else:
        data = {"title": title, "picture": list(svg.encode()), "sections": sections}
        data["alt"] = _("体制図。同じ内容が、次のページの一覧にあります。")
        content = render_pdf(LAYOUT.read_text("utf-8"), data, title=title, lang=locale())
        media_type = "application/pdf"
    response = Response(content, content_type=media_type)
    file = quote(f"{_('体制図')}_{name}_{day.isoformat()}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return response
