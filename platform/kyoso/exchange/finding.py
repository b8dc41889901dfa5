"""What member towns publish, found by words and facets: see ADR 0016.

The index holds what was published and nothing else, is written in the transaction that publishes,
and is closed to the application but for three functions of the database, which take the scope
from the settings. Rows are read afterwards under the policies, by the ids that are found.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from kyoso.core.db import db
from kyoso.core.search import Wanted, grams, search_key

PER_PAGE = 20


class Kind(enum.IntEnum):
    """What can be found; the numbers are part of the index."""

    TALENT = 1
    KNOW_HOW = 2
    CONSULTATION = 3
    NEED = 4
    #: To a consultation: never in the index, but reported and hidden as the others.
    ANSWER = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One published thing, as it is found."""

    kind: Kind
    item_id: uuid.UUID
    title: str
    #: All that can be searched, the title too.
    words: str
    #: Such as ``skill:design`` or ``town:074071``.
    facets: Sequence[str] = ()
    #: The person it is about, who may take it out on their own.
    subject_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of what was found begins: after this rank and id."""

    rank: int
    item_id: uuid.UUID

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        return f"{self.rank}.{self.item_id.hex}"


def place(text: str) -> Place | None:
    """Return the place an address names, or None: a page that never was is the first."""
    rank, _dot, item = text.partition(".")
    try:
        return Place(int(rank), uuid.UUID(item)) if len(rank) < 3 else None  # noqa: PLR2004
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, best first, and of what else there is."""

    ids: list[uuid.UUID]
    #: Where the next page begins; None on the last.
    after: Place | None
    #: Over all pages; None where they were not counted.
    total: int | None = None
    facets: dict[str, int] = field(default_factory=dict)


_PUT = sa.text(
    "SELECT exchange.put_in_search(:kind, :item, :networks, :public, :subject, :title, :words,"
    " :facets, :grams)"
).bindparams(
    sa.bindparam("kind", type_=sa.SmallInteger),
    sa.bindparam("networks", type_=postgresql.ARRAY(sa.Uuid)),
    sa.bindparam("subject", type_=sa.Uuid),
    sa.bindparam("facets", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("grams", type_=postgresql.ARRAY(sa.BigInteger)),
)
_TAKE_OUT = sa.text("SELECT exchange.take_out_of_search(:kind, :item)").bindparams(
    sa.bindparam("kind", type_=sa.SmallInteger)
)
_SEARCH = sa.text(
    "SELECT item_id, rank, facet, found FROM exchange.search(CAST(:kind AS smallint), :public,"
    " :words, :grams, :patterns, :facets, :rank, :after, :rows, :counts)"
).bindparams(
    sa.bindparam("words", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("grams", type_=postgresql.ARRAY(sa.BigInteger)),
    sa.bindparam("patterns", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("facets", type_=postgresql.ARRAY(sa.Text)),
    sa.bindparam("rank", type_=sa.Integer),
    sa.bindparam("after", type_=sa.Uuid),
)


def put_in_search(entry: Entry, *, network_ids: Sequence[uuid.UUID], public: bool = False) -> None:
    """Let an item of the town in scope be found in these networks of its own, or by everyone.

    Written anew as a whole: what is in no network and not public is found no more.
    """
    key = search_key(entry.words)
    db.session.execute(
        _PUT,
        {
            "kind": entry.kind,
            "item": entry.item_id,
            "networks": list(network_ids),
            "public": public,
            "subject": entry.subject_id,
            "title": search_key(entry.title),
            "words": key,
            "facets": list(entry.facets),
            "grams": grams(key),
        },
    )


def take_out_of_search(kind: Kind, item_id: uuid.UUID) -> None:
    """Let an item be found no more; by its town, by the person it is about, or a coordinator.

    A coordinator takes it out of their own network only.
    """
    db.session.execute(_TAKE_OUT, {"kind": kind, "item": item_id})


def search(
    kind: Kind,
    wanted: Wanted,
    *,
    facets: Sequence[str] = (),
    after: Place | None = None,
    public: bool = False,
    counts: bool = True,
    per_page: int = PER_PAGE,
) -> Found:
    """Return what has all the words and all the facets, in the networks of the scope.

    Words in the title come first, then the newest. `public` finds what everyone may see as well.
    """
    rows = db.session.execute(
        _SEARCH,
        {
            "kind": kind,
            "public": public,
            "words": list(wanted.words),
            "grams": wanted.grams,
            "patterns": wanted.patterns,
            "facets": list(facets),
            "rank": after.rank if after else None,
            "after": after.item_id if after else None,
            "rows": per_page + 1,
            "counts": counts,
        },
    ).all()
    return found_in(rows, per_page)


def found_in(rows: Sequence[Any], per_page: int = PER_PAGE) -> Found:
    """Return as a page what a function of the database found: one row more than it shows."""
    items = sorted(((r.rank, r.item_id) for r in rows if r.item_id), reverse=True)
    page = items[:per_page]
    return Found(
        [item_id for _rank, item_id in page],
        Place(*page[-1]) if len(items) > per_page else None,
        next((r.found for r in rows if r.facet is None and r.item_id is None), None),
        {r.facet: r.found for r in rows if r.facet is not None},
    )
