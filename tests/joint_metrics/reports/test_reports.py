"""A report is asked for, written by the worker, kept, and can be made anew."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from kyoso.core.access import NetworkActor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.metrics import METRICS, Figure
from kyoso.core.scope import Scope, member_scope, scope
from kyoso.joint_metrics.reports import operations, queries, subscribers
from kyoso.joint_metrics.reports.models import NetworkReport, NetworkReportFile
from kyoso.joint_metrics.reports.rules import MOST_KEY, FileKind, ReportStatus, check_chosen
from kyoso.joint_metrics.reports.subscribers import set_document
from support.members import make_member, sign_in
from support.pages import Browser, text_of
from support.people import make_town
from support.reports import (
    DAYS,
    NOTES,
    RATE,
    RECEIVED,
    HalfYear,
    make_half_year,
    order_report,
    write_now,
)
from support.snapshots import publish_month


@pytest.fixture(scope="module")
def half(app: Flask) -> Iterator[HalfYear]:
    with app.app_context():
        yield make_half_year()


@pytest.fixture
def coordinator(app: Flask, half: HalfYear) -> Browser:
    return sign_in(app, half.coordinator)


def form(half: HalfYear, **changed: object) -> dict[str, object]:
    return {
        "form_id": str(new_id()),
        "first": str(half.period.first),
        "last": str(half.period.last),
        "title": "半年の報告",
        "language": "ja",
        "metric_ids": [RECEIVED, RATE, DAYS],
        "picture_id": RECEIVED,
        "note_1": NOTES[0],
        **changed,
    }


def words_of(pdf: bytes) -> str:
    """Return what a PDF says, without the spaces that layout sets between letters."""
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(text.split())


def statuses(half: HalfYear, report_id: uuid.UUID) -> tuple[ReportStatus, int, int]:
    with scope(half.coordinator.scope):
        report = queries.get_report(half.network_id, report_id)
        files = db.session.scalar(
            sa.select(sa.func.count()).where(NetworkReportFile.report_id == report_id)
        )
        return report.status, report.progress, files or 0


def test_it_is_asked_for_once_and_read_by_coordinators_and_members(app, half, coordinator):
    empty = text_of(coordinator.get(f"{half.here}/"))
    assert "首長に渡せる" in empty
    sent = form(half)
    page = coordinator.follow(coordinator.post(f"{half.here}/new", sent))
    coordinator.post(f"{half.here}/new", sent)
    assert "全3段階のうち1段階目：公開された数字を集める" in text_of(page)
    member = sign_in(app, make_member(half.towns[1], Role.AUDITOR))
    # Nobody but coordinators sees what is not finished.
    member.get(f"{half.at(half.towns[1])}/{sent['form_id']}", status=404)

    write_now(half.network_id, uuid.UUID(str(sent["form_id"])))

    for browser, here in ((coordinator, half.here), (member, half.at(half.towns[1]))):
        report = f"{here}/{sent['form_id']}"
        assert "半年の報告" in text_of(browser.get(f"{here}/"))
        shown = text_of(browser.get(report))
        assert NOTES[0] in shown
        assert f"{half.towns[2].name}（" in shown
        said = words_of(browser.fetch(f"{report}/full").data)
        for words in (
            "半年の報告",
            "受け付けた提案",
            "採択率",
            half.towns[1].name,
            "未提出",
            "第2版",
        ):
            assert words in said
        assert "二重に数えていたため" in said
        assert "祭りの月でした。" in said
        assert str(METRICS[DAYS].formula)[:20] in said
        assert text_of(browser.get(f"{report}/numbers?metric={RATE}")).count("3件中2件") >= 1
        assert browser.fetch(f"{report}/export/xlsx").data.startswith(b"PK")
    member.post(f"{half.at(half.towns[1])}/new", status=404)


def test_both_documents_are_tagged_and_speak_their_language(half):
    for language, title in (("ja", "ja"), ("en", "en")):
        report_id = order_report(
            half.network_id, half.coordinator.actor, half.period, language=language
        )
        write_now(half.network_id, report_id)
        with scope(half.coordinator.scope):
            for kind in FileKind:
                content = queries.get_document(half.network_id, report_id, kind)
                pdf = PdfReader(io.BytesIO(content))
                catalog = pdf.trailer["/Root"]
                assert catalog["/MarkInfo"]["/Marked"]
                assert "/StructTreeRoot" in catalog
                assert catalog["/Lang"].startswith(title)
                assert "半年の報告" in pdf.metadata.title
                assert b"pdfuaid" in content
                if kind is FileKind.ONE_PAGE:
                    assert len(pdf.pages) == 1
                    words = pdf.pages[0].extract_text()
                    assert all(note in words for note in NOTES[:2])


def test_pictures_in_it_say_their_numbers_to_whoever_does_not_see_them(half):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    write_now(half.network_id, report_id)
    with scope(half.coordinator.scope):
        report = queries.get_report(half.network_id, report_id)
        total = queries.content_of(report).month_total(METRICS[RECEIVED], half.period.first)
        content = queries.get_document(half.network_id, report_id, FileKind.FULL)
    assert total is not None
    alts = alternatives(PdfReader(io.BytesIO(content)))
    assert any(f"{half.period.first.label} {total.words}" in alt for alt in alts)
    assert len(alts) >= 4


def alternatives(pdf: PdfReader) -> list[str]:
    """Return the alternative texts of a PDF's structure."""
    found, seen = [], 0
    waiting = [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while waiting and seen < 50_000:
        node = waiting.pop().get_object()
        seen += 1
        if isinstance(node, list):
            waiting += node
        elif hasattr(node, "get"):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                waiting.append(node["/K"])
    return found


def test_made_again_from_what_it_keeps_it_is_the_same_to_the_byte(half):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    write_now(half.network_id, report_id)
    with scope(half.coordinator.scope):
        report = queries.get_report(half.network_id, report_id)
        for kind in FileKind:
            kept = queries.get_document(half.network_id, report_id, kind)
            assert set_document(report, kind) == kept


def test_a_job_that_is_killed_goes_on_where_it_stood(half, monkeypatch):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)

    class Killed(BaseException):
        """As abrupt as a signal: nothing catches it."""

    def die(*_args: object) -> bytes:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(subscribers, "as_one_page", die)
        with pytest.raises(Killed):
            write_now(half.network_id, report_id)
    db.session.remove()
    assert statuses(half, report_id) == (ReportStatus.QUEUED, 2, 1)
    with scope(half.coordinator.scope):
        collected = queries.get_report(half.network_id, report_id).content["as_of"]
    write_now(half.network_id, report_id)
    assert statuses(half, report_id) == (ReportStatus.DONE, 3, 2)
    with scope(half.coordinator.scope):
        assert queries.get_report(half.network_id, report_id).content["as_of"] == collected
    # Run once more, it changes nothing.
    write_now(half.network_id, report_id)
    assert statuses(half, report_id) == (ReportStatus.DONE, 3, 2)


