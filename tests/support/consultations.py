"""Consultations for tests, made by the operations that people use."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import member_scope
from kyoso.exchange.consultations import operations, queries
from kyoso.exchange.consultations.operations import Question
from support.members import make_member
from support.people import Town, actor_of


def staff_of(town: Town, name: str = "見本 職員（見本）") -> Actor:
    """Return a member of staff with an account, so that they can follow something."""
    return make_member(town, Role.STAFF, name=name).actor


def ask(
    town: Town,
    network_id: uuid.UUID,
    title: str = "空き家バンクの登録が増えません",
    *,
    named: bool = True,
    tags: tuple[str, ...] = ("空き家", "移住"),
    actor: Actor | None = None,
    at: dt.datetime | None = None,
) -> uuid.UUID:
    """Let a town ask a network, and return the consultation's id."""
    form_id = new_id()
    with member_scope(town.id):
        operations.ask_network(
            Question(title, "どうやって持ち主に声をかけていますか。", list(tags)),
            network_id,
            named=named,
            consultation_id=form_id,
            actor=actor or actor_of_writer(town),
            now=at or now(),
        )
        db.session.commit()
    return form_id


def answer(
    town: Town,
    consultation_id: uuid.UUID,
    body: str = "固定資産税の通知に案内を同封しています。",
    *,
    actor: Actor | None = None,
) -> uuid.UUID:
    """Let a town answer, or add to its own question, and return the answer's id."""
    who, form_id = actor or actor_of_writer(town), new_id()
    with member_scope(town.id):
        asked = queries.get_consultation(who, consultation_id)
        operations.answer_consultation(asked, body, answer_id=form_id, actor=who, now=now())
        db.session.commit()
    return form_id


def accept(town: Town, consultation_id: uuid.UUID, answer_id: uuid.UUID) -> None:
    """Let the town that asked say which answer solved it."""
    actor = actor_of_writer(town)
    with member_scope(town.id):
        asked = queries.get_own(actor, consultation_id)
        found = queries.get_answer(asked.consultation, answer_id)
        operations.accept_answer(asked, found, actor=actor, now=now())
        db.session.commit()


def actor_of_writer(town: Town) -> Actor:
    """Return somebody of a town who follows nothing: no account is behind them."""
    made = actor_of(town, Role.STAFF)
    return Actor(made.tenant_id, made.roles, made.person_id, made.name)


@dataclass(frozen=True)
class SampleConsultations:
    """What the tests that go through all pages need to find one."""

    #: Asked by the town, open, answered by its neighbour.
    consultation_id: uuid.UUID
    #: More from the town itself, which it may still change.
    answer_id: uuid.UUID


def make_consultations(town: Town, neighbour: Town, network_id: uuid.UUID) -> SampleConsultations:
    """Make one of each kind."""
    first = ask(town, network_id)
    answer(neighbour, first)
    more = answer(town, first, "持ち主の多くは町外です。")
    quiet = ask(town, network_id, "窓口の待ち時間を短くしたい", named=False, tags=("窓口",))
    accept(town, quiet, answer(neighbour, quiet, "予約の札を置きました。"))
    ask(neighbour, network_id, "除雪の人手が足りません", tags=("除雪",))
    return SampleConsultations(first, more)
