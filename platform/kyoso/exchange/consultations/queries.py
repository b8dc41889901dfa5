"""Every read of consultations. What is another town's is shown by the policies, or is not there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.search import Wanted
from kyoso.exchange.consultations.models import (
    Consultation as Consultation,
)
from kyoso.exchange.consultations.models import (
    ConsultationAnswer as ConsultationAnswer,
)
from kyoso.exchange.consultations.models import (
    ConsultationCase,
    ConsultationFollow,
)
from kyoso.exchange.consultations.rules import UNANSWERED_FOR, ConsultationStatus
from kyoso.exchange.finding import Kind, Place, search
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.moderation.queries import Item, describes
from kyoso.tenancy.queries import get_tenant

OWN_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A consultation, and what our town keeps of it if it is ours."""

    consultation: Consultation
    case: ConsultationCase | None

    @property
    def ours(self) -> bool:
        """Tell whether our town asked."""
        return self.case is not None

    @property
    def own(self) -> ConsultationCase:
        """What our town keeps of it; NotFound if it is not ours."""
        if self.case is None:
            raise NotFound
        return self.case


def _asked(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(Consultation, ConsultationCase).outerjoin(
        ConsultationCase,
        sa.and_(
            ConsultationCase.tenant_id == actor.tenant_id,
            ConsultationCase.id == Consultation.id,
        ),
    )


def get_consultation(actor: Actor, consultation_id: uuid.UUID) -> Asked:
    """Return a consultation that the town may read, or NotFound."""
    row = db.session.execute(_asked(actor).where(Consultation.id == consultation_id)).one_or_none()
    if row is None:
        raise NotFound
    return Asked(*row)


def get_own(actor: Actor, consultation_id: uuid.UUID) -> Asked:
    """Return a consultation that our town asked, its row held, or NotFound."""
    row = db.session.execute(
        sa.select(Consultation, ConsultationCase)
        .join(ConsultationCase, ConsultationCase.id == Consultation.id)
        .where(ConsultationCase.tenant_id == actor.tenant_id, Consultation.id == consultation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Asked(*row)


def find_sent(actor: Actor, form_id: uuid.UUID) -> Asked | None:
    """Return the consultation that a form made already; a twin that is being saved is waited for."""
    _wait_for_twin(form_id)
    row = db.session.execute(
        _asked(actor).where(Consultation.id == form_id, ConsultationCase.id.is_not(None))
    ).one_or_none()
    return Asked(*row) if row else None


def answer_is_sent(form_id: uuid.UUID) -> bool:
    """Tell whether a form made its answer already; a twin that is being saved is waited for."""
    _wait_for_twin(form_id)
    return (
        db.session.scalar(sa.select(ConsultationAnswer.id).where(ConsultationAnswer.id == form_id))
        is not None
    )


def _wait_for_twin(form_id: uuid.UUID) -> None:
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(str(form_id)))))


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of consultations, with how many answers each has, and what else there is."""

    rows: list[tuple[Consultation, int]]
    after: Place | None
    total: int
    facets: dict[str, int]


def find_consultations(wanted: Wanted, facets: Sequence[str], after: Place | None) -> Listed:
    """Return what has all the words and facets: words in the title first, then the newest."""
    found = search(Kind.CONSULTATION, wanted, facets=facets, after=after)
    rows = db.session.execute(
        sa.select(Consultation, _answers_of(Consultation.id)).where(Consultation.id.in_(found.ids))
    )
    by_id = {row[0].id: (row[0], row[1]) for row in rows}
    shown = [by_id[one] for one in found.ids if one in by_id]
    return Listed(shown, found.after, found.total or 0, found.facets)


def _answers_of(consultation_id: Any) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(
            ConsultationAnswer.consultation_id == consultation_id,
            ConsultationAnswer.asker_of.is_(None),
            ConsultationAnswer.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )


def list_own(actor: Actor) -> list[tuple[Consultation, int]]:
    """Return what our town asked, also what it took back, newest first."""
    rows = db.session.execute(
        sa.select(Consultation, _answers_of(Consultation.id))
        .join(ConsultationCase, ConsultationCase.id == Consultation.id)
        .where(ConsultationCase.tenant_id == actor.tenant_id)
        .order_by(Consultation.asked_at.desc(), Consultation.id.desc())
        .limit(OWN_LIMIT)
    )
    return [(row[0], row[1]) for row in rows]


def list_answers(consultation: Consultation) -> Sequence[ConsultationAnswer]:
    """Return the answers that may be read, oldest first."""
    return db.session.scalars(
        sa.select(ConsultationAnswer)
        .where(
            ConsultationAnswer.network_id == consultation.network_id,
            ConsultationAnswer.consultation_id == consultation.id,
            ConsultationAnswer.taken_down_at.is_(None),
        )
        .order_by(ConsultationAnswer.at, ConsultationAnswer.id)
    ).all()


def get_answer(consultation: Consultation, answer_id: uuid.UUID) -> ConsultationAnswer:
    """Return an answer to a consultation, or NotFound."""
    answer = db.session.scalar(
        sa.select(ConsultationAnswer).where(
            ConsultationAnswer.network_id == consultation.network_id,
            ConsultationAnswer.consultation_id == consultation.id,
            ConsultationAnswer.id == answer_id,
            ConsultationAnswer.taken_down_at.is_(None),
        )
    )
    if answer is None:
        raise NotFound
    return answer


def find_answer(answer_id: uuid.UUID) -> ConsultationAnswer | None:
    """Return an answer that the scope may read, whatever it answers."""
    found = db.session.scalar(sa.select(ConsultationAnswer).filter_by(id=answer_id))
    return None if found is None or found.withdrawn_at or found.taken_down_at else found


def is_ours(actor: Actor, asked: Asked, answer: ConsultationAnswer) -> bool:
    """Tell whether an answer is our town's."""
    if answer.by_asker:
        return asked.ours
    return answer.town_id == actor.tenant_id


