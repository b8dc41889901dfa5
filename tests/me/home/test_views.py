"""A person's own first page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.hours_budget import book_hours
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents.queries import list_own_talents
from kyoso.municipal.work_hours.models import WorkHours
from support.check_ins import make_pair, open_one
from support.consents import agree
from support.engagements import make_engagement
from support.members import PASSWORD, sign_in
from support.pages import Browser, text_of
from support.people import make_town
from support.profiles import make_person
from support.talents import make_somebody, make_talent
from support.work_hours import log_hours

#: A Friday, noon in Japan.
NOON = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 20)
PERIOD = {"starts_on": dt.date(2024, 4, 1), "ends_on": dt.date(2027, 3, 31)}


def test_a_stranger_must_sign_in_first(visitor):
    assert visitor.open("GET", "/me/", 303).headers["Location"].startswith("/sign-in")


def test_the_page_of_somebody_new_says_what_it_is_for(hinode, member_of, browser):
    page = browser(member_of(hinode, Role.STAFF)).get("/me/")
    assert "関わっている自治体がまだありません" in text_of(page)
    assert 'aria-current="page"' in page


def test_who_just_joined_a_register_reads_that_it_worked(app, hinode):
    somebody = make_somebody()
    make_talent(hinode, somebody)
    page = text_of(sign_in(app, somebody).get("/me/"))
    assert "お願いされている仕事はまだありません" in page
    assert "ひので町の人材台帳に登録されています" in page


def test_the_desk_leads_to_it(hinode, member_of, browser):
    assert 'href="/me/"' in browser(member_of(hinode, Role.STAFF)).get(f"/{hinode.slug}/desk/")


def test_who_is_a_member_of_no_town_lands_here(app, visitor):
    somebody = make_somebody()
    form = {"email": somebody.email, "password": PASSWORD}
    answer = visitor.post("/sign-in", form)
    onward = visitor.open("GET", answer.headers["Location"], 303)
    assert onward.headers["Location"] == "/me/"


@pytest.fixture
def designer(app):
    return make_person(hours=40)


def open_mine(app, somebody) -> Browser:
    return sign_in(app, somebody)


def test_what_waits_in_every_town_is_on_one_page(app, designer, hinode, minato):
    with frozen(NOON):
        pair = make_pair(hinode, designer, role="デザイナー", **PERIOD)
        check_in = open_one(pair)
        talent = make_talent(minato, designer)
        offer = make_engagement(
            minato,
            talent,
            role="広報",
            status=EngagementStatus.OFFERED,
            starts_on=TODAY + dt.timedelta(days=10),
        )
        agree(designer, hinode, until=TODAY + dt.timedelta(days=5))
        page = open_mine(app, designer).get("/me/")
    words = text_of(page)
    assert "みなと町からの申し出に返事をする" in words
    assert f'href="/me/engagements/{offer}"' in page
    assert "ひので町とのすり合わせに答える" in words
    assert f'href="/me/check-ins/{check_in}"' in page
    assert "ひので町で今週働いた時間を記録する" in words
    assert "ひので町への同意がもうすぐ終わります" in words
    assert "みなと町で今週" not in words


def test_the_month_by_town_planned_and_logged(app, designer, hinode, minato):
    with frozen(NOON):
        here = make_engagement(hinode, make_talent(hinode, designer), hours_a_month=10, **PERIOD)
        make_engagement(minato, make_talent(minato, designer), hours_a_month=20, **PERIOD)
        with tenant_scope(hinode.id):
            book_hours(designer.person_id, here, 10, PERIOD["starts_on"], PERIOD["ends_on"])
            db.session.commit()
        log_hours(designer, {(here, TODAY): 90, (here, dt.date(2026, 10, 30)): 600})
        page = open_mine(app, designer).get("/me/")
    cells = re.findall(r"<tr><th scope=\"row\"><a [^>]*>(.*?)</a></th>(.*?)</tr>", page, re.DOTALL)
    found = {town: re.findall(r">([^<]+)</td>", rest) for town, rest in cells}
    assert found == {
        "ひので町": ["10時間", "1時間30分", "8時間30分"],
        "みなと町": ["20時間", "0時間", "20時間"],
    }
    words = text_of(page)
    # Of the 40 hours offered, ten are booked.
    assert "ほかに引き受けられる時間30時間" in words.replace(" ", "")
    assert "ひので町で今週働いた" not in words


def test_nobody_sees_another_persons_page(app, designer, hinode):
    with frozen(NOON):
        make_pair(hinode, designer, **PERIOD)
        assert "ひので町" not in open_mine(app, make_somebody()).get("/me/")


def test_five_towns_and_three_years_of_hours_take_eight_statements(app, designer, count_statements):
    first = TODAY - dt.timedelta(days=3 * 365)
    with frozen(NOON):
        for number in range(5):
            town = make_town(f"見本{number}町")
            pair = make_pair(town, designer, **PERIOD)
            open_one(pair)
            years = {"starts_on": first, "ends_on": dt.date(2024, 3, 31)}
            old = make_engagement(
                town, talent_of(town, designer), status=EngagementStatus.ENDED, **years
            )
            with scope(Scope(person_id=designer.person_id)):
                days = [first + dt.timedelta(days=n) for n in range(0, 3 * 365, 2)]
                db.session.execute(
                    sa.insert(WorkHours),
                    [
                        hours_of(
                            town,
                            old if d < PERIOD["starts_on"] else pair.engagement_id,
                            designer,
                            d,
                        )
                        for d in days
                    ],
                )
                db.session.commit()
            agree(designer, town, until=TODAY + dt.timedelta(days=5))
        mine = open_mine(app, designer)
        mine.get("/me/")
        with count_statements() as seen:
            page = mine.get("/me/")
    assert all(f"見本{number}町" in page for number in range(5))
    assert len([one for one in seen if one]) <= 8, seen


def talent_of(town, somebody):
    """Return the id that somebody has in a town's register."""
    with scope(Scope(person_id=somebody.person_id)):
        return next(
            t.id for t, _n, _s in list_own_talents(somebody.oneself) if t.tenant_id == town.id
        )


def hours_of(town, engagement_id, somebody, day):
    return {
        "tenant_id": town.id,
        "id": new_id(),
        "engagement_id": engagement_id,
        "person_id": somebody.person_id,
        "worked_on": day,
        "minutes": 60,
        "in_town": False,
        "note": "",
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }
