import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.files import CheckedFile, list_files
from kyoso.core.jobs import queue
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.agreements import operations, queries
from kyoso.municipal.agreements.models import Agreement, AgreementReminder
from kyoso.municipal.agreements.queries import AgreementFilter
from kyoso.municipal.agreements.rules import (
    AgreementKind,
    AgreementStatus,
    Clause,
    ClauseAnswer,
    ClauseState,
    Renewal,
)
from kyoso.operating.reminders import remind_of_agreements, remind_town
from kyoso.tenancy.models import Tenant
from support.agreements import NOON, TODAY, make_agreement, terms, write_agreement
from support.departments import make_department
from support.folders import TownFolder, copy_of_tenants
from support.members import make_member
from support.people import Town, actor_of
from support.projects import make_project

D = dt.date


@pytest.fixture
def desk(hinode: Town) -> Actor:
    return actor_of(hinode, Role.SECRETARIAT)


def kinds_of(actor: Actor, agreement: Agreement) -> list[str]:
    return [entry.kind for entry in list_history(actor, [agreement.id])]


def test_an_agreement_goes_from_draft_to_its_end(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk, signed_on=D(2026, 4, 1), ends_on=D(2027, 3, 31))
        assert agreement.status is AgreementStatus.SIGNED
        operations.end_agreement(
            agreement, AgreementStatus.TERMINATED, TODAY, "相手の都合", actor=desk, now=NOON
        )
        assert (agreement.ended_on, agreement.end_reason) == (TODAY, "相手の都合")
        assert kinds_of(desk, agreement) == [
            *("AgreementEnded", "AgreementSigned", "ClausesDecided", "AgreementCreated"),
        ]


def test_numbers_count_within_the_town(hinode, minato, desk):
    make_agreement(minato)
    with tenant_scope(hinode.id):
        numbers = [write_agreement(desk).number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_every_kind_begins_with_all_its_clauses_missing(hinode, desk):
    with tenant_scope(hinode.id):
        for kind in AgreementKind:
            agreement = write_agreement(desk, kind, complete=False)
            assert {row.state for row in agreement.clauses} == {ClauseState.MISSING}
            assert agreement.missing_clauses


def test_a_refusal_names_the_field(hinode, desk):
    wrong = (
        ({"starts_on": D(2026, 4, 2), "ends_on": D(2026, 4, 1)}, "ends_on"),
        ({"renewal": Renewal.AUTOMATIC, "ends_on": D(2026, 4, 1)}, "renewal_months"),
        ({"renewal": Renewal.AUTOMATIC, "renewal_months": 12}, "ends_on"),
    )
    for values, field in wrong:
        with tenant_scope(hinode.id), pytest.raises(InvalidInput) as refused:
            write_agreement(desk, **values)
        assert field in refused.value.errors


def test_months_are_forgotten_where_nothing_renews_itself(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk, renewal_months=12)
        assert agreement.renewal_months is None


def test_clauses_are_refused_together_and_kept_together(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk)
        answers = [
            ClauseAnswer(Clause.DATA, ClauseState.NOT_NEEDED, reason="使わない"),
            ClauseAnswer(Clause.PUBLICITY, ClauseState.NOT_NEEDED),
        ]
        with pytest.raises(InvalidInput) as refused:
            operations.decide_clauses(agreement, answers, actor=desk, now=NOON)
        assert set(refused.value.errors) == {"data_state", "publicity_reason"}
        assert agreement.missing_clauses == ()

        lost = [ClauseAnswer(Clause.DATA, ClauseState.MISSING)]
        operations.decide_clauses(agreement, lost, actor=desk, now=NOON)
        assert agreement.missing_clauses == (Clause.DATA,)


def test_signing_asks_for_a_party_and_a_day_that_has_come(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk, parties=())
        with pytest.raises(InvalidInput):
            operations.sign_agreement(agreement, D(2026, 11, 22), actor=desk, now=NOON)
        with pytest.raises(RuleViolation, match="相手"):
            operations.sign_agreement(agreement, TODAY, actor=desk, now=NOON)
        operations.update_agreement(agreement, terms(), actor=desk, now=NOON)
        scan = CheckedFile("協定書.csv", "text/csv", b"a,b")
        operations.sign_agreement(agreement, TODAY, [scan], actor=desk, now=NOON)
        db.session.flush()
        assert [file.name for file in list_files(desk, agreement.id)] == ["協定書.csv"]


def test_a_termination_takes_a_reason_and_an_end_is_final(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk, signed_on=D(2026, 4, 1))
        end = operations.end_agreement
        with pytest.raises(InvalidInput) as refused:
            end(agreement, AgreementStatus.TERMINATED, TODAY, "", actor=desk, now=NOON)
        assert "reason" in refused.value.errors
        end(agreement, AgreementStatus.ENDED, TODAY, "", actor=desk, now=NOON)
        with pytest.raises(RuleViolation):
            end(agreement, AgreementStatus.ENDED, TODAY, "", actor=desk, now=NOON)


def test_the_second_of_two_writers_is_told_and_nothing_is_overwritten(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk)
        operations.write_draft(agreement, "# 一", 0, actor=desk, now=NOON)
        with pytest.raises(RuleViolation, match="第1版"):
            operations.write_draft(agreement, "# 二", 0, actor=desk, now=NOON)
        operations.write_draft(agreement, "# 三", 1, actor=desk, now=NOON)
        drafts = queries.list_drafts(desk, agreement.id)
        assert [(d.version, d.content) for d in drafts] == [(2, "# 三"), (1, "# 一")]


def test_a_signed_text_is_not_rewritten(hinode, desk):
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk, signed_on=TODAY)
        with pytest.raises(RuleViolation):
            operations.write_draft(agreement, "# 後から", 0, actor=desk, now=NOON)


