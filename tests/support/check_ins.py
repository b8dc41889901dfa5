"""Check-ins of test towns, really committed: an engagement, both its sides, and what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.check_ins import operations, queries
from kyoso.municipal.check_ins.operations import Answer, Note, Topic
from kyoso.municipal.check_ins.rules import ActionKind, Side
from kyoso.municipal.engagements.queries import get_engagement
from support.departments import make_department
from support.engagements import make_engagement
from support.members import Person, make_member
from support.people import Town
from support.talents import Somebody, make_somebody, make_talent


@dataclass(frozen=True)
class Pair:
    """The two sides of an engagement."""

    town: Town
    somebody: Somebody
    responsible: Person
    department_id: uuid.UUID
    engagement_id: uuid.UUID

    @property
    def own_scope(self) -> Any:
        """The person's scope: in no town."""
        return scope(Scope(person_id=self.somebody.person_id))


def make_pair(
    town: Town,
    somebody: Somebody | None = None,
    responsible: Person | None = None,
    department_id: uuid.UUID | None = None,
    **values: Any,
) -> Pair:
    """Let somebody work for a department of the town."""
    somebody = somebody or make_somebody()
    department_id = department_id or make_department(town, "広報課")
    responsible = responsible or make_member(
        town, Role.STAFF, name="担当 太郎（見本）", departments=(department_id,)
    )
    talent_id = make_talent(town, somebody)
    engagement_id = make_engagement(town, talent_id, responsible, department_id, **values)
    return Pair(town, somebody, responsible, department_id, engagement_id)


def open_one(pair: Pair, at: dt.datetime | None = None) -> uuid.UUID:
    """Open a check-in at the town's wish."""
    actor, check_in_id = pair.responsible.actor, new_id()
    with tenant_scope(pair.town.id):
        engagement = get_engagement(actor, pair.engagement_id)
        operations.open_check_in(engagement, check_in_id=check_in_id, actor=actor, now=at or now())
        db.session.commit()
    return check_in_id


def answer(
    pair: Pair, check_in_id: uuid.UUID, side: Side, *numbers: int, at: dt.datetime | None = None
) -> bool:
    """Let one side answer; tell whether both can be read now."""
    given, at = Answer(*numbers, comment=f"{side}の補足"), at or now()
    if side is Side.TOWN:
        actor = pair.responsible.actor
        with tenant_scope(pair.town.id):
            check_in = queries.get_check_in(actor, check_in_id, lock=True)
            engagement = get_engagement(actor, pair.engagement_id)
            revealed = operations.answer_for_town(check_in, engagement, given, actor=actor, now=at)
            db.session.commit()
        return revealed
    me = pair.somebody.oneself
    with pair.own_scope:
        check_in = queries.get_check_in(me, check_in_id, lock=True)
        revealed = operations.answer_as_person(check_in, given, actor=me, now=at)
        db.session.commit()
    return revealed


def make_check_ins(
    town: Town, somebody: Somebody, responsible: Person, department_id: uuid.UUID
) -> Pair:
    """Give a town one of everything: two compared, one open, topics, notes, actions."""
    pair = make_pair(town, somebody, responsible, department_id)
    for days, numbers in ((50, (4, 4, 4)), (20, (4, 2, 4))):
        at = now() - dt.timedelta(days=days)
        check_in_id = open_one(pair, at)
        answer(pair, check_in_id, Side.TOWN, 4, 4, 5, at=at)
        answer(pair, check_in_id, Side.PERSON, *numbers, at=at)
    actor, me = responsible.actor, somebody.oneself
    with tenant_scope(town.id):
        engagement = get_engagement(actor, pair.engagement_id)
        system = actor.system(town.id, "samples")
        said: dict[str, Any] = {"actor": system, "now": now()}
        done = operations.raise_action(engagement, ActionKind.OVERDUE, **said)
        db.session.flush()
        operations.close_action(done, engagement, "電話で話しました。", **said)
        operations.raise_action(engagement, ActionKind.GAP, check_in_id, **said)
        db.session.commit()
    current = open_one(pair)
    answer(pair, current, Side.TOWN, 3, 4, 5)
    with tenant_scope(town.id):
        check_in = queries.get_check_in(actor, current)
        engagement = get_engagement(actor, pair.engagement_id)
        for shared in (True, False):
            operations.write_note(
                check_in,
                engagement,
                Note("町のメモ", shared),
                note_id=new_id(),
                actor=actor,
                now=now(),
            )
        db.session.commit()
    with pair.own_scope:
        check_in = queries.get_check_in(me, current)
        for decision in ("", "月の初めに30分話す"):
            operations.propose_own_topic(
                check_in, Topic("打合せの回数", decision), topic_id=new_id(), actor=me, now=now()
            )
        db.session.commit()
    return pair
