"""A database as large as the promise: 20 towns, 200,000 proposals, 10,000 in the one measured."""

from __future__ import annotations

import uuid

import psycopg

TOWNS = 20
PROPOSALS = 10_000
PROJECTS = 500
SLUG = "bench-1"
EMAIL = "bench@example.jp"
STATUSES = "submitted,screening,revision_requested,resubmitted,in_review,declined,withdrawn"

_SENTENCE = (
    "空き家を手直しして、移住を考える人が一か月ほど試しに暮らせる宿にします。"
    "地元の工務店と一緒に改修し、運営は住民の会が引き受けます。"
)


def seed(url: str, password_hash: str) -> None:
    """Fill a migrated database, past the policies, as its superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(1, TOWNS + 1):
            _town(connection, number)
        _person(connection, password_hash)
        connection.execute("VACUUM ANALYZE")


def town_id(number: int) -> uuid.UUID:
    """Return the id of a benchmark town."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"bench-{number}")


def _town(connection: psycopg.Connection, number: int) -> None:
    town = town_id(number)
    connection.execute(
        "INSERT INTO tenancy.tenants"
        " (id, code, slug, name, name_kana, name_en, prefecture, status, hosts, declaration)"
        " VALUES (%s, %s, %s, %s, 'みほんちょう', 'Mihon', '見本県', 'active', '{}', '{}')",
        (town, f"{900000 + number}", f"bench-{number}", f"見本{number}町"),
    )
    connection.execute(
        """
        INSERT INTO municipal.proposals
            (tenant_id, id, number, status, source, proposer_kind, proposer_name, email,
             title, wish, ability, merit_residents, search_key, revision, submitted_at,
             answer_by, moved_at)
        SELECT %(town)s, gen_random_uuid(), n,
            (string_to_array(%(statuses)s, ','))[1 + n %% 7], 'web',
            (ARRAY['person', 'company', 'group'])[1 + n %% 3], '見本 ' || n || '（見本）',
            'proposer' || n || '@example.jp', '空き家の活用 その' || n, repeat(%(words)s, 4),
            repeat(%(words)s, 2), %(words)s, '空き家の活用 その' || n || repeat(%(words)s, 7), 1,
            now() - n * interval '1 hour', (now() - n * interval '1 hour')::date + 30, now()
        FROM generate_series(1, %(count)s) AS n
        """,
        {"town": town, "statuses": STATUSES, "words": _SENTENCE, "count": PROPOSALS},
    )
    connection.execute(
        """
        INSERT INTO municipal.projects
            (tenant_id, id, number, title, summary, content, proposer_name, team, stage,
             recruiting, recruiting_text, published_at, created_at)
        SELECT %(town)s, gen_random_uuid(), n, '移住お試し住宅 その' || n, %(words)s,
            repeat(%(words)s, 12), '見本の会（見本）', '',
            (ARRAY['planning', 'pilot', 'evaluation', 'operation', 'concluded'])[1 + n %% 5],
            n %% 2 = 0 AND n %% 5 <> 4, '', now() - n * interval '1 day', now() - n * interval '1 day'
        FROM generate_series(1, %(count)s) AS n
        """,
        {"town": town, "words": _SENTENCE, "count": PROJECTS},
    )


def _person(connection: psycopg.Connection, password_hash: str) -> None:
    person, membership = uuid.uuid5(uuid.NAMESPACE_URL, EMAIL), uuid.uuid4()
    connection.execute(
        "INSERT INTO identity.people (id, email, name, name_kana, locale, password_hash)"
        " VALUES (%s, %s, %s, '', 'ja', %s)",
        (person, EMAIL, "見本 測子（見本）", password_hash),
    )
    connection.execute(
        "INSERT INTO identity.memberships (tenant_id, id, person_id, name, email, roles)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (town_id(1), membership, person, "見本 測子（見本）", EMAIL, ["secretariat"]),
    )
