"""Every read of applications. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.mail import Mail
from kyoso.core.tokens import token_hash
from kyoso.municipal.recruitment_applications.models import (
    RecruitmentApplication as RecruitmentApplication,
)
from kyoso.municipal.recruitment_applications.models import RecruitmentLink, RecruitmentMessage
from kyoso.municipal.recruitment_applications.rules import (
    TO_TELL,
    ApplicationState,
    MessageKind,
)
from kyoso.municipal.recruitments.queries import Recruitment, page_asked

PER_PAGE = 20
_R, _A = Recruitment.__table__.c, RecruitmentApplication.__table__.c
_STATES = frozenset(ApplicationState)
_OF_RECRUITMENT = sa.and_(_A.tenant_id == _R.tenant_id, _A.recruitment_id == _R.id)


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form made its row already; a twin that is being saved is waited for."""
    _hold(actor)
    found = sa.union_all(
        *(
            sa.select(kind.id).where(kind.tenant_id == actor.tenant_id, kind.id == form_id)
            for kind in (RecruitmentApplication, RecruitmentMessage)
        )
    )
    return db.session.execute(found).first() is not None


def _hold(actor: Actor) -> None:
    # Two at once would read the same; the lock lasts until the transaction ends.
    wait = sa.func.hashtext(f"recruitment_applications:{actor.tenant_id}")
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(wait)))


def count_by_recruitment(
    actor: Actor, recruitment_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[int, int]]:
    """Return how many applied (and did not withdraw), and how many wait for the town, by each."""
    rows = db.session.execute(
        sa.select(
            _A.recruitment_id,
            sa.func.count().filter(_A.state != ApplicationState.WITHDRAWN),
            sa.func.count(_A.waiting_since),
        )
        .where(_A.tenant_id == actor.tenant_id, _A.recruitment_id.in_(recruitment_ids))
        .group_by(_A.recruitment_id)
    )
    return {ident: (all_of_them, waiting) for ident, all_of_them, waiting in rows}


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """What somebody asked a list of applications for."""

    recruitment_id: uuid.UUID | None = None
    state: ApplicationState | None = None
    #: Only where something of theirs waits for the town.
    waiting: bool = False
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> ApplicationFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        state = address.get("state", "")
        try:
            recruitment_id = uuid.UUID(address.get("recruitment", ""))
        except ValueError:
            recruitment_id = None
        return cls(
            recruitment_id,
            ApplicationState(state) if state in _STATES else None,
            address.get("waiting") == "yes",
            page_asked(address.get("page", "")),
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "recruitment": asked.recruitment_id or "",
            "state": asked.state or "",
            "waiting": "yes" if asked.waiting else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}


def next_number(actor: Actor) -> int:
    """Return the number that the next application to this town gets."""
    _hold(actor)
    query = sa.select(sa.func.coalesce(sa.func.max(_A.number), 0) + 1).where(
        _A.tenant_id == actor.tenant_id
    )
    return int(db.session.scalars(query).one())