def test_two_workers_write_it_once(app, half):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                write_now(half.network_id, report_id)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            failed.append(error)

    workers = [threading.Thread(target=work) for _n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert statuses(half, report_id) == (ReportStatus.DONE, 3, 2)
    with scope(half.coordinator.scope):
        finished = db.session.scalars(
            sa.select(NetworkJournalEntry.kind).where(
                NetworkJournalEntry.network_id == half.network_id,
                NetworkJournalEntry.subject_id == report_id,
            )
        ).all()
    assert sorted(finished) == ["ReportFinished", "ReportRequested"]


def test_a_failure_is_said_and_the_report_can_be_gone_on_with(half, coordinator, monkeypatch):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    with monkeypatch.context() as patched:
        patched.setattr(subscribers, "as_report", lambda *_args: 1 / 0)
        write_now(half.network_id, report_id)
    assert statuses(half, report_id)[0] is ReportStatus.FAILED
    page = coordinator.get(f"{half.here}/{report_id}")
    assert "作成できませんでした" in text_of(page)
    coordinator.post(f"{half.here}/{report_id}/retry")
    write_now(half.network_id, report_id)
    assert statuses(half, report_id)[0] is ReportStatus.DONE
    coordinator.post(f"{half.here}/{report_id}/retry", status=409)


def test_what_is_corrected_later_is_said_and_changes_no_report(half, coordinator):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    write_now(half.network_id, report_id)
    before = text_of(coordinator.get(f"{half.here}/{report_id}"))
    assert "公開や訂正がありました" not in before
    month = half.period.months[1]
    publish_month(half.towns[0], half.network_id, month, {RECEIVED: Figure(99)})
    after = text_of(coordinator.get(f"{half.here}/{report_id}"))
    assert "公開や訂正がありました" in after
    assert f"{half.towns[0].name} {month.label} 第2版" in after
    with scope(half.coordinator.scope):
        kept = queries.content_of(queries.get_report(half.network_id, report_id))
    town = next(town for town in kept.towns if town.id == half.towns[0].id)
    assert kept.cell(METRICS[RECEIVED], town, month).number != 99


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"metric_ids": []}, "metric_ids", "主な指標は、1つから"),
        ({"metric_ids": ["no.such"]}, "metric_ids", "今はないもの"),
        ({"picture_id": "no.such"}, "picture_id", "図にする指標"),
        ({"title": ""}, "title", "報告の題名"),
        ({"note_1": "長" * 121}, "note_1", "120文字以内"),
        ({"language": "fr"}, "language", "報告の言葉"),
        ({"first": "2026-99"}, "first", "2026-04 の形"),
    ],
)
def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(
    half, coordinator, changed, field, words
):
    page = coordinator.post(f"{half.here}/new", form(half, **changed), status=422).text
    assert words in text_of(page)
    assert f"#f-{field}" in page
    if field != "note_1":
        assert NOTES[0] in page


