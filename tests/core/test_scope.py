import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.core.journal import JournalEntry
from kyoso.core.scope import Scope, current_scope, scope, tenant_scope

SETTINGS = (
    *("tenant_id", "network_ids", "person_id", "coordinated_network_id"),
    "absent_members",
)


def told() -> list[str]:
    return [
        db.session.scalar(sa.text(f"SELECT current_setting('kyoso.{name}', true)"))
        for name in SETTINGS
    ]


def test_a_transaction_says_all_five(app):
    town, first, second, person, network = (uuid.uuid4() for _ in range(5))
    with scope(Scope(town, (first, second), person, network, ((first, town),))):
        assert told() == [
            *(str(town), f"{first},{second}", str(person), str(network)),
            f"{first}:{town}",
        ]


def test_nothing_stays_after_the_scope(app, hinode):
    with tenant_scope(hinode.id):
        assert told()[0] == str(hinode.id)
    assert told() == ["", "", "", "", ""]
    assert current_scope() == Scope()


def test_a_commit_inside_keeps_the_scope(app, hinode):
    with tenant_scope(hinode.id):
        db.session.execute(sa.text("SELECT 1"))
        db.session.commit()
        assert told()[0] == str(hinode.id)


def test_a_scope_cannot_change_inside_a_transaction(app, hinode, minato):
    with tenant_scope(hinode.id):
        db.session.execute(sa.text("SELECT 1"))
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_what_a_scope_did_not_commit_is_gone(app, hinode):
    with tenant_scope(hinode.id):
        db.session.add(_entry(hinode.id))
        db.session.flush()
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(JournalEntry)).all() == []


def test_only_ids_can_be_written_into_a_scope(app):
    with pytest.raises(ValueError, match="badly formed"):
        Scope("'; DROP TABLE core.journal; --").statement()  # type: ignore[arg-type]


def _entry(town: uuid.UUID) -> JournalEntry:
    actor = Actor.system(town, "test")
    return JournalEntry(
        id=new_id(),
        tenant_id=town,
        kind="X",
        subject_id=uuid.uuid4(),
        person_id=None,
        actor_name=actor.name,
        facts={},
        at=sa.func.now(),
    )


def test_the_journal_of_one_town_is_closed_to_the_other(app, hinode, minato):
    with tenant_scope(minato.id):
        db.session.add(_entry(minato.id))
        db.session.commit()
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(JournalEntry)).all() == []
        db.session.add(_entry(minato.id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize(
    "statement", ["UPDATE core.journal SET kind = 'Y'", "DELETE FROM core.journal"]
)
def test_the_journal_cannot_be_changed_even_by_its_own_town(app, hinode, statement):
    with (
        tenant_scope(hinode.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.text(statement))
