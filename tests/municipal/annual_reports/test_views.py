import datetime as dt
import io
import uuid

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.jobs import run_worker
from kyoso.core.scope import tenant_scope
from kyoso.municipal.annual_reports import operations, queries
from kyoso.municipal.annual_reports.rules import ReportStatus
from support.pages import text_of
from support.people import actor_of
from support.samples import Sample, make_sample

YEAR = clock.fiscal_year(clock.today())


@pytest.fixture
def sample(app, tmp_path) -> Sample:
    return make_sample(tmp_path)


@pytest.fixture
def here(sample) -> str:
    return f"/{sample.town.slug}/desk/annual-reports"


@pytest.fixture
def secretariat(sample, browser):
    return browser(sample.people[Role.SECRETARIAT])


def form(**values: object) -> dict[str, object]:
    return {"form_id": str(uuid.uuid4()), "year": str(YEAR), **values}


def bytes_of(browser, url: str) -> bytes:
    response = browser.fetch(url)
    content = response.data
    response.close()
    return content


def test_a_report_is_asked_for_written_by_the_worker_and_read(app, secretariat, here):
    assert "まだありません" in text_of(secretariat.get(f"{here}/"))
    sent = form()
    secretariat.post(f"{here}/request", sent)
    secretariat.post(f"{here}/request", sent)
    waiting = text_of(secretariat.get(f"{here}/"))
    assert "全4段階のうち1段階目：数字を集める" in waiting
    refused = secretariat.post(f"{here}/request", form(), status=409)
    assert "いま別の年次報告を作っています" in text_of(refused.text)

    run_worker(app, wait=False)

    assert "できました" in text_of(secretariat.get(f"{here}/"))
    report = f"{here}/{sent['form_id']}"
    pdf = PdfReader(io.BytesIO(bytes_of(secretariat, f"{report}/pdf")))
    words = "".join(page.extract_text() for page in pdf.pages)
    for said in ("年次報告", "受け付けた提案", "提案 adopted", "採択率"):
        assert said in words
    catalog = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"].startswith("ja")
    assert "年次報告" in pdf.metadata.title

    book = load_workbook(io.BytesIO(bytes_of(secretariat, f"{report}/xlsx")))
    assert book.sheetnames == ["まとめ", "提案", "プロジェクト", "ワークショップ"]
    figures = {row[0].value: row[1].value for row in book["まとめ"].iter_rows(min_row=2)}
    titles = [row[1].value for row in book["提案"].iter_rows(min_row=2)]
    assert figures["受け付けた提案"] == str(len(titles))
    assert "提案 adopted" in titles
    assert "提案 draft" not in titles


def test_a_decision_that_was_not_announced_is_not_told(app, sample):
    actor = actor_of(sample.town, Role.SECRETARIAT)
    with tenant_scope(sample.town.id):
        year = queries.compile_year(actor, YEAR)
    assert {p.status for p in year.proposals if p.title == "提案 decided"} == {"審査中"}
    told = {p.title: p.adopted for p in year.proposals if p.decided_on}
    assert told == {"提案 adopted": True, "提案 declined": False}


def test_a_wrong_year_is_refused_with_a_sentence(secretariat, here):
    for year in ("", "1999", "2199", "令和"):
        wanted = 409 if year == "2199" else 422
        page = secretariat.post(f"{here}/request", form(year=year), status=wanted)
        assert "年度" in text_of(page.text), year


def test_a_report_that_fails_says_so_and_another_can_be_asked_for(
    app, secretariat, sample, here, settings
):
    folder = settings.var_dir / "files" / str(sample.town.id)
    kept = folder.with_suffix(".kept")
    folder.rename(kept)
    # A file where the town's folder should be: nothing can be kept.
    folder.write_text("")
    try:
        secretariat.post(f"{here}/request", form())
        run_worker(app, wait=False)
    finally:
        folder.unlink()
        kept.rename(folder)
    assert "作成できませんでした" in text_of(secretariat.get(f"{here}/"))
    sent = form()
    secretariat.post(f"{here}/request", sent)
    run_worker(app, wait=False)
    assert bytes_of(secretariat, f"{here}/{sent['form_id']}/pdf").startswith(b"%PDF")


def test_a_report_that_a_worker_left_does_not_stand_in_the_way(secretariat, here):
    with clock.frozen(clock.now() - dt.timedelta(minutes=16)):
        secretariat.post(f"{here}/request", form())
    secretariat.post(f"{here}/request", form())


def test_others_read_and_ask_for_nothing(sample, browser, here):
    for role in (Role.STAFF, Role.AUDITOR):
        reader = browser(sample.people[role])
        assert "年次報告を作る" not in text_of(reader.get(f"{here}/")), role
        reader.post(f"{here}/request", form(), status=403)


def test_the_list_is_a_fragment_for_htmx(secretariat, here):
    part = secretariat.get(f"{here}/", htmx=True)
    assert part.lstrip().startswith("<section")
    assert "<html" not in part


def test_another_towns_report_is_missing(app, sample, hinode, member_of, browser):
    admin = sample.people[Role.SECRETARIAT].actor
    with tenant_scope(sample.town.id):
        report_id = uuid.uuid4()
        report = operations.request_report(YEAR, report_id=report_id, actor=admin, now=clock.now())
        assert report.status is ReportStatus.QUEUED
    us = browser(member_of(hinode, Role.ADMIN))
    us.get(f"/{hinode.slug}/desk/annual-reports/{report_id}/pdf", status=404)