def test_a_network_makes_a_few_reports_at_a_time(app, coordinator):
    with app.app_context():
        other = make_half_year("別のネットワーク")
        browser = sign_in(app, other.coordinator)
    for _n in range(3):
        browser.post(f"{other.here}/new", form(other))
    refused = browser.post(f"{other.here}/new", form(other), status=409)
    assert "いま3件の報告を作っています" in text_of(refused.text)


def test_more_key_metrics_than_a_page_holds_are_refused():
    known = list(METRICS)
    check_chosen(known[:MOST_KEY], known[0], known)
    with pytest.raises(InvalidInput):
        check_chosen(known[: MOST_KEY + 1], known[0], known)


def test_only_coordinators_ask_and_only_the_worker_finishes(half):
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    system = NetworkActor.system(half.network_id, "tests")
    with scope(half.coordinator.scope):
        report = queries.get_report(half.network_id, report_id)
        with pytest.raises(Forbidden):
            operations.finish_report(report, actor=half.coordinator.actor, now=now())
        with pytest.raises(Forbidden):
            operations.retry_report(report, actor=system, now=now())
        operations.fail_report(report, actor=system, now=now())
        operations.retry_report(report, actor=half.coordinator.actor, now=now())
        report.status = ReportStatus.DONE
        with pytest.raises(RuleViolation):
            operations.fail_report(report, actor=system, now=now())
        db.session.rollback()


def test_the_database_shows_reports_to_their_network_and_finished_ones_to_members(half):
    stranger = make_town("よその町")
    waiting = order_report(half.network_id, half.coordinator.actor, half.period)
    done = order_report(half.network_id, half.coordinator.actor, half.period)
    write_now(half.network_id, done)

    def seen() -> set[uuid.UUID]:
        found = set(db.session.scalars(sa.select(NetworkReport.id)))
        files = set(db.session.scalars(sa.select(NetworkReportFile.report_id)))
        assert files <= found
        return found & {waiting, done}

    with scope(half.coordinator.scope):
        assert seen() == {waiting, done}
    with member_scope(half.towns[2].id):
        assert seen() == {done}
        changed = db.session.execute(sa.update(NetworkReport).values(title="書き換え"))
        assert changed.rowcount == 0
    for nobody in (Scope(), Scope(stranger.id), Scope(coordinated_network_id=new_id())):
        with scope(nobody):
            assert seen() == set()


def test_pages_of_another_network_look_as_if_they_were_missing(app, half):
    with app.app_context():
        other = make_half_year("よそのネットワーク")
    report_id = order_report(half.network_id, half.coordinator.actor, half.period)
    write_now(half.network_id, report_id)
    theirs = sign_in(app, other.coordinator)
    theirs.get(f"{other.here}/{report_id}", status=404)
    theirs.fetch(f"{other.here}/{report_id}/full", status=404)
    theirs.get(f"{half.here}/{report_id}", status=403)
    stranger = sign_in(app, make_member(other.towns[0], Role.ADMIN))
    there = f"/{other.towns[0].slug}/exchange/metrics/networks/{half.network_id}/reports"
    for place in ("", f"{report_id}", f"{report_id}/full", "export/xlsx", "numbers"):
        stranger.open("GET", f"{there}/{place}", 404)
    with scope(other.coordinator.scope), pytest.raises(NotFound):
        queries.get_report(half.network_id, report_id)
