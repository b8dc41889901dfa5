"""What towns published, as tables for office programs: xlsx with formulas, CSV. Pure.

What was not published is an empty cell and a word, never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Kind, Metric
from kyoso.core.sheets import Formula, to_book, to_csv
from kyoso.joint_metrics.published import Published
from kyoso.joint_metrics.themes import INWARD
from kyoso.joint_metrics.totals import Total

#: Name, heads, rows.
Table = tuple[str, Sequence[str], Sequence[Sequence[Any]]]

_PARTS = frozenset({Kind.RATE, Kind.STOCK_RATE})


def as_xlsx(published: Published) -> bytes:
    """Return a workbook: summary, by town and month, flows, definitions, versions."""
    return to_book(
        [
            summary_table(published),
            months_table(published),
            flows_table(published),
            definitions_table(published),
            versions_table(published),
        ]
    )


def as_csv(table: Table) -> bytes:
    """Return one of the tables as CSV."""
    _name, heads, rows = table
    return to_csv(heads, rows)


def summary_table(published: Published) -> Table:
    """Return each metric over the period: the network's number, and whose is missing."""
    heads = [
        _("指標"),
        _("単位"),
        _("数・分子"),
        _("分母"),
        _("値"),
        _("表示"),
        _("いつの数か"),
        _("前の年の同じ期間"),
        _("目標"),
        _("公開した自治体の数"),
        _("対象の自治体の数"),
        _("未提出・一部未提出の自治体"),
        _("注意"),
        _("指標の番号"),
    ]
    rows: list[Sequence[Any]] = []
    for row, line in enumerate(published.lines, 2):
        rows.append(
            [
                line.metric.label,
                line.metric.unit.label,
                *_numbers(line.metric, line.total, "C", "D", row),
                line.words,
                line.as_of or published.period.span,
                line.before_words,
                line.target,
                line.total.towns if line.total else 0,
                line.members,
                line.missing_words,
                _("期間の途中で定義が変わりました") if line.is_broken else "",
                line.metric.id,
            ]
        )
    return _("まとめ"), heads, rows


def months_table(published: Published) -> Table:
    """Return every single number: by metric, month and town, with the version it comes from."""
    heads = [
        _("指標"),
        _("月"),
        _("団体コード"),
        _("自治体"),
        _("公開の状況"),
        _("数・分子"),
        _("分母"),
        _("値"),
        _("表示"),
        _("一件ずつの値"),
        _("単位"),
        _("版"),
        _("公開した日時"),
        _("指標の番号"),
    ]
    rows: list[Sequence[Any]] = []
    for metric in published.metrics:
        for month in published.period.months:
            for town in published.towns:
                found = published.publication(town, month)
                if found is None and not published.expects(town, month):
                    continue
                total = published.cell(metric, town, month)
                rows.append(
                    [
                        metric.label,
                        str(month),
                        town.code,
                        town.name,
                        state_words(found is not None, total),
                        *_numbers(metric, total, "F", "G", len(rows) + 2),
                        total.words if total else "",
                        _("、").join(f"{value:.12g}" for value in total.sample) if total else "",
                        metric.unit.label,
                        found.version if found else None,
                        found.published_at if found else None,
                        metric.id,
                    ]
                )
    return _("自治体・月ごと"), heads, rows


def flows_table(published: Published) -> Table:
    """Return what went from town to town."""
    heads = [_("指標"), _("から"), _("へ"), _("数"), _("単位"), _("指標の番号")]
    rows = []
    for line in published.lines:
        metric = line.metric
        for town, towards in ((line.total and line.total.towards) or {}).items():
            for other, number in towards.items():
                way = [other, town] if metric.id in INWARD else [town, other]
                names = [published.names.get(one, one) for one in way]
                rows.append([metric.label, *names, number, metric.unit.label, metric.id])
    return _("町から町へ"), heads, rows


def definitions_table(published: Published) -> Table:
    """Return what each number means and how it is counted."""
    heads = [
        _("指標"),
        _("単位"),
        _("数え方"),
        _("まとめ方"),
        _("向き"),
        _("いつから"),
        _("定義の版"),
        _("指標の番号"),
    ]
    rows = [
        [
            metric.label,
            metric.unit.label,
            metric.formula,
            metric.kind.label,
            metric.direction.label,
            metric.since,
            metric.version,
            metric.id,
        ]
        for metric in published.metrics
    ]
    return _("定義"), heads, rows


def versions_table(published: Published) -> Table:
    """Return which town published which version of which month when, and why it corrected."""
    heads = [
        _("月"),
        _("団体コード"),
        _("自治体"),
        _("版"),
        _("状況"),
        _("公開した日時"),
        _("訂正の理由"),
        _("町のコメント"),
    ]
    rows: list[Sequence[Any]] = []
    for month in published.period.months:
        for town in published.towns:
            found = [
                one
                for one in published.publications
                if one.town_id == town.id and one.month == month
            ]
            rows += [
                [
                    str(month),
                    town.code,
                    town.name,
                    one.version,
                    _("この資料の数") if one.newest else _("訂正前"),
                    one.published_at,
                    one.reason,
                    one.comment,
                ]
                for one in found
            ]
            if not found and published.expects(town, month):
                rows.append([str(month), town.code, town.name, None, _("未提出"), None, "", ""])
    return _("公開と訂正"), heads, rows


def state_words(published: bool, total: Total | None) -> str:
    """Tell whether a number is there, and if not, what is missing: the month or only this."""
    if total is not None:
        return _("公開")
    return _("この指標は非公開") if published else _("未提出")


def _numbers(
    metric: Metric, total: Total | None, number: str, of: str, row: int
) -> tuple[float | None, float | None, Any]:
    """Return number, whole and value; a division as a formula, so that it can be computed anew."""
    if total is None:
        return None, None, None
    if total.of is None:
        return total.number, None, total.value
    times = "*100" if metric.kind in _PARTS else ""
    text = f'=IF({of}{row}=0,"",{number}{row}{times}/{of}{row})'
    return total.number, total.of, Formula(text, total.value)
