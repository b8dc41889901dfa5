import datetime as dt
import itertools
import uuid
from dataclasses import dataclass

import pytest

from kyoso.municipal.organisation import rules
from kyoso.municipal.organisation.rules import Origin, Place, Roles
from kyoso.municipal.posts.rules import Engaged, Line, Mark

DAYS = [dt.date(2026, 4, n) for n in range(1, 7)]
UNIT, HOME = uuid.uuid4(), uuid.uuid4()
ROLES = Roles(("CDO", "室長", "係長"), ("補佐官", "デジタル活用推進委員", "複業人材"), "dx")


@dataclass
class Post:
    engagement_id: uuid.UUID | None = None
    title: str = "室長"
    line: Line = Line.CORE
    position: int | None = None
    concurrent: bool = False
    home_department_id: uuid.UUID | None = None
    part_time: bool = False
    online: bool = False
    starts_on: dt.date = DAYS[0]
    ends_on: dt.date | None = None
    holder_name: str = "見本 一郎（見本）"
    department_id: uuid.UUID = UNIT

    def __post_init__(self):
        self.id = uuid.uuid4()


def engaged(**values):
    given = {
        "id": uuid.uuid4(),
        "department_id": UNIT,
        "person_name": "見本 彩（見本）",
        "role": "複業人材",
        "title": "",
        "starts_on": DAYS[1],
        "ends_on": DAYS[4],
        "hours_a_month": 10,
        "online": True,
    }
    return Engaged(**(given | values))


def place(title="室長", line=Line.CORE, **values):
    given = {
        "origin": Origin.POST,
        "source_id": uuid.uuid4(),
        "unit_id": UNIT,
        "line": line,
        "title": title,
        "position": ROLES.position_of(line, title),
        "name": "見本",
        "marks": (),
        "starts_on": DAYS[0],
        "ends_on": None,
    }
    return Place(**(given | values))


@pytest.mark.parametrize("day", DAYS)
def test_a_post_by_an_engagement_lasts_while_both_last(day):
    one = engaged()
    for first in DAYS:
        for last in [d for d in DAYS if d >= first] + [None]:
            post = Post(engagement_id=one.id, starts_on=first, ends_on=last)
            found = rules.place_of_post(post, one, ROLES)
            expected = first <= day and (last is None or day <= last) and DAYS[1] <= day <= DAYS[4]
            assert (found is not None and found.holds_on(day)) is expected


def test_a_post_by_an_engagement_that_was_never_agreed_on_is_nowhere():
    assert rules.place_of_post(Post(engagement_id=uuid.uuid4()), None, ROLES) is None


@pytest.mark.parametrize(
    ("concurrent", "part_time", "online"), list(itertools.product([True, False], repeat=3))
)
def test_a_post_is_marked_by_what_was_written_or_by_its_engagement(concurrent, part_time, online):
    post = Post(concurrent=concurrent, part_time=part_time, online=online)
    said = {Mark.CONCURRENT: concurrent, Mark.PART_TIME: part_time, Mark.ONLINE: online}
    found = rules.place_of_post(post, None, ROLES)
    assert found is not None
    assert set(found.marks) == {mark for mark, on in said.items() if on}
    by_engagement = rules.place_of_post(post, engaged(), ROLES)
    assert by_engagement is not None
    assert by_engagement.marks[0] is Mark.OUTSIDE
    assert (Mark.CONCURRENT in by_engagement.marks) is concurrent


@pytest.mark.parametrize(
    ("role", "line", "position"),
    [
        ("CDO", Line.CORE, 10),
        ("係長", Line.CORE, 30),
        ("複業人材", Line.MEMBER, 30),
        ("アドバイザー", Line.MEMBER, 10_000),
    ],
)
def test_an_engagement_stands_where_the_town_declares_its_role(role, line, position):
    found = rules.place_of_engagement(engaged(role=role), ROLES)
    assert (found.line, found.position, found.title) == (line, position, role)


