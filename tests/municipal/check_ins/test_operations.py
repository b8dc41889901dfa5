import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.jobs import enqueue, run_worker
from kyoso.core.journal import JournalEntry, PersonJournalEntry, list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.check_ins import operations, queries
from kyoso.municipal.check_ins.operations import Answer, Note, Topic
from kyoso.municipal.check_ins.rules import ActionKind, Origin, Side
from kyoso.municipal.check_ins.subscribers import compare, tell_both
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.queries import get_engagement, get_own_engagement
from kyoso.operating.reminders import keep_up_town
from support.check_ins import answer, make_pair, open_one
from support.departments import make_department
from support.people import actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
START = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _noon():
    with frozen(NOON):
        yield


@pytest.fixture
def pair(hinode):
    return make_pair(hinode, starts_on=START, ends_on=dt.date(2027, 3, 31))


def nights(pair, *days):
    """Let nights pass in the pair's town, each by its day of November (31: 1 December)."""
    for n in days:
        at = dt.datetime(2026, 10, 31, 18, tzinfo=dt.UTC) + (n - 1) * DAY
        with frozen(at), tenant_scope(pair.town.id):
            keep_up_town(Actor.system(pair.town.id, rule="check_ins.keep_up"))
            db.session.commit()


def in_town(pair, read):
    with tenant_scope(pair.town.id):
        return read(
            pair.responsible.actor, get_engagement(pair.responsible.actor, pair.engagement_id)
        )


