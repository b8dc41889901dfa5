"""Plans from the asking to the share request, and what must not happen on the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.jobs import run_worker
from kyoso.core.scope import member_scope, scope
from kyoso.exchange.listed_needs.queries import own_listed_need
from kyoso.exchange.share_requests.models import ShareRequest
from kyoso.exchange.share_requests.operations import RequestDraft, send_request
from kyoso.exchange.share_requests.queries import get_request
from kyoso.exchange.share_requests.rules import Payer, ShareStatus, WorkMode
from kyoso.joint_metrics.allocations import operations, queries, rules
from kyoso.joint_metrics.allocations.rules import LineStatus, Missing, PlanStatus, Priority
from kyoso.joint_metrics.allocations.subscribers import calculate_plan
from support.allocations import (
    ask_for_plan,
    calculated_plan,
    lines_of,
    offer_plan,
    offered_plan,
    own_line,
)
from support.departments import make_department
from support.listings import PARTS, list_a_need, make_listable, publish, take_back, withdraw
from support.members import Person, make_member
from support.networks import CoordinatorPerson, leave, make_coordinator, make_network
from support.people import Town, make_town
from support.talents import Somebody


@dataclass(frozen=True)
class Valley:
    """Two towns that need somebody, and one that has one person with 40 hours a month."""

    network_id: object
    asker: Town
    other: Town
    home: Town
    coordinator: CoordinatorPerson
    person: Somebody
    listing_id: object
    need_id: object
    other_need_id: object
    clerk: Person
    department_id: object


@pytest.fixture
def valley(app) -> Valley:
    asker, other, home = map(make_town, ("たのむ町", "べつの町", "もとの町"))
    network_id = make_network(asker, other, home)
    coordinator = make_coordinator(network_id, asker)
    person, listing_id = publish(home, [network_id])
    clerk = make_member(asker, Role.SECRETARIAT)
    return Valley(
        network_id,
        asker,
        other,
        home,
        coordinator,
        person,
        listing_id,
        list_a_need(asker, network_id, "広報紙の編集", hours_a_month=30),
        list_a_need(other, network_id, "祭りのちらし", hours_a_month=30),
        clerk,
        make_department(asker),
    )


def plan_of(valley: Valley, plan_id):
    with scope(valley.coordinator.scope):
        plan = queries.get_plan(plan_id)
        return plan, list(queries.list_lines(plan))


def needs_of(plan) -> dict[str, dict]:
    return {row["id"]: row for row in plan.result["needs"]}


def draft(valley: Valley, hours: int) -> RequestDraft:
    first = today() + dt.timedelta(days=5)
    return RequestDraft(
        "広報紙の編集",
        first,
        first + dt.timedelta(days=90),
        WorkMode.BOTH,
        Payer.NOBODY,
        hours_a_month=hours,
        department_id=valley.department_id,
        responsible_membership_id=valley.clerk.membership_id,
    )


def accept(valley: Valley, line_id, actor=None) -> ShareRequest:
    actor = actor or valley.clerk.actor
    with member_scope(actor.tenant_id):
        line = queries.get_line(actor, line_id, lock=True)
        request = operations.accept_line(
            line,
            own_listed_need(actor, line.listed_need_id),
            queries.find_listing(line),
            draft(valley, line.hours),
            actor=actor,
            now=clock.now(),
        )
        db.session.commit()
        return request


def our_line(valley: Valley, plan_id):
    return own_line(valley.asker, plan_id)


def test_a_plan_gives_the_hours_there_are_and_both_towns_their_part(valley):
    plan, lines = plan_of(valley, calculated_plan(valley.coordinator, floor=50))
    assert plan.status is PlanStatus.DONE
    assert sum(line.hours for line in lines) == 40
    assert {line.tenant_id: line.hours >= 15 for line in lines} == {
        valley.asker.id: True,
        valley.other.id: True,
    }
    assert {line.listing_id for line in lines} == {valley.listing_id}
    assert {line.number for line in lines} == {1}
    assert plan.result["gap"] < 1e-6
    rows = needs_of(plan)
    assert rows[str(valley.need_id)]["asked"] == 30
    assert {row["why"] for row in rows.values() if row["met"] < 30} == {Missing.HOURS.value}


def test_a_plan_holds_no_name_and_no_profile(valley):
    plan, lines = plan_of(valley, calculated_plan(valley.coordinator))
    kept = str(plan.result) + str([line.reasons for line in lines])
    assert valley.person.name not in kept
    assert str(valley.person.person_id) not in kept
    assert lines[0].reasons["met"] == ["デザイナー"]


def test_priority_decides_who_gets_the_most(valley):
    wanted = {str(valley.other_need_id): int(Priority.FIRST)}
    _plan, lines = plan_of(valley, calculated_plan(valley.coordinator, floor=0, priorities=wanted))
    assert {line.tenant_id: line.hours for line in lines} == {
        valley.other.id: 30,
        valley.asker.id: 10,
    }


def test_what_is_dropped_is_no_part_of_it_and_two_firsts_are_told(valley):
    ids = (str(valley.need_id), str(valley.other_need_id))
    plan, lines = plan_of(
        valley, calculated_plan(valley.coordinator, priorities={ids[0]: int(Priority.NONE)})
    )
    assert {line.tenant_id for line in lines} == {valley.other.id}
    assert needs_of(plan)[ids[0]]["why"] == Missing.DROPPED.value
    both = dict.fromkeys(ids, int(Priority.FIRST))
    plan, _lines = plan_of(valley, calculated_plan(valley.coordinator, priorities=both))
    assert plan.result["notes"] == ["several_first", "all_first"]
    none = dict.fromkeys(ids, int(Priority.NONE))
    plan, lines = plan_of(valley, calculated_plan(valley.coordinator, priorities=none))
    assert (lines, plan.result["notes"]) == ([], ["all_out"])


def test_a_need_without_hours_and_people_who_do_not_show_theirs_are_told(valley):
    silent = list_a_need(valley.asker, valley.network_id, "観光の写真")
    shy = make_listable(valley.other, "見本 しずか（見本）")
    parts = tuple(part for part in PARTS if part != "hours_offered")
    publish(valley.other, [valley.network_id], shy, parts=parts)
    plan, _lines = plan_of(valley, calculated_plan(valley.coordinator))
    assert needs_of(plan)[str(silent)]["why"] == Missing.HOURS_UNKNOWN.value
    assert plan.result["without_hours"] == 1
    assert plan.result["people"] == 1


def test_one_more_person_and_a_supposed_one_are_calculated(valley):
    first = calculated_plan(valley.coordinator)
    plan, _lines = plan_of(valley, first)
    (gain,) = plan.result["gains"]
    assert (gain["skill"], gain["hours"], gain["whole"]) == ("デザイナー", 20, True)
    varied, lines = plan_of(
        valley,
        calculated_plan(
            valley.coordinator, base_id=first, extra_skill="デザイナー", extra_hours=12
        ),
    )
    assert varied.result["hours"] == plan.result["hours"] + 12
    assert sum(line.hours for line in lines) == 40
    assert sum(one["hours"] for one in varied.result["supposed"]) == 12
    with pytest.raises(RuleViolation, match="見せられません"):
        offer_plan(valley.coordinator, varied.id)


def test_towns_see_a_plan_only_when_it_is_offered(valley):
    plan_id = calculated_plan(valley.coordinator)
    with member_scope(valley.asker.id), pytest.raises(NotFound):
        queries.get_plan(plan_id)
    offer_plan(valley.coordinator, plan_id)
    assert len(lines_of(valley.asker, plan_id)) == 2
    assert len(lines_of(valley.home, plan_id)) == 2


def test_an_accepted_line_is_a_draft_and_only_one(valley):
    line_id = our_line(valley, offered_plan(valley.coordinator))
    request = accept(valley, line_id)
    assert (request.id, request.status) == (line_id, ShareStatus.DRAFT)
    with pytest.raises(RuleViolation):
        accept(valley, line_id)
    with member_scope(valley.asker.id):
        assert queries.get_line(valley.clerk.actor, line_id).status is LineStatus.ACCEPTED
        assert db.session.scalars(sa.select(sa.func.count(ShareRequest.id))).one() == 1


def test_nobody_accepts_for_another_town_or_without_the_right(valley):
    plan_id = offered_plan(valley.coordinator)
    line_id = our_line(valley, plan_id)
    stranger = make_member(valley.other, Role.SECRETARIAT)
    with pytest.raises(NotFound):
        accept(valley, line_id, stranger.actor)
    with pytest.raises(Forbidden):
        accept(valley, line_id, make_member(valley.asker, Role.STAFF).actor)


def test_what_is_under_way_is_not_given_away_again(valley):
    line_id = our_line(valley, offered_plan(valley.coordinator, floor=50))
    hours = accept(valley, line_id).hours_a_month
    # A draft holds no hours in the ledger yet; the plan counts them all the same.
    plan, lines = plan_of(valley, calculated_plan(valley.coordinator))
    assert needs_of(plan)[str(valley.need_id)]["asked"] == 30 - hours
    assert sum(line.hours for line in lines) == 40 - hours
    with member_scope(valley.asker.id):
        request = get_request(valley.clerk.actor, line_id, lock=True)
        send_request(request, actor=valley.clerk.actor, now=clock.now())
        db.session.commit()
    _plan, lines = plan_of(valley, calculated_plan(valley.coordinator))
    assert sum(line.hours for line in lines) == 40 - hours


@pytest.mark.parametrize("end", ["consent", "town", "left"])
def test_a_listing_that_is_over_cannot_be_accepted(valley, end):
    line_id = our_line(valley, offered_plan(valley.coordinator))
    if end == "consent":
        take_back(valley.person, valley.network_id)
    elif end == "town":
        withdraw(valley.home, valley.listing_id, valley.network_id)
    else:
        leave(valley.network_id, valley.home)
    with pytest.raises(RuleViolation, match="掲載が終わりました"):
        accept(valley, line_id)
    assert plan_of(valley, calculated_plan(valley.coordinator))[1] == []


def test_a_new_plan_replaces_the_one_before_and_keeps_what_was_accepted(valley):
    first = offered_plan(valley.coordinator)
    accept(valley, our_line(valley, first))
    second = offered_plan(valley.coordinator)
    old, lines = plan_of(valley, first)
    assert old.status is PlanStatus.REPLACED
    assert {line.status for line in lines} == {LineStatus.ACCEPTED, LineStatus.REPLACED}
    with scope(valley.coordinator.scope):
        assert queries.plan_in_force(valley.network_id).id == second


def test_the_plan_in_force_is_changed_only_for_a_reason(valley):
    twin, _twin_listing = publish(valley.home, [valley.network_id])
    first = offered_plan(valley.coordinator, most_people=1)
    _plan, before = plan_of(valley, first)
    plan, after = plan_of(valley, calculated_plan(valley.coordinator, most_people=1))
    assert {(x.listed_need_id, x.listing_id) for x in before} == {
        (x.listed_need_id, x.listing_id) for x in after
    }
    assert all(line.stays for line in after)


def test_the_worker_calculates_and_a_job_that_runs_twice_makes_one_result(app, valley):
    plan_id = ask_for_plan(valley.coordinator)
    run_worker(app, wait=False)
    plan, lines = plan_of(valley, plan_id)
    assert plan.status is PlanStatus.DONE
    calculate_plan(valley.network_id, plan_id)
    again, same = plan_of(valley, plan_id)
    assert again.finished_at == plan.finished_at
    assert [line.id for line in same] == [line.id for line in lines]


def test_a_plan_whose_worker_was_killed_is_calculated_again(app, valley):
    with clock.frozen(clock.now() - dt.timedelta(minutes=20)):
        plan_id = ask_for_plan(valley.coordinator)
        with scope(queries.scope_for(valley.network_id)):
            plan = queries.get_plan(plan_id, lock=True)
            plan.status, plan.stage = PlanStatus.RUNNING, 1
            db.session.commit()
    with scope(valley.coordinator.scope):
        plan = queries.get_plan(plan_id, lock=True)
        operations.restart_plan(plan, actor=valley.coordinator.actor, now=clock.now())
        db.session.commit()
        with pytest.raises(RuleViolation):
            operations.restart_plan(plan, actor=valley.coordinator.actor, now=clock.now())
    # The first job comes back to life after the second: there is one result.
    run_worker(app, wait=False)
    calculate_plan(valley.network_id, plan_id)
    plan, lines = plan_of(valley, plan_id)
    assert plan.status is PlanStatus.DONE
    assert len(lines) == 2


def test_no_more_than_two_plans_are_calculated_at_once(valley):
    ask_for_plan(valley.coordinator)
    ask_for_plan(valley.coordinator)
    with pytest.raises(RuleViolation, match="ほかの案を計算しています"):
        ask_for_plan(valley.coordinator)
    later = clock.now() + rules.GIVEN_UP + dt.timedelta(minutes=1)
    with clock.frozen(later):
        ask_for_plan(valley.coordinator)


def test_a_plan_that_breaks_says_so(valley, monkeypatch):
    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(queries, "list_open_needs", broken)
    plan, _lines = plan_of(valley, calculated_plan(valley.coordinator))
    assert plan.status is PlanStatus.FAILED


def test_the_same_rows_give_the_same_plan(valley):
    publish(valley.home, [valley.network_id])
    publish(valley.other, [valley.network_id])
    plans = [plan_of(valley, calculated_plan(valley.coordinator))[1] for _ in range(2)]
    first, second = (
        {(line.listed_need_id, line.listing_id, line.hours) for line in lines} for lines in plans
    )
    assert first == second
