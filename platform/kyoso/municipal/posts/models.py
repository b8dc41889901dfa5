"""What the database keeps of a post, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk
from kyoso.municipal.posts.rules import Line


class Post(TenantOwned, Model):
    """A place that somebody holds in a unit for a time (役職)."""

    __tablename__ = "posts"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        own_fk("home_department_id", "tenancy.departments"),
        own_fk("membership_id", "identity.memberships"),
        own_fk("engagement_id", "municipal.engagements"),
        sa.CheckConstraint("title <> '' AND holder_name <> ''", name="title_and_holder_are_named"),
        sa.CheckConstraint("membership_id IS NULL OR engagement_id IS NULL", name="one_holder"),
        sa.CheckConstraint(
            "home_department_id IS NULL OR (concurrent AND home_department_id <> department_id)",
            name="home_if_concurrent",
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 999", name="position_is_small"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.Index(None, "tenant_id", "department_id"),
        {"schema": "municipal"},
    )

    #: The id of the form that made it: sending the form twice makes one post.
    id: Mapped[Id]
    department_id: Mapped[uuid.UUID]
    line: Mapped[Line]
    #: Smaller stands higher; None: where the town's declared roles put it.
    position: Mapped[int | None]
    title: Mapped[str]
    membership_id: Mapped[uuid.UUID | None]
    engagement_id: Mapped[uuid.UUID | None]
    #: As they were called when it was written, whoever they are.
    holder_name: Mapped[str]
    #: 兼任: held beside another post; the home department says where that is.
    concurrent: Mapped[bool] = mapped_column(server_default="false")
    home_department_id: Mapped[uuid.UUID | None]
    #: Of whoever works under an engagement, these two are the engagement's.
    part_time: Mapped[bool] = mapped_column(server_default="false")
    online: Mapped[bool] = mapped_column(server_default="false")
    starts_on: Mapped[dt.date]
    #: The last day; None: until somebody says otherwise.
    ends_on: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(server_default="")
    #: When it turned out that it never was; it stands nowhere.
    withdrawn_at: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[str]

    def __repr__(self) -> str:
        """Name the row without its contents, so that a log line leaks nothing."""
        return f"<Post {self.id}>"
