"""Who reads consultations, and that nobody learns whose one without a name is.

The database is asked as each standing, whatever the pages would do.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.journal import JournalEntry, NetworkJournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, in_networks, scope
from kyoso.core.search import wanted
from kyoso.exchange.consultations import subscribers
from kyoso.exchange.consultations.models import (
    Consultation,
    ConsultationAnswer,
    ConsultationCase,
    ConsultationFollow,
)
from kyoso.exchange.finding import Kind, search
from support.consultations import answer, ask, staff_of
from support.database import Database, as_superuser
from support.networks import World, announce, join, make_network, make_world
from support.people import make_town

WITHIN = {"member", "second", "coordinator"}


class Made:
    """A world with a consultation of each kind."""

    def __init__(self, database: Database) -> None:
        self.world: World = make_world()
        self.named = ask(self.world.member, self.world.network_id)
        self.quiet = ask(self.world.member, self.world.network_id, "言いにくい相談", named=False)
        self.answers = [
            answer(self.world.second, self.quiet),
            answer(self.world.member, self.quiet, "人口は三千人ほどです。"),
        ]
        # Now: after each test the queue is emptied.
        with as_superuser(database) as connection:
            self.jobs = connection.execute(
                "SELECT args ->> 'tenant_id', args ->> 'answer_id' FROM procrastinate_jobs"
                " WHERE task_name = 'consultations.answer'"
            ).fetchall()


@pytest.fixture(scope="module")
def made(app: Flask, database: Database) -> Iterator[Made]:
    with app.app_context():
        yield Made(database)


def seen_by(world: World, query: sa.Select[tuple[uuid.UUID]]) -> dict[str, list[uuid.UUID]]:
    found = {}
    for name, asking in world.scopes().items():
        with scope(asking):
            found[name] = list(db.session.scalars(query))
    return found


def refused(asking: Scope, statement: sa.Executable) -> bool:
    with scope(asking):
        try:
            return db.session.execute(statement).rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


@pytest.mark.parametrize("table", [Consultation, ConsultationAnswer])
def test_only_members_of_today_and_the_coordinator_read_them(made, table):
    seen = seen_by(made.world, sa.select(table.id).where(table.network_id == made.world.network_id))
    assert {name for name, rows in seen.items() if rows} == WITHIN
    assert all(len(seen[name]) == 2 for name in WITHIN)


def test_whose_it_is_is_read_by_its_town_and_the_coordinator_only(made):
    seen = seen_by(made.world, sa.select(ConsultationCase.id))
    assert {name for name, rows in seen.items() if rows} == {"member", "coordinator"}


def test_nobody_reads_the_owner_of_a_row(made):
    """Not even its own town: no statement of the application may name the column."""
    for name, asking in made.world.scopes().items():
        for table in ("consultations", "consultation_answers"):
            for statement in (
                "SELECT owner_id FROM TABLE",
                "SELECT id FROM TABLE WHERE owner_id IS NOT NULL",
                "SELECT id FROM TABLE ORDER BY owner_id",
                "SELECT t::text FROM TABLE t",
                "SELECT * FROM TABLE",
            ):
                with scope(asking):
                    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                        db.session.execute(sa.text(statement.replace("TABLE", f"exchange.{table}")))
                    db.session.rollback()
        assert name


def test_no_readable_row_names_the_town_that_asked_without_its_name(made):
    """All that a member can read anywhere is searched for the town's id and name."""
    second = made.world.scopes()["second"]
    town = made.world.member
    with scope(second):
        (one,) = db.session.scalars(sa.select(Consultation).where(Consultation.id == made.quiet))
        assert one.town_id is None
        rows = db.session.scalars(
            sa.select(ConsultationAnswer).where(ConsultationAnswer.consultation_id == made.quiet)
        ).all()
        (own,) = [row for row in rows if row.by_asker]
        assert (own.town_id, own.author_name) == (None, "")
        for table in db.metadata.sorted_tables:
            if table.schema != "exchange" or table.name in {"network_members", "networks"}:
                continue
            columns = [c for c in table.c if c.name != "owner_id"]
            for row in db.session.execute(sa.select(*columns)):
                said = str(tuple(row))
                if str(made.quiet) in said:
                    assert str(town.id) not in said, table.name
                    assert town.name not in said, table.name
        for entry in db.session.scalars(sa.select(NetworkJournalEntry)):
            if entry.by_tenant_id == town.id:
                assert str(made.quiet) not in f"{entry.subject_id} {entry.facts}"
        assert not db.session.scalars(
            sa.select(JournalEntry.id).where(JournalEntry.tenant_id == town.id)
        ).all()


def test_no_facet_of_the_search_counts_it_for_its_town(made):
    town = made.world.member
    with scope(made.world.scopes()["second"]):
        found = search(Kind.CONSULTATION, wanted("言いにくい"))
        assert found.ids == [made.quiet]
        assert not [facet for facet in found.facets if facet.startswith("town:")]
        assert search(Kind.CONSULTATION, wanted("言いにくい"), facets=[f"town:{town.id}"]).ids == []
        every = search(Kind.CONSULTATION, wanted(""))
        assert every.facets[f"town:{town.id}"] == 1


