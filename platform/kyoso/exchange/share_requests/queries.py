"""Every read of share requests: the two towns read theirs, the person their own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import force_locale, jp_date, yen
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.core.search import like_pattern
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.memoranda import queries as memoranda
from kyoso.exchange.share_requests import rules
from kyoso.exchange.share_requests.models import ShareMessage as ShareMessage
from kyoso.exchange.share_requests.models import SharePaper as SharePaper
from kyoso.exchange.share_requests.models import ShareRequest as ShareRequest
from kyoso.exchange.share_requests.models import of_request as of_request
from kyoso.exchange.share_requests.rules import (
    AGREED,
    CAME_TO_NOTHING,
    PENDING,
    REMIND_AFTER,
    PayUnit,
    ShareKind,
    ShareStatus,
    Side,
)
from kyoso.exchange.talent_pool.queries import list_own_listings, networks_of_town

PER_PAGE = 20

#: The lists of the page, in order: words, and the statuses each holds.
TABS: Mapping[str, tuple[Any, tuple[ShareStatus, ...]]] = {
    "ours": (_l("こちらから依頼"), (ShareStatus.DRAFT, *PENDING)),
    "theirs": (_l("こちらへの依頼"), PENDING),
    "running": (_l("シェア中"), AGREED),
    "over": (_l("終わったもの"), (ShareStatus.ENDED, *CAME_TO_NOTHING)),
}


@dataclass(frozen=True, slots=True)
class ShareFilter:
    """What somebody asked the list for."""

    tab: str = "ours"
    words: str = ""
    kind: ShareKind | None = None
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> ShareFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        tab, kind, page = (address.get(key, "") for key in ("tab", "kind", "page"))
        return cls(
            tab=tab if tab in TABS else "ours",
            words=address.get("q", "")[:100].replace("\0", "").strip(),
            kind=ShareKind(kind) if kind in set(ShareKind) else None,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "tab": asked.tab if asked.tab != "ours" else "",
            "q": asked.words,
            "kind": asked.kind or "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.kind)


def _of_town(actor: Actor) -> sa.ColumnElement[bool]:
    """Return what the two towns have in common; the policies say the same."""
    return sa.or_(
        sa.and_(
            ShareRequest.tenant_id == actor.tenant_id,
            sa.or_(ShareRequest.sent_at.is_not(None), ShareRequest.opened_by == Side.ASKER),
        ),
        sa.and_(
            ShareRequest.home_tenant_id == actor.tenant_id,
            sa.or_(ShareRequest.sent_at.is_not(None), ShareRequest.opened_by == Side.HOME),
        ),
    )


def _opened_by(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.case(
        (ShareRequest.opened_by == Side.ASKER, ShareRequest.tenant_id == actor.tenant_id),
        else_=ShareRequest.home_tenant_id == actor.tenant_id,
    )


def _tab(actor: Actor) -> sa.ColumnElement[str]:
    return sa.case(
        (ShareRequest.status.in_(AGREED), "running"),
        (ShareRequest.status.not_in((ShareStatus.DRAFT, *PENDING)), "over"),
        (_opened_by(actor), "ours"),
        else_="theirs",
    )


def _narrowed(actor: Actor, wanted: ShareFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [_of_town(actor)]
    if wanted.kind:
        conditions.append(ShareRequest.kind == wanted.kind)
    for word in wanted.words.split():
        pattern = like_pattern(word)
        columns = (
            ShareRequest.person_name,
            ShareRequest.purpose,
            ShareRequest.asker_name,
            ShareRequest.home_name,
        )
        conditions.append(sa.or_(*(column.ilike(pattern) for column in columns)))
    return conditions


def list_requests(
    actor: Actor, wanted: ShareFilter, *, page: int | None = None
) -> Sequence[ShareRequest]:
    """Return one list of the town's requests, the newest first; one page of it, or all."""
    query = (
        sa.select(ShareRequest)
        .where(*_narrowed(actor, wanted), _tab(actor) == wanted.tab)
        .order_by(ShareRequest.id.desc())
    )
    if page is not None:
        query = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return db.session.scalars(query).all()