def test_staff_write_for_their_own_department_only(hinode, desk):
    mine, other = make_department(hinode), make_department(hinode, "総務課")
    staff = replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({mine}))
    with tenant_scope(hinode.id):
        agreement = write_agreement(staff, department_id=mine)
        for unit in (other, None):
            with pytest.raises(Forbidden):
                operations.update_agreement(
                    agreement, terms(department_id=unit), actor=staff, now=NOON
                )
        theirs = write_agreement(desk, department_id=other)
        with pytest.raises(Forbidden):
            operations.sign_agreement(theirs, TODAY, actor=staff, now=NOON)
        with pytest.raises(Forbidden):
            write_agreement(actor_of(hinode, Role.AUDITOR))


def test_the_gate_asks_for_the_signed_pilot_agreement_in_force(hinode, desk):
    project = make_project(hinode)
    with tenant_scope(hinode.id):
        ask = queries.pilot_agreement_of
        assert ask(desk, project, TODAY) is None
        write_agreement(desk, AgreementKind.NETWORK, project_id=project, signed_on=TODAY)
        draft = write_agreement(desk, project_id=project, ends_on=D(2027, 3, 31))
        assert ask(desk, project, TODAY) is None
        operations.sign_agreement(draft, D(2026, 11, 20), actor=desk, now=NOON)
        db.session.flush()
        assert ask(desk, project, TODAY) is draft
        assert draft.missing_clauses == ()
        assert ask(desk, project, D(2026, 11, 19)) is None
        assert ask(desk, project, D(2027, 4, 1)) is None
        lacking = write_agreement(desk, project_id=project, signed_on=TODAY, complete=False)
        assert ask(desk, project, TODAY) is draft
        assert ask(desk, project, D(2027, 4, 1)) is lacking
        assert Clause.NO_PROMISE in lacking.missing_clauses
        assert len(queries.list_for_project(desk, project)) == 3


