"""Issuing documents and wording them, on the real database."""

import base64
import datetime as dt
import io
import threading

import pypdf
import pytest
import sqlalchemy as sa
from PIL import Image

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.documents import operations, queries
from kyoso.municipal.documents.models import Document, DocumentTemplate
from kyoso.municipal.documents.rules import DocumentKind, Wording, examples_of
from kyoso.tenancy.models import Tenant
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
K = DocumentKind
OWN = Wording("採択のお知らせ", "{{件名}}を採択しました。\n\n■ 理由\n{{理由}}")


def declare(town: Town, **declaration: object) -> None:
    with tenant_scope(town.id):
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == town.id).values(declaration=declaration)
        )
        db.session.commit()


def edit(town: Town, wording: Wording, kind: DocumentKind = K.ADOPTION) -> DocumentTemplate:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        current = queries.hold_wording(actor, kind, "ja")
        template = operations.edit_wording(current, wording, actor=actor, now=NOON)
        db.session.commit()
        return template


def test_a_document_is_numbered_and_kept_as_it_was_sent(hinode, issue, read):
    declare(hinode, documents={"number_prefix": "日政"})
    document = issue(hinode)
    assert (document.reference, document.number, document.fiscal_year) == ("8日政第1号", 1, 2026)
    assert document.values["decided_on"] == "令和8年11月20日（2026年11月20日）"
    before = read(hinode, document.id)
    for words in (
        "8日政第1号",
        "見本 一郎（見本） 様",
        "見本県ひので町",
        "空き家で #月に一度 の食堂",
    ):
        assert words.replace(" ", "") in before.replace(" ", ""), words
    edit(hinode, OWN)
    assert read(hinode, document.id) == before
    assert (issue(hinode).template_version, document.template_version) == (1, 0)
    with tenant_scope(hinode.id):
        entry = list_history(actor_of(hinode, Role.AUDITOR), [document.subject_id])[0]
        assert (entry.kind, entry.facts["reference"]) == ("DocumentIssued", "8日政第1号")


def test_the_pdf_says_its_title_and_language(hinode):
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        made = queries.preview(K.DECLINE, {"recipient": "Taro"}, actor, title="T", locale="en")
    pdf = pypdf.PdfReader(io.BytesIO(made))
    assert (pdf.metadata.title, pdf.trailer["/Root"]["/Lang"]) == ("T", "en")
    assert "/StructTreeRoot" in pdf.trailer["/Root"]
    assert "Thank you for your proposal to Mihon" in pdf.pages[0].extract_text()


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_every_kind_is_set_in_every_language(hinode, kind):
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        for locale in kind.locales:
            assert queries.preview(kind, examples_of(kind), actor, locale=locale)[:5] == b"%PDF-"


def test_a_preview_takes_no_number(hinode, issue):
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        made = queries.preview(K.ADOPTION, {"title": "件名"}, actor)
        assert db.session.scalars(sa.select(Document)).all() == []
    words = pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert "まだ発行していません" in words
    assert issue(hinode).number == 1


def test_numbers_begin_anew_with_the_fiscal_year(hinode, issue):
    end = dt.datetime(2027, 3, 31, 14, 59, tzinfo=dt.UTC)
    numbers = [issue(hinode, at=at) for at in (NOON, end, end + dt.timedelta(minutes=1))]
    assert [(d.fiscal_year, d.number) for d in numbers] == [(2026, 1), (2026, 2), (2027, 1)]


def test_numbers_have_no_gaps_whoever_issues_at_once(hinode, app, issue):
    start = threading.Barrier(2, timeout=20)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                start.wait()
                for _ in range(4):
                    issue(hinode)
        except BaseException as error:  # noqa: BLE001 (shown by the test, not lost with the thread)
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with tenant_scope(hinode.id):
        assert sorted(db.session.scalars(sa.select(Document.number))) == list(range(1, 9))


def test_a_number_that_was_not_kept_is_given_again(hinode, issue):
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        operations.issue_document(K.DECLINE, new_id(), {}, title="x", actor=actor, now=NOON)
        db.session.rollback()
    assert issue(hinode).number == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.GUEST, Role.LINK_HOLDER])
def test_only_who_works_for_the_town_issues(hinode, role):
    actor = actor_of(hinode, role)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        operations.issue_document(K.DECLINE, new_id(), {}, title="x", actor=actor, now=NOON)