def get_own_answer(actor: Actor, asked: Asked, answer_id: uuid.UUID) -> ConsultationAnswer:
    """Return an answer of our own town, or NotFound."""
    answer = get_answer(asked.consultation, answer_id)
    if not is_ours(actor, asked, answer):
        raise NotFound
    return answer


def count_answers_of_others(consultation_id: uuid.UUID) -> int:
    """Return how many answers a consultation has that are not of whoever asked."""
    query = sa.select(_answers_of(sa.literal(consultation_id)))
    return db.session.scalars(query).one()


def find_follow(
    actor: Actor, consultation_id: uuid.UUID, *, lock: bool = False
) -> ConsultationFollow | None:
    """Return what keeps that the actor follows, or followed, a consultation."""
    query = sa.select(ConsultationFollow).where(
        ConsultationFollow.tenant_id == actor.tenant_id,
        ConsultationFollow.consultation_id == consultation_id,
        ConsultationFollow.membership_id == actor.membership_id,
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_to_tell(
    actor: Actor, consultation_id: uuid.UUID, answer_id: uuid.UUID
) -> Sequence[ConsultationFollow]:
    """Return who of the town has not heard of an answer yet, the rows held."""
    return db.session.scalars(
        sa.select(ConsultationFollow)
        .where(
            ConsultationFollow.tenant_id == actor.tenant_id,
            ConsultationFollow.consultation_id == consultation_id,
            ConsultationFollow.ended_at.is_(None),
            sa.not_(ConsultationFollow.told.contains([answer_id])),
        )
        .order_by(ConsultationFollow.id)
        .with_for_update()
    ).all()


def list_overdue(actor: Actor, now: dt.datetime) -> list[Asked]:
    """Return what our town asked and nobody answered for a week; not what was passed on already."""
    rows = db.session.execute(
        sa.select(Consultation, ConsultationCase)
        .join(ConsultationCase, ConsultationCase.id == Consultation.id)
        .where(
            ConsultationCase.tenant_id == actor.tenant_id,
            Consultation.status == ConsultationStatus.OPEN,
            Consultation.escalated_at.is_(None),
            Consultation.asked_at <= now - UNANSWERED_FOR,
            _answers_of(Consultation.id) == 0,
        )
        .order_by(Consultation.id)
    )
    return [Asked(*row) for row in rows]


# For the coordinators of a network


@dataclass(frozen=True, slots=True)
class Waiting:
    """A consultation as a coordinator sees it: they may know whose it is."""

    consultation: Consultation
    case: ConsultationCase
    answers: int

    @property
    def unanswered(self) -> bool:
        """Tell whether it waits for its first answer."""
        return self.consultation.status is ConsultationStatus.OPEN and not self.answers

    @property
    def days(self) -> int:
        """For how many days it has been open."""
        return (clock.now() - self.consultation.asked_at).days


def _for_coordinators(actor: NetworkActor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Consultation, ConsultationCase, _answers_of(Consultation.id))
        .join(ConsultationCase, ConsultationCase.id == Consultation.id)
        .where(Consultation.network_id == actor.network_id)
    )


