"""The pictures of a network's numbers, for pages, files and reports: what is drawn of totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kyoso.core.drawing import Figure, Series, short_number
from kyoso.core.flows import Stage, funnel, matrix
from kyoso.core.i18n import era_year, fiscal_label, locale
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Kind, Metric, Month, Unit
from kyoso.core.small_multiples import Multiples, Panel, small_multiples
from kyoso.core.timelines import Sign, timeline
from kyoso.joint_metrics.themes import INWARD
from kyoso.joint_metrics.totals import Total, say

#: A matrix of more towns cannot be read.
MOST_TOWNS = 30
_SIGNS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def not_published() -> str:
    """Return the word for a number that a town did not publish; it is not zero."""
    return _("未提出")


def no_member() -> str:
    """Return the word for a month in which a town was no member."""
    return _("加盟前・脱退後")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened in a month."""

    month: Month
    words: str


def sign_of(number: int) -> str:
    """Return the sign of a note on the time line, counted from one."""
    return _SIGNS[number - 1] if number <= len(_SIGNS) else f"({number})"


def find_breaks(
    metric: Metric, months: Sequence[Month], totals: Sequence[Total | None]
) -> list[Sign]:
    """Return where a series is broken: where the formula's version is not the one before."""
    found, before = [], None
    for place, (month, total) in enumerate(zip(months, totals, strict=True)):
        if total is None:
            continue
        if before is not None and total.versions != before:
            said = {"month": month.label, "version": total.versions[1]}
            words = (
                _("%(month)sから数え方が変わりました（第%(version)s版）", **said)
                if total.versions[0] == total.versions[1]
                else _(
                    "%(month)sは古い数え方の自治体が混ざっています（第%(version)s版まで）", **said
                )
            )
            found.append(Sign(place, "◆", words))
        before = total.versions
    return found


def draw_series(
    metric: Metric,
    months: Sequence[Month],
    totals: Sequence[Total | None],
    *,
    notes: Sequence[Note] = (),
    targets: Mapping[int, float] | None = None,
    link: Callable[[Month], str] | None = None,
    key: str = "",
) -> Figure:
    """Draw a metric over months, with breaks, notes, targets and how many towns published it.

    `targets` are those of the fiscal years; they are drawn for what is no sum over the year.
    """
    values = [total.value if total else None for total in totals]
    words = [total.words if total else not_published() for total in totals]
    towns = Series(
        _("公開した自治体の数"),
        [float(total.towns) if total else None for total in totals],
        words=[_("%(n)s自治体", n=total.towns) if total else "" for total in totals],
    )
    places = {month: place for place, month in enumerate(months)}
    signs = [
        Sign(
            places[note.month],
            sign_of(number),
            f"{sign_of(number)} {note.month.label} {note.words}",
        )
        for number, note in enumerate(notes, 1)
        if note.month in places
    ]
    aimed = [
        None if metric.kind is Kind.FLOW else (targets or {}).get(m.fiscal_year) for m in months
    ]
    limit = Series(_("目標"), aimed, words=["" if v is None else say(metric, v) for v in aimed])
    return timeline(
        Series(
            str(metric.label),
            values,
            [
                link(m) if link and v is not None else None
                for m, v in zip(months, values, strict=True)
            ],
            words,
        ),
        [month.label for month in months],
        title=_("%(metric)sの推移", metric=metric.label),
        ticks=_ticks(months),
        breaks=find_breaks(metric, months, totals),
        notes=signs,
        limit=limit if any(v is not None for v in aimed) else None,
        strip=towns,
        say=lambda value: say(metric, value),
        say_short=lambda value: (
            f"{short_number(value)}{'%' if metric.unit is Unit.PERCENT else ''}"
        ),
        key=key,
    )


def _ticks(months: Sequence[Month]) -> list[tuple[int, str]]:
    """Return the words below the months: each month of a year, or where the fiscal years begin."""
    if len(months) <= 13:
        return [(place, f"{month.number}") for place, month in enumerate(months)]
    short = era_year if locale() == "ja" and len(months) > 30 else fiscal_label
    return [(n, short(month.fiscal_year)) for n, month in enumerate(months) if month.number == 4]


