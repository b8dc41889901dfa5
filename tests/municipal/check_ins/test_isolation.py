"""Neither side reads the other's answer first, no town another's, no person another's."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kyoso.core.access import PersonActor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.check_ins import operations, queries
from kyoso.municipal.check_ins.models import (
    CheckIn,
    CheckInAction,
    CheckInAnswer,
    CheckInNote,
    CheckInTopic,
)
from kyoso.municipal.check_ins.rules import ActionKind, Origin, Side
from kyoso.municipal.engagements.queries import get_engagement
from support.check_ins import Pair, answer, make_check_ins, make_pair, open_one
from support.departments import make_department
from support.members import make_member
from support.people import actor_of
from support.talents import make_somebody

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TABLES = (CheckIn, CheckInAnswer, CheckInNote, CheckInTopic, CheckInAction)
SECRET = "SELECT side FROM municipal.check_in_answers"


@pytest.fixture
def pair(hinode):
    return make_pair(hinode)


def scope_of(pair: Pair, side: Side, **more):
    """Return the scope in which a side's request runs: staff are somebody too."""
    if side is Side.PERSON:
        return pair.own_scope
    return scope(Scope(tenant_id=pair.town.id, person_id=pair.responsible.person_id))


def other(side: Side) -> Side:
    return Side.PERSON if side is Side.TOWN else Side.TOWN


# The other side's answer


@pytest.mark.parametrize("first", list(Side))
def test_not_even_plain_sql_reads_the_other_sides_answer_first(pair, first):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, first, 1, 2, 3)
    with scope_of(pair, first):
        assert db.session.scalars(sa.text(SECRET)).all() == [first]
    with scope_of(pair, other(first)):
        assert db.session.scalars(sa.text(SECRET)).all() == []
        # What reads past a WHERE of its own reads nothing either.
        for trick in (
            "SELECT count(*) FROM municipal.check_in_answers WHERE purpose = 1",
            "SELECT sum(purpose) FROM municipal.check_in_answers",
            "SELECT max(a.comment) FROM municipal.check_ins c"
            " LEFT JOIN municipal.check_in_answers a ON a.check_in_id = c.id",
        ):
            assert not db.session.scalar(sa.text(trick))
        assert db.session.scalar(sa.text("SELECT count(*) FROM municipal.check_ins")) == 1
        assert db.session.execute(sa.update(CheckInAnswer).values(comment="x")).rowcount == 0
    answer(pair, check_in_id, other(first), 1, 2, 3)
    for side in Side:
        with scope_of(pair, side):
            assert set(db.session.scalars(sa.text(SECRET))) == {"town", "person"}


@pytest.mark.parametrize("side", list(Side))
def test_nobody_but_the_function_reveals(pair, side):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, side, 1, 2, 3)
    for statement in (
        "UPDATE municipal.check_in_answers SET revealed_at = now()",
        "UPDATE municipal.check_ins SET revealed_at = now(), largest_gap = 0",
        "UPDATE municipal.check_ins SET town_answered_at = now(), person_answered_at = now()",
        "UPDATE municipal.check_in_answers SET side = 'person'",
    ):
        with (
            scope_of(pair, side),
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            db.session.execute(sa.text(statement))


@pytest.mark.parametrize("side", list(Side))
def test_the_function_reveals_nothing_before_both_are_there_nor_for_strangers(pair, minato, side):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, side, 1, 2, 3)
    call = sa.select(sa.func.municipal.reveal_check_in(pair.town.id, check_in_id, NOON))
    strangers = (
        Scope(),
        Scope(tenant_id=minato.id),
        Scope(person_id=new_id()),
    )
    for who in strangers:
        with scope(who):
            assert db.session.scalar(call) is False
    for own in Side:
        with scope_of(pair, own):
            assert db.session.scalar(call) is False
            db.session.commit()
    with scope_of(pair, other(side)):
        assert db.session.scalars(sa.text(SECRET)).all() == []


