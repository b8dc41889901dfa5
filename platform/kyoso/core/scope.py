"""Whose data the current transaction may touch. The policies of the database read the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from kyoso.core.db import db


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a transaction acts. Empty: for nobody, who sees only what is public."""

    #: The town acted for.
    tenant_id: uuid.UUID | None = None
    #: The networks that this town is a member of today.
    network_ids: tuple[uuid.UUID, ...] = ()
    #: The person acting for themselves.
    person_id: uuid.UUID | None = None
    #: The network that a coordinator acts for.
    coordinated_network_id: uuid.UUID | None = None
    #: (network, town) of those who are no members of these networks today, though they were,
    #: or may become ones: what they once published there is not shown.
    absent_members: tuple[tuple[uuid.UUID, uuid.UUID], ...] = ()

    def statement(self) -> str:
        """Return the SQL that tells PostgreSQL, all five always, also as ''.

        SET takes no parameters, so each value goes through uuid.UUID before it is written
        into the text. set_config() would take them but does not reach the workers of a
        Citus cluster. A pooled connection keeps '' from its last use, never NULL: "nobody"
        must be said as loudly as "this town".
        """
        networks = ",".join(_plain(network) for network in self.network_ids)
        absent = ",".join(f"{_plain(n)}:{_plain(town)}" for n, town in self.absent_members)
        return (
            f"SET LOCAL kyoso.tenant_id = '{_plain(self.tenant_id)}';"
            f"SET LOCAL kyoso.network_ids = '{networks}';"
            f"SET LOCAL kyoso.person_id = '{_plain(self.person_id)}';"
            f"SET LOCAL kyoso.coordinated_network_id = '{_plain(self.coordinated_network_id)}';"
            f"SET LOCAL kyoso.absent_members = '{absent}'"
        )


def _plain(value: uuid.UUID | None) -> str:
    return "" if value is None else str(uuid.UUID(str(value)))


_scope: ContextVar[Scope] = ContextVar("scope", default=Scope())


def current_scope() -> Scope:
    """Return for whom the current transaction acts."""
    return _scope.get()


@contextmanager
def scope(wanted: Scope) -> Iterator[None]:
    """Run a block in transactions of its own that act for `wanted`.

    A scope never changes inside an open transaction: policies read the setting when a
    statement runs, so a change half-way would let one transaction see two towns.
    What the block did not commit is rolled back.
    """
    if db.session().in_transaction():
        raise RuntimeError("scope() opened inside a transaction")
    token = _scope.set(wanted)
    try:
        yield
    finally:
        db.session.remove()
        _scope.reset(token)


def tenant_scope(tenant_id: uuid.UUID) -> Any:
    """Run a block on behalf of one municipality, which sees no network."""
    return scope(Scope(tenant_id=tenant_id))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a town stands in its networks today."""

    network_ids: tuple[uuid.UUID, ...] = ()
    absent_members: tuple[tuple[uuid.UUID, uuid.UUID], ...] = ()


#: Given by the exchange, which core does not know.
_standing_of: list[Callable[[uuid.UUID], Standing]] = []


def tells_standing(
    function: Callable[[uuid.UUID], Standing],
) -> Callable[[uuid.UUID], Standing]:
    """Ask the function below how a town stands, before a scope in its networks is entered."""
    _standing_of[:] = [function]
    return function


def in_networks(wanted: Scope) -> Scope:
    """Return the scope with the networks that its town belongs to today.

    Asked anew each time, outside the transaction that it is for, so that a town that left is
    out in its very next request.
    """
    if wanted.tenant_id is None or not _standing_of:
        return wanted
    standing = _standing_of[0](wanted.tenant_id)
    return replace(wanted, network_ids=standing.network_ids, absent_members=standing.absent_members)


def member_scope(tenant_id: uuid.UUID) -> Any:
    """Run a block on behalf of one municipality, in the networks it belongs to today."""
    return scope(in_networks(Scope(tenant_id=tenant_id)))


@event.listens_for(Session, "after_begin")
def _tell_postgres(_session: Session, _transaction: Any, connection: sa.Connection) -> None:
    # One round trip for all five, so past SQLAlchemy: several statements in one string can
    # not be prepared.
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(current_scope().statement(), prepare=False)
    except psycopg.OperationalError as error:
        # The connection was cut while it lay in the pool; its neighbours were too.
        connection.invalidate()
        connection.engine.dispose()
        raise sa.exc.OperationalError("SET LOCAL", None, error) from error