@dataclass(frozen=True, slots=True)
class TownSeries:
    """A town's numbers of some months: None where it published none."""

    name: str
    totals: Sequence[Total | None]
    #: For each month: whether the town was expected to publish.
    expected: Sequence[bool]
    link: str = ""


def draw_towns(
    metric: Metric, months: Sequence[Month], towns: Sequence[TownSeries], *, key: str = ""
) -> Multiples:
    """Draw each town's numbers small, all to one scale, in the order given."""
    panels = []
    for town in towns:
        words = [
            total.words if total else not_published() if expected else no_member()
            for total, expected in zip(town.totals, town.expected, strict=True)
        ]
        panels.append(
            Panel(
                town.name,
                [total.value if total else None for total in town.totals],
                words,
                head=words[-1] if words else "",
                link=town.link,
                absent=frozenset(n for n, expected in enumerate(town.expected) if not expected),
            )
        )
    return small_multiples(
        panels,
        [month.label for month in months],
        title=_("自治体ごとの%(metric)s", metric=metric.label),
        description=_("どの図も同じ目盛りです。"),
        missing=_("未提出（0ではありません）"),
        absent=_("ネットワークに加盟していない月"),
        say=lambda value: say(metric, value),
        key=key,
    )


def draw_funnel(
    steps: Sequence[tuple[str, Total | None, str]], name: str, *, key: str = ""
) -> Figure:
    """Draw proposals, and what became of as many: each step's word, total and link."""
    first = steps[0][1] if steps else None
    stages = []
    for place, (word, total, link) in enumerate(steps):
        share = ""
        if place and total and first and first.number >= 5:
            share = _("提案100件あたり%(n)s件", n=f"{total.number * 100 / first.number:.0f}")
        words = total.words if total else not_published()
        stages.append(Stage(word, total.number if total else None, words, share, link))
    return funnel(
        stages,
        title=_("提案から実装まで"),
        description=_("同じ期間に起きた数です。同じ提案を追ったものではありません。"),
        name=name,
        missing=not_published(),
        key=key,
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """What went from a town to another one."""

    source: str
    target: str
    number: float
    words: str


@dataclass(frozen=True, slots=True)
class Flows:
    """Everything of one kind that went between towns: a picture, and the same as a matrix."""

    metric: Metric
    figure: Figure
    #: The names in the order of the towns' codes.
    names: Sequence[str]
    #: A row for each town: the words of each column, empty where nothing went.
    matrix: Sequence[Sequence[str]]
    total: str
    #: How many towns took part but are not drawn: too many for one picture.
    left_out: int = 0


def draw_flows(total: Total, names: Mapping[str, str], period: str, *, key: str = "") -> Flows:
    """Draw what went from town to town; `names` are those of all towns by id, in their order."""
    cells = {
        (other, town) if total.metric.id in INWARD else (town, other): value
        for town, row in (total.towards or {}).items()
        for other, value in row.items()
        if value and town in names and other in names
    }
    weight: dict[str, float] = {}
    for (source, target), value in cells.items():
        weight[source] = weight.get(source, 0) + abs(value)
        weight[target] = weight.get(target, 0) + abs(value)
    most = set(sorted(weight, key=lambda one: -weight[one])[:MOST_TOWNS])
    shown = [town for town in names if town in most]
    place = {town: number for number, town in enumerate(shown)}
    metric = total.metric
    figure = matrix(
        [names[town] for town in shown],
        {
            (place[source], place[target]): value
            for (source, target), value in cells.items()
            if source in place and target in place
        },
        title=_("%(metric)s（%(period)s）", metric=metric.label, period=period),
        description=_("円が大きいほど多いことを表します。"),
        name=str(metric.label),
        sides=_("行の自治体から、列の自治体（番号）へ"),
        say=lambda value: say(metric, value),
        key=f"{key}{metric.id}",
    )
    words = [
        [say(metric, v) if (v := cells.get((source, target))) else "" for target in shown]
        for source in shown
    ]
    whole = say(metric, sum(cells.values()))
    return Flows(metric, figure, [names[t] for t in shown], words, whole, len(weight) - len(shown))
