import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs import queries
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.operations import (
    NeedDraft,
    close_need,
    create_need,
    publish_need,
    reopen_need,
    update_need,
)
from kyoso.municipal.needs.queries import NeedFilter
from kyoso.municipal.needs.rules import NeedStatus
from support.departments import make_department, make_tactic
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)


def draft(unit: uuid.UUID, **values: object) -> NeedDraft:
    return NeedDraft(
        **{
            "department_id": unit,
            "title": "空き家の情報を届けたい",
            "purpose": "空き家が増えている。",
            "outcome": "移住を考える人が家を見つけられる。",
            **values,
        }  # type: ignore[arg-type]
    )


@pytest.fixture
def unit(hinode: Town) -> uuid.UUID:
    return make_department(hinode)


@pytest.fixture
def secretariat(hinode: Town) -> Actor:
    return actor_of(hinode, Role.SECRETARIAT)


def written(actor: Actor, unit: uuid.UUID, **values: object) -> Need:
    need = create_need(draft(unit, **values), need_id=new_id(), actor=actor, now=NOON)
    db.session.flush()
    return need


def staff_of(town: Town, *units: uuid.UUID) -> Actor:
    return Actor(
        town.id, frozenset({Role.STAFF}), new_id(), "見本 職員（見本）", new_id(), frozenset(units)
    )


def test_needs_are_numbered_within_the_town(hinode, minato):
    for town, expected in ((hinode, 1), (minato, 1)):
        unit = make_department(town)
        with tenant_scope(town.id):
            actor = actor_of(town, Role.SECRETARIAT)
            assert written(actor, unit).number == expected
            assert written(actor, unit).number == expected + 1
            db.session.commit()


def test_a_need_goes_from_draft_to_closed_and_back(hinode, unit, secretariat):
    with tenant_scope(hinode.id):
        need = written(secretariat, unit)
        assert need.status is NeedStatus.DRAFT
        assert queries.list_published(secretariat, TODAY) == []

        publish_need(need, actor=secretariat, now=NOON)
        assert queries.list_published(secretariat, TODAY) == [need]
        assert queries.get_published(secretariat, need.id) is need
        with pytest.raises(RuleViolation):
            publish_need(need, actor=secretariat, now=NOON)

        close_need(need, "お礼", actor=secretariat, now=NOON)
        db.session.flush()
        assert need.closing_note == "お礼"
        with pytest.raises(NotFound):
            queries.get_published(secretariat, need.id)
        with pytest.raises(RuleViolation):
            close_need(need, "", actor=secretariat, now=NOON)
        with pytest.raises(RuleViolation):
            publish_need(need, actor=secretariat, now=NOON)

        reopen_need(need, dt.date(2027, 3, 31), actor=secretariat, now=NOON)
        db.session.flush()
        assert need.status is NeedStatus.PUBLISHED
        assert need.closed_at is None
        kinds = [entry.kind for entry in list_history(secretariat, [need.id])]
        assert kinds == ["NeedReopened", "NeedClosed", "NeedPublished", "NeedCreated"]
        assert list_history(secretariat, [need.id])[1].facts == {"note": "お礼"}


def test_what_is_over_is_neither_published_nor_reopened(hinode, unit, secretariat):
    yesterday = TODAY - dt.timedelta(days=1)
    with tenant_scope(hinode.id):
        need = written(secretariat, unit, closes_on=yesterday)
        with pytest.raises(RuleViolation, match="過ぎています"):
            publish_need(need, actor=secretariat, now=NOON)
        update_need(need, draft(unit, closes_on=TODAY), actor=secretariat, now=NOON)
        publish_need(need, actor=secretariat, now=NOON)
        close_need(need, "", actor=secretariat, now=NOON)
        with pytest.raises(RuleViolation, match="過ぎています"):
            reopen_need(need, yesterday, actor=secretariat, now=NOON)


