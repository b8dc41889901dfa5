from decimal import Decimal

import pytest

from kyoso.core.access import Role
from kyoso.core.db import new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.indicators import queries
from support.departments import make_department
from support.gates import walking
from support.pages import text_of
from support.people import actor_of
from support.projects import make_project

FORM = {
    "name": "月に一度も外出しない人",
    "shows": "外に出る人が増える",
    "unit": "人",
    "direction": "down",
    "baseline_value": "３８．５",
    "baseline_on": "2026-04-01",
    "target_value": "20",
    "target_by": "2027-03-31",
}


@pytest.fixture
def project(hinode):
    return make_project(hinode, 1)


@pytest.fixture
def here(hinode, project):
    return f"/{hinode.slug}/desk/projects/{project}/indicators"


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


def only(hinode, project):
    with tenant_scope(hinode.id):
        (info,) = queries.list_indicators(actor_of(hinode, Role.ADMIN), project, retired=True)
        return info


def test_an_indicator_is_defined_measured_corrected_and_given_up(
    hinode, project, desk, here
) -> None:
    assert "まだ成果指標はありません" in desk.get(here)
    form = {**FORM, "form_id": new_id()}
    desk.post(f"{here}/new", form)
    assert "指標「月に一度も外出しない人」を加えました。" in desk.get(here)
    desk.post(f"{here}/new", form)
    info = only(hinode, project)
    assert info.baseline_value == Decimal("38.5")
    one = f"{here}/{info.id}"

    reading = {"form_id": new_id(), "value": "2,6", "measured_on": "2026-05-01", "note": ""}
    for _twice in range(2):
        desk.post(f"{one}/measure", reading)
    page = text_of(desk.get(here))
    assert "26人" in page
    assert "<svg" in desk.get(here)
    assert len(only(hinode, project).measurements) == 1

    measurement = only(hinode, project).measurements[0]
    withdraw = f"{one}/measurements/{measurement.id}/withdraw"
    desk.post(withdraw, {}, status=422)
    assert "数え間違い" in desk.follow(desk.post(withdraw, {"reason": "数え間違い"}))
    desk.post(withdraw, {"reason": "もう一度"}, status=409)
    assert not only(hinode, project).measured

    page = desk.follow(desk.post(f"{one}/edit", {**FORM, "target_value": "18"}))
    assert "18人" in page
    desk.post(f"{one}/retire", {}, status=422)
    desk.post(f"{one}/retire", {"reason": "測れないため"})
    assert "測れないため" in desk.get(here)
    assert only(hinode, project).retired_reason == "測れないため"
    late = {"form_id": new_id(), "value": "1", "measured_on": "2026-05-01"}
    desk.post(f"{one}/measure", late, status=409)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "「指標の名前」を入力してください。"),
        ({"baseline_value": "三十"}, "「基準の値」"),
        ({"baseline_value": "1e9999"}, "「基準の値」"),
        ({"baseline_value": "0.00001"}, "小数は4桁まで"),
        ({"baseline_on": ""}, "値と日付は両方"),
        ({"target_by": "2026-04-01"}, "基準の日より後"),
        ({"target_value": "50"}, "目標が基準より悪く"),
        ({"direction": "sideways"}, "「よい向き」を選んでください。"),
    ],
)
def test_what_cannot_be_measured_against_comes_back(desk, here, change, words) -> None:
    form = {**FORM, "form_id": new_id(), **change}
    page = desk.post(f"{here}/new", form, status=422).text
    assert words in page
    assert "外に出る人が増える" in page


def test_a_measurement_of_tomorrow_comes_back(hinode, project, desk, here) -> None:
    with walking(hinode, project) as walk:
        walk.define_indicator()
    form = {"form_id": new_id(), "value": "1", "measured_on": "2199-01-01"}
    page = desk.post(f"{here}/{only(hinode, project).id}/measure", form, status=422).text
    assert "これからの日付" in page


def test_a_draft_says_that_it_is_one(hinode, project, desk, here) -> None:
    with walking(hinode, project) as walk:
        walk.define_indicator(values=None)
    assert "まだ下書きです" in desk.get(here)


def test_staff_write_for_their_own_department_only(hinode, member_of, browser) -> None:
    mine = make_department(hinode, "建設課")
    own, other = make_project(hinode, 1, department_id=mine), make_project(hinode, 2)
    staff = browser(member_of(hinode, Role.STAFF, departments=(mine,)))
    base = f"/{hinode.slug}/desk/projects"
    staff.post(f"{base}/{own}/indicators/new", {**FORM, "form_id": new_id()})
    staff.get(f"{base}/{other}/indicators")
    staff.post(f"{base}/{other}/indicators/new", {**FORM, "form_id": new_id()}, status=403)
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "加える" not in auditor.get(f"{base}/{own}/indicators")
    auditor.post(f"{base}/{own}/indicators/new", {**FORM, "form_id": new_id()}, status=403)


def test_the_page_takes_as_many_statements_for_five_as_for_one(
    hinode, project, desk, here, count_statements
) -> None:
    counts = []
    for more in (1, 4):
        with walking(hinode, project) as walk:
            for number in range(more):
                walk.define_indicator(f"指標{number}")
            walk.measure()
        desk.get(here)
        with count_statements() as seen:
            desk.get(here)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 10