def answer_row(pair: Pair, check_in_id: uuid.UUID, side: Side, **changes) -> CheckInAnswer:
    given = {
        "id": new_id(),
        "tenant_id": pair.town.id,
        "check_in_id": check_in_id,
        "person_id": pair.somebody.person_id,
        "side": side,
        "purpose": 3,
        "expectation": 3,
        "communication": 3,
        "comment": "",
        "answered_by": "x",
        "answered_at": NOON,
    }
    return CheckInAnswer(**(given | changes))


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("changes", ["other side", "revealed"])
def test_nobody_answers_for_the_other_side_or_reveals_by_answering(pair, side, changes):
    check_in_id = open_one(pair)
    row = (
        answer_row(pair, check_in_id, other(side))
        if changes == "other side"
        else answer_row(pair, check_in_id, side, revealed_at=NOON)
    )
    with scope_of(pair, side):
        db.session.add(row)
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize("side", list(Side))
def test_what_is_revealed_cannot_be_changed_even_by_plain_sql(pair, side):
    check_in_id = open_one(pair)
    for one in Side:
        answer(pair, check_in_id, one, 4, 4, 4)
    with scope_of(pair, side):
        changed = db.session.execute(
            sa.text("UPDATE municipal.check_in_answers SET purpose = 1, comment = 'x'")
        )
        assert changed.rowcount == 0


def test_a_talent_who_is_also_staff_reads_only_their_own_side_first(pair):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, Side.TOWN, 1, 2, 3)
    with scope(Scope(tenant_id=pair.town.id, person_id=pair.somebody.person_id)):
        assert db.session.scalars(sa.text(SECRET)).all() == []
        db.session.add(answer_row(pair, check_in_id, Side.TOWN))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize("side", list(Side))
def test_a_private_note_is_hidden_from_the_other_side_by_the_database(pair, side):
    check_in_id = open_one(pair)
    note = CheckInNote(
        id=new_id(),
        tenant_id=pair.town.id,
        check_in_id=check_in_id,
        person_id=pair.somebody.person_id,
        side=side,
        shared=False,
        text="ないしょ",
        written_by="x",
        written_at=NOON,
    )
    with scope_of(pair, side):
        db.session.add(note)
        db.session.commit()
    with scope_of(pair, other(side)):
        assert db.session.scalars(sa.select(CheckInNote)).all() == []
    with scope_of(pair, side):
        assert len(db.session.scalars(sa.select(CheckInNote)).all()) == 1


def test_a_decision_is_written_in_ones_own_name_and_stays(pair):
    check_in_id = open_one(pair)
    topic_id = new_id()
    with scope_of(pair, Side.PERSON):
        me = pair.somebody.oneself
        check_in = queries.get_check_in(me, check_in_id)
        topic = operations.Topic("会議の日", "")
        operations.propose_own_topic(check_in, topic, topic_id=topic_id, actor=me, now=NOON)
        db.session.commit()
    decided = (
        "UPDATE municipal.check_in_topics SET decision = 'x', decided_by = 'x',"
        " decided_at = now(), decided_side = '{}'"
    )
    with scope_of(pair, Side.PERSON), pytest.raises(sa.exc.ProgrammingError, match="row-level"):
        db.session.execute(sa.text(decided.format("town")))
    with scope_of(pair, Side.PERSON):
        assert db.session.execute(sa.text(decided.format("person"))).rowcount == 1
        db.session.commit()
    with scope_of(pair, Side.TOWN):
        assert db.session.execute(sa.text(decided.format("town"))).rowcount == 0


# The six questions


@dataclass(frozen=True)
class Theirs:
    pair: Pair
    check_in: uuid.UUID
    action: uuid.UUID
    topic: uuid.UUID