def mails(app, pair):
    """Let the jobs run, and return (to, subject) of every mail of the town."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, wait=False).result()
    with tenant_scope(pair.town.id):
        rows = db.session.execute(
            sa.select(Mail.to, Mail.subject, Mail.body).order_by(Mail.id)
        ).all()
    return [tuple(row) for row in rows]


def test_both_sides_answer_and_then_see_the_same(hinode, pair):
    check_in_id = open_one(pair)
    assert answer(pair, check_in_id, Side.TOWN, 4, 3, 5) is False
    assert answer(pair, check_in_id, Side.PERSON, 4, 1, 5) is True
    me, desk = pair.somebody.oneself, pair.responsible.actor
    with tenant_scope(hinode.id):
        check_in = queries.get_check_in(desk, check_in_id)
        ours = {
            k: (a.purpose, a.expectation) for k, a in queries.get_answers(desk, check_in).items()
        }
        assert (check_in.largest_gap, check_in.revealed_at) == (2, NOON)
        assert queries.get_answers(desk, check_in)[Side.TOWN].answered_by == "担当 太郎（見本）"
    with pair.own_scope:
        check_in = queries.get_check_in(me, check_in_id)
        theirs = {
            k: (a.purpose, a.expectation) for k, a in queries.get_answers(me, check_in).items()
        }
    assert ours == theirs == {Side.TOWN: (4, 3), Side.PERSON: (4, 1)}


@pytest.mark.parametrize("first", list(Side))
def test_an_answer_can_be_changed_until_both_are_there(pair, first):
    second = Side.PERSON if first is Side.TOWN else Side.TOWN
    check_in_id = open_one(pair)
    answer(pair, check_in_id, first, 1, 1, 1)
    answer(pair, check_in_id, first, 4, 4, 4)
    assert answer(pair, check_in_id, second, 5, 4, 4) is True
    for side in Side:
        with pytest.raises(RuleViolation, match="もう変えられません"):
            answer(pair, check_in_id, side, 3, 3, 3)
    (compared,) = in_town(pair, queries.list_compared)
    assert {compared.town.purpose, compared.person.purpose} == {4, 5}
    (check_in,) = in_town(pair, queries.list_check_ins)
    assert check_in.largest_gap == 1


def test_two_answers_at_the_same_moment_reveal_exactly_once(app, pair):
    for _time in range(5):
        check_in_id, start = open_one(pair), threading.Barrier(2)

        def give(side, check_in_id=check_in_id, start=start):
            with app.app_context(), frozen(NOON):
                start.wait()
                return answer(pair, check_in_id, side, 5, 5, 2 if side is Side.TOWN else 5)

        with ThreadPoolExecutor(2) as both:
            assert sorted(both.map(give, Side)) == [False, True]
        with tenant_scope(pair.town.id):
            check_in = queries.get_check_in(pair.responsible.actor, check_in_id)
            assert check_in.largest_gap == 3
            assert set(queries.get_answers(pair.responsible.actor, check_in)) == set(Side)


def test_two_who_open_at_the_same_moment_open_one(app, pair):
    start = threading.Barrier(2)

    def give(_n):
        with app.app_context(), frozen(NOON):
            start.wait()
            try:
                open_one(pair)
            except (sa.exc.IntegrityError, RuleViolation):
                return False
            return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(give, range(2))) == [False, True]
    assert len(in_town(pair, queries.list_check_ins)) == 1


def test_only_the_responsible_and_the_department_speak_for_the_town(hinode, pair, member_of):
    check_in_id = open_one(pair)
    near = member_of(hinode, Role.STAFF, departments=(pair.department_id,))
    far = member_of(hinode, Role.STAFF, departments=(make_department(hinode, "建設課"),))
    office = member_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        check_in = queries.get_check_in(near.actor, check_in_id, lock=True)
        engagement = get_engagement(near.actor, pair.engagement_id)
        given = Answer(3, 3, 3)
        for actor in (far.actor, office.actor, actor_of(hinode, Role.AUDITOR)):
            with pytest.raises(Forbidden):
                operations.answer_for_town(check_in, engagement, given, actor=actor, now=NOON)
        operations.answer_for_town(check_in, engagement, given, actor=near.actor, now=NOON)
        assert queries.get_answers(near.actor, check_in)[Side.TOWN].answered_by == near.name
        assert queries.list_standings(far.actor, NOON.date()) == []
        assert len(queries.list_standings(office.actor, NOON.date())) == 1


def test_a_talent_who_is_also_staff_does_not_speak_for_the_town_about_themselves(hinode, pair):
    check_in_id = open_one(pair)
    both = replace(pair.responsible.actor, person_id=pair.somebody.person_id)
    with tenant_scope(hinode.id):
        check_in = queries.get_check_in(both, check_in_id, lock=True)
        engagement = get_engagement(both, pair.engagement_id)
        with pytest.raises(Forbidden):
            operations.answer_for_town(check_in, engagement, Answer(3, 3, 3), actor=both, now=NOON)
        assert queries.list_standings(both, NOON.date()) == []
        assert not queries.list_mine(both, NOON.date())


def test_nobody_answers_for_another_person(pair):
    check_in_id = open_one(pair)
    with pair.own_scope:
        check_in = queries.get_check_in(pair.somebody.oneself, check_in_id, lock=True)
        with pytest.raises(Forbidden):
            operations.answer_as_person(
                check_in, Answer(3, 3, 3), actor=PersonActor(new_id(), "他人"), now=NOON
            )


def test_the_person_opens_one_and_a_second_is_refused(pair):
    me = pair.somebody.oneself
    with pair.own_scope:
        engagement = get_own_engagement(me, pair.engagement_id)
        operations.open_own_check_in(engagement, check_in_id=new_id(), actor=me, now=NOON)
        db.session.flush()
        with pytest.raises(RuleViolation, match="もう始まっています"):
            operations.open_own_check_in(engagement, check_in_id=new_id(), actor=me, now=NOON)
        db.session.commit()
    with pytest.raises(RuleViolation, match="もう始まっています"):
        open_one(pair)
    (check_in,) = in_town(pair, queries.list_check_ins)
    assert (check_in.origin, check_in.opened_by) == (Origin.PERSON, pair.somebody.name)


@pytest.mark.parametrize(
    "dates",
    [
        {"starts_on": dt.date(2026, 11, 22), "ends_on": dt.date(2027, 3, 31)},
        {"starts_on": START, "ends_on": dt.date(2026, 11, 20)},
    ],
)
def test_outside_its_period_an_engagement_has_no_check_in(hinode, dates):
    with pytest.raises(RuleViolation, match="期間中だけ"):
        open_one(make_pair(hinode, **dates))


def test_no_answer_is_in_the_journal_or_in_a_mail(app, hinode, pair):
    check_in_id = open_one(pair)
    for side, number in ((Side.TOWN, 5), (Side.PERSON, 2)):
        answer(pair, check_in_id, side, number, 4, 4)
    sent = mails(app, pair)
    assert len(sent) >= 2
    assert not any("補足" in body for _to, _subject, body in sent)
    with tenant_scope(hinode.id):
        facts = [
            str(entry.facts)
            for entry in db.session.scalars(sa.select(JournalEntry))
            if entry.kind.startswith(("CheckIn", "Action"))
        ]
        kinds = {entry.kind for entry in list_history(pair.responsible.actor, [check_in_id])}
    assert kinds == {"CheckInOpened", "CheckInAnswered"}
    assert not any("補足" in fact or "purpose" in fact for fact in facts)
    with pair.own_scope:
        kinds = db.session.scalars(sa.select(PersonJournalEntry.kind)).all()
        assert "CheckInAnswered" in kinds


def test_opening_is_told_to_both_and_a_gap_to_both_and_to_the_desk(app, hinode, pair):
    check_in_id = open_one(pair)
    told = [(to, subject) for to, subject, _body in mails(app, pair)]
    assert told == [
        (pair.somebody.email, "【ひので町】すり合わせのお願い"),
        (pair.responsible.email, f"すり合わせのお願い（{pair.somebody.name}さん）"),
    ]
    answer(pair, check_in_id, Side.TOWN, 5, 4, 4)
    answer(pair, check_in_id, Side.PERSON, 3, 4, 4)
    told = [(to, subject) for to, subject, _body in mails(app, pair)][2:]
    assert told == [
        (pair.somebody.email, "【ひので町】すり合わせで、話し合いたいことが見つかりました"),
        (
            pair.responsible.email,
            f"すり合わせで、理解のずれが見つかりました（{pair.somebody.name}さん）",
        ),
    ]
    (action,) = in_town(pair, queries.list_actions)
    assert (action.kind, action.check_in_id, action.closed_at) == (
        ActionKind.GAP,
        check_in_id,
        None,
    )
    with tenant_scope(hinode.id):
        mine = queries.list_mine(pair.responsible.actor, NOON.date())
        assert [found.id for found, _engagement in mine.actions] == [action.id]
        other = queries.list_mine(actor_of(hinode, Role.ADMIN), NOON.date())
        assert not other


def test_no_gap_no_action(app, pair):
    check_in_id = open_one(pair)
    assert len(mails(app, pair)) == 2
    answer(pair, check_in_id, Side.TOWN, 5, 4, 4)
    answer(pair, check_in_id, Side.PERSON, 4, 5, 3)
    assert len(mails(app, pair)) == 2
    assert in_town(pair, queries.list_actions) == []


def test_an_action_is_closed_once_with_what_was_done(hinode, pair):
    desk, system = pair.responsible.actor, Actor.system(hinode.id, "tests")
    with tenant_scope(hinode.id):
        engagement = get_engagement(desk, pair.engagement_id)
        with pytest.raises(Forbidden):
            operations.raise_action(engagement, ActionKind.OVERDUE, actor=desk, now=NOON)
        action = operations.raise_action(engagement, ActionKind.OVERDUE, actor=system, now=NOON)
        db.session.flush()
        with pytest.raises(RuleViolation, match="何をしたか"):
            operations.close_action(action, engagement, "", actor=desk, now=NOON)
        stranger = actor_of(hinode, Role.STAFF)
        with pytest.raises(Forbidden):
            operations.close_action(action, engagement, "x", actor=stranger, now=NOON)
        operations.close_action(action, engagement, "電話で話した", actor=desk, now=NOON)
        db.session.flush()
        assert (action.done, action.closed_by) == ("電話で話した", desk.name)
        with pytest.raises(RuleViolation, match="もう終えられ"):
            operations.close_action(action, engagement, "x", actor=desk, now=NOON)


def test_the_rhythm_opens_reminds_raises_and_is_satisfied_by_a_check_in(app, hinode, pair):
    nights(pair, *range(2, 24))
    assert in_town(pair, queries.list_check_ins) == []
    nights(pair, 24)
    (check_in,) = in_town(pair, queries.list_check_ins)
    assert (check_in.origin, check_in.opened_by) == (Origin.RHYTHM, "")
    nights(pair, *range(25, 31))
    subjects = [subject for _to, subject, _body in mails(app, pair)]
    assert subjects == [
        "【ひので町】すり合わせのお願い",
        f"すり合わせのお願い（{pair.somebody.name}さん）",
    ]
    answer(pair, check_in.id, Side.TOWN, 4, 4, 4, at=NOON + 9 * DAY)
    nights(pair, 31, 32)
    subjects = [subject for _to, subject, _body in mails(app, pair)][2:]
    assert subjects == ["【ひので町】すり合わせの答えをお待ちしています"]
    (action,) = in_town(pair, queries.list_actions)
    assert (action.kind, action.closed_at) == (ActionKind.OVERDUE, None)
    with frozen(NOON + 12 * DAY):
        answer(pair, check_in.id, Side.PERSON, 4, 4, 4, at=NOON + 12 * DAY)
        mails(app, pair)
    (action,) = in_town(pair, queries.list_actions)
    assert (action.done, action.closed_by) == ("双方がすり合わせに答えました。", "自動処理")
    # From 3 December on, the same again.
    nights(pair, *range(33, 56))
    assert len(in_town(pair, queries.list_check_ins)) == 1
    nights(pair, 56)
    assert len(in_town(pair, queries.list_check_ins)) == 2


def test_what_was_done_gives_the_same_time_once_more(hinode, pair):
    nights(pair, 31)
    (first,) = in_town(pair, queries.list_actions)
    desk = pair.responsible.actor
    closed = NOON + 15 * DAY
    with tenant_scope(hinode.id):
        action = queries.get_action(desk, first.id)
        engagement = get_engagement(desk, pair.engagement_id)
        operations.close_action(action, engagement, "話した", actor=desk, now=closed)
        db.session.commit()
    nights(pair, *range(36, 65))
    assert len(in_town(pair, queries.list_actions)) == 1
    nights(pair, 66, 67)
    assert len(in_town(pair, queries.list_actions)) == 2


def test_an_engagement_that_ended_takes_its_check_in_along(hinode, pair):
    check_in_id = open_one(pair)
    with tenant_scope(hinode.id):
        db.session.execute(sa.update(Engagement).values(ends_on=dt.date(2026, 11, 22)))
        db.session.commit()
    nights(pair, 23)
    (check_in,) = in_town(pair, queries.list_check_ins)
    assert (check_in.id, check_in.is_open) == (check_in_id, False)
    assert check_in.cancelled_at is not None
    with pytest.raises(RuleViolation, match="取りやめ"):
        answer(pair, check_in_id, Side.PERSON, 3, 3, 3)


def test_topics_and_decisions_are_carried_over(hinode, pair):
    first, me, desk = open_one(pair), pair.somebody.oneself, pair.responsible.actor
    with pair.own_scope:
        check_in = queries.get_check_in(me, first)
        for words, decision in (("会議の日", ""), ("連絡の方法", "チャットにする")):
            operations.propose_own_topic(
                check_in, Topic(words, decision), topic_id=new_id(), actor=me, now=NOON
            )
        db.session.commit()
    for side in Side:
        answer(pair, first, side, 4, 4, 4)
    second = open_one(pair, NOON + DAY)
    with tenant_scope(hinode.id):
        engagement = get_engagement(desk, pair.engagement_id)
        check_in = queries.get_check_in(desk, second)
        topics = queries.list_topics(desk, engagement)
        assert [(t.text, t.decision, t.side) for t in topics] == [
            ("会議の日", "", Side.PERSON),
            ("連絡の方法", "チャットにする", Side.PERSON),
        ]
        topic = queries.get_topic(desk, check_in, topics[0].id)
        operations.decide_topic(topic, engagement, "第1月曜", actor=desk, now=NOON)
        db.session.commit()
    with pair.own_scope:
        check_in = queries.get_check_in(me, second)
        topic = queries.get_topic(me, check_in, topics[0].id)
        assert (topic.decision, topic.decided_by, topic.decided_side) == (
            "第1月曜",
            desk.name,
            Side.TOWN,
        )
        with pytest.raises(RuleViolation, match="もう決まっています"):
            operations.decide_own_topic(topic, "第2月曜", actor=me, now=NOON)


def test_a_private_note_is_for_its_own_side_and_a_shared_one_for_both(hinode, pair):
    check_in_id, me, desk = open_one(pair), pair.somebody.oneself, pair.responsible.actor
    with tenant_scope(hinode.id):
        check_in = queries.get_check_in(desk, check_in_id)
        engagement = get_engagement(desk, pair.engagement_id)
        for words, shared in (("町だけ", False), ("町から", True)):
            operations.write_note(
                check_in, engagement, Note(words, shared), note_id=new_id(), actor=desk, now=NOON
            )
        db.session.commit()
    with pair.own_scope:
        check_in = queries.get_check_in(me, check_in_id)
        for words, shared in (("自分だけ", False), ("本人から", True)):
            operations.write_own_note(
                check_in, Note(words, shared), note_id=new_id(), actor=me, now=NOON
            )
        db.session.commit()
    with pair.own_scope:
        check_in = queries.get_check_in(me, check_in_id)
        seen = {n.text for n in queries.list_notes(me, check_in)}
        assert seen == {"町から", "自分だけ", "本人から"}
    with tenant_scope(hinode.id):
        check_in = queries.get_check_in(desk, check_in_id)
        seen = {n.text for n in queries.list_notes(desk, check_in)}
        assert seen == {"町だけ", "町から", "本人から"}


def test_what_waits_for_the_person_over_all_towns(hinode, minato, pair):
    other = make_pair(minato, pair.somebody, starts_on=START)
    first, second = open_one(pair, NOON - DAY), open_one(other)
    me = pair.somebody.oneself

    def waiting():
        with pair.own_scope:
            rows = queries.list_waiting_for_me(me, NOON.date())
            return [(row.town, row.now_open.id) for row in rows]

    assert waiting() == [("ひので町", first), ("みなと町", second)]
    answer(pair, first, Side.PERSON, 3, 3, 3)
    assert waiting() == [("みなと町", second)]
    with pair.own_scope:
        assert len(queries.list_own_standings(me, NOON.date())) == 2


def test_jobs_that_run_twice_tell_and_raise_once(app, hinode, pair):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, Side.TOWN, 5, 4, 4)
    answer(pair, check_in_id, Side.PERSON, 1, 4, 4)
    with tenant_scope(hinode.id):
        for task in (tell_both, compare, compare):
            enqueue(task, tenant_id=str(hinode.id), check_in_id=str(check_in_id))
        db.session.commit()
    assert len([m for m in mails(app, pair) if "ずれ" in m[1]]) == 1
    assert len(in_town(pair, queries.list_actions)) == 1
