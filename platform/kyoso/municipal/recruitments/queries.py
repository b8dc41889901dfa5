"""Every read of recruitments. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.search import like_pattern
from kyoso.core.search import wanted as searched
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.recruitments.models import Recruitment as Recruitment
from kyoso.municipal.recruitments.rules import RecruitmentStatus

PER_PAGE = 20
#: The columns themselves: rows of them skip what entities cost.
_R = Recruitment.__table__.c
_STATUSES, _MODES = frozenset(RecruitmentStatus), frozenset(WorkMode)


@dataclass(frozen=True, slots=True)
class RecruitmentFilter:
    """What somebody asked a list of recruitments for; a public list asks for skill and mode."""

    words: str = ""
    status: RecruitmentStatus | None = None
    skill: str = ""
    mode: WorkMode | None = None
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> RecruitmentFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        status, mode = address.get("status", ""), address.get("mode", "")
        return cls(
            words=_plain(address.get("q", "")),
            status=RecruitmentStatus(status) if status in _STATUSES else None,
            skill=_plain(address.get("skill", "")),
            mode=WorkMode(mode) if mode in _MODES else None,
            page=page_asked(address.get("page", "")),
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "status": asked.status or "",
            "skill": asked.skill,
            "mode": asked.mode or "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.status or self.skill or self.mode)


def _plain(typed: str) -> str:
    return typed[:100].replace("\0", "").strip()


def page_asked(asked: str) -> int:
    """Return the number of a page as an address says it; what it says wrongly is the first."""
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def get_recruitment(actor: Actor, recruitment_id: uuid.UUID, *, lock: bool = False) -> Recruitment:
    """Return the recruitment, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends: take it before it moves, and before one of
    its applications does, so that nobody is decided on while it ends.
    """
    query = sa.select(Recruitment).where(
        Recruitment.tenant_id == actor.tenant_id, Recruitment.id == recruitment_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    recruitment = db.session.scalar(query)
    if recruitment is None:
        raise NotFound
    return recruitment


def get_published(actor: Actor, recruitment_id: uuid.UUID, *, lock: bool = False) -> Recruitment:
    """Return a recruitment that is public, or NotFound; `rules.is_open` tells whether one can apply."""
    recruitment = get_recruitment(actor, recruitment_id, lock=lock)
    if recruitment.status is not RecruitmentStatus.PUBLISHED:
        raise NotFound
    return recruitment


def find_sent(actor: Actor, form_id: uuid.UUID) -> Recruitment | None:
    """Return the recruitment that a form made already; a twin that is being saved is waited for."""
    wait = sa.func.hashtext(f"recruitments:{actor.tenant_id}")
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(wait)))
    return db.session.scalar(
        sa.select(Recruitment).where(
            Recruitment.tenant_id == actor.tenant_id, Recruitment.id == form_id
        )
    )


def list_recruitments(actor: Actor, wanted: RecruitmentFilter, *, page: int = 1) -> Sequence[Any]:
    """Return one page of the desk's list as rows, those that are out first."""
    query = (
        _matching(actor, wanted, *_R)
        .order_by(_R.status != RecruitmentStatus.PUBLISHED, _R.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    if wanted.status is not None:
        query = query.where(_R.status == wanted.status)
    return db.session.execute(query).all()


def count_recruitments(actor: Actor, wanted: RecruitmentFilter) -> dict[RecruitmentStatus, int]:
    """Return how many there are in each status, of those that match otherwise."""
    query = _matching(actor, wanted, _R.status, sa.func.count()).group_by(_R.status)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {status: found.get(status, 0) for status in RecruitmentStatus}


def _matching(
    actor: Actor, wanted: RecruitmentFilter, *columns: Any
) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).where(_R.tenant_id == actor.tenant_id)
    for word in searched(wanted.words).words:
        query = query.where(_R.search_key.like(like_pattern(word)))
    return query


def list_titles(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """Return the id and title of every recruitment, the newest first: for choosing one."""
    rows = db.session.execute(
        sa.select(_R.id, _R.title).where(_R.tenant_id == actor.tenant_id).order_by(_R.id.desc())
    )
    return [(row.id, row.title) for row in rows]


def list_open(
    actor: Actor, today: dt.date, wanted: RecruitmentFilter | None = None
) -> Sequence[Any]:
    """Return what somebody can apply for on a day, as rows, those that close first in front.

    Who looks for online work also finds what is both online and on site, and the other way round.
    """
    query = _open(actor, today, *_R).order_by(_R.closes_on.asc().nulls_last(), _R.id.desc())
    if wanted is not None and wanted.skill:
        query = query.where(sa.literal(wanted.skill) == sa.any_(_R.skills))
    if wanted is not None and wanted.mode is not None:
        modes = {wanted.mode} if wanted.mode is WorkMode.BOTH else {wanted.mode, WorkMode.BOTH}
        query = query.where(_R.mode.in_(modes))
    return db.session.execute(query).all()


def count_open(actor: Actor, today: dt.date) -> int:
    """Return for how many recruitments somebody can apply on a day."""
    return int(db.session.scalars(_open(actor, today, sa.func.count())).one())


def _open(actor: Actor, today: dt.date, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*columns).where(
        _R.tenant_id == actor.tenant_id,
        _R.status == RecruitmentStatus.PUBLISHED,
        sa.or_(_R.closes_on.is_(None), _R.closes_on >= today),
    )
