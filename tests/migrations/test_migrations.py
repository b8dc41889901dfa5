"""The migrations make what the models say, and can be taken back."""

import ast

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kyoso.core import embedded
from kyoso.core.config import ROOT
from kyoso.core.db import db
from support.database import FOLDER, migrate

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
SCHEMAS = {"core", "tenancy", "identity", "municipal", "exchange", "joint_metrics"}


def test_models_match_the_migrations(app):
    context = MigrationContext.configure(
        db.session.connection(),
        opts={
            "include_schemas": True,
            # No application reads the search index, so none has a model of it: ADR 0016.
            "include_name": lambda name, kind, _parents: (
                name in SCHEMAS if kind == "schema" else name != "search_entries"
            ),
        },
    )
    assert compare_metadata(context, db.metadata) == []


@pytest.mark.parametrize("path", VERSIONS, ids=lambda p: p.stem)
def test_a_migration_stands_alone(path):
    tree = ast.parse(path.read_text("utf-8"))
    modules = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    modules += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    assert not [m for m in modules if m.startswith("kyoso")]
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.targets[0], ast.Name)
    }
    assert constants["revision"] == path.stem


def test_the_versions_are_one_chain():
    numbers = [path.stem[:4] for path in VERSIONS]
    assert numbers == [f"{n:04}" for n in range(1, len(VERSIONS) + 1)]


def test_down_and_up_again():
    server = embedded.start(FOLDER, fast=True)
    name = "down_and_up"
    server.drop_database(name)
    server.create_database(name)
    owner = server.url(embedded.OWNER_ROLE, name)
    engine = sa.create_engine(owner, poolclass=sa.NullPool)
    try:
        migrate(owner)
        with engine.connect() as connection:
            before = set(sa.inspect(connection).get_table_names("municipal"))
        migrate(owner, "base")
        with engine.connect() as connection:
            assert not SCHEMAS & set(sa.inspect(connection).get_schema_names())
        migrate(owner)
        with engine.connect() as connection:
            assert set(sa.inspect(connection).get_table_names("municipal")) == before
    finally:
        server.drop_database(name)