def test_the_core_line_stands_in_the_declared_order_and_a_number_goes_between():
    places = [place("係長"), place("CDO"), place("副室長", position=25), place("室長")]
    for order in itertools.permutations(places):
        chart = rules.chart_of(order, DAYS[0])
        assert [group.title for group in chart.core] == ["CDO", "室長", "副室長", "係長"]


def test_titles_nobody_declared_stand_in_the_order_in_which_they_were_written():
    first, second = (place(title, source_id=uuid.UUID(int=n)) for n, title in enumerate("本副"))
    for order in ([first, second], [second, first]):
        assert [group.title for group in rules.chart_of(order, DAYS[0]).core] == ["本", "副"]


def test_a_vacant_place_of_the_declared_line_is_shown():
    chart = rules.chart_of([place("室長")], DAYS[0], declared_core=ROLES.core_line)
    assert [(g.title, len(g.people)) for g in chart.core] == [("CDO", 0), ("室長", 1), ("係長", 0)]
    assert rules.chart_of([], DAYS[0]).core == ()


def test_an_engagement_gives_way_to_a_post_of_its_own_and_only_while_that_lasts():
    one = engaged(starts_on=DAYS[0], ends_on=DAYS[5])
    post = Post(engagement_id=one.id, title="室長", starts_on=DAYS[2], ends_on=DAYS[3])
    found = [
        p
        for p in (rules.place_of_post(post, one, ROLES), rules.place_of_engagement(one, ROLES))
        if p
    ]
    seen = [[p.title for p in rules.chart_of(found, day).people] for day in DAYS]
    assert seen == [["複業人材"]] * 2 + [["室長"]] * 2 + [["複業人材"]] * 2


def test_the_chart_counts_marks():
    marked = place(marks=(Mark.OUTSIDE, Mark.ONLINE))
    chart = rules.chart_of([marked, place("係長"), place("x", Line.MEMBER)], DAYS[0])
    assert [chart.count(mark) for mark in Mark] == [1, 0, 0, 1]
    assert len(chart.people) == 3


def test_a_promoter_stands_beside_the_work_of_their_own():
    found = rules.place_of_promoter(
        uuid.uuid4(), "見本", (DAYS[0], None), unit_id=UNIT, home_id=HOME, roles=ROLES
    )
    assert (found.line, found.position, found.home_id) == (Line.MEMBER, 20, HOME)
    at_home = rules.place_of_promoter(
        uuid.uuid4(), "見本", (DAYS[0], None), unit_id=HOME, home_id=HOME, roles=ROLES
    )
    assert at_home.home_id is None


def test_the_days_before_and_after_lead_to_where_something_differs():
    periods = [place(starts_on=a, ends_on=b) for a, b in ((DAYS[0], DAYS[1]), (DAYS[4], None))]
    changes = rules.changes_of(periods)
    assert changes == [DAYS[0], DAYS[2], DAYS[4]]
    there = {day: {p.source_id for p in periods if p.holds_on(day)} for day in DAYS}
    for day in DAYS:
        before, after = rules.neighbours_of(changes, day)
        if before in there:
            assert there[before] != there[day]
        if after is not None:
            assert there[after] != there[day]
            assert all(there[d] == there[day] for d in DAYS if day <= d < after)
    assert rules.neighbours_of([], DAYS[0]) == (None, None)


@dataclass
class Unit:
    id: str
    parent_id: str | None = None


def test_units_stand_below_their_parents_and_on_top_without_one():
    tree = rules.tree_of([Unit("a"), Unit("b", "a"), Unit("c", "gone"), Unit("d", "b")])
    assert [node.unit.id for node in tree] == ["a", "c"]
    assert tree[0].below[0].below[0].unit.id == "d"


def test_a_town_without_declared_roles_has_none():
    assert Roles.of({}) == Roles()
    assert Roles.of({"roles": {"core_line": ["CDO"], "department": "dx"}}).department == "dx"
