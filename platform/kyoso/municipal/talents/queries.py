"""Every read of the register. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kyoso.core import search
from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.identity.profiles.rules import PART_LABELS, SKILLS
from kyoso.municipal.talents.models import Talent, TalentNote
from kyoso.municipal.talents.rules import MODES_FOUND, WorkMode
from kyoso.tenancy.models import Tenant

PER_PAGE = 20
#: Nobody looks through more than so many words to choose one.
FIELDS_OFFERED = 60

_TABLE = Talent.__table__.c
_MINE = _TABLE.tenant_id == sa.bindparam("tenant_id")

#: Engagements are above us in the layers: who works where today is read by name.
_ENGAGEMENTS = sa.table(
    "engagements",
    sa.column("tenant_id", sa.Uuid),
    sa.column("id", sa.Uuid),
    sa.column("talent_id", sa.Uuid),
    sa.column("department_id", sa.Uuid),
    sa.column("department_name", sa.Text),
    sa.column("status", sa.Text),
    sa.column("starts_on", sa.Date),
    sa.column("ends_on", sa.Date),
    schema="municipal",
)
_WORKS_TODAY = sa.and_(
    _ENGAGEMENTS.c.tenant_id == _TABLE.tenant_id,
    _ENGAGEMENTS.c.talent_id == _TABLE.id,
    _ENGAGEMENTS.c.status == "active",
    sa.bindparam("today", type_=sa.Date).between(_ENGAGEMENTS.c.starts_on, _ENGAGEMENTS.c.ends_on),
)
_DEPARTMENTS = (
    sa.select(sa.func.string_agg(sa.distinct(_ENGAGEMENTS.c.department_name), "、"))
    .where(_WORKS_TODAY)
    .scalar_subquery()
    .label("departments")
)

#: The orders that the directory can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "name": _TABLE.place,
    "hours": _TABLE.hours_offered,
    "joined": _TABLE.joined_at,
}


@dataclass(frozen=True, slots=True)
class TalentFilter:
    """What somebody asked the directory for."""

    words: str = ""
    #: An id of the vocabulary.
    skill: str = ""
    #: In people's own words.
    field: str = ""
    mode: WorkMode | None = None
    #: Where they work today.
    department_id: uuid.UUID | None = None
    #: Those who left, instead of those who are there.
    left: bool = False
    sort: str = "name"
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> TalentFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""

        def said(key: str) -> str:
            return address.get(key, "")[:100].replace("\0", "").strip()

        skill, mode, sort, page = said("skill"), said("mode"), said("sort"), said("page")
        return cls(
            words=said("q"),
            skill=skill if skill in SKILLS else "",
            field=said("field"),
            mode=WorkMode(mode) if mode in set(WorkMode) else None,
            department_id=_uuid(said("department")),
            left=said("left") == "yes",
            sort=sort if sort.removeprefix("-") in ORDERS else "name",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "skill": asked.skill,
            "field": asked.field,
            "mode": asked.mode or "",
            "department": asked.department_id or "",
            "left": "yes" if asked.left else "",
            "sort": asked.sort if asked.sort != "name" else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anybody is left out of the list, other than those who left."""
        return bool(self.words or self.skill or self.field or self.mode or self.department_id)


