"""How often something may be asked, counted in the database so that all workers share it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core import clock
from kyoso.core.db import Model, db
from kyoso.core.errors import TooMany
from kyoso.core.tokens import keyed_hash


class Throttle(Model):
    """How often one key was used since its window opened. Belongs to nobody: keys are hashed."""

    __tablename__ = "throttles"
    __table_args__ = {"schema": "core"}  # noqa: RUF012

    key: Mapped[bytes] = mapped_column(primary_key=True)
    opened_at: Mapped[dt.datetime]
    hits: Mapped[int]


def hit(key: str, *, limit: int, per: dt.timedelta) -> None:
    """Count one use of `key`; raises TooMany beyond `limit` uses in a window of `per`.

    In a short transaction of its own: the count stays when the request is rolled back.
    """
    now = clock.now()
    expired = Throttle.opened_at < now - per
    statement = (
        sa.dialects.postgresql.insert(Throttle)
        .values(key=keyed_hash(key), opened_at=now, hits=1)
        .on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "hits": sa.case((expired, 1), else_=Throttle.hits + 1),
                "opened_at": sa.case((expired, now), else_=Throttle.opened_at),
            },
        )
        .returning(Throttle.hits, Throttle.opened_at)
    )
    with db.engine.begin() as connection:
        hits, opened_at = connection.execute(statement).one()
    if hits > limit:
        raise TooMany(max(1, int((opened_at + per - now).total_seconds())))


def forget(key: str) -> None:
    """Start the count of `key` anew, as after a correct password."""
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Throttle).where(Throttle.key == keyed_hash(key)))


def take_back(key: str) -> None:
    """Undo one count of `key`: this use turned out to be an honest one."""
    with db.engine.begin() as connection:
        connection.execute(
            sa.update(Throttle)
            .where(Throttle.key == keyed_hash(key), Throttle.hits > 0)
            .values(hits=Throttle.hits - 1)
        )


def sweep_throttles(*, older_than: dt.timedelta) -> int:
    """Remove counts whose window is long over; returns how many went."""
    with db.engine.begin() as connection:
        result = connection.execute(
            sa.delete(Throttle).where(Throttle.opened_at < clock.now() - older_than)
        )
    return int(result.rowcount)
