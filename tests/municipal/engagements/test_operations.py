import dataclasses
import datetime as dt
import threading
import time
import uuid
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.jobs import run_worker
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.hours_budget import HoursNotStated, book_hours, hours_left
from kyoso.identity.profiles.operations import ProfileDraft, save_profile
from kyoso.identity.profiles.queries import own_profile
from kyoso.identity.profiles.rules import COLUMNS
from kyoso.municipal.agreements.models import Agreement
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus, Renewal
from kyoso.municipal.departures import queries as departures
from kyoso.municipal.departures.operations import leave_town
from kyoso.municipal.engagements import operations, queries
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.operations import Assignment, EngagementDraft
from kyoso.municipal.engagements.rules import AgreedBy, ContractKind, EngagementStatus
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.municipal.talents.queries import get_talent
from kyoso.municipal.talents.rules import WorkMode
from kyoso.operating.reminders import close_engagements
from support.departments import make_department
from support.engagements import declare, make_engagement
from support.members import make_member
from support.people import Town, actor_of
from support.profiles import make_person
from support.projects import make_project
from support.talents import make_somebody, make_talent

WRITERS = (Role.ADMIN, Role.SECRETARIAT, Role.STAFF)
TODAY = clock.today()
FIRST = TODAY + dt.timedelta(days=10)
LAST = FIRST + dt.timedelta(days=200)
DAY = dt.timedelta(days=1)


def place(town: Town, somebody=None, hours: int | None = 40) -> SimpleNamespace:
    """A town in which a person who offers hours can be engaged."""
    declare(town)
    somebody = somebody or make_person(hours=hours)
    return SimpleNamespace(
        town=town,
        somebody=somebody,
        talent_id=make_talent(town, somebody, hours_offered=hours),
        department_id=make_department(town),
        member=make_member(town, Role.STAFF, name="見本 担当（見本）"),
        desk=actor_of(town, Role.SECRETARIAT),
    )


@pytest.fixture
def here(hinode):
    return place(hinode)


def draft(here, **changes) -> EngagementDraft:
    base = EngagementDraft(
        role="アドバイザー",
        department_id=here.department_id,
        contract_kind=ContractKind.COMMISSION,
        starts_on=FIRST,
        ends_on=LAST,
        hours_a_month=10,
        mode=WorkMode.BOTH,
        purpose="広報のデザインを整える",
        pay_unit=PayUnit.NONE,
        responsible_membership_id=here.member.membership_id,
    )
    return dataclasses.replace(base, **changes)


def offer(here, talent_id=None, *, actor=None, renews=None, **changes) -> uuid.UUID:
    with tenant_scope(here.town.id):
        if renews is not None:
            renews = queries.get_engagement(here.desk, renews)
        engagement = operations.offer_engagement(
            draft(here, **changes),
            talent_id or here.talent_id,
            engagement_id=new_id(),
            renews=renews,
            actor=actor or here.desk,
            now=clock.now(),
        )
        db.session.commit()
        return engagement.id


def do(here, operation, engagement_id, *args, actor=None) -> Engagement:
    with tenant_scope(here.town.id):
        engagement = queries.get_engagement(here.desk, engagement_id, lock=True)
        operation(engagement, *args, actor=actor or here.desk, now=clock.now())
        db.session.commit()
        return engagement


def answer(here, operation, engagement_id, said) -> Engagement:
    with scope(Scope(person_id=here.somebody.person_id)):
        me = here.somebody.oneself
        engagement = queries.get_own_engagement(me, engagement_id, lock=True)
        operation(engagement, said, actor=me, now=clock.now())
        db.session.commit()
        return engagement


def load(here, engagement_id) -> Engagement:
    with tenant_scope(here.town.id):
        return queries.get_engagement(here.desk, engagement_id)


def left(here, first=FIRST, last=LAST) -> int | None:
    with tenant_scope(here.town.id):
        return hours_left(here.somebody.person_id, first, last)


def mails(here) -> list[tuple[str, str]]:
    with tenant_scope(here.town.id):
        rows = db.session.execute(sa.select(Mail.to, Mail.subject).order_by(Mail.id)).all()
        return [(row.to, row.subject) for row in rows]