def test_the_queue_asks_every_town_alike(made):
    """A job for each member town, whoever asked: which one finds a follower stays with the town."""
    for answer_id in made.answers:
        towns = {town for town, about in made.jobs if about == str(answer_id)}
        assert towns == {str(made.world.member.id), str(made.world.second.id)}


def test_a_mail_to_another_town_names_nobody_who_asked_without_a_name(made):
    town = make_town("たずねる町")
    join(made.world.network_id, made.world.member, town)
    quiet = ask(town, made.world.network_id, "だれにも言えない相談", named=False)
    reader = staff_of(made.world.second)
    answer(made.world.second, quiet, actor=reader)
    from kyoso.exchange.consultations import operations, queries

    with scope(in_networks(Scope(made.world.second.id))):
        asked = queries.get_consultation(reader, quiet)
        operations.follow_consultation(asked, actor=reader, now=now())
        db.session.commit()
    more = answer(town, quiet, "補足です。")
    run_job(made.world.second.id, quiet, more)
    with scope(Scope(made.world.second.id)):
        (mail,) = db.session.scalars(sa.select(Mail).where(Mail.to == reader_address(reader)))
    assert "相談した町" in mail.body
    assert "たずねる町" not in mail.body + mail.subject
    assert town.slug not in mail.body


def run_job(tenant_id: uuid.UUID, consultation_id: uuid.UUID, answer_id: uuid.UUID) -> None:
    """Do what the worker does, in the town's own scope."""
    with scope(in_networks(Scope(tenant_id))):
        job = subscribers.tell_of_answer.func.__wrapped__
        job(tenant_id, str(consultation_id), str(answer_id))
        db.session.commit()


def reader_address(reader) -> str:
    from kyoso.identity.members.queries import get_member

    return get_member(reader, reader.membership_id).email


def test_who_follows_is_the_towns_own(made):
    reader = staff_of(made.world.member)
    ask(made.world.member, made.world.network_id, "続き", actor=reader)
    seen = seen_by(made.world, sa.select(ConsultationFollow.id))
    assert {name for name, rows in seen.items() if rows} - {"second"} == {"member"}


def test_nobody_asks_or_answers_in_anothers_name(made):
    world = made.world
    as_second = world.scopes()["second"]
    question = sa.insert(Consultation).values(
        network_id=world.network_id,
        id=new_id(),
        title="x",
        body="x",
        tags=[],
        status="open",
        asked_at=now(),
    )
    assert not refused(as_second, question.values(owner_id=world.second.id))
    assert refused(as_second, question.values(owner_id=world.member.id))
    assert refused(as_second, question.values(owner_id=world.second.id, town_id=world.member.id))
    assert refused(world.scopes()["never"], question.values(owner_id=world.never.id))
    reply = sa.insert(ConsultationAnswer).values(
        network_id=world.network_id,
        id=new_id(),
        consultation_id=made.quiet,
        body="x",
        at=now(),
    )
    second = reply.values(owner_id=world.second.id)
    assert not refused(as_second, second.values(town_id=world.second.id))
    # As whoever asked: only its own town can, so this tells nobody anything.
    assert refused(as_second, second.values(asker_of=made.quiet))
    assert not refused(
        world.scopes()["member"],
        reply.values(owner_id=world.member.id, asker_of=made.quiet),
    )
    assert refused(as_second, reply.values(owner_id=world.member.id, town_id=world.member.id))
    assert refused(as_second, reply.values(owner_id=None))
    assert not refused(world.scopes()["coordinator"], reply.values(owner_id=None))
    assert refused(world.scopes()["other coordinator"], reply.values(owner_id=None))


def test_only_its_own_town_changes_it_and_nobody_unhides(made):
    change = sa.update(Consultation).where(Consultation.id == made.named)
    for name, asking in made.world.scopes().items():
        assert refused(asking, change.values(title="y")) == (name != "member"), name
        assert refused(asking, change.values(hidden_in=[])), name
        assert refused(asking, change.values(owner_id=made.world.second.id)), name
        assert refused(asking, sa.delete(Consultation)), name


def test_on_the_day_a_town_leaves_nobody_sees_what_it_asked_or_answered(app):
    ours, theirs, third = make_town("ひがし町"), make_town("にし町"), make_town("みなみ町")
    network_id = make_network(ours, theirs, third)
    quiet = ask(ours, network_id, "去る前の相談", named=False)
    kept = ask(theirs, network_id, "残る相談")
    answer(ours, kept)
    announce(network_id, ours)
    with scope(in_networks(Scope(third.id))):
        assert db.session.scalars(
            sa.select(Consultation.id).where(Consultation.network_id == network_id)
        ).all() == [kept]
        assert db.session.scalars(sa.select(ConsultationAnswer.id)).all() == []
        assert search(Kind.CONSULTATION, wanted("相談")).ids == [kept]
    with scope(in_networks(Scope(ours.id))):
        assert db.session.scalars(sa.select(Consultation.id)).all() == [quiet]
