"""What the database itself guarantees, whatever the code does."""

import sqlalchemy as sa

from kyoso.core.db import db

TOWN_SCHEMAS = ("core", "tenancy", "identity", "municipal", "exchange", "joint_metrics")


def test_the_test_role_is_not_above_the_policies(app):
    row = db.session.execute(
        sa.text(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " (SELECT count(*) FROM pg_class WHERE relowner = r.oid)"
            " FROM pg_roles r WHERE rolname = current_user"
        )
    ).one()
    assert tuple(row) == (False, False, False, False, 0)


def test_every_table_with_a_town_is_closed_to_the_others(app):
    open_tables = db.session.scalars(
        sa.text("""
        SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
         AND a.attname IN ('tenant_id', 'person_id') AND a.attnum > 0
        WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p') AND NOT (
            c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
    """),
        {"schemas": list(TOWN_SCHEMAS)},
    ).all()
    assert open_tables == []


def test_tables_without_an_owner_are_known_by_name(app):
    free = db.session.scalars(
        sa.text("""
        SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    """),
        {"schemas": list(TOWN_SCHEMAS)},
    ).all()
    # Counts by hashed key, of nobody: see core/throttle.py. The search index is closed: ADR 0016.
    assert set(free) == {"core.throttles", "exchange.search_entries"}


def test_the_search_index_is_closed_to_the_application(app):
    granted = db.session.scalars(
        sa.text("""
        SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
        WHERE has_table_privilege(current_user, 'exchange.search_entries', p)
    """)
    ).all()
    assert granted == []


def test_a_town_table_is_keyed_by_its_town(app):
    for table in db.metadata.tables.values():
        if "tenant_id" not in table.c:
            continue
        assert [c.name for c in table.primary_key][0] == "tenant_id", table.fullname
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                assert "tenant_id" in constraint.columns, f"{constraint} counts over all towns"
        for index in table.indexes:
            if index.unique:
                assert "tenant_id" in index.columns, f"{index.name} counts over all towns"


def test_foreign_keys_between_town_tables_carry_the_town(app):
    for table in db.metadata.tables.values():
        for key in table.foreign_key_constraints:
            if "tenant_id" in table.c and "tenant_id" in key.referred_table.c:
                # Of a row of two towns, one column names the other town.
                towns = {"tenant_id", "home_tenant_id", "other_tenant_id"}
                assert towns & set(key.column_keys), f"{table.fullname}: {key.column_keys}"


def test_there_is_no_trigger_on_a_town_table(app):
    triggers = db.session.scalars(
        sa.text("""
        SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND n.nspname = ANY(:schemas)
    """),
        {"schemas": list(TOWN_SCHEMAS)},
    ).all()
    assert triggers == []


def test_the_application_may_delete_nothing_but_counts(app):
    deletable = db.session.scalars(
        sa.text("""
        SELECT table_schema || '.' || table_name FROM information_schema.role_table_grants
        WHERE grantee = 'kyoso_app' AND privilege_type IN ('DELETE', 'TRUNCATE')
          AND table_schema = ANY(:schemas)
    """),
        {"schemas": list(TOWN_SCHEMAS)},
    ).all()
    assert set(deletable) <= {
        "core.throttles",
        # Which departments and tactics something belongs to now; the journal keeps the past.
        "identity.membership_departments",
        "municipal.tactic_departments",
        "municipal.project_tactics",
        # Which projects an agreement concerns now; the journal keeps the past.
        "municipal.agreement_projects",
    }


def test_the_journal_can_only_grow(app):
    rights = db.session.scalars(
        sa.text("""
        SELECT privilege_type FROM information_schema.role_table_grants
        WHERE grantee = 'kyoso_app' AND table_schema = 'core'
          AND table_name IN ('journal', 'person_journal', 'network_journal')
    """)
    ).all()
    assert set(rights) == {"SELECT", "INSERT"}


def test_functions_above_the_policies_fix_their_search_path_and_are_not_public(app):
    loose = db.session.scalars(
        sa.text("""
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname = ANY(:schemas) AND NOT (
            EXISTS (SELECT 1 FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
            AND NOT has_function_privilege('public', p.oid, 'EXECUTE'))
    """),
        {"schemas": list(TOWN_SCHEMAS)},
    ).all()
    assert loose == []