def get_application(
    actor: Actor, application_id: uuid.UUID, *, lock: bool = False
) -> RecruitmentApplication:
    """Return an application, or NotFound, as for another town's."""
    query = sa.select(RecruitmentApplication).where(
        RecruitmentApplication.tenant_id == actor.tenant_id,
        RecruitmentApplication.id == application_id,
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    application = db.session.scalar(query)
    if application is None:
        raise NotFound
    return application


def get_link(tenant_id: uuid.UUID, token: str) -> RecruitmentLink:
    """Return the private link of a secret, expired or not; NotFound for any other secret."""
    link = db.session.scalar(
        sa.select(RecruitmentLink).where(
            RecruitmentLink.tenant_id == tenant_id,
            RecruitmentLink.token_hash == token_hash(token),
        )
    )
    if link is None:
        raise NotFound
    return link


def list_applications_of(
    actor: Actor, recruitment_id: uuid.UUID, *, lock: bool = False
) -> Sequence[RecruitmentApplication]:
    """Return everybody who applied to one recruitment, in the order in which they did."""
    query = (
        sa.select(RecruitmentApplication)
        .where(
            RecruitmentApplication.tenant_id == actor.tenant_id,
            RecruitmentApplication.recruitment_id == recruitment_id,
        )
        .order_by(RecruitmentApplication.number)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def to_tell(applications: Sequence[RecruitmentApplication]) -> list[RecruitmentApplication]:
    """Return who gets a letter when their recruitment ends."""
    return [one for one in applications if one.state in TO_TELL and one.told_at is None]


_LIST = (
    *(_A.id, _A.number, _A.name, _A.kana, _A.email, _A.affiliation, _A.skills, _A.state),
    *(_A.hours_a_month, _A.created_at, _A.waiting_since, _A.told_at, _A.erased_at),
    *(_A.membership_id, _A.recruitment_id, _R.title, _R.department_id),
)


def list_applications(
    actor: Actor, wanted: ApplicationFilter, *, limit: int = PER_PAGE, offset: int = 0
) -> Sequence[Any]:
    """Return applications that the actor may handle, as rows: what waits longest first."""
    order = (_A.waiting_since.asc().nulls_last(), _A.number.desc())
    return db.session.execute(
        _handled(actor, wanted, *_LIST).order_by(*order).limit(limit).offset(offset)
    ).all()


def list_waiting(actor: Actor, *, limit: int = 20) -> Sequence[Any]:
    """Return the applications in which something waits for the actor, longest first, as rows."""
    return list_applications(actor, ApplicationFilter(waiting=True), limit=limit)


def count_applications(actor: Actor, wanted: ApplicationFilter) -> int:
    """Return how many applications match that the actor may handle."""
    return int(db.session.scalars(_handled(actor, wanted, sa.func.count())).one())


def _handled(actor: Actor, wanted: ApplicationFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    query = (
        sa.select(*columns)
        .select_from(RecruitmentApplication.__table__.join(Recruitment.__table__, _OF_RECRUITMENT))
        .where(_A.tenant_id == actor.tenant_id)
    )
    # As rules.may_handle says of one.
    if not actor.roles & {Role.ADMIN, Role.SECRETARIAT}:
        query = query.where(
            sa.or_(
                _R.department_id.in_(actor.department_ids),
                # Not "==": without a membership that would mean those entrusted to nobody.
                _A.membership_id.in_([actor.membership_id]),
            )
        )
    if wanted.recruitment_id is not None:
        query = query.where(_A.recruitment_id == wanted.recruitment_id)
    if wanted.state is not None:
        query = query.where(_A.state == wanted.state)
    return query.where(_A.waiting_since.is_not(None)) if wanted.waiting else query


def list_messages(actor: Actor, application_id: uuid.UUID) -> Sequence[RecruitmentMessage]:
    """Return what town and applicant wrote to each other, oldest first; no notes."""
    return _messages(actor, application_id, MessageKind.TOWN, MessageKind.APPLICANT)


def list_notes(actor: Actor, application_id: uuid.UUID) -> Sequence[RecruitmentMessage]:
    """Return the town's own notes, oldest first; never for an applicant's eyes."""
    return _messages(actor, application_id, MessageKind.NOTE)


def list_written(actor: Actor, application_id: uuid.UUID) -> Sequence[RecruitmentMessage]:
    """Return everything that was written about an application: to erase it."""
    return _messages(actor, application_id, *MessageKind)


def _messages(
    actor: Actor, application_id: uuid.UUID, *kinds: MessageKind
) -> Sequence[RecruitmentMessage]:
    return db.session.scalars(
        sa.select(RecruitmentMessage)
        .where(
            RecruitmentMessage.tenant_id == actor.tenant_id,
            RecruitmentMessage.application_id == application_id,
            RecruitmentMessage.kind.in_(kinds),
        )
        .order_by(RecruitmentMessage.id)
    ).all()


def list_mails(actor: Actor, application_id: uuid.UUID) -> Sequence[Any]:
    """Return (to, subject, created_at, sent_at, error) of every mail about an application."""
    return db.session.execute(
        sa.select(Mail.to, Mail.subject, Mail.created_at, Mail.sent_at, Mail.error)
        .where(Mail.tenant_id == actor.tenant_id, Mail.subject_id == application_id)
        .order_by(Mail.created_at.desc(), Mail.id.desc())
    ).all()


def list_kept_too_long(actor: Actor, now: dt.datetime) -> Sequence[RecruitmentApplication]:
    """Return applications whose promised time is over and that still hold what was told."""
    until = RecruitmentApplication.ended_at + sa.func.make_interval(
        0, 0, 0, RecruitmentApplication.keep_days
    )
    return db.session.scalars(
        sa.select(RecruitmentApplication)
        .where(
            RecruitmentApplication.tenant_id == actor.tenant_id,
            RecruitmentApplication.erased_at.is_(None),
            until < now,
        )
        .with_for_update(skip_locked=True)
    ).all()
