"""A network of 60 towns that published five years: every metric, each month. Always the same.

One town joined late, one left, one was merged; one metric changed its formula half-way, and some
months were never published.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg

from kyoso.core.metrics import METRICS, Figure, Kind, Metric, Month, Unit
from kyoso.joint_metrics.totals import to_entry

TOWNS, MONTHS = 60, 60
LAST = Month(2026, 10)
NETWORK, SLUG, EMAIL = "net-1", "machi-1", "bench@example.jp"
#: Joined in this month, or left at its beginning.
JOINED, LEFT = {7: LAST + -18}, {11: LAST + -8, 12: LAST + -30}
_SPACE = uuid.UUID("0198b7a6-0000-7000-8000-000000000000")


def identifier(kind: int, number: int) -> uuid.UUID:
    """Return the id of the number-th of a kind of rows."""
    return uuid.UUID(int=_SPACE.int + (kind << 40) + number)


NETWORK_ID = identifier(2, 1)


def seed(url: str, password_hash: str) -> None:
    """Fill a migrated database, past the policies, as its superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        _towns(connection)
        _people(connection, password_hash)
        _snapshots(connection)
        _notes(connection)
        connection.execute("VACUUM ANALYZE")


def _towns(connection: psycopg.Connection) -> None:
    with connection.cursor().copy(
        "COPY tenancy.tenants (id, code, slug, name, name_kana, prefecture, status, hosts,"
        " declaration) FROM STDIN"
    ) as out:
        for n in range(1, TOWNS + 1):
            row = (
                identifier(1, n),
                f"{n:06}",
                f"machi-{n}",
                f"見本{n}町",
                "みほんちょう",
                "見本県",
            )
            out.write_row((*row, "active", "{}", "{}"))
    connection.execute(
        "INSERT INTO exchange.networks (id, slug, name, agreement_title, parties, notice_months,"
        " founded_by) VALUES (%s, %s, '見本の広域ネットワーク', '協定', '{}', 3, %s)",
        (NETWORK_ID, NETWORK, identifier(1, 1)),
    )
    with connection.cursor().copy(
        "COPY exchange.network_members (tenant_id, id, network_id, status, joined_on, notice_on,"
        " left_on) FROM STDIN"
    ) as out:
        for n in range(1, TOWNS + 1):
            joined = JOINED.get(n, LAST + -MONTHS).first
            left = LEFT[n].first if n in LEFT else None
            row = (identifier(1, n), identifier(3, n), NETWORK_ID)
            out.write_row((*row, "left" if left else "active", joined, left, left))


def _people(connection: psycopg.Connection, password_hash: str) -> None:
    person = uuid.uuid5(uuid.NAMESPACE_URL, EMAIL)
    connection.execute(
        "INSERT INTO identity.people (id, email, name, name_kana, locale, password_hash)"
        " VALUES (%s, %s, '見本 測子（見本）', '', 'ja', %s)",
        (person, EMAIL, password_hash),
    )
    connection.execute(
        "INSERT INTO identity.memberships (tenant_id, id, person_id, name, email, roles)"
        " VALUES (%s, %s, %s, '見本 測子（見本）', %s, '{secretariat}')",
        (identifier(1, 1), identifier(9, 1), person, EMAIL),
    )
    connection.execute(
        "INSERT INTO exchange.coordinators (network_id, id, person_id, name, email, named_by,"
        " named_at) VALUES (%s, %s, %s, '見本 測子（見本）', %s, '見本', now())",
        (NETWORK_ID, identifier(8, 1), person, EMAIL),
    )


def figure(metric: Metric, luck: random.Random, town: int, age: int) -> Figure:
    """Return what a town could have counted `age` months after the beginning."""
    size = 1 + town % 7 + age / 20
    if metric.kind in {Kind.RATE, Kind.STOCK_RATE}:
        whole = luck.randrange(0, 12)
        return Figure(luck.randint(0, whole), of=whole)
    if metric.kind in {Kind.QUOTIENT, Kind.STOCK_QUOTIENT}:
        return Figure(luck.randrange(1_000_000, 9_000_000), of=luck.randrange(2_000, 9_000))
    if metric.kind is Kind.MEDIAN:
        return Figure(sample=tuple(luck.randrange(1, 60) for _n in range(luck.randrange(0, 5))))
    if metric.kind is Kind.TOWARDS:
        others = luck.sample(range(1, TOWNS + 1), luck.randrange(0, 4))
        return Figure(
            towards={identifier(1, o): luck.randrange(1, 40) for o in others if o != town}
        )
    times = 250_000 if metric.unit is Unit.YEN else 1
    return Figure(luck.randrange(0, round(size * 3)) * times)


def _snapshots(connection: psycopg.Connection) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        luck = random.Random(20261122)  # noqa: S311
        number = 0
        for age in range(MONTHS):
            month = LAST + (age - MONTHS + 1)
            for town in range(1, TOWNS + 1):
                outside = month < JOINED.get(town, month) or month >= LEFT.get(town, LAST.next)
                if outside or luck.random() < 0.04:
                    continue
                number += 1
                figures = {
                    key: to_entry(metric, figure(metric, luck, town, age))
                    for key, metric in METRICS.items()
                }
                figures["decisions.decided"]["f"] = 1 if age < 40 else 2
                at = dt.datetime(month.next.year, month.next.number, 5, tzinfo=dt.UTC)
                row = (identifier(1, town), identifier(5, number), NETWORK_ID, month.first, 1)
                yield (*row, json.dumps(figures), "", "", "見本 測子", at)

    with connection.cursor().copy(
        "COPY joint_metrics.snapshots (tenant_id, id, network_id, month, version, figures,"
        " comment, reason, published_by, published_at) FROM STDIN"
    ) as out:
        for row in rows():
            out.write_row(row)
    with connection.transaction():
        connection.execute(f"SET LOCAL kyoso.network_ids = '{NETWORK_ID}'")
        for age in range(MONTHS):
            connection.execute(
                "SELECT joint_metrics.roll_up(%s, %s)",
                (NETWORK_ID, (LAST + (age - MONTHS + 1)).first),
            )


def _notes(connection: psycopg.Connection) -> None:
    for n, (age, kind, text, town) in enumerate(
        [(20, "note", "交付金の制度が変わりました", None), (30, "merger", "見本13町と合併", 12)]
    ):
        connection.execute(
            "INSERT INTO joint_metrics.network_notes (network_id, id, kind, month, text, town_id,"
            " written_by, written_at) VALUES (%s, %s, %s, %s, %s, %s, '見本 測子', now())",
            (
                *(NETWORK_ID, identifier(6, n), kind, (LAST + (age - MONTHS)).first, text),
                identifier(1, town) if town else None,
            ),
        )
    for n, (key, value) in enumerate([("proposals.received", 4000), ("decisions.days", 20)]):
        connection.execute(
            "INSERT INTO joint_metrics.network_targets (network_id, id, metric_id, fiscal_year,"
            " value, set_by, set_at) VALUES (%s, %s, %s, 2026, %s, '見本 測子', now())",
            (NETWORK_ID, identifier(7, n), key, value),
        )
