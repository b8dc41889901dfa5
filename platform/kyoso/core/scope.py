"""Whose data the current transaction may touch. The policies of the database read the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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

    def statement(self) -> str:
        """Return the SQL that tells PostgreSQL, all four always, also as ''.

        SET takes no parameters, so each value goes through uuid.UUID before it is written
        into the text. set_config() would take them but does not reach the workers of a
        Citus cluster. A pooled connection keeps '' from its last use, never NULL: "nobody"
        must be said as loudly as "this town".
        """
        networks = ",".join(_plain(network) for network in self.network_ids)
        return (
            f"SET LOCAL kyoso.tenant_id = '{_plain(self.tenant_id)}';"
            f"SET LOCAL kyoso.network_ids = '{networks}';"
            f"SET LOCAL kyoso.person_id = '{_plain(self.person_id)}';"
            f"SET LOCAL kyoso.coordinated_network_id = '{_plain(self.coordinated_network_id)}'"
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
    """Run a block on behalf of one municipality."""
    return scope(Scope(tenant_id=tenant_id))


@event.listens_for(Session, "after_begin")
def _tell_postgres(_session: Session, _transaction: Any, connection: sa.Connection) -> None:
    # One round trip for all four, so past SQLAlchemy: several statements in one string can
    # not be prepared.
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(current_scope().statement(), prepare=False)
    except psycopg.OperationalError as error:
        # The connection was cut while it lay in the pool; its neighbours were too.
        connection.invalidate()
        connection.engine.dispose()
        raise sa.exc.OperationalError("SET LOCAL", None, error) from error
