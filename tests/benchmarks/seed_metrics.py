"""A night's work at Japan's size: 1,741 towns with 200,000 proposals, 50,000 projects, 100,000 people.

All towns are in networks, and have chosen that their months are published by themselves. What they
did lies in the last two years, with the history that the numbers are counted from.
"""

from __future__ import annotations

import psycopg
from seed_exchange import TOWNS, _account, _towns

PROPOSALS, PROJECTS, PEOPLE = 200_000, 50_000, 100_000
SLUG, EMAIL = "machi-1", "bench@example.jp"

#: Numbers of each town, as many as make up the whole country.
_EACH = {
    "proposals": -(-PROPOSALS // TOWNS),
    "projects": -(-PROJECTS // TOWNS),
    "people": -(-PEOPLE // TOWNS),
}
_ALL = "FROM tenancy.tenants t CROSS JOIN generate_series(1, {each}) AS n"
#: A made-up id of one thing of a town: the same wherever it is spoken of.
_KEY = "md5(t.code || '{kind}' || {n})::uuid"


def _key(kind: str, n: str = "n") -> str:
    return _KEY.format(kind=kind, n=n)


def seed(url: str, password_hash: str) -> None:
    """Fill a migrated database, past the policies, as its superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        # Keys hold by construction: checking millions of them takes minutes.
        connection.execute("SET session_replication_role = replica")
        _towns(connection)
        connection.execute("UPDATE exchange.network_members SET joined_on = '2024-04-01'")
        connection.execute(
            "INSERT INTO joint_metrics.publishing_choices"
            " (tenant_id, id, network_id, automatic, chosen_by, chosen_at)"
            " SELECT tenant_id, gen_random_uuid(), network_id, true, '見本', now()"
            " FROM exchange.network_members"
        )
        _account(connection, password_hash)
        for statement in (*_PROPOSALS, *_PROJECTS, *_PEOPLE, *_AROUND):
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")


_WHEN = "now() - (n * 6 + 1) * interval '1 day'"
_PROPOSALS = (
    f"""
    INSERT INTO municipal.proposals
        (tenant_id, id, number, status, source, proposer_kind, proposer_name, email, title, wish,
         ability, merit_residents, search_key, revision, submitted_at, answer_by, moved_at)
    SELECT t.id, {_key("proposal")}, n,
        (ARRAY['submitted', 'in_review', 'adopted', 'declined', 'declined'])[1 + n % 5], 'web',
        'person', '見本 ' || n || '（見本）', 'p' || n || '@example.jp', '空き家の活用 ' || n,
        repeat('空き家を手直しして宿にします。', 12), '改修と運営', '若い人が増える',
        '空き家の活用 ' || n, 1, {_WHEN}, ({_WHEN})::date + 30, {_WHEN}
    {_ALL.format(each=_EACH["proposals"])}
    """,
    f"""
    INSERT INTO municipal.decisions
        (tenant_id, id, proposal_id, outcome, grounds, ground_key, letter_subject, letter_body,
         decided_by, decided_at, announced_at, announced_by)
    SELECT t.id, {_key("decision")}, {_key("proposal")},
        CASE WHEN n % 5 = 2 THEN 'adopted' ELSE 'declined' END, '町の課題に合うため', 'no_budget',
        '結果', '結果です。', '見本', {_WHEN} + interval '20 days', {_WHEN} + interval '21 days', '見本'
    {_ALL.format(each=_EACH["proposals"])} WHERE n % 5 > 1 AND n > 3
    """,
    # What is kept of a proposal's way, most of which no number asks for.
    f"""
    INSERT INTO core.journal (tenant_id, id, kind, subject_id, actor_name, facts, at)
    SELECT t.id, gen_random_uuid(), k.kind, {_key("proposal")}, '見本', '{{}}',
        {_WHEN} + k.place * interval '1 day'
    {_ALL.format(each=_EACH["proposals"])}
    CROSS JOIN unnest(ARRAY['ProposalSubmitted', 'ScreeningStarted', 'ReviewStarted',
        'QuestionAsked', 'ReplyGiven']) WITH ORDINALITY AS k(kind, place)
    """,
)
_PROJECTS = (
    f"""
    INSERT INTO municipal.projects
        (tenant_id, id, number, title, summary, content, proposer_name, team, stage, recruiting,
         recruiting_text, department_id, published_at, created_at)
    SELECT t.id, {_key("project")}, n, '移住お試し住宅 ' || n, '空き家を宿にします。', '', '見本の会',
        '', (ARRAY['planning', 'pilot', 'evaluation', 'operation', 'concluded'])[1 + n % 5], false,
        '', {_key("department", "(1 + n % 10)")}, now() - n * interval '20 days',
        now() - n * interval '20 days'
    {_ALL.format(each=_EACH["projects"])}
    """,
    f"""
    INSERT INTO core.journal (tenant_id, id, kind, subject_id, actor_name, facts, at)
    SELECT t.id, gen_random_uuid(), m.kind, {_key("project")}, '見本',
        jsonb_build_object('before', m.was, 'after', m.next, 'reason', ''),
        now() - (n * 20 - m.place * 15) * interval '1 day'
    {_ALL.format(each=_EACH["projects"])}
    CROSS JOIN (VALUES (0, 'ProjectCreated', 'planning', 'planning'),
        (1, 'ProjectMoved', 'planning', 'pilot'), (2, 'ProjectMoved', 'pilot', 'evaluation'),
        (3, 'ProjectMoved', 'evaluation', 'operation')) AS m(place, kind, was, next)
    WHERE m.place <= n % 5 AND n * 20 > m.place * 15
    """,
    f"""
    INSERT INTO municipal.stage_passages
        (tenant_id, id, project_id, from_stage, to_stage, done, missing, details, reason, passed_by)
    SELECT t.id, gen_random_uuid(), {_key("project")}, 'planning', 'pilot', '{{}}', '{{}}', '{{}}',
        '', '見本'
    {_ALL.format(each=_EACH["projects"])} WHERE n % 5 > 0
    """,
    f"""
    INSERT INTO municipal.workloads
        (tenant_id, id, project_id, department_id, from_month, until_month, hours_added,
         hours_removed, reason, consent, answered_at, answered_by, created_by)
    SELECT t.id, {_key("load")}, {_key("project")}, {_key("department", "(1 + n % 10)")},
        date_trunc('month', now() - interval '1 year')::date,
        date_trunc('month', now() + interval '1 year')::date, 4, 1, '運営', 'given', now(), '見本',
        '見本'
    {_ALL.format(each=_EACH["projects"])} WHERE n % 2 = 0
    """,
)
_PEOPLE = (
    f"""
    INSERT INTO municipal.talents
        (tenant_id, id, person_id, email, name, source, joined_at)
    SELECT t.id, {_key("talent")}, {_key("person")}, 'p@example.jp', '見本 ' || n || '（見本）',
        'invited', now() - interval '1 year'
    {_ALL.format(each=_EACH["people"])}
    """,
    f"""
    INSERT INTO municipal.engagements
        (tenant_id, id, talent_id, person_id, person_name, role, department_id, department_name,
         contract_kind, starts_on, ends_on, hours_a_month, mode, purpose, pay_unit,
         responsible_membership_id, responsible_name, overrides, status, offered_at, agreed_by,
         answered_at, created_by)
    SELECT t.id, {_key("engagement")}, {_key("talent")}, {_key("person")}, '見本', 'アドバイザー',
        {_key("department", "(1 + n % 10)")}, '政策課', 'commission', current_date - 300,
        current_date + 270, 8, 'both', '広報', 'none', {_key("member")}, '見本', '{{}}', 'active',
        now() - interval '320 days', 'person', now() - interval '310 days', '見本'
    {_ALL.format(each=_EACH["people"])} WHERE n % 4 = 0
    """,
    f"""
    INSERT INTO municipal.work_hours
        (tenant_id, id, engagement_id, person_id, worked_on, minutes, in_town, changed_at)
    SELECT t.id, gen_random_uuid(), {_key("engagement")}, {_key("person")}, current_date - d * 9,
        120, false, now() - d * 9 * interval '1 day'
    {_ALL.format(each=_EACH["people"])} CROSS JOIN generate_series(1, 30) AS d WHERE n % 4 = 0
    """,
    f"""
    INSERT INTO municipal.check_ins
        (tenant_id, id, engagement_id, person_id, origin, opened_at, town_answered_at,
         person_answered_at, revealed_at, largest_gap)
    SELECT t.id, gen_random_uuid(), {_key("engagement")}, {_key("person")}, 'due',
        now() - m * interval '30 days', now() - m * interval '30 days',
        now() - m * interval '30 days', now() - m * interval '30 days', n % 4
    {_ALL.format(each=_EACH["people"])} CROSS JOIN generate_series(1, 9) AS m WHERE n % 4 = 0
    """,
    f"""
    INSERT INTO exchange.listings
        (tenant_id, id, network_id, person_id, talent_id, status, asked_by, asked_at, published_at,
         consent_id, until, parts, name, hours_offered, mode)
    SELECT t.id, {_key("listing")}, m.network_id, {_key("person")}, {_key("talent")}, 'published',
        '見本', now() - interval '200 days', now() - interval '190 days', gen_random_uuid(),
        '2099-01-01', '{{name}}', '見本 ' || n || '（見本）', 8, 'online'
    {_ALL.format(each=_EACH["people"])} JOIN exchange.network_members m ON m.tenant_id = t.id
    """,
)
_AROUND = (
    f"""
    INSERT INTO tenancy.departments (tenant_id, id, slug, position)
    SELECT t.id, {_key("department")}, 'u' || n, n {_ALL.format(each=10)}
    """,
    f"""
    INSERT INTO tenancy.department_periods (tenant_id, id, department_id, name, time_limited)
    SELECT t.id, gen_random_uuid(), {_key("department")}, '課' || n, false {_ALL.format(each=10)}
    """,
    f"""
    INSERT INTO municipal.agreements
        (tenant_id, id, number, kind, title, parties, fields, status, renewal, contact, created_by,
         search_key, signed_on, starts_on, ends_on)
    SELECT t.id, {_key("agreement")}, n, 'pilot', '実証協定 ' || n, '[]', '{{}}', 'signed', 'none',
        '', '見本', '実証協定', current_date - n * 40, current_date - n * 40,
        current_date - n * 40 + 365
    {_ALL.format(each=10)}
    """,
)