def count_requests(actor: Actor, wanted: ShareFilter) -> dict[str, int]:
    """Return how many each list holds, of those that match otherwise."""
    tab = _tab(actor).label("tab")
    rows = db.session.execute(
        sa.select(tab, sa.func.count()).where(*_narrowed(actor, wanted)).group_by(sa.text("tab"))
    )
    found = {row[0]: row[1] for row in rows}
    return {name: found.get(name, 0) for name in TABS}


def get_request(actor: Actor, request_id: uuid.UUID, *, lock: bool = False) -> ShareRequest:
    """Return a request of which the actor's town is one of the two, or NotFound.

    `lock` holds the row until the transaction ends; take it before changing anything.
    """
    return _one(_of_town(actor), request_id, lock)


def get_own_request(me: PersonActor, request_id: uuid.UUID, *, lock: bool = False) -> ShareRequest:
    """Return a request that is about the person who acts, or NotFound."""
    mine = sa.and_(ShareRequest.person_id == me.person_id, ShareRequest.sent_at.is_not(None))
    return _one(mine, request_id, lock)


def _one(condition: sa.ColumnElement[bool], request_id: uuid.UUID, lock: bool) -> ShareRequest:
    query = sa.select(ShareRequest).where(condition, ShareRequest.id == request_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def find_sent(actor: Actor, form_id: uuid.UUID) -> ShareRequest | None:
    """Return the request that a form made already; a twin that is being saved is waited for."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(str(form_id)))))
    return db.session.scalar(
        sa.select(ShareRequest).where(_of_town(actor), ShareRequest.id == form_id)
    )


def list_own_requests(
    me: PersonActor, *, status: Sequence[ShareStatus] = (), network_id: uuid.UUID | None = None
) -> Sequence[ShareRequest]:
    """Return the requests about the person who acts, the newest first."""
    query = sa.select(ShareRequest).where(
        ShareRequest.person_id == me.person_id, ShareRequest.sent_at.is_not(None)
    )
    if status:
        query = query.where(ShareRequest.status.in_(status))
    if network_id is not None:
        query = query.where(ShareRequest.network_id == network_id)
    return db.session.scalars(query.order_by(ShareRequest.id.desc())).all()


def list_papers(request: ShareRequest) -> Sequence[SharePaper]:
    """Return every version of the memorandum, the newest first, without their bytes."""
    return db.session.scalars(
        sa.select(SharePaper)
        .where(SharePaper.tenant_id == request.tenant_id, SharePaper.request_id == request.id)
        .order_by(SharePaper.version.desc())
    ).all()


def pdf_of(request: ShareRequest, version: int) -> bytes:
    """Return one version of the memorandum as it was set, or NotFound."""
    found = db.session.scalar(
        sa.select(SharePaper.pdf).where(
            SharePaper.tenant_id == request.tenant_id,
            SharePaper.request_id == request.id,
            SharePaper.version == version,
        )
    )
    if found is None:
        raise NotFound
    return found


def both_within(request: ShareRequest) -> bool:
    """Tell whether both towns belong to the request's network today, whoever asks."""
    towns = (request.tenant_id, request.home_tenant_id)
    return all(request.network_id in networks_of_town(town) for town in towns)


def list_waiting_for(actor: Actor, *, limit: int = 50) -> list[ShareRequest]:
    """Return the requests in which it is the town's turn, longest waiting first."""
    rows = db.session.scalars(
        sa.select(ShareRequest)
        .where(
            _of_town(actor),
            sa.or_(
                ShareRequest.status.in_(PENDING),
                sa.and_(ShareRequest.status == ShareStatus.ACCEPTED, ShareRequest.problem != ""),
            ),
        )
        .order_by(ShareRequest.waiting_since, ShareRequest.id)
        .limit(limit)
    )

    def ours(row: ShareRequest) -> bool:
        side = row.side_of(actor.tenant_id)
        return row.waits_for is side or bool(row.problem and side is Side.ASKER)

    return [row for row in rows if ours(row)]


def list_unanswered(actor: Actor, now: dt.datetime) -> Sequence[ShareRequest]:
    """Return the requests for the town that somebody keeps waiting for long, held."""
    return db.session.scalars(
        sa.select(ShareRequest)
        .where(
            ShareRequest.tenant_id == actor.tenant_id,
            ShareRequest.sent_at.is_not(None),
            ShareRequest.status.in_(PENDING),
            ShareRequest.waiting_since <= now - REMIND_AFTER,
        )
        .order_by(ShareRequest.id)
        .with_for_update()
    ).all()


def list_open_in(
    actor: Actor, network_id: uuid.UUID, *, lock: bool = False
) -> Sequence[ShareRequest]:
    """Return what the town has open in a network: what ends when it leaves."""
    query = (
        sa.select(ShareRequest)
        .where(
            _of_town(actor),
            ShareRequest.network_id == network_id,
            ShareRequest.status.in_((ShareStatus.DRAFT, *PENDING)),
        )
        .order_by(ShareRequest.id)
    )
    return db.session.scalars(query.with_for_update() if lock else query).all()


@foresees
def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Say what becomes of the town's requests and shares when it leaves a network."""
    going = db.session.scalars(
        sa.select(sa.func.count()).where(
            _of_town(actor),
            ShareRequest.network_id == network_id,
            ShareRequest.status.in_(AGREED),
        )
    ).one()
    open_ = len(list_open_in(actor, network_id))
    return [
        Effect(Fate.ENDS, _("答えの出ていない人材シェアの依頼を取りやめ、相手に知らせます"), open_),
        Effect(Fate.GOES_ON, _("始まっている人材シェアは、決めた終わりの日まで続きます"), going),
    ]


def own_shown(me: PersonActor, request: ShareRequest) -> tuple[dict[str, Any], list[str]]:
    """Return what the asking town will see of the person who says yes, and the parts it is.

    Just what they agreed to show in the network; where that is over, no more than the name.
    """
    if request.kind is not ShareKind.HOURS or request.listing_id is None:
        return {}, []
    for listing in list_own_listings(me, listing_id=request.listing_id):
        if listing.network_id == request.network_id:
            parts = [part for part in listing.parts if part != "photo"]
            return rules.shown_parts(listing, parts), parts
    return {}, []


def set_paper(request: ShareRequest, version: int, day: dt.date) -> bytes:
    """Return the memorandum of a request as it stands, as PDF; version 0 is a draft."""
    with force_locale("ja"):
        words = _words(request)
    parties = (request.asker_name, request.home_name)
    return memoranda.set_memorandum(request.kind, words, parties, version, day)


def _words(request: ShareRequest) -> dict[str, str]:
    pay = request.payer.label
    if request.pay_unit is not PayUnit.NONE:
        pay = f"{pay}（{request.pay_unit.label}{yen(request.pay_yen)}）"
    said = {
        "asker": request.asker_name,
        "home": request.home_name,
        "person": request.person_name or "（所属の町が選ぶ職員）",
        "department": request.department_name or "（お願いする町が決める課）",
        "purpose": request.purpose,
        "hours": str(request.hours_a_month or ""),
        "days": str(request.days or ""),
        "first": jp_date(request.starts_on),
        "last": jp_date(request.ends_on),
        "mode": request.mode.label,
        "place": request.place or "協議して決める",
        "conditions": request.conditions or "とくになし",
        "pay": pay,
        **{
            name: getattr(request, name) or "協議して決める"
            for name in ("travel", "insurance", "rights", "confidentiality")
        },
    }
    return {name: " ".join(text.split("\n")) for name, text in said.items()}


_OWN = ("asker_name", "home_name", "department_name", "purpose", "conditions", "hours_a_month")


@own_data(
    "share_requests",
    _l("人材シェアの依頼"),
    columns={
        "asker_name": _l("お願いした町"),
        "home_name": _l("所属の町"),
        "department_name": _l("課・室"),
        "purpose": _l("目的"),
        "conditions": _l("条件"),
        "hours_a_month": _l("月の時間"),
        "days": _l("日数"),
        "starts_on": _l("始まりの日"),
        "ends_on": _l("終わりの日"),
        "status": _l("状態"),
        "sent_at": _l("依頼の日時"),
        "version": _l("承諾した覚書の版"),
    },
    tables=("exchange.share_requests", "exchange.share_papers"),
)
def own_requests_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return the requests about the person, for their archive."""
    return [
        {name: getattr(one, name) for name in (*_OWN, "days", "starts_on", "ends_on", "sent_at")}
        | {"status": one.status.label, "version": one.person_version}
        for one in list_own_requests(me)
    ]


def forget_changes() -> None:
    """Drop what a refused step had changed, so that a page shows what is kept."""
    db.session.rollback()