def _uuid(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class TalentList:
    """One page of the directory, and how many there are in all."""

    rows: Sequence[Any]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def _columns(*names: str) -> tuple[Any, ...]:
    return tuple(_TABLE[name] for name in names)


_LINE = (
    *_columns("id", "name", "kana", "affiliation", "skills", "free_skills", "fields"),
    # Bare words: to make an enum's member of each costs more than reading the row.
    sa.cast(_TABLE.mode, sa.Text).label("mode"),
    *_columns("hours_offered", "joined_at", "left_at"),
    _DEPARTMENTS,
)
_TEXTS = ("email", "bio", "can_do", "wants", "languages", "places", "conditions", "source")
_SHEET = (*_LINE, *_columns(*_TEXTS))


def find_talents(actor: Actor, wanted: TalentFilter, today: dt.date) -> TalentList:
    """Return one page of the directory; past the end, as after a change of the filter, the last."""
    found, counted = _statements(_LINE, *_shape(wanted))
    values = _values(actor, wanted, today)
    bounds = {"limit": PER_PAGE, "offset": (wanted.page - 1) * PER_PAGE}
    rows = db.session.execute(found, {**values, **bounds}).all()
    if not rows and wanted.page > 1:
        total = db.session.execute(counted, values).scalar_one()
        last = replace(wanted, page=max(1, -(-total // PER_PAGE)))
        return find_talents(actor, last, today)
    return TalentList(rows, rows[0].total if rows else 0, wanted.page)


def list_for_export(actor: Actor, wanted: TalentFilter, today: dt.date) -> Sequence[Any]:
    """Return everybody whom the directory would show page by page, with their texts."""
    found, _counted = _statements(_SHEET, *_shape(wanted))
    values = {**_values(actor, wanted, today), "limit": 20_000, "offset": 0}
    return db.session.execute(found, values).all()


def _words(wanted: TalentFilter) -> tuple[str, ...]:
    return search.wanted(wanted.words).words


def _shape(wanted: TalentFilter) -> tuple[Any, ...]:
    """Return what decides how the statement reads; everything else is a value in it."""
    return (
        len(_words(wanted)),
        bool(wanted.skill),
        bool(wanted.field),
        wanted.mode is not None,
        wanted.department_id is not None,
        wanted.left,
        wanted.sort,
    )


def _values(actor: Actor, wanted: TalentFilter, today: dt.date) -> dict[str, Any]:
    values: dict[str, Any] = {"tenant_id": actor.tenant_id, "today": today}
    values |= {f"word_{n}": search.like_pattern(word) for n, word in enumerate(_words(wanted))}
    narrowing = {
        "skill": wanted.skill,
        "field": wanted.field,
        "modes": [mode.value for mode in MODES_FOUND[wanted.mode]] if wanted.mode else None,
        "department_id": wanted.department_id,
    }
    values |= {name: value for name, value in narrowing.items() if value}
    return values


@lru_cache(maxsize=256)
def _statements(
    columns: tuple[Any, ...],
    words: int,
    skill: bool,
    field: bool,
    mode: bool,
    department: bool,
    left: bool,
    sort: str,
) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Return the statement for one page of such a list, and the one that counts them all."""
    conditions = [_MINE, _TABLE.left_at.is_not(None) if left else _TABLE.left_at.is_(None)]
    conditions += [_TABLE.search_key.like(sa.bindparam(f"word_{n}")) for n in range(words)]
    if skill:
        conditions.append(sa.bindparam("skill", type_=sa.Text) == sa.any_(_TABLE.skills))
    if field:
        conditions.append(sa.bindparam("field", type_=sa.Text) == sa.any_(_TABLE.fields))
    if mode:
        modes = sa.bindparam("modes", type_=sa.ARRAY(sa.Text))
        conditions.append(sa.cast(_TABLE.mode, sa.Text) == sa.any_(modes))
    if department:
        here = _ENGAGEMENTS.c.department_id == sa.bindparam("department_id", type_=sa.Uuid)
        conditions.append(sa.exists().where(_WORKS_TODAY, here))
    counted = sa.select(sa.func.count()).select_from(Talent.__table__).where(*conditions)
    column = ORDERS[sort.removeprefix("-")]
    order = column.desc() if sort.startswith("-") else column.asc()
    # The count rides along, so that a list is one statement.
    found = (
        sa.select(*columns, counted.scalar_subquery().label("total"))
        .where(*conditions)
        .order_by(order.nulls_last(), _TABLE.place, _TABLE.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .offset(sa.bindparam("offset", type_=sa.Integer))
    )
    return found, counted


_NAMED = (
    sa.select(sa.func.unnest(_TABLE.fields).label("field"))
    .where(_MINE, _TABLE.left_at.is_(None))
    .subquery()
)
_FIELDS = (
    sa.select(_NAMED.c.field)
    .group_by(_NAMED.c.field)
    .order_by(sa.func.count().desc(), _NAMED.c.field)
    .limit(FIELDS_OFFERED)
)


def list_fields(actor: Actor) -> Sequence[str]:
    """Return the fields that people in the register name, those of many first."""
    return db.session.scalars(_FIELDS, {"tenant_id": actor.tenant_id}).all()


def get_talent(actor: Actor, talent_id: uuid.UUID, *, lock: bool = False) -> Talent:
    """Return the talent, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the row.
    """
    query = sa.select(Talent).where(Talent.tenant_id == actor.tenant_id, Talent.id == talent_id)
    talent = db.session.scalar(query.with_for_update() if lock else query)
    if talent is None:
        raise NotFound
    return talent


def has_photo(actor: Actor, talent_id: uuid.UUID) -> bool:
    """Tell whether a talent has a photo, without reading it."""
    mine = (Talent.tenant_id == actor.tenant_id, Talent.id == talent_id)
    return bool(db.session.scalar(sa.select(Talent.photo.is_not(None)).where(*mine)))


def get_photo(actor: Actor, talent_id: uuid.UUID) -> bytes:
    """Return a talent's photo, or NotFound."""
    photo = db.session.scalar(
        sa.select(Talent.photo).where(Talent.tenant_id == actor.tenant_id, Talent.id == talent_id)
    )
    if photo is None:
        raise NotFound
    return photo


def talent_of_person(actor: Actor, person_id: uuid.UUID, *, lock: bool = False) -> Talent | None:
    """Return what a person is in the town's register, also when they left; or None."""
    query = sa.select(Talent).where(
        Talent.tenant_id == actor.tenant_id, Talent.person_id == person_id
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_talents(actor: Actor) -> Sequence[Any]:
    """Return (id, name, kana) of everybody in the register today: for a list to choose from."""
    return db.session.execute(
        sa.select(Talent.id, Talent.name, Talent.kana)
        .where(Talent.tenant_id == actor.tenant_id, Talent.left_at.is_(None))
        .order_by(Talent.place, Talent.id)
    ).all()


def registered_emails(actor: Actor, emails: Sequence[str]) -> Sequence[str]:
    """Return which of some addresses are those of people in the register today."""
    return db.session.scalars(
        sa.select(Talent.email).where(
            Talent.tenant_id == actor.tenant_id,
            Talent.email.in_(emails),
            Talent.left_at.is_(None),
        )
    ).all()


def list_open_engagements(actor: Actor, talent_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the engagements with a talent that run or wait for an answer."""
    return db.session.scalars(
        sa.select(_ENGAGEMENTS.c.id).where(
            _ENGAGEMENTS.c.tenant_id == actor.tenant_id,
            _ENGAGEMENTS.c.talent_id == talent_id,
            _ENGAGEMENTS.c.status.in_(("offered", "active")),
        )
    ).all()


def list_notes(actor: Actor, talent_id: uuid.UUID) -> Sequence[TalentNote]:
    """Return what staff noted about a talent, newest first."""
    return db.session.scalars(
        sa.select(TalentNote)
        .where(TalentNote.tenant_id == actor.tenant_id, TalentNote.talent_id == talent_id)
        .order_by(TalentNote.id.desc())
    ).all()


def find_note(actor: Actor, form_id: uuid.UUID) -> TalentNote | None:
    """Return the note that a form made already; a twin that is being saved is waited for."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(str(form_id)))))
    return db.session.scalar(
        sa.select(TalentNote).where(
            TalentNote.tenant_id == actor.tenant_id, TalentNote.id == form_id
        )
    )


def list_own_talents(me: PersonActor) -> Sequence[Any]:
    """Return (talent, the town's name, its slug) of the person's own rows in all towns."""
    return db.session.execute(
        sa.select(Talent, Tenant.name, Tenant.slug)
        .join(Tenant, Tenant.id == Talent.tenant_id)
        .where(Talent.person_id == me.person_id)
        .order_by(Tenant.code)
    ).all()


_OWN = (
    *("name", "kana", "email", "affiliation", "fields", "can_do", "wants", "bio", "languages"),
    *("hours_offered", "places", "conditions", "joined_at", "left_at"),
)


@own_data(
    "talents",
    _l("自治体の人材台帳"),
    columns={
        "town": _l("自治体"),
        **{name: PART_LABELS.get(name, name) for name in _OWN},
        "email": _l("メールアドレス"),
        "skills": PART_LABELS["skills"],
        "source": _l("登録のきっかけ"),
        "joined_at": _l("登録した日時"),
        "left_at": _l("外れた日時"),
    },
    tables=("municipal.talents",),
)
def own_talents_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return what each town's register holds of the person, for their archive."""
    return [
        {name: getattr(talent, name) for name in _OWN}
        | {"town": town, "skills": talent.skill_labels, "source": talent.source.label}
        for talent, town, _slug in list_own_talents(me)
    ]


def lock_own_talents(me: PersonActor, *, leaving: bool = False) -> Sequence[Talent]:
    """Return the person's rows in all towns that they have not left, and hold them.

    Only who is `leaving` waits for an offer, which waits for the profile that a save holds.
    """
    return db.session.scalars(
        sa.select(Talent)
        .where(Talent.person_id == me.person_id, Talent.left_at.is_(None))
        .order_by(Talent.tenant_id)
        .with_for_update(key_share=not leaving)
    ).all()