def history(here, engagement_id) -> list[tuple[str, str]]:
    with tenant_scope(here.town.id):
        return [(e.kind, e.actor_name) for e in list_history(here.desk, [engagement_id])][::-1]


def test_an_offer_books_the_hours_and_writes_to_the_person(here):
    engagement = load(here, offer(here))
    assert engagement.status is EngagementStatus.OFFERED
    assert engagement.agreed_by is AgreedBy.PERSON
    assert (engagement.department_name, engagement.responsible_name) == (
        "政策課",
        "見本 担当（見本）",
    )
    assert engagement.person_name == here.somebody.name
    assert left(here) == 30
    assert mails(here) == [
        (here.somebody.email, "【ひので町】お仕事のお願い（アドバイザー）"),
    ]
    assert history(here, engagement.id) == [("EngagementOffered", here.desk.name)]


# The platform may too: by rule, what a share that all three agreed to becomes.
@pytest.mark.parametrize("role", sorted(set(Role) - {*WRITERS, Role.SYSTEM}))
def test_nobody_else_changes_engagements(role, here):
    actor = actor_of(here.town, role)
    with pytest.raises(Forbidden):
        offer(here, actor=actor)
    running = make_engagement(here.town, here.talent_id, here.member, here.department_id)
    change = Assignment(here.member.membership_id, 30)
    for operation, args in (
        (operations.revise_engagement, (draft(here),)),
        (operations.reassign_engagement, (change,)),
        (operations.withdraw_engagement, ("理由",)),
        (operations.shorten_engagement, (TODAY, "理由")),
    ):
        with pytest.raises(Forbidden):
            do(here, operation, running, *args, actor=actor)


def test_the_person_agrees_and_the_town_takes_it_over(here, app):
    engagement_id = offer(here)
    accepted = answer(here, operations.accept_engagement, engagement_id, 1)
    assert accepted.status is EngagementStatus.ACTIVE
    assert accepted.answered_at is not None
    assert left(here) == 30
    run_worker(app, wait=False)
    assert history(here, engagement_id)[1:] == [("EngagementAccepted", here.somebody.name)]
    assert mails(here)[1:] == [
        (here.member.email, f"{here.somebody.name}さんが承諾しました（アドバイザー）")
    ]


def test_the_person_declines_and_the_hours_are_free_again(here, app):
    engagement_id = offer(here)
    answer(here, operations.decline_engagement, engagement_id, "時期が合いません")
    assert left(here) == 40
    run_worker(app, wait=False)
    assert history(here, engagement_id)[1:] == [("EngagementDeclined", here.somebody.name)]
    assert load(here, engagement_id).answer_note == "時期が合いません"
    assert "辞退しました" in mails(here)[1][1]


def test_nobody_answers_for_somebody_else(here):
    engagement_id = offer(here)
    stranger = make_somebody("別の 人（見本）")
    with tenant_scope(here.town.id):
        engagement = queries.get_engagement(here.desk, engagement_id)
        for operation, said in (
            (operations.accept_engagement, 1),
            (operations.decline_engagement, ""),
        ):
            with pytest.raises(Forbidden):
                operation(engagement, said, actor=stranger.oneself, now=clock.now())
    with scope(Scope(person_id=stranger.person_id)), pytest.raises(NotFound):
        queries.get_own_engagement(stranger.oneself, engagement_id)


def test_an_offer_that_changed_is_not_accepted_unread(here):
    engagement_id = offer(here)
    do(here, operations.revise_engagement, engagement_id, draft(here, hours_a_month=25))
    assert left(here) == 15
    with pytest.raises(RuleViolation, match="内容が変わりました"):
        answer(here, operations.accept_engagement, engagement_id, 1)
    answer(here, operations.accept_engagement, engagement_id, 2)
    assert mails(here)[1][1] == "【ひので町】お願いの内容が変わりました（アドバイザー）"
    with pytest.raises(RuleViolation, match="返事のあった"):
        do(here, operations.revise_engagement, engagement_id, draft(here))


