"""A database as large as the promise: 20 towns, 200,000 proposals, 10,000 in the one measured.

And 2,000 people who are in every town's register, of whom 500 work for the one measured.
"""

from __future__ import annotations

import uuid

import psycopg

TOWNS = 20
PROPOSALS = 10_000
PROJECTS = 500
#: In each town's register; the same people in all.
TALENTS = 2_000
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
        _talents(connection)
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


def _talents(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO identity.people (id, email, name, name_kana, locale)"
        " SELECT gen_random_uuid(), 'talent' || n || '@example.jp', '見本 ' || n || '（見本）',"
        " '', 'ja' FROM generate_series(1, %s) AS n",
        (TALENTS,),
    )
    connection.execute(
        """
        INSERT INTO municipal.talents
            (tenant_id, id, person_id, email, name, kana, affiliation, bio, skills, fields, can_do,
             hours_offered, mode, source, joined_at, search_key, place)
        SELECT t.id, gen_random_uuid(), p.id, p.email, p.name, 'みほん', '見本デザイン（見本）',
            repeat(%(words)s, 3), ARRAY['designer', 'public-relations', 'tourism'],
            ARRAY['旅行業', '出版'], %(words)s, length(p.email) * 2,
            (ARRAY['online', 'on_site', 'both'])[1 + length(p.email) %% 3], 'invited',
            now() - interval '1 year', p.name || repeat(%(words)s, 4) || 'デザイナー', p.name
        FROM tenancy.tenants t CROSS JOIN identity.people p WHERE p.email LIKE 'talent%%'
        """,
        {"words": _SENTENCE},
    )
    unit = uuid.uuid5(uuid.NAMESPACE_URL, "bench-department")
    connection.execute(
        "INSERT INTO tenancy.departments (tenant_id, id, slug, position) VALUES (%s, %s, 'u', 1)",
        (town_id(1), unit),
    )
    connection.execute(
        """
        INSERT INTO municipal.engagements
            (tenant_id, id, talent_id, person_id, person_name, role, department_id,
             department_name, contract_kind, starts_on, ends_on, hours_a_month, mode, purpose,
             pay_unit, responsible_membership_id, responsible_name, overrides, status, offered_at,
             agreed_by, answered_at, created_by)
        SELECT t.tenant_id, gen_random_uuid(), t.id, t.person_id, t.name, 'アドバイザー', %(unit)s,
            '政策課', 'commission', current_date - 90, current_date + 270, 8, 'both', '広報',
            'none', m.id, m.name, '{}', 'active', now(), 'person', now(), m.name
        FROM (SELECT * FROM municipal.talents WHERE tenant_id = %(town)s
              ORDER BY place LIMIT %(count)s) t
        JOIN identity.memberships m ON m.tenant_id = t.tenant_id
        """,
        {"unit": unit, "town": town_id(1), "count": TALENTS // 4},
    )