def test_ties_are_made_once_and_undone(hinode, minato, desk):
    project, theirs = make_project(hinode), make_project(minato)
    with tenant_scope(hinode.id):
        agreement = write_agreement(desk)
        assert [i for i, _ in queries.list_linkable(desk, project)] == [agreement.id]
        operations.link_project(agreement, project, actor=desk, now=NOON)
        db.session.flush()
        assert queries.list_linkable(desk, project) == []
        with pytest.raises(RuleViolation):
            operations.link_project(agreement, project, actor=desk, now=NOON)
        for unknown in (theirs, new_id()):
            with pytest.raises(NotFound):
                operations.link_project(agreement, unknown, actor=desk, now=NOON)
        operations.unlink_project(agreement, project, actor=desk, now=NOON)
        db.session.flush()
        assert queries.list_for_project(desk, project) == []
        with pytest.raises(NotFound):
            operations.unlink_project(agreement, project, actor=desk, now=NOON)


def test_what_ends_soon_is_listed_also_where_it_renews_itself(hinode, desk):
    signed = {"signed_on": D(2020, 4, 1)}
    with tenant_scope(hinode.id):
        soon = write_agreement(desk, ends_on=D(2026, 12, 21), **signed)
        renewed = write_agreement(
            desk,
            ends_on=D(2021, 1, 31),
            renewal=Renewal.AUTOMATIC,
            renewal_months=12,
            **signed,
        )
        write_agreement(desk, ends_on=D(2027, 3, 31), **signed)
        write_agreement(desk, ends_on=D(2025, 3, 31), **signed)
        write_agreement(desk, ends_on=D(2026, 12, 21))
        found = [(o.agreement.id, o.days_left) for o in queries.list_expiring(desk, TODAY, 90)]
        assert found == [(soon.id, 30), (renewed.id, 71)]
        listed = queries.list_agreements(desk, AgreementFilter(expiring=True), TODAY)
        assert {row.id for row in listed} == {soon.id, renewed.id}
        counts = queries.count_agreements(desk, AgreementFilter(expiring=True), TODAY)
        assert counts[AgreementStatus.SIGNED] == 2


def mails_of(town: Town) -> list[tuple[str, str]]:
    with tenant_scope(town.id):
        found = db.session.scalars(sa.select(Mail).order_by(Mail.id)).all()
        return [(mail.to, mail.subject) for mail in found]


def night(day: dt.date, *towns: Town) -> None:
    """Let a night pass in some towns; every town of the test database would take minutes."""
    with clock.frozen(dt.datetime(day.year, day.month, day.day, 18, tzinfo=dt.UTC)):
        for town in towns:
            with tenant_scope(town.id):
                remind_town(Actor.system(town.id, rule="agreements.remind"))
                db.session.commit()


def test_the_night_tells_desk_and_department_exactly_once_for_each_threshold(hinode, minato):
    unit = make_department(hinode)
    make_member(hinode, Role.STAFF, email="unit@example.jp", departments=(unit,))
    make_member(hinode, Role.STAFF, email="else@example.jp")
    with tenant_scope(hinode.id):
        town = db.session.get(Tenant, hinode.id)
        town.declaration = {"mail": {"desk_address": "desk@example.jp"}}
        db.session.commit()
    end = D(2027, 2, 19)
    make_agreement(hinode, signed_on=TODAY, ends_on=end, department_id=unit)
    make_agreement(minato, ends_on=end)
    # The night's clock is UTC: in Japan it is the next day already.
    told = []
    for before in (92, 91, 90, 60, 32, 31, 30, 10, 1, 0):
        night(end - dt.timedelta(days=before), hinode, minato)
        told.append(len(mails_of(hinode)))
    assert told == [0, 2, 2, 2, 2, 4, 4, 4, 4, 4]
    assert {to for to, _subject in mails_of(hinode)} == {"desk@example.jp", "unit@example.jp"}
    assert "期限まで90日" in mails_of(hinode)[0][1]
    assert mails_of(minato) == []
    with tenant_scope(hinode.id):
        kept = db.session.scalars(sa.select(AgreementReminder.threshold)).all()
        assert sorted(kept) == [30, 90]