def test_more_hours_than_are_left_are_refused_with_what_is_left(here):
    offer(here, hours_a_month=35)
    with pytest.raises(InvalidInput) as refusal:
        offer(here, hours_a_month=6, role="複業人材")
    assert "あと5時間まで" in refusal.value.errors["hours_a_month"][0]
    with tenant_scope(here.town.id):
        assert len(queries.list_engagements(here.desk)) == 1
    offer(here, hours_a_month=5, role="複業人材")
    assert left(here) == 0


def test_a_failed_change_keeps_the_old_booking(here):
    engagement_id = offer(here, hours_a_month=35)
    with pytest.raises(InvalidInput):
        do(here, operations.revise_engagement, engagement_id, draft(here, hours_a_month=41))
    assert left(here) == 5


def test_whoever_offers_no_hours_yet_is_not_asked(hinode):
    here = place(hinode, hours=None)
    with pytest.raises(HoursNotStated, match="まだ示していません"):
        offer(here)


def test_two_towns_that_want_the_last_hours_at_once_one_gets_them(app, hinode, minato):
    somebody = make_person(hours=10)
    places = [place(hinode, somebody), place(minato, somebody)]
    start = threading.Barrier(2, timeout=20)
    outcomes: list[object] = []

    def engage(here) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(offer(here, hours_a_month=10))
            except InvalidInput as refusal:
                outcomes.append(refusal.errors["hours_a_month"][0])

    threads = [threading.Thread(target=engage, args=(one,)) for one in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    refused = [one for one in outcomes if isinstance(one, str)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "あと0時間まで" in refused[0]
    rows = 0
    for one in places:
        with tenant_scope(one.town.id):
            rows += len(queries.list_engagements(one.desk))
    assert rows == 1


def test_of_two_project_managers_at_once_one_is_engaged(app, here):
    other = make_talent(here.town, make_person(hours=40), hours_offered=40)
    manager = {
        "role": "地域プロジェクトマネージャー",
        "programme": "project-manager",
        "pay_unit": PayUnit.MONTH,
        "pay_yen": 100_000,
    }
    start = threading.Barrier(2, timeout=20)
    outcomes: list[object] = []

    def engage(talent_id) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(offer(here, talent_id, **manager))
            except InvalidInput as refusal:
                outcomes.append(refusal.errors["programme"][0])

    threads = [threading.Thread(target=engage, args=(t,)) for t in (here.talent_id, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    refused = [one for one in outcomes if isinstance(one, str)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "1人です" in refused[0]


def test_a_missed_rule_is_named_and_its_reason_stays(here):
    side = {
        "role": "地域活性化起業人",
        "programme": "revitalizer-side-job",
        "employer": "株式会社みほん（見本）",
        "days_a_month": 4,
        "in_town_days": 1,
        "hours_a_month": 15,
    }
    with pytest.raises(InvalidInput) as refusal:
        offer(here, **side)
    assert "20時間以上" in refusal.value.errors["hours_a_month"][0]
    engagement = load(here, offer(here, override_reason="育児のあいだの特例", **side))
    said = engagement.overrides["hours_a_month_min"]
    assert "20時間以上" in said["sentence"]
    assert (said["reason"], said["by"]) == ("育児のあいだの特例", here.desk.name)
    assert set(engagement.overrides) == {"hours_a_month_min"}
    # Mended, it is no exception any more.
    do(
        here,
        operations.revise_engagement,
        engagement.id,
        draft(here, **{**side, "hours_a_month": 20}, override_reason="育児のあいだの特例"),
    )
    assert load(here, engagement.id).overrides == {}


def test_a_reason_without_a_missed_rule_is_no_exception(here):
    assert load(here, offer(here, override_reason="念のため")).overrides == {}


def test_the_same_role_twice_at_a_time_is_refused_with_name_and_dates(here):
    offer(here)
    with pytest.raises(InvalidInput) as refusal:
        offer(here, starts_on=LAST, ends_on=LAST + 30 * DAY)
    told = refusal.value.errors["starts_on"][0]
    assert here.somebody.name in told
    assert f"{LAST.month}月{LAST.day}日" in told
    offer(here, starts_on=LAST + DAY, ends_on=LAST + 30 * DAY)
    offer(here, role="複業人材")
    offer(here, department_id=make_department(here.town, "観光課"))


def test_what_was_declined_or_withdrawn_is_not_in_the_way(here):
    for operation in (operations.decline_engagement,):
        answer(here, operation, offer(here), "")
    do(here, operations.withdraw_engagement, offer(here), "予算がつかなかった")
    assert left(here) == 40
    offer(here)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": FIRST - DAY}, "ends_on"),
        ({"programme": "unknown"}, "programme"),
        ({"department_id": uuid.UUID(int=1)}, "department_id"),
        ({"responsible_membership_id": uuid.UUID(int=1)}, "responsible_membership_id"),
        ({"on_paper": True}, "paper_note"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(here, changes, field):
    with pytest.raises(InvalidInput) as refusal:
        offer(here, **changes)
    assert set(refusal.value.errors) == {field}


def test_another_towns_person_project_and_member_are_not_there(here, minato):
    with pytest.raises(NotFound):
        offer(here, make_talent(minato))
    with pytest.raises(NotFound):
        offer(here, project_id=make_project(minato))
    stranger = make_member(minato, Role.STAFF)
    with pytest.raises(InvalidInput):
        offer(here, responsible_membership_id=stranger.membership_id)


def test_somebody_who_left_the_register_is_not_asked(here):
    with tenant_scope(here.town.id):
        get_talent(here.desk, here.talent_id).left_at = clock.now()
        db.session.commit()
    with pytest.raises(RuleViolation, match="台帳から外れています"):
        offer(here)


def test_a_signed_paper_is_entered_as_agreed(here):
    engagement = load(here, offer(here, on_paper=True, paper_note="令和8年3月25日付 委嘱状"))
    assert engagement.status is EngagementStatus.ACTIVE
    assert engagement.agreed_by is AgreedBy.PAPER
    assert history(here, engagement.id) == [("EngagementRegistered", here.desk.name)]
    assert "契約を登録しました" in mails(here)[0][1]
    assert left(here) == 30


def test_a_paper_of_long_ago_is_entered_without_hours(here):
    old = {"starts_on": TODAY - 400 * DAY, "ends_on": TODAY - 40 * DAY}
    offer(here, on_paper=True, paper_note="以前の委嘱状", **old)
    assert left(here, TODAY) == 40


def test_the_period_lies_inside_the_agreement(here):
    with tenant_scope(here.town.id):
        agreement = Agreement(
            tenant_id=here.town.id,
            id=new_id(),
            number=1,
            kind=AgreementKind.ENGAGEMENT,
            title="委嘱契約",
            parties=[],
            fields=[],
            status=AgreementStatus.SIGNED,
            signed_on=TODAY,
            starts_on=FIRST,
            ends_on=LAST,
            renewal=Renewal.NONE,
            contact="",
            created_by="見本",
            search_key="",
        )
        db.session.add(agreement)
        db.session.commit()
    with pytest.raises(InvalidInput) as refusal:
        offer(here, agreement_id=agreement.id, ends_on=LAST + DAY)
    assert "「委嘱契約」の期間" in refusal.value.errors["agreement_id"][0]
    assert load(here, offer(here, agreement_id=agreement.id)).agreement_title == "No.1 委嘱契約"


def test_a_renewal_follows_what_it_renews(here):
    first = offer(here)
    with pytest.raises(RuleViolation, match="更新できません"):
        offer(here, renews=first, starts_on=LAST + DAY, ends_on=LAST + 90 * DAY)
    answer(here, operations.accept_engagement, first, 1)
    with pytest.raises(InvalidInput) as refusal:
        offer(here, renews=first, starts_on=LAST, ends_on=LAST + 90 * DAY)
    assert "より後にしてください" in refusal.value.errors["starts_on"][0]
    second = offer(here, renews=first, starts_on=LAST + DAY, ends_on=LAST + 90 * DAY)
    with tenant_scope(here.town.id):
        renewed = queries.get_engagement(here.desk, second)
        assert [one.id for one in queries.list_earlier(here.desk, renewed)] == [second, first]
        found = queries.renewal_of(here.desk, first)
        assert found is not None
        assert found.id == second


def test_a_renewal_in_the_middle_of_a_month_is_not_counted_twice(here):
    middle = (TODAY + 70 * DAY).replace(day=15)
    first = offer(here, hours_a_month=40, ends_on=middle, on_paper=True, paper_note="委嘱状")
    again = {"starts_on": middle + DAY, "ends_on": middle + 90 * DAY, "hours_a_month": 40}
    second = offer(here, renews=first, **again)
    assert left(here, middle, middle) == 0
    assert left(here, middle, middle + 90 * DAY) == 0
    answer(here, operations.decline_engagement, second, "")
    assert left(here, middle + 30 * DAY, middle + 90 * DAY) == 40


def test_an_early_end_frees_the_months_after_it(here):
    running = {"starts_on": TODAY - 60 * DAY, "ends_on": TODAY + 300 * DAY}
    engagement_id = offer(here, on_paper=True, paper_note="委嘱状", **running)
    stop = TODAY + 5 * DAY
    shortened = do(here, operations.shorten_engagement, engagement_id, stop, "転職のため")
    assert shortened.status is EngagementStatus.ACTIVE
    assert (shortened.ends_on, shortened.agreed_ends_on) == (stop, running["ends_on"])
    later = (stop.replace(day=28) + 10 * DAY).replace(day=1)
    assert left(here, TODAY, stop) == 30
    assert left(here, later, later) == 40
    assert "で終わります" in mails(here)[-1][1]


def test_an_end_in_the_past_is_an_end_at_once(here):
    running = {"starts_on": TODAY - 60 * DAY, "ends_on": TODAY + 300 * DAY}
    engagement_id = offer(here, on_paper=True, paper_note="委嘱状", **running)
    ended = do(here, operations.shorten_engagement, engagement_id, TODAY - DAY, "転職のため")
    assert ended.status is EngagementStatus.ENDED
    with pytest.raises(RuleViolation):
        do(here, operations.shorten_engagement, engagement_id, TODAY - 2 * DAY, "もう一度")


def test_what_has_begun_is_not_withdrawn(here):
    running = {"starts_on": TODAY, "ends_on": LAST}
    engagement_id = offer(here, on_paper=True, paper_note="委嘱状", **running)
    with pytest.raises(RuleViolation, match="もう始まっています"):
        do(here, operations.withdraw_engagement, engagement_id, "まちがい")
    ahead = offer(here, role="複業人材", on_paper=True, paper_note="委嘱状")
    assert (
        do(here, operations.withdraw_engagement, ahead, "中止").status is EngagementStatus.WITHDRAWN
    )
    assert left(here, FIRST) == 30


def test_the_night_ends_what_is_over_and_nothing_else(here):
    over = make_engagement(
        *(here.town, here.talent_id, here.member, here.department_id), ends_on=TODAY - DAY
    )
    today = make_engagement(
        *(here.town, here.talent_id, here.member, here.department_id), ends_on=TODAY
    )
    db.session.remove()
    close_engagements()
    assert load(here, over).status is EngagementStatus.ENDED
    assert load(here, today).status is EngagementStatus.ACTIVE
    assert history(here, over) == [("EngagementEnded", "関与の終わり（自動）")]


def test_only_the_platform_closes(here):
    over = make_engagement(
        *(here.town, here.talent_id, here.member, here.department_id), ends_on=TODAY - DAY
    )
    with pytest.raises(Forbidden):
        do(here, operations.close_engagement, over)


def test_who_is_responsible_changes_without_asking_the_person(here):
    running = make_engagement(here.town, here.talent_id, here.member, here.department_id)
    other = make_member(here.town, Role.STAFF, name="見本 後任（見本）")
    changed = do(
        here,
        operations.reassign_engagement,
        running,
        Assignment(other.membership_id, 14, project_id=make_project(here.town)),
    )
    assert changed.responsible_name == "見本 後任（見本）"
    assert changed.project_title.startswith("No.1")
    assert changed.check_in_days == 14


def test_those_that_end_soon_and_are_not_renewed_are_listed(here):
    where = (here.town, here.talent_id, here.member, here.department_id)
    soon = make_engagement(*where, ends_on=TODAY + 60 * DAY)
    make_engagement(*where, ends_on=TODAY + 61 * DAY)
    make_engagement(*where, ends_on=TODAY + 5 * DAY, status=EngagementStatus.ENDED)
    renewed = make_engagement(*where, ends_on=TODAY + 30 * DAY)
    make_engagement(*where, starts_on=TODAY + 31 * DAY, renews_id=renewed)
    waiting = make_engagement(*where, ends_on=TODAY + 40 * DAY)
    make_engagement(
        *where,
        starts_on=TODAY + 41 * DAY,
        renews_id=waiting,
        status=EngagementStatus.OFFERED,
    )
    with tenant_scope(here.town.id):
        found = queries.list_ending(here.desk, TODAY)
    assert [(one.id, renewal) for one, renewal in found] == [
        (waiting, EngagementStatus.OFFERED),
        (soon, None),
    ]


def test_an_offer_that_is_moved_into_the_past_gives_its_hours_back(here):
    engagement_id = offer(here, hours_a_month=35)
    past = draft(here, starts_on=TODAY - 60 * DAY, ends_on=TODAY - 30 * DAY)
    do(here, operations.revise_engagement, engagement_id, past)
    assert left(here) == 40


def at_once(app, *steps) -> list[object]:
    """Take some steps at the same moment; return what each came to."""
    start, outcomes = threading.Barrier(len(steps), timeout=20), []

    def take(one) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(one())
            except Exception as error:  # noqa: BLE001 (what it was is what the test asks)
                outcomes.append(error)

    threads = [threading.Thread(target=take, args=(one,)) for one in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_somebody_who_is_leaving_is_not_engaged_meanwhile(app, here):
    me, held, asked = here.somebody.oneself, threading.Event(), threading.Event()

    def leave():
        with scope(Scope(person_id=me.person_id)):
            talent = departures.get_own_talent(me, here.talent_id)
            leave_town(talent, "ひので町", actor=me, now=clock.now())
            db.session.flush()
            held.set()
            asked.wait(5)
            # By now the offer has read the register, and waits for its row.
            time.sleep(0.5)
            db.session.commit()

    def engage():
        held.wait(5)
        asked.set()
        return offer(here)

    outcomes = at_once(app, leave, engage)
    assert [type(one) for one in outcomes if one is not None] == [RuleViolation]
    with tenant_scope(here.town.id):
        assert queries.list_engagements(here.desk) == []


def test_an_offer_and_a_save_of_the_profile_do_not_wait_for_each_other_for_ever(app, here):
    me, written = here.somebody.oneself, threading.Event()

    def save():
        with scope(Scope(person_id=me.person_id)):
            profile = own_profile(me, lock=True)
            written.wait(5)
            said = {column: getattr(profile, column) for column in COLUMNS}
            new = ProfileDraft(**said | {"revision": profile.revision, "bio": "新しい経歴"})
            save_profile(profile, new, actor=me, now=clock.now())
            db.session.commit()

    def engage():
        # The register's row is held by its key from here on; the profile is not free yet.
        with tenant_scope(here.town.id):
            db.session.execute(
                sa.text("SELECT 1 FROM municipal.talents WHERE id = :id FOR KEY SHARE"),
                {"id": here.talent_id},
            )
            written.set()
            book_hours(me.person_id, new_id(), 5, FIRST, LAST)
            db.session.commit()

    assert at_once(app, save, engage) == [None, None]


def shared_month(here) -> tuple[uuid.UUID, dt.date]:
    """Engage somebody until the middle of a month and anew from there; return the first of it."""
    middle = (TODAY.replace(day=1) + 75 * DAY).replace(day=15)
    first = offer(here, hours_a_month=30, ends_on=middle, on_paper=True, paper_note="契約書")
    offer(here, renews=first, hours_a_month=30, starts_on=middle + DAY, ends_on=LAST)
    return first, middle


def test_the_month_of_a_renewal_stays_booked_when_the_first_ends_earlier(here):
    first, middle = shared_month(here)
    assert left(here, middle, middle) == 10
    do(here, operations.shorten_engagement, first, FIRST + DAY, "事情により")
    assert left(here, middle, middle) == 10


def test_the_month_of_a_renewal_stays_booked_when_the_first_is_taken_back(here):
    first, middle = shared_month(here)
    do(here, operations.withdraw_engagement, first, "事情により")
    assert left(here, middle, middle) == 10