def test_values_that_the_kind_does_not_know_are_refused(hinode):
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id), pytest.raises(RuleViolation, match="wrong_name"):
        operations.issue_document(
            K.DECLINE, new_id(), {"wrong_name": "x"}, title="x", actor=actor, now=NOON
        )


def test_voided_documents_stay_and_nothing_else_of_them_can_change(hinode, issue, read):
    document = issue(hinode)
    words, actor = read(hinode, document.id), actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        operations.void_documents(
            document.subject_id, [K.ADOPTION], "取り違え", actor=actor, now=NOON
        )
        db.session.commit()
        found = queries.get_document(actor, document.id)
        assert (found.voided_at, found.voided_reason) == (NOON, "取り違え")
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.update(Document).values(title="別の題名"))
        db.session.rollback()
    assert read(hinode, document.id) == words


def test_the_wording_has_versions_and_can_go_back(hinode):
    actor = actor_of(hinode, Role.ADMIN)
    edit(hinode, OWN)
    edit(hinode, Wording("二つ目", "{{理由}}"))
    with tenant_scope(hinode.id):
        current = queries.hold_wording(actor, K.ADOPTION, "ja")
        assert (current.version, current.wording.subject, current.is_own) == (2, "二つ目", True)
        operations.reset_wording(current, actor=actor, now=NOON)
        db.session.commit()
        back = queries.current_wording(actor, K.ADOPTION)
        assert (back.version, back.is_own) == (3, False)
        assert back.wording == queries.default_wording(K.ADOPTION, "ja")
        versions = queries.list_versions(actor, K.ADOPTION, "ja")
        assert [version.version for version in versions] == [3, 2, 1]
        listed = {(w.kind, w.locale): w.version for w in queries.list_wordings(actor)}
        assert (listed[K.ADOPTION, "ja"], listed[K.ADOPTION, "en"]) == (3, 0)


def test_an_unknown_placeholder_is_refused_and_nothing_is_kept(hinode):
    with pytest.raises(InvalidInput) as refused:
        edit(hinode, Wording("見出し", "一行目\n{{しらない}}"))
    assert "2行目の「{{しらない}}」" in refused.value.errors["body"][0]
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(DocumentTemplate)).all() == []


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR])
def test_only_the_secretariat_and_administrators_word(hinode, role):
    actor = actor_of(hinode, role)
    with tenant_scope(hinode.id):
        current = queries.current_wording(actor, K.ADOPTION)
        with pytest.raises(Forbidden):
            operations.edit_wording(current, OWN, actor=actor, now=NOON)
        with pytest.raises(Forbidden):
            operations.reset_wording(current, actor=actor, now=NOON)


def test_the_towns_crest_is_in_the_pdf_with_its_words(hinode):
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "#197a4b").save(out, "PNG")
    logo = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    declare(hinode, theme={"logo": logo, "logo_alt": "ひので町の町章"})
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        with_crest = queries.preview(K.DECLINE, {}, actor)
    (image,) = pypdf.PdfReader(io.BytesIO(with_crest)).pages[0].images
    assert image.image.size == (40, 40)
    declare(hinode, theme={"logo": "data:image/png;base64,eA==", "logo_alt": "壊れた町章"})
    with tenant_scope(hinode.id):
        assert queries.preview(K.DECLINE, {}, actor)[:5] == b"%PDF-"


def test_a_list_is_searched_by_title_number_and_thing(hinode, issue):
    first, second = issue(hinode, title="食堂の採択"), issue(hinode, title="宿の採択")
    actor = actor_of(hinode, Role.AUDITOR)
    find = queries.DocumentFilter.of
    with tenant_scope(hinode.id):
        for address, expected in (
            ({"q": "食堂"}, [first.id]),
            ({"q": "第2号"}, [second.id]),
            ({"subject": str(first.subject_id)}, [first.id]),
            ({"kind": "decline"}, []),
            ({"q": "%", "page": "x", "kind": "?"}, []),
            ({"subject": "x"}, [second.id, first.id]),
        ):
            found = queries.list_documents(actor, find(address))
            assert [document.id for document in found] == expected, address
            assert queries.count_documents(actor, find(address)) == len(expected)