def test_a_renewed_term_is_told_anew(hinode):
    make_agreement(
        hinode,
        signed_on=D(2025, 4, 1),
        ends_on=D(2026, 3, 31),
        renewal=Renewal.AUTOMATIC,
        renewal_months=12,
    )
    with tenant_scope(hinode.id):
        town = db.session.get(Tenant, hinode.id)
        town.declaration = {"mail": {"desk_address": "desk@example.jp"}}
        db.session.commit()
    night(D(2027, 3, 10), hinode)
    night(D(2027, 3, 11), hinode)
    night(D(2028, 3, 10), hinode)
    assert len(mails_of(hinode)) == 2


def test_the_worker_knows_of_it():
    names = {task.task.name for task in queue.periodic_registry.periodic_tasks.values()}
    assert "agreements.remind" in names


def test_the_whole_night_goes_to_every_town(hinode, minato):
    for town in (hinode, minato):
        with tenant_scope(town.id):
            db.session.get(Tenant, town.id).declaration = {"mail": {"desk_address": "d@example.jp"}}
            db.session.commit()
        make_agreement(town, signed_on=TODAY, ends_on=D(2027, 2, 19))
    with clock.frozen(dt.datetime(2027, 1, 25, 18, tzinfo=dt.UTC)):
        remind_of_agreements()
    assert [len(mails_of(town)) for town in (hinode, minato)] == [1, 1]


DECLARED = """
[[agreements]]
kind = "comprehensive"
fields = ["DX推進", "まち・ひと・しごと創生"]

[[agreements]]
kind = "network"
name = "三町未来共創協定"
parties = ["{code}", "074071"]
signed = 2024-01-15
"""


@pytest.fixture
def town(app, tmp_path) -> TownFolder:
    town = TownFolder(copy_of_tenants(tmp_path))
    town.write("agreements.toml", DECLARED.format(code=town.read().code))
    return town


def declared(town: TownFolder) -> list[Agreement]:
    with tenant_scope(town.read().tenant_id):
        return list(db.session.scalars(sa.select(Agreement).order_by(Agreement.number)))


def ours(changes) -> list[str]:
    return [
        c.what for c in changes if c.file == "agreements.toml" and "agreements を" not in c.what
    ]


def test_a_sync_takes_over_what_is_documented_and_a_second_changes_nothing(town):
    assert len(ours(town.sync())) == 2
    first, second = declared(town)
    assert first.title == "包括連携協定（DX推進、まち・ひと・しごと創生）"
    assert (first.status, first.signed_on) == (AgreementStatus.SIGNED, None)
    assert second.signed_on == D(2024, 1, 15)
    assert second.parties[1]["name"] == "磐梯町"
    assert ours(town.sync()) == []
    assert len(declared(town)) == 2


def test_a_sync_corrects_names_but_never_what_the_desk_wrote(town):
    town.sync()
    town.edit("agreements.toml", "三町未来共創協定", "三町の未来共創協定")
    assert "三町の未来共創協定" in ours(town.sync())[0]
    tenant_id = town.read().tenant_id
    actor = Actor(tenant_id, frozenset({Role.ADMIN}), name="見本")
    with tenant_scope(tenant_id):
        agreement = queries.get_agreement(actor, declared(town)[1].id)
        operations.update_agreement(agreement, terms("町の言葉"), actor=actor, now=NOON)
        db.session.commit()
    town.edit("agreements.toml", "三町の未来共創協定", "四町協定")
    assert ours(town.sync()) == []
    assert declared(town)[1].title == "町の言葉"


def test_what_vanished_from_the_file_is_kept_and_said(town):
    town.sync()
    town.write("agreements.toml", "agreements = []\n")
    assert all("残しています" in what for what in ours(town.sync()))
    assert len(declared(town)) == 2
