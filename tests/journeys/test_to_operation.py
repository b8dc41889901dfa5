"""From an adopted project to operation, or to a good end, as the desk walks it."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.decisions.rules import Outcome
from kyoso.municipal.projects.queries import get_by_proposal
from kyoso.municipal.proposals.rules import ProposalStatus
from support.departments import make_department
from support.gates import walking
from support.intake import make_policy
from support.pages import text_of
from support.people import actor_of
from support.proposals import make


@pytest.fixture
def unit(hinode):
    return make_department(hinode, "建設課")


@pytest.fixture
def adopted(hinode, unit):
    """Return the project that an adopted proposal became, in the care of a department."""
    make_policy(hinode)
    made = make(hinode, ProposalStatus(Outcome.ADOPTED.value))
    actor = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        project = get_by_proposal(actor, made.id)
        assert project is not None
        project.department_id = unit
        db.session.commit()
        return project.id


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def head(hinode, unit):
    return replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({unit}))


@pytest.fixture
def here(hinode, adopted):
    return f"/{hinode.slug}/desk/projects/{adopted}"


def into_the_pilot(hinode, adopted, unit, head, desk, here) -> None:
    assert "まだ「実証」に進めません（あと6件）" in text_of(desk.get(here))
    with walking(hinode, adopted) as walk:
        walk.sign_agreement()
        walk.settle_fit_sheet()
    assert "（あと3件）" in text_of(desk.get(here))
    with walking(hinode, adopted) as walk:
        walk.plan_costs()
        walk.consent(unit, head)
    form = {
        "form_id": new_id(),
        "name": "月に一度も外出しない人",
        "shows": "外に出る人が増える",
        "unit": "人",
        "direction": "down",
        "baseline_value": "３８",
        "baseline_on": "2026-04-01",
        "target_value": "20",
        "target_by": "2027-03-31",
    }
    desk.post(f"{here}/indicators/new", form)
    assert "「実証」に進めます" in text_of(desk.get(here))
    desk.post(f"{here}/gate/pilot", {})


def into_the_evaluation(hinode, adopted, desk, here) -> None:
    with walking(hinode, adopted) as walk:
        walk.ready_for_evaluation()
    desk.post(f"{here}/gate/evaluation", {})
    form = {
        "form_id": new_id(),
        "learnt": "声かけが効いた",
        "result": "38人から26人に減った",
        "recommendation": "operate",
        "reason": "目標に近づいたため",
    }
    assert "まだ「実装」に進めません" in text_of(desk.follow(desk.post(f"{here}/evaluation", form)))


def test_adopted_agreement_pilot_evaluation_operation(
    hinode, adopted, unit, head, desk, here
) -> None:
    into_the_pilot(hinode, adopted, unit, head, desk, here)
    into_the_evaluation(hinode, adopted, desk, here)
    desk.post(f"{here}/gate/operation", {}, status=409)
    with walking(hinode, adopted) as walk:
        walk.plan_costs(complete=True)
    decided = {
        "form_id": new_id(),
        "kind": "operate",
        "grounds": "効果と費用の見通しが立ったため",
        "decided_by": "町長",
        "decided_on": f"{now().date() - dt.timedelta(days=1)}",
    }
    desk.post(f"{here}/stage-decisions", decided)
    page = text_of(desk.follow(desk.post(f"{here}/gate/operation", {})))
    assert "段階を「実装」にしました。" in page
    assert "そろわないまま" not in page


def test_adopted_pilot_and_a_good_end_without_operation(
    hinode, adopted, unit, head, desk, here
) -> None:
    into_the_pilot(hinode, adopted, unit, head, desk, here)
    into_the_evaluation(hinode, adopted, desk, here)
    desk.post(
        f"{here}/conclusion",
        {"form_id": new_id(), "lessons": "三回説明すること", "lessons_offered": "yes"},
    )
    reader = PdfReader(io.BytesIO(desk.fetch(f"{here}/conclusion/letter/pdf").data))
    words = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    assert "三回説明すること" in words
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    desk.post(f"{here}/conclusion/letter", {})
    page = text_of(desk.follow(desk.post(f"{here}/gate/concluded", {})))
    assert "実証完了・実装せず" in page


def test_consent_refused(hinode, adopted, unit, head, desk, here, member_of, browser) -> None:
    with walking(hinode, adopted) as walk:
        walk.ready_for_pilot(unit, head)
    other = make_department(hinode, "農林課")
    with walking(hinode, adopted) as walk:
        load_id = walk.enter_load(other).id
    farmer = browser(member_of(hinode, Role.STAFF, departments=(other,)))
    farmer.post(f"{here}/workload/{load_id}/hesitate", {"hesitation": "繁忙期のため"})
    page = text_of(desk.get(here))
    assert "まだ「実証」に進めません（あと1件）" in page
    assert "農林課" in page
    desk.post(f"{here}/gate/pilot", {}, status=409)


def test_override(hinode, adopted, desk, here, member_of, browser) -> None:
    admin = browser(member_of(hinode, Role.ADMIN, name="見本 町子（見本）"))
    admin.post(f"{here}/gate/pilot", {"reason": "雪の前に始めるため"})
    page = text_of(desk.get(here))
    assert "そろわないまま「実証」に進めました" in page
    assert "雪の前に始めるため" in page
    assert "見本 町子（見本）" in page
