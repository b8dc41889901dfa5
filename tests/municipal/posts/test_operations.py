import datetime as dt

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.posts import operations, queries
from support.departments import make_department
from support.engagements import make_engagement
from support.members import make_member
from support.people import actor_of
from support.posts import draft, make_post
from support.talents import make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
WRITERS = (Role.ADMIN, Role.SECRETARIAT)


@pytest.fixture(autouse=True)
def _noon():
    with frozen(NOON):
        yield


@pytest.fixture
def unit(hinode):
    return make_department(hinode, "デジタル変革戦略室")


def add(town, unit, post, role=Role.ADMIN):
    return operations.add_post(unit, post, post_id=new_id(), actor=actor_of(town, role), now=NOON)


@pytest.mark.parametrize("role", sorted(set(Role) - set(WRITERS)))
def test_only_administrator_and_secretariat_keep_posts(role, hinode, unit):
    with tenant_scope(hinode.id):
        post = add(hinode, unit, draft(), WRITERS[1])
        us = actor_of(hinode, role)
        with pytest.raises(Forbidden):
            add(hinode, unit, draft(title="係長"), role)
        with pytest.raises(Forbidden):
            operations.correct_post(post, draft(), actor=us, now=NOON)
        with pytest.raises(Forbidden):
            operations.end_post(post, NOON.date(), actor=us, now=NOON)
        with pytest.raises(Forbidden):
            operations.withdraw_post(post, "x", actor=us, now=NOON)


def test_the_holder_is_written_as_they_are_called(hinode, unit):
    member = make_member(hinode, Role.STAFF, name="猫魔 岳（見本）")
    engagement = make_engagement(hinode, make_talent(hinode), member, unit)
    with tenant_scope(hinode.id):
        by_member = add(hinode, unit, draft(membership_id=member.membership_id, holder_name=""))
        day = dt.date(2026, 11, 1)
        by_engagement = add(
            hinode, unit, draft(engagement_id=engagement, holder_name="", starts_on=day)
        )
        assert by_member.holder_name == "猫魔 岳（見本）"
        assert by_engagement.holder_name == "見本 彩（見本）"


@pytest.mark.parametrize("status", sorted(EngagementStatus))
def test_only_what_both_agreed_on_carries_a_post(hinode, unit, status):
    engagement = make_engagement(
        hinode, make_talent(hinode), department_id=unit, status=status, end_reason="見本"
    )
    post = draft(engagement_id=engagement, holder_name="", starts_on=dt.date(2026, 11, 1))
    with tenant_scope(hinode.id):
        if status in {EngagementStatus.ACTIVE, EngagementStatus.ENDED}:
            add(hinode, unit, post)
        else:
            with pytest.raises(InvalidInput) as refused:
                add(hinode, unit, post)
            assert list(refused.value.errors) == ["holder"]


def test_the_same_holder_is_not_written_twice_but_corrects_themselves(hinode, unit):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        post = add(hinode, unit, draft())
        db.session.flush()
        with pytest.raises(InvalidInput):
            add(hinode, unit, draft())
        add(hinode, unit, draft(holder_name="見本 二郎（見本）"))
        operations.correct_post(post, draft(note="直した"), actor=us, now=NOON)
        assert post.note == "直した"


def test_a_unit_or_home_that_is_not_there_is_not_found(hinode, unit):
    with tenant_scope(hinode.id):
        with pytest.raises(NotFound):
            add(hinode, new_id(), draft())
        with pytest.raises(NotFound):
            add(hinode, unit, draft(concurrent=True, home_department_id=new_id()))
        with pytest.raises(NotFound):
            add(hinode, unit, draft(membership_id=new_id(), holder_name=""))


def test_every_step_is_in_the_history_with_what_it_said_before(hinode, unit):
    us, post_id = actor_of(hinode, Role.ADMIN), make_post(hinode, unit)
    with tenant_scope(hinode.id):
        post = queries.get_post(us, post_id, lock=True)
        operations.correct_post(post, draft(title="室長補佐"), actor=us, now=NOON)
        operations.end_post(post, dt.date(2026, 12, 31), actor=us, now=NOON)
        with pytest.raises(InvalidInput):
            operations.end_post(post, dt.date(2026, 3, 31), actor=us, now=NOON)
        operations.withdraw_post(post, "別の課だった", actor=us, now=NOON)
        for again in (
            lambda: operations.withdraw_post(post, "x", actor=us, now=NOON),
            lambda: operations.end_post(post, NOON.date(), actor=us, now=NOON),
            lambda: operations.correct_post(post, draft(), actor=us, now=NOON),
        ):
            with pytest.raises(RuleViolation):
                again()
        db.session.flush()
        kinds = [entry.kind for entry in list_history(us, [post_id])]
        assert kinds == ["PostWithdrawn", "PostEnded", "PostCorrected", "PostAdded"]
        told = queries.post_history(us, unit)
        assert told[0]["detail"].endswith("理由：別の課だった")
        assert told[2]["detail"].startswith("室長 見本 一郎（見本）")
        assert "→ 室長補佐" in told[2]["detail"]
        assert queries.list_posts(us, unit) == []