@pytest.fixture
def theirs(minato):
    unit = make_department(minato, "港湾課")
    responsible = make_member(minato, Role.STAFF, departments=(unit,))
    pair = make_check_ins(minato, make_somebody(), responsible, unit)
    with tenant_scope(minato.id):
        actor = responsible.actor
        engagement = get_engagement(actor, pair.engagement_id)
        return Theirs(
            pair,
            queries.list_check_ins(actor, engagement)[0].id,
            queries.list_actions(actor, engagement)[0].id,
            queries.list_topics(actor, engagement)[0].id,
        )


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    somebody = PersonActor(new_id(), "だれか")
    with tenant_scope(theirs.pair.town.id):
        engagement = get_engagement(theirs.pair.responsible.actor, theirs.pair.engagement_id)
        db.session.expunge(engagement)
    for who, inside in (
        (us, Scope(tenant_id=hinode.id)),
        (somebody, Scope(person_id=somebody.person_id)),
    ):
        with scope(inside):
            for ident in (theirs.check_in, new_id()):
                with pytest.raises(NotFound):
                    queries.get_check_in(who, ident)
            assert queries.list_check_ins(who, engagement) == []
            assert queries.list_compared(who, engagement) == []
            assert queries.list_topics(who, engagement) == []
            assert queries.find_sent(who, CheckInTopic, theirs.topic) is None
    with scope(Scope(person_id=somebody.person_id)):
        assert queries.list_own_standings(somebody, NOON.date()) == []
        assert queries.list_waiting_for_me(somebody, NOON.date()) == []
    with tenant_scope(hinode.id):
        assert queries.list_standings(us, NOON.date()) == []
        assert not queries.list_mine(us, NOON.date())
        assert queries.list_open(us) == []
        assert queries.list_overdue(us, NOON.date()) == []
        with pytest.raises(NotFound):
            queries.get_action(us, theirs.action)
    page = browser(member_of(hinode, Role.ADMIN))
    for place in (f"/{hinode.slug}/desk/check-ins/{{}}", "/me/check-ins/{}"):
        ghost = uuid.uuid4()
        found = page.get(place.format(theirs.check_in), status=404)
        missing = page.get(place.format(ghost), status=404)
        assert found.replace(str(theirs.check_in), "") == missing.replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    for inside in (
        Scope(tenant_id=hinode.id),
        Scope(person_id=new_id()),
        Scope(tenant_id=hinode.id, person_id=new_id()),
    ):
        with scope(inside):
            for table in TABLES:
                assert db.session.scalars(sa.select(table)).all() == []
            assert db.session.execute(sa.update(CheckIn).values(cancelled_at=NOON)).rowcount == 0
            assert db.session.execute(sa.update(CheckInAction).values(done="x")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    for table in TABLES:
        assert db.session.scalars(sa.select(table)).all() == []


def test_a_person_sees_their_own_in_every_town_and_nobody_elses(theirs, hinode):
    mine = make_pair(hinode, theirs.pair.somebody)
    open_one(mine)
    open_one(make_pair(hinode))
    with theirs.pair.own_scope:
        towns = set(db.session.scalars(sa.select(CheckIn.tenant_id)))
        assert towns == {hinode.id, theirs.pair.town.id}
        people = set(db.session.scalars(sa.select(CheckIn.person_id)))
        assert people == {theirs.pair.somebody.person_id}
        # What the town has to see to is the town's alone.
        assert db.session.scalars(sa.select(CheckInAction)).all() == []


def rows(tenant_id: uuid.UUID, theirs: Theirs) -> list:
    own = {"tenant_id": tenant_id, "id": new_id()}
    about = {"person_id": theirs.pair.somebody.person_id}
    engaged = {"engagement_id": theirs.pair.engagement_id}
    return [
        CheckIn(**own, **about, **engaged, origin=Origin.TOWN, opened_at=NOON),
        answer_row(theirs.pair, theirs.check_in, Side.TOWN, tenant_id=tenant_id),
        CheckInNote(
            **own,
            **about,
            check_in_id=theirs.check_in,
            side=Side.TOWN,
            shared=True,
            text="x",
            written_by="x",
            written_at=NOON,
        ),
        CheckInTopic(
            **own,
            **about,
            **engaged,
            check_in_id=theirs.check_in,
            side=Side.TOWN,
            text="x",
            proposed_by="x",
            proposed_at=NOON,
        ),
        CheckInAction(**own, **engaged, kind=ActionKind.OVERDUE, raised_at=NOON),
    ]


@pytest.mark.parametrize("which", range(5))
def test_nothing_of_ours_can_point_at_theirs(theirs, hinode, which):
    with tenant_scope(hinode.id):
        db.session.add(rows(hinode.id, theirs)[which])
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


@pytest.mark.parametrize("which", range(5))
def test_nothing_can_be_written_in_their_name(theirs, hinode, minato, which):
    with tenant_scope(hinode.id):
        db.session.add(rows(minato.id, theirs)[which])
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize("which", range(4))
def test_a_person_cannot_be_written_about_in_a_check_in_of_somebody_else(theirs, which):
    stranger = new_id()
    row = rows(theirs.pair.town.id, theirs)[which]
    row.person_id = stranger
    with tenant_scope(theirs.pair.town.id):
        db.session.add(row)
        with pytest.raises(sa.exc.IntegrityError):
            db.session.flush()


def test_an_operation_refuses_another_towns(theirs, hinode):
    with tenant_scope(theirs.pair.town.id):
        actor = theirs.pair.responsible.actor
        engagement = get_engagement(actor, theirs.pair.engagement_id)
        db.session.expunge(engagement)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        operations.open_check_in(
            engagement, check_in_id=new_id(), actor=actor_of(hinode, Role.ADMIN), now=NOON
        )


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(CheckIn)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass
