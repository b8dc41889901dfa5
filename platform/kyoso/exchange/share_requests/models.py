"""What the database keeps of share requests, and what it will not let us get wrong.

The rows belong to two towns: `tenant_id` is the one in which the person is to work,
`home_tenant_id` the one that has them. Both read and write them, and nobody else; the person
reads their own. Policies: migration 0034.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.access import Actor
from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, db, new_id, own_fk
from kyoso.core.events import Event, label_of
from kyoso.exchange.share_requests import rules
from kyoso.exchange.share_requests.rules import (
    Audience,
    Payer,
    PayUnit,
    ShareKind,
    ShareStatus,
    Side,
    Who,
    WorkMode,
)

#: What the thread keeps for words that somebody wrote; else the name of an event.
MESSAGE = "MessagePosted"


@dataclasses.dataclass(frozen=True, slots=True)
class TownSide:
    """A request as a thing of one of its two towns."""

    tenant_id: uuid.UUID
    id: uuid.UUID


def _of_member(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


class ShareRequest(TenantOwned, Model):
    """A town asks another for a person (人材シェア依頼); from the yes of all three on, the share.

    `share_requests` moves it up to that yes, `shares` from there on. The engagement that comes of
    it has the same id: one booking of hours, one history.
    """

    __tablename__ = "share_requests"
    __table_args__ = (
        _of_member("tenant_id"),
        _of_member("home_tenant_id"),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "listing_id", "network_id", "person_id"],
            [
                "exchange.listings.tenant_id",
                "exchange.listings.id",
                "exchange.listings.network_id",
                "exchange.listings.person_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "membership_id", "person_id"],
            [
                "identity.memberships.tenant_id",
                "identity.memberships.id",
                "identity.memberships.person_id",
            ],
        ),
        own_fk("department_id", "tenancy.departments"),
        own_fk("responsible_membership_id", "identity.memberships"),
        own_fk("renews_id", "exchange.share_requests"),
        sa.UniqueConstraint("tenant_id", "id", "home_tenant_id"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.Index(None, "tenant_id", "status"),
        sa.Index(None, "home_tenant_id", "status"),
        sa.Index(None, "person_id"),
        sa.CheckConstraint("tenant_id <> home_tenant_id", name="two_towns"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("opened_by IN ('asker', 'home')", name="opened_by_a_town"),
        sa.CheckConstraint(
            "CASE kind WHEN 'hours' THEN opened_by = 'asker' AND listing_id IS NOT NULL"
            " AND person_id IS NOT NULL AND hours_a_month BETWEEN 1 AND 744"
            " AND days IS NULL AND membership_id IS NULL"
            " ELSE listing_id IS NULL AND hours_a_month IS NULL AND days BETWEEN 3 AND 7 END",
            name="hours_or_days",
        ),
        sa.CheckConstraint("(membership_id IS NULL) OR person_id IS NOT NULL", name="who_is_lent"),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'accepted', 'active', 'ended') OR (person_id IS NOT NULL"
            " AND department_id IS NOT NULL AND paper_version > 0)",
            name="complete_if_approved",
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'active', 'ended') OR (asker_version = paper_version"
            " AND home_version = paper_version AND person_version = paper_version)",
            name="all_three_agreed",
        ),
        sa.CheckConstraint(
            "(status IN ('sent', 'approved')) = (waiting_since IS NOT NULL)",
            name="waits_if_pending",
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('ended', 'declined', 'refused', 'withdrawn',"
            " 'lapsed', 'cancelled'))",
            name="ended_at_if_over",
        ),
        {"schema": "exchange"},
    )

    #: The id of the form that made it: sending the form twice makes one request.
    id: Mapped[Id]
    kind: Mapped[ShareKind]
    opened_by: Mapped[Side]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    #: The two names as they were called then, for the person, who may look no town up.
    asker_name: Mapped[str]
    home_name: Mapped[str]
    network_id: Mapped[uuid.UUID]
    listing_id: Mapped[uuid.UUID | None]
    #: None while a town asks for somebody of the other's staff whom that town has yet to name.
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("identity.people.id"))
    person_name: Mapped[str] = mapped_column(server_default="")
    membership_id: Mapped[uuid.UUID | None]
    department_id: Mapped[uuid.UUID | None]
    department_name: Mapped[str] = mapped_column(server_default="")
    responsible_membership_id: Mapped[uuid.UUID | None]
    responsible_name: Mapped[str] = mapped_column(server_default="")
    purpose: Mapped[str]
    hours_a_month: Mapped[int | None]
    days: Mapped[int | None]
    starts_on: Mapped[dt.date]
    #: The last day; an early end brings it forward.
    ends_on: Mapped[dt.date]
    agreed_ends_on: Mapped[dt.date | None]
    mode: Mapped[WorkMode]
    place: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[str] = mapped_column(server_default="")
    payer: Mapped[Payer]
    pay_unit: Mapped[PayUnit]
    pay_yen: Mapped[int] = mapped_column(server_default="0")
    travel: Mapped[str] = mapped_column(server_default="")
    insurance: Mapped[str] = mapped_column(server_default="")
    rights: Mapped[str] = mapped_column(server_default="")
    confidentiality: Mapped[str] = mapped_column(server_default="")
    status: Mapped[ShareStatus]
    created_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[dt.datetime | None]
    #: Since when somebody keeps it waiting, and when they were asked again.
    waiting_since: Mapped[dt.datetime | None]
    reminded_at: Mapped[dt.datetime | None]
    #: The newest version of the memorandum, and the one that each agreed to.
    paper_version: Mapped[int] = mapped_column(server_default="0")
    asker_version: Mapped[int | None]
    home_version: Mapped[int | None]
    person_version: Mapped[int | None]
    #: Whether the person writes in the thread.
    invited: Mapped[bool] = mapped_column(server_default="false")
    ended_at: Mapped[dt.datetime | None]
    #: Why it ended, in the words of whoever ended it.
    end_reason: Mapped[str] = mapped_column(server_default="")
    #: What the person let the asking town see when they said yes, until its register has it.
    shown: Mapped[Json] = mapped_column(server_default=sa.text("'{}'"))
    email: Mapped[str] = mapped_column(server_default="")
    #: Why the engagement could not be made yet.
    problem: Mapped[str] = mapped_column(server_default="")
    renews_id: Mapped[uuid.UUID | None]

    def seen_by(self, actor: Actor) -> TownSide:
        """Return the request as a thing of the actor's town, if it is one of the two."""
        home = actor.tenant_id == self.home_tenant_id
        return TownSide(self.home_tenant_id if home else self.tenant_id, self.id)

    def side_of(self, tenant_id: uuid.UUID) -> Side:
        """Return which of the two a town is."""
        return Side.HOME if tenant_id == self.home_tenant_id else Side.ASKER

    def who(self, side: Side) -> Who:
        """Return what a side is in this request."""
        return rules.who_is(side, self.opened_by)

    @property
    def waits_for(self) -> Side | None:
        """Whose turn it is."""
        return rules.waits_for(self.status, self.opened_by, self)

    @property
    def amount(self) -> int | None:
        """Hours a month, or days."""
        return self.hours_a_month if self.kind is ShareKind.HOURS else self.days

    def move(self, to: ShareStatus, now: dt.datetime) -> None:
        """Stand somewhere else; whoever is to answer now has their own time for it."""
        self.status = to
        self.waiting_since = now if to in rules.PENDING else None
        self.reminded_at = None

    def finish(self, to: ShareStatus, reason: str, now: dt.datetime) -> None:
        """Be over, for a reason."""
        self.move(to, now)
        self.ended_at, self.end_reason = now, reason
        self.shown, self.email, self.problem = {}, "", ""

    def agree(self, side: Side, version: int) -> None:
        """Keep which version of the memorandum a town agreed to."""
        if side is Side.ASKER:
            self.asker_version = version
        else:
            self.home_version = version

    def note(
        self,
        event: type[Event],
        side: Side,
        author: str,
        at: dt.datetime,
        text: str = "",
        audience: Audience = Audience.ALL,
    ) -> ShareMessage:
        """Add a line to the thread of the two towns."""
        line = ShareMessage(
            tenant_id=self.tenant_id,
            id=new_id(),
            request_id=self.id,
            home_tenant_id=self.home_tenant_id,
            person_id=self.person_id,
            kind=event.__name__,
            side=side,
            author_name=author,
            audience=audience,
            text=text,
            at=at,
        )
        db.session.add(line)
        return line

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<ShareRequest {self.id} {self.status}>"


def of_request() -> tuple[Any, ...]:
    """Return the keys that tie a row to a request, to its two towns, and to its person."""
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id", "home_tenant_id"],
            [
                "exchange.share_requests.tenant_id",
                "exchange.share_requests.id",
                "exchange.share_requests.home_tenant_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id", "person_id"],
            [
                "exchange.share_requests.tenant_id",
                "exchange.share_requests.id",
                "exchange.share_requests.person_id",
            ],
        ),
        sa.Index(None, "tenant_id", "request_id"),
        sa.Index(None, "person_id"),
    )


class ShareMessage(TenantOwned, Model):
    """One line of the thread between the two towns: a message, or something that was done."""

    __tablename__ = "share_messages"
    __table_args__ = (
        *of_request(),
        sa.CheckConstraint("audience = 'all' OR side <> 'person'", name="a_person_tells_both"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    person_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    side: Mapped[Side]
    author_name: Mapped[str]
    audience: Mapped[Audience]
    text: Mapped[str] = mapped_column(server_default="")
    at: Mapped[dt.datetime]
    #: When the mails about it were written in each town; see operations.tell_of_step.
    told_asker_at: Mapped[dt.datetime | None]
    told_home_at: Mapped[dt.datetime | None]

    @property
    def key(self) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID, uuid.UUID]:
        """What an event says first: the request, its two towns, this line."""
        return self.request_id, self.tenant_id, self.home_tenant_id, self.id

    @property
    def is_message(self) -> bool:
        """Whether somebody wrote it."""
        return self.kind == MESSAGE

    @property
    def label(self) -> str:
        """What happened, in the reader's language."""
        return label_of(self.kind)

    @property
    def detail(self) -> str:
        """What was said with it."""
        return self.text

    @property
    def actor_name(self) -> str:
        """Who did it, as a history shows it."""
        return self.author_name


class SharePaper(TenantOwned, Model):
    """One version of the memorandum (覚書), as it was set. Only ever added."""

    __tablename__ = "share_papers"
    __table_args__ = (
        *of_request(),
        sa.UniqueConstraint("tenant_id", "request_id", "version"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        {"schema": "exchange"},
    )

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID]
    home_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    person_id: Mapped[uuid.UUID | None]
    version: Mapped[int]
    side: Mapped[Side]
    written_by: Mapped[str]
    written_at: Mapped[dt.datetime]
    pdf: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
