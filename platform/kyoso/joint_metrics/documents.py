"""A period's numbers as documents: the report, and one page for mayors. Pure but for the typist.

The same content gives the same bytes: no document knows the day it is printed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kyoso.core.documents import render_pdf
from kyoso.core.drawing import Figure
from kyoso.core.i18n import fiscal_label, force_locale, jp_datetime, number
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Kind, Metric, Month
from kyoso.joint_metrics.pictures import (
    funnel_in_words,
    funnel_picture,
    months_in_words,
    months_picture,
)
from kyoso.joint_metrics.published import Line, Published, Town
from kyoso.joint_metrics.tables import Table, definitions_table, flows_table, versions_table
from kyoso.joint_metrics.totals import Total

LAYOUTS = Path(__file__).parent / "reports" / "templates" / "reports"
#: So many months stand beside each other.
_ACROSS = 12


def as_report(
    published: Published, title: str, metric_ids: Sequence[str], notes: Sequence[str]
) -> bytes:
    """Return the report as a tagged PDF, in the language of its content."""
    with force_locale(published.language):
        return render_pdf(
            (LAYOUTS / "report.typ").read_text("utf-8"),
            _report(published, title, metric_ids, notes),
            title=_("%(title)s（%(network)s）", title=title, network=published.network),
            lang=published.language,
        )


def as_one_page(
    published: Published,
    title: str,
    metric_ids: Sequence[str],
    picture_id: str,
    notes: Sequence[str],
) -> bytes:
    """Return the page for mayors as a tagged PDF: large numbers, two pictures, three notes."""
    with force_locale(published.language):
        return render_pdf(
            (LAYOUTS / "one_page.typ").read_text("utf-8"),
            _one_page(published, title, metric_ids, picture_id, notes),
            title=_("%(title)s（首長向け・%(network)s）", title=title, network=published.network),
            lang=published.language,
        )


def _report(
    published: Published, title: str, metric_ids: Sequence[str], notes: Sequence[str]
) -> dict[str, Any]:
    numbers = {metric.id: place for place, metric in enumerate(published.metrics, 1)}
    key = [line for line in published.lines if line.metric.id in metric_ids]
    funnel = funnel_picture(published)
    return {
        "title": title,
        "words": _words(published),
        "network": published.network,
        "period": published.period.label,
        "as_of": jp_datetime(published.as_of),
        "towns": _("、").join(town.name for town in published.towns),
        "unpublished": published.unpublished_words,
        "notes": list(notes),
        "summary": [_summary_row(line, numbers, published.period.last) for line in published.lines],
        "funnel": _drawn(funnel, funnel_in_words(published)) if funnel else None,
        "key": [_chapter(published, line, numbers) for line in key],
        "flows": _plain(flows_table(published)),
        "versions": _plain(versions_table(published)),
        "comments": [
            [one.month.label, published.town(one.town_id).name, one.comment]
            for one in published.comments
        ],
        "events": [[month.label, text] for month, text in published.notes],
        "definitions": _plain(definitions_table(published)),
    }


def _words(published: Published) -> dict[str, str]:
    year = fiscal_label(published.period.last.fiscal_year)
    return {
        "period": _("期間"),
        "as_of": _("集めた日時"),
        "towns": _("自治体"),
        "unpublished": _("未提出"),
        "none_unpublished": _("未提出の月はありません。"),
        "about": _("この報告について"),
        "reading": _(
            "ここにある数は、各自治体が確かめて公開した月ごとの数を足し合わせたものです。公開されて"
            "いない数は「未提出」とし、0とは数えません。5件に満たない割合は、分数で示します。指標の"
            "前の番号は、最後の章「定義」の番号です。"
        ),
        "notes": _("要点"),
        "summary": _("まとめ"),
        "number": _("番号"),
        "metric": _("指標"),
        "value": _("この期間"),
        "before": _("前の年"),
        "target": _("%(year)sの目標", year=year),
        "counted": _("公開した自治体"),
        "missing": _("未提出・一部未提出"),
        "key": _("主な指標"),
        "definition": _("定義"),
        "by_town": _("自治体ごとの数"),
        "table_note": _("数の右の「第2版」などは、訂正された版です。"),
        "town": _("自治体"),
        "whole": _("期間"),
        "flows": _("町から町への流れ"),
        "versions": _("公開と訂正"),
        "comments": _("町のコメント"),
        "events": _("できごと"),
        "month": _("月"),
        "comment": _("コメント"),
        "event": _("内容"),
        "definitions": _("定義"),
        "nothing": _("この期間にはありません。"),
    }


def _summary_row(line: Line, numbers: dict[str, int], last: Month) -> dict[str, Any]:
    # A month's end is said in short where it is that of the period.
    when = _("期末") if line.as_of and line.months[-1] == last else line.as_of
    return {
        "number": numbers[line.metric.id],
        "cells": [
            str(line.metric.label),
            f"{line.words}{_('（%(when)s）', when=when) if when else ''}",
            line.before_words or "—",
            line.target_words or "—",
            line.counted_words,
            line.missing_words or "—",
        ],
        "broken": _("※ 期間の途中で定義が変わりました。") if line.is_broken else "",
    }


def _chapter(published: Published, line: Line, numbers: dict[str, int]) -> dict[str, Any]:
    metric = line.metric
    return {
        "number": numbers[metric.id],
        "label": str(metric.label),
        "value": line.words,
        "said": _said(line),
        "formula": str(metric.formula),
        "picture": _drawn(months_picture(published, metric), months_in_words(published, metric)),
        "tables": [
            _town_table(published, metric, months)
            for months in _grouped(published.period.months, _ACROSS)
        ],
    }


def _said(line: Line) -> list[str]:
    """Return what is said beside a large number."""
    said = [line.as_of] if line.as_of else []
    if line.before:
        change = line.change_words
        words = _("前の年の同じ期間は%(before)s", before=line.before_words)
        said.append(_("%(words)s（%(change)s）", words=words, change=change) if change else words)
    if line.target is not None:
        said.append(_("年度の目標は%(target)s", target=line.target_words))
    said.append(_("公開した自治体：%(counted)s", counted=line.counted_words))
    if line.missing:
        said.append(_("未提出・一部未提出：%(towns)s", towns=line.missing_words))
    if line.is_broken:
        said.append(_("※ 期間の途中で定義が変わりました。"))
    return said


def _town_table(published: Published, metric: Metric, months: Sequence[Month]) -> dict[str, Any]:
    rows = [
        [
            [town.name, ""],
            *(_cell(published, metric, town, month) for month in months),
            [short_words(published.town_total(metric, town)), ""],
        ]
        for town in published.towns
    ]
    line = published.line(metric)
    totals = [
        [short_words(published.month_total(metric, month)) if published.due_in(month) else "—", ""]
        for month in months
    ]
    rows.append([[_("全体"), ""], *totals, [short_words(line.total), ""]])
    heads = [_short_month(month) for month in months]
    return {"heads": [_("自治体"), *heads, _("期間")], "rows": rows}


def _short_month(month: Month) -> str:
    """Return the head of a narrow column; each January says its year."""
    if month.number == 1:
        return _("%(year)s年%(month)s月", year=month.year, month=month.number)
    return _("%(month)s月", month=month.number)


def _cell(published: Published, metric: Metric, town: Town, month: Month) -> list[str]:
    found = published.publication(town, month)
    if found is None:
        return [_("未提出") if published.expects(town, month) else "—", ""]
    total = published.cell(metric, town, month)
    version = _("第%(n)s版", n=found.version) if found.version > 1 else ""
    return [short_words(total) if total else _("非公開"), version if total else ""]


def short_words(total: Total | None) -> str:
    """Return a number for a narrow column: without its unit, a rate of few cases as 2/3."""
    if total is None:
        return _("未提出")
    if total.is_few:
        return f"{_short(total.number)}/{_short(total.of or 0)}"
    value = total.value
    if value is None:
        return "—"
    percent = total.metric.kind in (Kind.RATE, Kind.STOCK_RATE)
    return f"{value:.1f}%" if percent else _short(value)


def _short(value: float) -> str:
    rounded = round(float(value), 1)
    return number(int(rounded) if rounded == int(rounded) else rounded)


def _grouped(months: Sequence[Month], most: int) -> list[Sequence[Month]]:
    return [months[at : at + most] for at in range(0, len(months), most)]


def _drawn(figure: Figure, words: str) -> dict[str, Any]:
    rows = [[label, values[0]] for label, values in figure.rows]
    return {
        "bytes": list(str(figure.picture).encode()),
        "title": figure.title,
        "alt": words,
        "rows": rows,
    }


def _plain(table: Table) -> dict[str, Any]:
    name, heads, rows = table
    return {"name": name, "heads": list(heads), "rows": [[_text(v) for v in row] for row in rows]}


def _text(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if hasattr(value, "astimezone"):
        return jp_datetime(value)
    return _short(value) if isinstance(value, int | float) else str(value)


def _one_page(
    published: Published,
    title: str,
    metric_ids: Sequence[str],
    picture_id: str,
    notes: Sequence[str],
) -> dict[str, Any]:
    key = [line for line in published.lines if line.metric.id in metric_ids]
    funnel = funnel_picture(published)
    metric = published.metric(picture_id)
    missing = [town.name for town, _months in published.unpublished]
    few = _("、").join(missing[:6])
    more = _("など%(n)s自治体", n=len(missing)) if len(missing) > 6 else ""
    return {
        "title": title,
        "network": published.network,
        "period": published.period.label,
        "figures": [
            {"label": str(line.metric.label), "value": line.words, "said": _short_said(line)}
            for line in key
        ],
        "funnel": _drawn(funnel, funnel_in_words(published)) if funnel else None,
        "picture": _drawn(months_picture(published, metric), months_in_words(published, metric))
        if metric
        else None,
        "notes_title": _("要点"),
        "notes": list(notes),
        "foot": [
            _(
                "各自治体が公開した数による。%(as_of)s現在、対象は%(n)s自治体。",
                as_of=jp_datetime(published.as_of),
                n=len(published.towns),
            ),
            _(
                "未提出の月がある自治体：%(towns)s%(more)s（0とは数えていません）。",
                towns=few,
                more=more,
            )
            if missing
            else _("すべての自治体が、この期間の数を公開しています。"),
            _(
                "数え方と、どの自治体がどの版を公開したかは、報告書の「定義」「公開と訂正」にあります。"
            ),
        ],
    }


def _short_said(line: Line) -> list[str]:
    said = [line.as_of] if line.as_of else []
    if line.before:
        change = f"（{line.change_words}）" if line.change_words else ""
        said.append(_("前の年 %(before)s%(change)s", before=line.before_words, change=change))
    said.append(_("自治体 %(counted)s", counted=line.counted_words))
    return said
