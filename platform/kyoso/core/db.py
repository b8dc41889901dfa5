"""The one SQLAlchemy instance, the model base, and the column types every model shares."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Annotated, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils import compat

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: ids sort by the time they were made."""
    return compat.uuid7()


def first_id_of(moment: dt.datetime) -> uuid.UUID:
    """Return the smallest id that new_id() can have made at a moment: ids find what is recent."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x2 << 62))


def is_recent_id(value: uuid.UUID) -> bool:
    """Tell whether new_id() can have made an id within the last day."""
    # Against a new id, not the clock: ids are made by the machine's own time. Two machines
    # may differ by some minutes.
    age = (new_id().int >> 80) - (value.int >> 80)
    made_as_ours = value.version == 7 and value.variant == uuid.RFC_4122
    return made_as_ours and -5 * 60_000 <= age <= 24 * 3_600_000


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
CreatedAt = Annotated[dt.datetime, mapped_column(server_default=sa.func.now())]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
#: Not loaded with its row: long text and documents.
Blob = Annotated[bytes, mapped_column(sa.LargeBinary)]


class Model(DeclarativeBase):
    """What every table class extends: named constraints, text enums, aware datetimes."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own name and form)
        dt.datetime: sa.DateTime(timezone=True),
        str: sa.Text,
        list[str]: sa.ARRAY(sa.Text),
        enum.StrEnum: sa.Enum(
            enum.StrEnum,
            native_enum=False,
            length=40,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False})


class TenantOwned:
    """A row that belongs to exactly one municipality and is invisible to the others."""

    #: The municipality that owns the row; every policy and composite key starts with it.
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), primary_key=True, sort_order=-10
    )


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key from a town's row to another row of the same town.

    PostgreSQL checks foreign keys past the policies, so the key itself names the town.
    """
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])