def test_staff_write_and_publish_for_their_own_department_only(hinode, unit):
    other = make_department(hinode, "総務課")
    with tenant_scope(hinode.id):
        own, stranger = staff_of(hinode, unit), staff_of(hinode, other)
        with pytest.raises(Forbidden):
            create_need(draft(unit), need_id=new_id(), actor=stranger, now=NOON)
        need = written(own, unit)
        for refused in (
            lambda: update_need(need, draft(other), actor=stranger, now=NOON),
            lambda: update_need(need, draft(other), actor=own, now=NOON),
            lambda: publish_need(need, actor=stranger, now=NOON),
        ):
            with pytest.raises(Forbidden):
                refused()
        publish_need(need, actor=own, now=NOON)
        with pytest.raises(Forbidden):
            close_need(need, "", actor=stranger, now=NOON)
        close_need(need, "", actor=own, now=NOON)
        with pytest.raises(Forbidden):
            reopen_need(need, None, actor=stranger, now=NOON)
        reopen_need(need, None, actor=own, now=NOON)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.SECRETARIAT, Role.STAFF}))
def test_nobody_else_writes(role, hinode, unit):
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        create_need(draft(unit), need_id=new_id(), actor=actor_of(hinode, role), now=NOON)


def test_an_update_says_what_changed(hinode, unit, secretariat):
    tactic = make_tactic(hinode)
    with tenant_scope(hinode.id):
        need = written(secretariat, unit)
        changed = draft(unit, title="空き家", tactic_id=tactic, skills=("空き家", "雪かき"))
        update_need(need, changed, actor=secretariat, now=NOON)
        facts = list_history(secretariat, [need.id])[0].facts
        assert set(facts["fields"]) == {"title", "tactic_id", "skills"}
        assert need.skills == ["空き家", "雪かき"]


def test_the_last_day_must_follow_the_first(hinode, unit, secretariat):
    with tenant_scope(hinode.id), pytest.raises(InvalidInput):
        written(secretariat, unit, opens_on=TODAY, closes_on=TODAY - dt.timedelta(days=1))


def test_the_database_refuses_a_publication_without_its_time(hinode, unit, secretariat):
    with tenant_scope(hinode.id):
        need = written(secretariat, unit)
        need.status = NeedStatus.PUBLISHED
        with pytest.raises(sa.exc.IntegrityError, match="published_at_unless_draft"):
            db.session.flush()


def test_the_list_is_searched_filtered_and_sorted(hinode, unit, secretariat):
    other = make_department(hinode, "総務課")
    with tenant_scope(hinode.id):
        first = written(secretariat, unit, title="ｽﾏｰﾄ農業の相談", skills=("農林業",))
        second = written(secretariat, other, title="除雪の見える化", closes_on=TODAY)
        publish_need(second, actor=secretariat, now=NOON)
        db.session.flush()

        def found(**wanted: object) -> list[uuid.UUID]:
            return [row.id for row in queries.list_needs(secretariat, NeedFilter(**wanted))]  # type: ignore[arg-type]

        assert found() == [second.id, first.id]
        assert found(sort="number") == [first.id, second.id]
        assert found(sort="closes") == found(sort="-closes") == [second.id, first.id]
        assert found(words="スマート") == found(words="すまーと 農林") == [first.id]
        assert found(words="%") == found(words="スマート 除雪") == []
        assert found(status=NeedStatus.PUBLISHED) == found(department_id=other) == [second.id]
        counts = queries.count_needs(secretariat, NeedFilter(status=NeedStatus.PUBLISHED))
        assert counts == {NeedStatus.DRAFT: 1, NeedStatus.PUBLISHED: 1, NeedStatus.CLOSED: 0}
        assert queries.need_titles(secretariat, [first.id]) == {first.id: first.title}


@pytest.mark.parametrize(
    "address",
    [
        {"q": "\0" * 9, "status": "nonsense", "department": "x", "sort": "drop", "page": "-1"},
        {"page": "９" * 3, "sort": "-", "q": " "},
        {"page": "99999999999"},
    ],
)
def test_what_an_address_says_wrongly_counts_as_not_said(address):
    assert NeedFilter.of(address) == NeedFilter()


def test_an_address_keeps_what_was_asked():
    unit = uuid.uuid4()
    wanted = NeedFilter("空き家", NeedStatus.DRAFT, unit, "title", 3)
    assert NeedFilter.of(wanted.address(page=3)) == wanted
    assert wanted.address() == {
        "q": "空き家",
        "status": "draft",
        "department": str(unit),
        "sort": "title",
    }
