"""What follows when a report was asked for: the worker writes it, step by step."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from pathlib import Path
from typing import Any

from kyoso.core import charts, clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.documents import render_pdf
from kyoso.core.events import subscribe
from kyoso.core.files import KINDS, CheckedFile
from kyoso.core.i18n import era_year, fiscal_label, force_locale, jp_date
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job
from kyoso.core.sheets import to_book
from kyoso.municipal.annual_reports import operations, queries
from kyoso.municipal.annual_reports.events import AnnualReportRequested
from kyoso.municipal.annual_reports.models import AnnualReport
from kyoso.municipal.annual_reports.rules import ReportStatus, Year
from kyoso.tenancy.queries import TenantInfo, get_tenant

log = logging.getLogger(__name__)
LAYOUT = Path(__file__).parent / "templates" / "annual_reports" / "report.typ"


@subscribe(AnnualReportRequested)
def put_to_work(event: AnnualReportRequested, *, actor: Actor, now: dt.datetime) -> None:
    """Put the writing into the transaction that asked for it."""
    enqueue(write_report, tenant_id=str(actor.tenant_id), report_id=str(event.subject_id))


@job("annual_reports.write")
def write_report(tenant_id: uuid.UUID, report_id: str) -> None:
    """Write one report; each step is committed, so that its progress can be seen."""
    actor = Actor.system(tenant_id, "年次報告の作成（自動）")
    report = queries.get_report(actor, uuid.UUID(report_id), lock=True)
    if report.status is not ReportStatus.QUEUED:
        return
    report.status = ReportStatus.RUNNING
    db.session.commit()
    try:
        with force_locale("ja"):
            _write(report, actor)
    except Exception:
        log.exception("an annual report was not written")
        db.session.rollback()
        report = queries.get_report(actor, uuid.UUID(report_id), lock=True)
        operations.fail_report(report, actor=actor, now=clock.now())


def _write(report: AnnualReport, actor: Actor) -> None:
    def done(steps: int) -> None:
        report.progress = steps
        db.session.commit()

    town = get_tenant(actor.tenant_id)
    year = queries.compile_year(actor, report.fiscal_year)
    done(1)
    pdf = as_pdf(year, town, clock.today())
    done(2)
    xlsx = as_xlsx(year)
    done(3)
    name = _("%(town)s_年次報告_%(year)s", town=town.name, year=fiscal_label(year.year))
    files = [
        CheckedFile(f"{name}.pdf", KINDS["pdf"], pdf),
        CheckedFile(f"{name}.xlsx", KINDS["xlsx"], xlsx),
    ]
    operations.finish_report(report, files, actor=actor, now=clock.now())


def as_pdf(year: Year, town: TenantInfo, day: dt.date) -> bytes:
    """Return the report as a tagged PDF."""
    months = [_("%(n)s月", n=(month + 3) % 12 + 1) for month in range(12)]
    title = _(
        "%(town)s 官民共創 年次報告（%(year)s）", town=town.name, year=fiscal_label(year.year)
    )
    figure = charts.bars(
        [charts.Series(_("受け付けた提案"), [float(n) for n in year.by_month])],
        months,
        title=_("月ごとに受け付けた提案"),
    )
    data: dict[str, Any] = {
        "town": town.name,
        "programme": town.programme_name,
        "year": _("%(era)s年度", era=era_year(year.year)),
        "made": jp_date(day),
        "figures": [[name, value, meaning] for name, value, meaning in figures(year)],
        "months": [[m, str(n)] for m, n in zip(months, year.by_month, strict=True)],
        "picture": list(figure.picture.encode()),
        "tables": [
            {"title": name, "heads": list(heads), "rows": [list(map(_cell, r)) for r in rows]}
            for name, heads, rows in tables(year)
        ],
    }
    return render_pdf(LAYOUT.read_text("utf-8"), data, title=title, lang="ja")


def as_xlsx(year: Year) -> bytes:
    """Return the report as a workbook: figures with their definitions, then a sheet a table."""
    summary = (_("まとめ"), (_("項目"), _("値"), _("説明")), figures(year))
    return to_book([summary, *tables(year)])


def figures(year: Year) -> list[tuple[str, str, str]]:
    """Return the year's figures: name, value, and how it is computed."""
    return [
        (_("受け付けた提案"), str(len(year.proposals)), _("年度内に提出された提案の数")),
        (_("決定した提案"), str(len(year.decided)), _("そのうち、結果を通知した数")),
        (_("採択した提案"), str(year.adopted), _("採択と条件付き採択の数")),
        (
            _("採択率"),
            year.adoption_rate,
            _("採択した数 ÷ 決定した数（5件未満は分数で示します）"),
        ),
        (_("決定までの日数"), year.median_days, _("提出から決定までの日数の中央値")),
        (_("プロジェクト"), str(len(year.projects)), _("作成日までに番号を付けたすべての数")),
        (_("ワークショップ"), str(len(year.workshops)), _("年度内に開いた数")),
        (
            _("ワークショップの参加者"),
            str(sum(w.participants for w in year.workshops)),
            _("延べ人数"),
        ),
    ]


def tables(year: Year) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Return the report's tables: name, heads, rows."""
    return [
        (
            _("提案"),
            (_("受付番号"), _("件名"), _("区分"), _("受付日"), _("状況"), _("決定日")),
            [
                (p.receipt, p.title, p.kind, p.received_on, p.status, p.decided_on)
                for p in year.proposals
            ],
        ),
        (
            _("プロジェクト"),
            (_("番号"), _("件名"), _("段階"), _("担当する課"), _("採択の日")),
            [(p.number, p.title, p.stage, p.department, p.decided_on) for p in year.projects],
        ),
        (
            _("ワークショップ"),
            (_("題名"), _("開催日"), _("参加者"), _("アイデア"), _("扱いの決まった数")),
            [(w.title, w.held_on, w.participants, w.ideas, w.settled) for w in year.workshops],
        ),
    ]


def _cell(value: object) -> str:
    if value is None:
        return "—"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
