import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core import clock, ics
from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.models import Membership
from kyoso.municipal.calendars import rules
from kyoso.municipal.projects.queries import get_project
from support.pages import text_of
from support.projects import make_project
from support.work import make_work

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.fixture
def filled(hinode, member_of):
    project_id = make_project(
        hinode, 7, pilot_starts_on=dt.date(2026, 10, 1), pilot_ends_on=dt.date(2027, 3, 31)
    )
    person = member_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        actor = member_of(hinode, Role.ADMIN).actor
    with tenant_scope(hinode.id):
        make_work(get_project(actor, project_id), actor, NOON)
        db.session.commit()
    return person


@pytest.mark.parametrize(
    ("asked", "month"),
    [("2027-02", "2027-02-01"), ("2026-13", "2026-11-01"), ("x", "2026-11-01"), ("", "2026-11-01")],
)
def test_a_month_is_asked_for_in_the_address(asked, month):
    assert rules.month_of(asked, NOON.date()) == dt.date.fromisoformat(month)


def test_months_follow_each_other():
    month = dt.date(2026, 12, 1)
    assert rules.last_of(month) == dt.date(2026, 12, 31)
    assert rules.next_of(month) == dt.date(2027, 1, 1)
    assert rules.before(dt.date(2027, 1, 1)) == month


def test_the_month_lists_what_happens(filled, hinode, browser):
    desk = browser(filled)
    with clock.frozen(NOON):
        page = text_of(desk.get(f"/{hinode.slug}/desk/calendar/?month=2026-11"))
        for words in ("この月の実証", "節目の見本", "やることの見本", "空き家を片付けました"):
            assert words in page
        assert "この月の予定はありません" in desk.get(
            f"/{hinode.slug}/desk/calendar/?month=2020-01"
        )


def test_a_secret_address_is_issued_anew_and_revoked(filled, hinode, browser, visitor):
    desk, page = browser(filled), f"/{hinode.slug}/desk/calendar"

    def issue() -> str:
        html = desk.post(f"{page}/link", status=200).text
        address = html.partition('id="calendar-address"')[2].partition('value="')[2]
        return "/" + address.partition('"')[0].partition(f"/{hinode.slug}/")[2]

    def address(path: str) -> str:
        return f"/{hinode.slug}{path}"

    with clock.frozen(NOON):
        first = address(issue())
        answer = visitor.fetch(first)
        assert answer.mimetype == "text/calendar"
        assert answer.headers["Cache-Control"] == "no-store"
        lines = answer.data.decode().split("\r\n")
        assert "DTSTART;VALUE=DATE:20261001" in lines
        assert "DTEND;VALUE=DATE:20270401" in lines
        assert sum(line == "BEGIN:VEVENT" for line in lines) == 4
        second = address(issue())
        visitor.get(first, status=404)
        visitor.fetch(second)
        desk.post(f"{page}/link/revoke")
        visitor.get(second, status=404)


def test_who_is_shut_out_gets_no_dates_any_more(filled, hinode, browser, visitor):
    html = browser(filled).post(f"/{hinode.slug}/desk/calendar/link", status=200).text
    token = html.partition("/calendar/")[2].split(".ics")[0].rpartition("/")[2]
    address = f"/{hinode.slug}/calendar/{token}.ics"
    with tenant_scope(hinode.id):
        db.session.execute(
            sa.update(Membership)
            .where(Membership.id == filled.membership_id)
            .values(deactivated_at=NOON)
        )
        db.session.commit()
    visitor.get(address, status=404)


def test_nothing_in_a_title_can_end_its_line():
    entry = ics.DayEntry("a@b", NOON.date(), NOON.date(), "一;二,三\\\r\nATTENDEE:x", "四\n五")
    text = ics.calendar("町", [entry], now=NOON).decode()
    assert "SUMMARY:一\\;二\\,三\\\\\\nATTENDEE:x" in text
    assert "\r\nATTENDEE" not in text
    assert text.endswith("END:VCALENDAR\r\n")


@pytest.mark.parametrize("length", [0, 10, 24, 25, 26, 75, 76, 200])
def test_long_lines_are_folded_between_characters(length):
    line = "SUMMARY:" + "雪" * length
    folded = ics.folded(line)
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
