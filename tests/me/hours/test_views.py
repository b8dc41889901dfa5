"""A person's pages for hours, over all towns."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Iterator

import pytest

from kyoso.core.clock import frozen
from kyoso.core.i18n import jp_date
from kyoso.core.scope import Scope, scope
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.work_hours import queries
from kyoso.municipal.work_hours.rules import Cell, Said
from support.engagements import make_engagement
from support.members import sign_in
from support.pages import Browser, text_of
from support.people import make_town
from support.talents import Somebody, make_somebody, make_talent
from support.work_hours import log_hours

#: A Friday.
TODAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
PERIOD = {"starts_on": dt.date(2026, 4, 1), "ends_on": dt.date(2027, 3, 31)}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with frozen(NOON):
        yield


@pytest.fixture
def designer(app) -> Somebody:
    return make_somebody()


@pytest.fixture
def here(hinode, designer) -> uuid.UUID:
    return make_engagement(
        hinode, make_talent(hinode, designer), role="デザイナー", in_town_days=1, **PERIOD
    )


@pytest.fixture
def there(minato, designer) -> uuid.UUID:
    return make_engagement(
        minato, make_talent(minato, designer), role="広報", hours_a_month=20, **PERIOD
    )


@pytest.fixture
def mine(app, designer) -> Browser:
    return sign_in(app, designer)


def form_of(page: str, action: str) -> dict[str, str]:
    """Return what a browser would send of a form as it is shown."""
    (form,) = re.findall(rf'<form[^>]*action="{action}".*?</form>', page, re.DOTALL)
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if found.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        sent[found["name"]] = html.unescape(found.get("value", ""))
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL
    ):
        sent[name] = html.unescape(value)
    sent.pop("csrf_token")
    return sent


def week(mine: Browser, query: str = "") -> dict[str, str]:
    return form_of(mine.get(f"/me/hours/{query}"), "/me/hours/week")


def kept(designer: Somebody) -> dict[Cell, Said]:
    with scope(Scope(person_id=designer.person_id)):
        return queries.list_own_hours(designer.oneself, dt.date(2026, 1, 1), TODAY)


def test_a_stranger_must_sign_in_first(visitor):
    for page in ("", "calendar"):
        answer = visitor.open("GET", f"/me/hours/{page}", 303)
        assert answer.headers["Location"].startswith("/sign-in")


def test_without_an_engagement_the_pages_say_what_they_are_for(mine):
    for page in ("", "calendar"):
        assert "時間を記録する関わりがまだありません" in text_of(mine.get(f"/me/hours/{page}"))


def test_a_week_of_two_towns_is_saved_in_one_go(mine, designer, here, there):
    form = week(mine)
    form[f"hours-{here}.2026-11-16"] = "１．５"
    form[f"hours-{here}.2026-11-20"] = "1:15"
    form[f"town-{here}.2026-11-20"] = "yes"
    form[f"hours-{there}.2026-11-20"] = "90分"
    form[f"note-{there}.2026-11-20"] = "会議\r\n記録"
    page = text_of(mine.follow(mine.post("/me/hours/week", form)))
    assert "3日分の時間を保存しました" in page
    assert kept(designer) == {
        Cell(here, dt.date(2026, 11, 16)): Said(90),
        Cell(here, TODAY): Said(75, True),
        Cell(there, TODAY): Said(90, False, "会議\n記録"),
    }
    # The grid and the month say the same.
    assert "合計 4時間15分" in page
    assert "ひので町デザイナーこの週 2時間45分" in page
    assert "1日（1日以上）満たしています" in page


def test_saving_again_as_it_is_changes_nothing(mine, designer, here):
    log_hours(designer, {(here, TODAY): Said(75, True, "会議\n記録")}, at=NOON)
    form = week(mine)
    assert form[f"hours-{here}.2026-11-20"] == "1.25"
    page = mine.follow(mine.post("/me/hours/week", form))
    assert "変わったところはありませんでした" in text_of(page)


def test_days_to_come_and_days_outside_the_period_have_no_field(mine, hinode, designer):
    engagement = make_engagement(
        hinode,
        make_talent(hinode, designer),
        starts_on=dt.date(2026, 11, 18),
        ends_on=dt.date(2027, 3, 31),
    )
    found = {name for name in week(mine) if name.startswith("hours-")}
    assert found == {f"hours-{engagement}.2026-11-{day}" for day in (18, 19, 20)}


def test_every_mistake_names_its_row_and_the_whole_grid_stays_as_typed(mine, designer, here, there):
    form = week(mine)
    form[f"hours-{here}.2026-11-16"] = "1:20"
    form[f"hours-{here}.2026-11-17"] = "20"
    form[f"hours-{there}.2026-11-17"] = "5"
    form[f"hours-{there}.2026-11-18"] = "たくさん"
    form[f"hours-{there}.2026-11-19"] = "2"
    form[f"note-{there}.2026-11-19"] = "打合せ"
    form[f"seen-{there}.2026-11-22"] = "0.0.0"
    form[f"hours-{there}.2026-11-22"] = "1"
    form[f"note-{there}.2026-11-22"] = ""
    answer = mine.post("/me/hours/week", form, status=422)
    page = text_of(answer.text)
    assert "ひので町（デザイナー） 2026年11月16日（月）：「1:20」は15分きざみではありません" in page
    assert "みなと町（広報） 2026年11月18日（水）：「たくさん」は時間として読めません" in page
    assert "みなと町（広報） 2026年11月22日（日）：これからの日です" in page
    assert "2026年11月17日（火）の合計が25時間になります" in page
    again = form_of(answer.text, "/me/hours/week")
    assert again == form
    assert kept(designer) == {}
    for key in (f"{here}.2026-11-16", f"{there}.2026-11-17"):
        assert f'href="#f-{key}"' in answer.text
        assert f'id="f-{key}-error"' in answer.text


def test_hours_outside_the_period_or_of_an_offer_are_refused(mine, hinode, minato, designer):
    until = make_engagement(
        hinode,
        make_talent(hinode, designer),
        starts_on=dt.date(2026, 4, 1),
        ends_on=dt.date(2026, 11, 17),
    )
    offered = make_engagement(
        minato, make_talent(minato, designer), status=EngagementStatus.OFFERED, **PERIOD
    )
    for engagement, words in ((until, "の外です"), (offered, "まだ始まっていないか")):
        key = f"{engagement}.2026-11-18"
        answer = mine.post(
            "/me/hours/week", {f"seen-{key}": "0.0.0", f"hours-{key}": "1"}, status=422
        )
        assert words in text_of(answer.text)
    assert kept(designer) == {}


def test_two_tabs_overwrite_nothing_silently(mine, designer, here, there):
    first, second = week(mine), week(mine)
    first[f"hours-{here}.2026-11-20"] = "2"
    first[f"hours-{there}.2026-11-20"] = "3"
    mine.post("/me/hours/week", first)
    # The second tab knows nothing of it: one place it changes too, the other it leaves alone.
    second[f"hours-{here}.2026-11-20"] = "4"
    second[f"hours-{here}.2026-11-19"] = "1"
    answer = mine.post("/me/hours/week", second, status=422)
    assert "別の画面で2時間になりました" in text_of(answer.text)
    again = form_of(answer.text, "/me/hours/week")
    assert again[f"hours-{here}.2026-11-20"] == "4"
    assert again[f"hours-{here}.2026-11-19"] == "1"
    assert again[f"hours-{there}.2026-11-20"] == "3"
    # Pressed once more, it is what was wanted, and the other's hours stay.
    mine.post("/me/hours/week", again)
    assert kept(designer) == {
        Cell(here, TODAY): Said(240),
        Cell(here, dt.date(2026, 11, 19)): Said(60),
        Cell(there, TODAY): Said(180),
    }


def test_a_tab_that_left_a_day_alone_does_not_put_it_back(mine, designer, here):
    stale = week(mine)
    log_hours(designer, {(here, TODAY): 120}, at=NOON)
    stale[f"hours-{here}.2026-11-19"] = "1"
    mine.post("/me/hours/week", stale)
    assert kept(designer)[Cell(here, TODAY)] == Said(120)


@pytest.mark.parametrize(
    "form",
    [
        {"hours-x": "1"},
        {"hours-00000000-0000-0000-0000-000000000000.2026-02-30": "1"},
        {"other": "1"},
        {"seen-00000000-0000-0000-0000-000000000000.2026-11-20": "x"},
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(mine, here, form):
    assert "読み取れませんでした" in mine.post("/me/hours/week", form, status=422).text


def test_the_engagement_of_somebody_else_is_the_same_as_none(mine, hinode, here):
    stranger = make_somebody("見本 他人（見本）")
    theirs = make_engagement(hinode, make_talent(hinode, stranger), **PERIOD)
    answers = []
    for ident in (theirs, uuid.uuid4()):
        key = f"{ident}.2026-11-20"
        fields = {f"seen-{key}": "0.0.0"}
        answers.append(
            mine.post("/me/hours/week", {**fields, f"hours-{key}": "1"}, status=404).text
        )
        quick = {**fields, "engagement_id": str(ident), "minutes": "60", "day": "2026-11-20"}
        answers.append(mine.post("/me/hours/quick", quick, status=404).text)
    assert len(set(answers)) == 1


def test_two_taps_add_to_today_and_the_same_tap_twice_adds_once(mine, designer, here, there):
    form = form_of(mine.get("/me/hours/"), "/me/hours/quick")
    assert "engagement_id" not in form, "of two, the person says which"
    form |= {"engagement_id": str(there), "minutes": "120"}
    for _time in range(2):
        page = text_of(mine.follow(mine.post("/me/hours/quick", form)))
        assert "みなと町（広報）の今日は、2時間になりました" in page
    assert kept(designer) == {Cell(there, TODAY): Said(120)}
    form = form_of(mine.get("/me/hours/"), "/me/hours/quick")
    form |= {"engagement_id": str(there), "minutes": "30", "note": "電話", "town": "yes"}
    mine.post("/me/hours/quick", form)
    assert kept(designer) == {Cell(there, TODAY): Said(150, True, "電話")}


def test_a_tap_without_an_engagement_or_over_the_day_says_what_to_do(mine, designer, here, there):
    form = form_of(mine.get("/me/hours/"), "/me/hours/quick")
    answer = mine.post("/me/hours/quick", {**form, "minutes": "60", "note": "電話"}, status=422)
    assert "「どの関わり」を選んでください" in text_of(answer.text)
    assert "電話" in answer.text
    log_hours(designer, {(there, TODAY): 20 * 60}, at=NOON)
    form = form_of(mine.get("/me/hours/"), "/me/hours/quick")
    tap = {**form, "engagement_id": str(here), "minutes": "480"}
    assert "合計が28時間" in text_of(mine.post("/me/hours/quick", tap, status=422).text)


def test_with_one_engagement_it_is_chosen_already(mine, here):
    assert form_of(mine.get("/me/hours/"), "/me/hours/quick")["engagement_id"] == str(here)


def test_the_week_before_can_be_taken_over_into_empty_days(mine, designer, here, there):
    monday = dt.date(2026, 11, 9)
    log_hours(
        designer,
        {
            (here, monday): Said(90, True, "会議"),
            (there, monday + dt.timedelta(days=1)): 60,
            (here, monday + dt.timedelta(days=5)): 60,
            (there, dt.date(2026, 11, 17)): 30,
        },
        at=NOON,
    )
    assert "前の週と同じ時間を入れる" in mine.get("/me/hours/")
    page = mine.get("/me/hours/?copy=yes")
    assert "まだ保存していません" in page
    form = form_of(page, "/me/hours/week")
    typed = {name: value for name, value in form.items() if name.startswith("hours-") and value}
    assert typed == {
        f"hours-{here}.2026-11-16": "1.5",
        f"hours-{there}.2026-11-17": "0.5",
    }
    assert len(kept(designer)) == 4
    mine.post("/me/hours/week", form)
    assert kept(designer)[Cell(here, dt.date(2026, 11, 16))] == Said(90)


def test_other_weeks_are_led_to_and_nonsense_is_this_week(mine, here):
    assert "2026年11月9日（月）からの週" in text_of(mine.get("/me/hours/?week=2026-11-11"))
    for nonsense in ("x", "0001-01-01", "9999-12-31", "2026-13-01", "%00"):
        assert "2026年11月16日（月）からの週" in text_of(mine.get(f"/me/hours/?week={nonsense}"))
        assert "2026年11月" in text_of(mine.get(f"/me/hours/calendar?month={nonsense}"))


def test_before_the_first_day_the_week_says_when_it_begins(app, designer, hinode):
    begins = TODAY + dt.timedelta(days=10)
    make_engagement(
        hinode, make_talent(hinode, designer), role="助言", starts_on=begins, ends_on=begins
    )
    page = text_of(sign_in(app, designer).get("/me/hours/"))
    assert f"ひので町（助言）は、{jp_date(begins)}から記録できます。" in page


def test_one_calendar_shows_all_towns_with_totals_beginnings_and_ends(
    mine, designer, hinode, here, there
):
    make_engagement(
        hinode,
        talent_of(hinode, designer),
        role="助言",
        starts_on=dt.date(2026, 11, 5),
        ends_on=dt.date(2026, 11, 25),
        hours_a_month=4,
    )
    log_hours(designer, {(here, TODAY): Said(90, True, "会議"), (there, TODAY): 60}, at=NOON)
    log_hours(designer, {(there, dt.date(2026, 11, 2)): 300}, at=NOON)
    page = text_of(mine.get("/me/hours/calendar"))
    assert "合計（予定 34時間）7時間30分" in page
    assert "ひので町1時間30分" in page
    assert "みなと町6時間" in page
    assert "2026年11月20日（金） 2時間30分" in page
    assert "ひので町（助言） が始まる" in page
    assert "ひので町（助言） が終わる" in page
    assert "会議" in page
    october = text_of(mine.get("/me/hours/calendar?month=2026-10"))
    assert "0日（1日以上）足りませんでした" in october


def talent_of(town, somebody):
    from kyoso.core.access import Role
    from kyoso.core.scope import tenant_scope
    from kyoso.municipal.talents.queries import talent_of_person
    from support.people import actor_of

    with tenant_scope(town.id):
        talent = talent_of_person(actor_of(town, Role.STAFF), somebody.person_id)
        assert talent is not None
        return talent.id


def test_the_pages_can_be_read_in_english(mine, designer, here):
    log_hours(designer, {(here, TODAY): 90}, at=NOON)
    for page in ("?lang=en", "calendar?lang=en"):
        assert "Fri 20 Nov" in text_of(mine.get(f"/me/hours/{page}"))


def test_a_correction_after_the_months_end_shows_what_was_said_before(mine, designer, here):
    october = dt.date(2026, 10, 20)
    log_hours(designer, {(here, october): 60}, at=dt.datetime(2026, 10, 20, 3, tzinfo=dt.UTC))
    form = week(mine, "?week=2026-10-20")
    form[f"hours-{here}.2026-10-20"] = "2"
    mine.post("/me/hours/week", form)
    page = text_of(mine.get("/me/hours/calendar?month=2026-10"))
    assert "月が終わってからの訂正" in page
    assert "2026年10月20日（火） ひので町（デザイナー） 1時間 → 2時間" in page


def test_five_towns_and_three_years_of_hours_take_few_statements(
    app, mine, designer, count_statements
):
    since = TODAY - dt.timedelta(days=3 * 365)
    engagements = []
    for n in range(5):
        town = make_town(f"見本{n}町")
        engagements.append(
            make_engagement(
                town, make_talent(town, designer), starts_on=since, ends_on=dt.date(2027, 3, 31)
            )
        )
    log_hours(
        designer,
        {
            (engagement, since + dt.timedelta(days=7 * n + place)): 60
            for n in range(3 * 52)
            for place, engagement in enumerate(engagements)
        },
        at=NOON,
    )
    for page in ("/me/hours/", "/me/hours/?week=2025-05-05&copy=yes", "/me/hours/calendar"):
        with count_statements() as seen:
            mine.get(page)
        assert len(seen) <= 5, seen
