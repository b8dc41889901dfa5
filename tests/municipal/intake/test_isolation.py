"""The six questions: can one town's intake be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake import queries
from kyoso.municipal.intake.models import Guideline, IntakePause, IntakePolicy, IntakeWindow
from kyoso.municipal.intake.operations import (
    PausePlan,
    WindowPlan,
    add_window,
    pause_intake,
    resume_intake,
)
from kyoso.municipal.intake.rules import IntakeReason, WindowKind
from support.intake import POLICY, make_policy
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
TABLES = (IntakePolicy, IntakeWindow, IntakePause, Guideline)


@pytest.fixture
def theirs(minato: Town) -> tuple[uuid.UUID, ...]:
    policy = make_policy(minato, window_kind=WindowKind.DATED)
    actor = actor_of(minato, Role.ADMIN)
    with tenant_scope(minato.id):
        pause = pause_intake(PausePlan(TODAY, None, "x"), pause_id=new_id(), actor=actor, now=NOON)
        window = add_window(WindowPlan(TODAY, None), window_id=new_id(), actor=actor, now=NOON)
        guideline = Guideline(
            id=new_id(), tenant_id=minato.id, effective_on=TODAY, title="x", body="x"
        )
        db.session.add(guideline)
        db.session.commit()
        return pause.id, window.id, guideline.id, policy


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    pause, window, guideline, policy = theirs
    with tenant_scope(hinode.id):
        assert queries.find_policy(us, TODAY) is None
        assert queries.get_intake(us, TODAY).reason is IntakeReason.NOT_READY
        assert queries.list_windows(us) == queries.list_pauses(us) == []
        assert queries.list_guidelines(us) == []
        assert not queries.was_sent(us, pause)
        for get, known_id in (
            (queries.get_pause, pause),
            (queries.get_window, window),
            (queries.policy_of, policy),
        ):
            with pytest.raises(NotFound) as known:
                get(us, known_id)
            with pytest.raises(NotFound) as unknown:
                get(us, uuid.uuid4())
            assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    here, ghost = f"/{hinode.slug}/desk/intake", uuid.uuid4()
    assert page.get(f"{here}/guidelines/{guideline}", status=404).replace(
        str(guideline), ""
    ) == page.get(f"{here}/guidelines/{ghost}", status=404).replace(str(ghost), "")
    page.post(f"{here}/pauses/{pause}/resume", status=404)
    page.post(f"{here}/windows/{window}/end", status=404)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(table, theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        assert db.session.execute(sa.update(table).values(id=uuid.uuid4())).rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(table, theirs):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        pause = queries.get_pause(actor_of(minato, Role.ADMIN), theirs[0])
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        resume_intake(pause, actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_nothing_can_be_written_in_their_name(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(IntakePolicy(tenant_id=minato.id, **POLICY))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(IntakePolicy)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(table, theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))
