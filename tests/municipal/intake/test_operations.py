import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.journal import list_recent
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake import queries
from kyoso.municipal.intake.models import IntakeWindow
from kyoso.municipal.intake.operations import (
    PausePlan,
    WindowPlan,
    add_window,
    end_window,
    pause_intake,
    resume_intake,
)
from kyoso.municipal.intake.rules import IntakeReason, Stance, WindowKind
from support.intake import make_policy
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
PAUSE = PausePlan(TODAY, None, "引っ越しのため")
WINDOW = WindowPlan(TODAY, dt.date(2026, 12, 24), "冬の募集")


@pytest.fixture
def admin(hinode: Town) -> Actor:
    return actor_of(hinode, Role.ADMIN)


def test_the_version_of_the_day_is_found(hinode, minato, admin):
    old = make_policy(hinode, effective_on=dt.date(2024, 4, 1))
    new = make_policy(hinode, effective_on=dt.date(2026, 4, 1), stance=Stance.FOCUSED)
    make_policy(minato, effective_on=TODAY)
    with tenant_scope(hinode.id):
        for day, expected in (
            (dt.date(2020, 1, 1), old),
            (dt.date(2026, 3, 31), old),
            (dt.date(2026, 4, 1), new),
            (TODAY, new),
        ):
            assert queries.get_policy(admin, day).id == expected
        assert [policy.id for policy in queries.list_policies(admin)] == [new, old]
        assert queries.get_intake(admin, TODAY).stance is Stance.FOCUSED


def test_a_town_without_a_policy_is_not_ready(hinode, admin):
    with tenant_scope(hinode.id):
        assert queries.get_intake(admin, TODAY).reason is IntakeReason.NOT_READY
        with pytest.raises(NotFound):
            queries.get_policy(admin, TODAY)


def test_asking_whether_a_town_accepts_takes_two_statements(hinode, admin, count_statements):
    make_policy(hinode)
    with tenant_scope(hinode.id), count_statements() as seen:
        assert queries.get_intake(admin, TODAY).accepting
    assert len([one for one in seen if one.startswith("SELECT")]) == 2


def test_a_pause_stops_intake_until_it_is_lifted(hinode, admin):
    make_policy(hinode)
    with tenant_scope(hinode.id):
        pause = pause_intake(PAUSE, pause_id=new_id(), actor=admin, now=NOON)
        db.session.flush()
        state = queries.get_intake(Actor.guest(hinode.id), TODAY)
        assert state.reason is IntakeReason.PAUSED
        assert "引っ越しのため" in state.label
        assert queries.was_sent(admin, pause.id)
        with pytest.raises(RuleViolation):
            pause_intake(PAUSE, pause_id=new_id(), actor=admin, now=NOON)

        resume_intake(pause, actor=admin, now=NOON)
        assert queries.get_intake(admin, TODAY).accepting
        with pytest.raises(RuleViolation):
            resume_intake(pause, actor=admin, now=NOON)
        db.session.flush()
        assert [e.kind for e in list_recent(admin)] == ["IntakeResumed", "IntakePaused"]


def test_a_window_opens_intake_until_it_is_ended(hinode, admin):
    make_policy(hinode, window_kind=WindowKind.DATED)
    with tenant_scope(hinode.id):
        assert queries.get_intake(admin, TODAY).reason is IntakeReason.OVER
        window = add_window(WINDOW, window_id=new_id(), actor=admin, now=NOON)
        db.session.flush()
        assert queries.get_intake(admin, TODAY).closes_on == dt.date(2026, 12, 24)
        with pytest.raises(RuleViolation):
            add_window(WINDOW, window_id=new_id(), actor=admin, now=NOON)

        end_window(window, actor=admin, now=NOON)
        assert not queries.get_intake(admin, TODAY).accepting
        with pytest.raises(RuleViolation):
            end_window(window, actor=admin, now=NOON)
        db.session.flush()
        assert [e.kind for e in list_recent(admin)] == ["IntakeWindowEnded", "IntakeWindowAdded"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.SECRETARIAT}))
def test_only_administrators_and_the_secretariat_manage(role, hinode, admin):
    make_policy(hinode, window_kind=WindowKind.DATED)
    with tenant_scope(hinode.id):
        pause = pause_intake(PAUSE, pause_id=new_id(), actor=admin, now=NOON)
        window = add_window(WINDOW, window_id=new_id(), actor=admin, now=NOON)
        them = actor_of(hinode, role)
        for refused in (
            lambda: pause_intake(PAUSE, pause_id=new_id(), actor=them, now=NOON),
            lambda: resume_intake(pause, actor=them, now=NOON),
            lambda: add_window(WINDOW, window_id=new_id(), actor=them, now=NOON),
            lambda: end_window(window, actor=them, now=NOON),
        ):
            with pytest.raises(Forbidden):
                refused()


def test_the_database_refuses_a_window_that_closes_before_it_opens(hinode):
    with tenant_scope(hinode.id):
        db.session.add(
            IntakeWindow(
                tenant_id=hinode.id,
                opens_on=TODAY,
                closes_on=TODAY - dt.timedelta(days=1),
                label="",
                declared=False,
                added_by="",
            )
        )
        with pytest.raises(sa.exc.IntegrityError, match="closes_after_it_opens"):
            db.session.flush()
