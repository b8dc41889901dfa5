"""Every read of openings and answers. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.recruiting.models import JoinAnswer as JoinAnswer
from kyoso.municipal.recruiting.models import Opening

_OPENING, _PROJECT = Opening.__table__.c, Project.__table__.c

# Written once: to put a statement together costs more than to run it.
_OF_PROJECT = (
    sa.select(*(_OPENING[name] for name in ("id", "role", "text", "until", "closed_at")))
    .join(
        Project.__table__,
        sa.and_(_PROJECT.tenant_id == _OPENING.tenant_id, _PROJECT.id == _OPENING.project_id),
    )
    .where(
        _OPENING.tenant_id == sa.bindparam("tenant_id"), _PROJECT.number == sa.bindparam("number")
    )
    .order_by(_OPENING.id)
)


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form made its row already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"recruiting:{actor.tenant_id}")))
    )
    found = sa.union_all(
        *(
            sa.select(kind.id).where(kind.tenant_id == actor.tenant_id, kind.id == form_id)
            for kind in (Opening, JoinAnswer)
        )
    )
    return db.session.execute(found).first() is not None


def get_opening(
    actor: Actor, project_id: uuid.UUID, opening_id: uuid.UUID, *, lock: bool = False
) -> Opening:
    """Return a role that a project looks for, or looked for, or NotFound."""
    query = sa.select(Opening).where(
        Opening.tenant_id == actor.tenant_id,
        Opening.project_id == project_id,
        Opening.id == opening_id,
    )
    opening = db.session.scalar(query.with_for_update() if lock else query)
    if opening is None:
        raise NotFound
    return opening


def list_openings(actor: Actor, project_id: uuid.UUID) -> Sequence[Opening]:
    """Return the roles of a project, also those that are closed, oldest first."""
    return db.session.scalars(
        sa.select(Opening)
        .where(Opening.tenant_id == actor.tenant_id, Opening.project_id == project_id)
        .order_by(Opening.id)
    ).all()


def list_openings_of(actor: Actor, number: int) -> Sequence[Any]:
    """Return the roles of the project with a number as rows: for its public page."""
    values = {"tenant_id": actor.tenant_id, "number": number}
    return db.session.execute(_OF_PROJECT, values).all()


def get_answer(
    actor: Actor, project_id: uuid.UUID, answer_id: uuid.UUID, *, lock: bool = False
) -> JoinAnswer:
    """Return an answer, or NotFound: another town's looks just like a missing one."""
    query = sa.select(JoinAnswer).where(
        JoinAnswer.tenant_id == actor.tenant_id,
        JoinAnswer.project_id == project_id,
        JoinAnswer.id == answer_id,
    )
    answer = db.session.scalar(query.with_for_update() if lock else query)
    if answer is None:
        raise NotFound
    return answer


def list_answers(actor: Actor, project_id: uuid.UUID) -> Sequence[JoinAnswer]:
    """Return who answered, newest first."""
    return db.session.scalars(
        sa.select(JoinAnswer)
        .where(JoinAnswer.tenant_id == actor.tenant_id, JoinAnswer.project_id == project_id)
        .order_by(JoinAnswer.id.desc())
    ).all()
