"""Run migrations as the owner role, one at a time, with short lock waits.

The address is given by `kyoso migrate` and the tests, or by KYOSO_OWNER_DATABASE_URL when alembic
is called by hand.
"""

import os

import sqlalchemy as sa
from alembic import context

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
#: Two servers that start at once must not migrate at once. Any number, the same everywhere.
ONE_AT_A_TIME = 7_404_071

url = context.config.attributes.get("url") or os.environ["KYOSO_OWNER_DATABASE_URL"]
engine = sa.create_engine(url, poolclass=sa.NullPool)
with engine.connect() as connection:
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
    # A migration that waits for a lock holds up everybody behind it: give up, try again later.
    connection.execute(sa.text("SET lock_timeout = '4s'"))
    connection.execute(sa.text("SET statement_timeout = '120s'"))
    connection.commit()
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        target_metadata=sa.MetaData(naming_convention=NAMING),
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