def list_for_coordinators(actor: NetworkActor, limit: int = 100) -> list[Waiting]:
    """Return the open consultations of a network, those without an answer first, oldest first."""
    query = (
        _for_coordinators(actor)
        .where(Consultation.status == ConsultationStatus.OPEN)
        .order_by(_answers_of(Consultation.id) > 0, Consultation.asked_at, Consultation.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in db.session.execute(query)]


def get_for_coordinators(actor: NetworkActor, consultation_id: uuid.UUID) -> Waiting:
    """Return a consultation of a coordinator's network, or NotFound."""
    row = db.session.execute(
        _for_coordinators(actor).where(Consultation.id == consultation_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Waiting(*row)


@dataclass(frozen=True, slots=True)
class Figures:
    """How a network's consultations are doing."""

    open: int
    unanswered: int
    solved: int


def count_in_network(actor: NetworkActor) -> Figures:
    """Return how many consultations a network has, by how they stand."""
    is_open = Consultation.status == ConsultationStatus.OPEN
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(is_open),
            sa.func.count().filter(is_open, _answers_of(Consultation.id) == 0),
            sa.func.count().filter(Consultation.accepted_id.is_not(None)),
        ).where(Consultation.network_id == actor.network_id)
    ).one()
    return Figures(*row)


# When the town leaves


def list_own_in_network(actor: Actor, network_id: uuid.UUID) -> Sequence[Consultation]:
    """Return what our town asked in a network and did not take back."""
    return db.session.scalars(
        sa.select(Consultation)
        .join(ConsultationCase, ConsultationCase.id == Consultation.id)
        .where(
            ConsultationCase.tenant_id == actor.tenant_id,
            Consultation.network_id == network_id,
            Consultation.status != ConsultationStatus.WITHDRAWN,
        )
    ).all()


def list_own_answers(actor: Actor, network_id: uuid.UUID) -> Sequence[ConsultationAnswer]:
    """Return what our town answered in a network, also to its own questions."""
    return db.session.scalars(
        sa.select(ConsultationAnswer)
        .outerjoin(
            ConsultationCase,
            sa.and_(
                ConsultationCase.tenant_id == actor.tenant_id,
                ConsultationCase.id == ConsultationAnswer.asker_of,
            ),
        )
        .where(
            ConsultationAnswer.network_id == network_id,
            ConsultationAnswer.taken_down_at.is_(None),
            sa.or_(ConsultationAnswer.town_id == actor.tenant_id, ConsultationCase.id.is_not(None)),
        )
    ).all()


@foresees
def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Say what becomes of what our town asked and answered."""
    return [
        Effect(
            Fate.ENDS,
            _("町の相談を取り下げます"),
            len(list_own_in_network(actor, network_id)),
        ),
        Effect(
            Fate.ENDS,
            _("町が書いた回答と補足が、ほかの町から見えなくなります"),
            len(list_own_answers(actor, network_id)),
        ),
    ]


@describes(Kind.CONSULTATION)
def describe(actor: Actor, item_id: uuid.UUID) -> Item:
    """Say what a consultation is, to whom it may concern in moderation."""
    asked = get_consultation(actor, item_id)
    one = asked.consultation
    if one.status is ConsultationStatus.WITHDRAWN:
        raise NotFound
    town = get_tenant(actor.tenant_id)
    return Item(
        Kind.CONSULTATION,
        one.id,
        one.title,
        one.body,
        (one.network_id,),
        asked.ours,
        f"/{town.slug}/exchange/consultations/{one.id}",
    )
