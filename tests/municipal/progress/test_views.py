"""The strategy at the desk and on the portal: what happens for each tactic, and nothing private."""

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from kyoso.municipal.projects.operations import Initiative, start_initiative
from kyoso.municipal.strategy.models import Tactic
from kyoso.municipal.strategy.queries import list_tactics
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.queries import forget_tenants, list_departments
from support.departments import make_department, make_tactic
from support.pages import text_of
from support.people import Town, actor_of


@pytest.fixture
def town(hinode: Town) -> Town:
    """A town whose strategy is public, with a need, a draft and an own project for one tactic."""
    department, tactic = make_department(hinode), make_tactic(hinode)
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        db.session.execute(
            sa.update(Tenant)
            .where(Tenant.id == hinode.id)
            .values(declaration={"strategy_public": True})
        )
        for title, public in (("空き家の使い手", True), ("まだ書きかけの求め", False)):
            draft = NeedDraft(department, title, "減らす", "5軒", tactic_id=tactic)
            need = create_need(draft, need_id=new_id(), actor=actor, now=now())
            db.session.flush()
            if public:
                publish_need(need, actor=actor, now=now())
        initiative = Initiative("地図をつくる", "", department, [tactic])
        start_initiative(initiative, form_id=new_id(), actor=actor, now=now())
        db.session.commit()
    forget_tenants()
    return hinode


def test_the_desk_sees_everything_that_serves_a_tactic(town, member_of, browser):
    page = text_of(browser(member_of(town, Role.AUDITOR)).get(f"/{town.slug}/desk/strategy/"))
    for words in (
        "15-11 空き家マップの公開",
        "空き家の使い手",
        "まだ書きかけの求め",
        "地図をつくる",
    ):
        assert words in page
    assert "戦術1件のうち1件が動いています" in page


def test_a_round_target_keeps_its_zeros(town, member_of, browser):
    with tenant_scope(town.id):
        db.session.execute(
            sa.update(Tactic)
            .where(Tactic.tenant_id == town.id)
            .values(target_value=100, target_unit="%")
        )
        db.session.commit()
    page = text_of(browser(member_of(town, Role.AUDITOR)).get(f"/{town.slug}/desk/strategy/"))
    assert "目標 100%" in page


def test_the_public_sees_only_what_is_public(town, visitor):
    page = text_of(visitor.get(f"/{town.slug}/strategy"))
    assert "15-11 空き家マップの公開" in page
    assert "空き家の使い手" in page
    assert "まだ書きかけの求め" not in page
    assert "地図をつくる" not in page


def test_a_town_that_keeps_its_strategy_to_itself_has_no_such_page(minato, visitor):
    make_tactic(minato)
    visitor.get(f"/{minato.slug}/strategy", status=404)


def test_another_towns_strategy_is_not_shown(town, minato, member_of, browser):
    page = text_of(browser(member_of(minato, Role.ADMIN)).get(f"/{minato.slug}/desk/strategy/"))
    assert "まだ登録されていません" in page
    assert "空き家" not in page


def test_a_department_that_has_none_filters_nothing(town, member_of, browser):
    desk = browser(member_of(town, Role.STAFF))
    page = text_of(desk.get(f"/{town.slug}/desk/strategy/?department=%00知らない課"))
    assert "15-11" in page


def test_the_page_asks_the_same_however_much_there_is(town, member_of, browser, count_statements):
    desk, here = browser(member_of(town, Role.STAFF)), f"/{town.slug}/desk/strategy/"
    desk.get(here)
    with count_statements() as few:
        desk.get(here)
    with tenant_scope(town.id):
        actor = actor_of(town, Role.SECRETARIAT)
        tactic, department = list_tactics(actor)[0].id, list_departments(actor)[0].id
        for number in range(20):
            begun = Initiative(f"取組{number}", "", department, [tactic])
            start_initiative(begun, form_id=new_id(), actor=actor, now=now())
            db.session.flush()
        db.session.commit()
    with count_statements() as many:
        desk.get(here)
    assert len(few) == len(many) <= 8
