"""The side-job people of the demo: who they are, where they work and stand, and how it goes."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from kyoso.core import clock
from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.identity.accounts.queries import person_of_email
from kyoso.identity.profiles.operations import ProfileDraft, save_profile
from kyoso.identity.profiles.queries import own_profile, shown_to_towns
from kyoso.identity.profiles.rules import WorkMode
from kyoso.identity.sample_people import SamplePerson
from kyoso.municipal.check_ins import operations as check_ins
from kyoso.municipal.check_ins.queries import CheckIn, get_check_in
from kyoso.municipal.check_ins.queries import find_sent as find_asked
from kyoso.municipal.engagements import operations as engagements
from kyoso.municipal.engagements.queries import find_sent, get_engagement, get_own_engagement
from kyoso.municipal.engagements.rules import ContractKind, EngagementStatus
from kyoso.municipal.posts import queries as posts
from kyoso.municipal.posts.operations import add_post
from kyoso.municipal.posts.rules import Line, PostDraft
from kyoso.municipal.recruitments import operations as recruitments
from kyoso.municipal.recruitments.queries import find_sent as find_recruitment
from kyoso.municipal.recruitments.queries import get_recruitment
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.municipal.talents.operations import join_as_talent
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from kyoso.municipal.talents.rules import TalentSource
from kyoso.municipal.work_hours.operations import save_hours
from kyoso.municipal.work_hours.queries import hold_own_log
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, Said
from kyoso.operating.demo_data.days import ONE_DAY, Days, then
from kyoso.operating.demo_data.people import FOLDER, PASSWORD, RULE, actors_of
from kyoso.tenancy.queries import TenantInfo, department_ids

Row = dict[str, Any]
#: Hours are logged for so many weeks back, at most.
WEEKS = 30
_WORDS = ("name", "kana", "affiliation", "bio", "can_do", "wants", "places", "conditions")
_LISTS = ("skills", "free_skills", "fields", "languages", "links")


def bring_in_talents(towns: list[TenantInfo], *, now: dt.datetime) -> list[SamplePerson]:
    """Let everybody of talents.toml join and work, unless they have; return them."""
    told = tomllib.loads((FOLDER / "talents.toml").read_text("utf-8"))
    by_slug, days = {town.slug: town for town in towns}, Days(now)
    for row in told["recruitments"]:
        _recruit(row, by_slug[row["town"]], days)
    for number, row in enumerate(told["posts"]):
        _place(row, number, by_slug[row["town"]], days)
    return [_Talent(row, by_slug, days).told() for row in told["people"]]


def _recruit(row: Row, town: TenantInfo, days: Days) -> None:
    recruitment_id = uuid.uuid5(town.id, f"demo/recruitment/{row['key']}")
    with then(Scope(town.id), at := days.moment(row["written"])):
        actor = actors_of(town)[row["by"]]
        if find_recruitment(actor, recruitment_id) is not None:
            return
        unit, yen = row["pay"]
        draft = recruitments.RecruitmentDraft(
            department_ids(actor)[row["department"]],
            project_id=None,
            need_id=None,
            starts_on=None,
            ends_on=None,
            hours_a_month=row["hours"],
            pay_unit=PayUnit(unit),
            pay_yen=yen,
            pay_note="",
            mode=WorkMode(row["mode"]),
            closes_on=days.day(row["closes_in"]),
            **{key: row[key] for key in ("title", "purpose", "tasks", "skills", "place", "wanted")},
        )
        recruitments.create_recruitment(draft, recruitment_id=recruitment_id, actor=actor, now=at)
    with then(Scope(town.id), at := days.moment(row["published"])):
        written = get_recruitment(actor, recruitment_id, lock=True)
        recruitments.publish_recruitment(written, actor=actor, now=at)


def _place(row: Row, number: int, town: TenantInfo, days: Days) -> None:
    post_id = uuid.uuid5(town.id, f"demo/post/{number}")
    with then(Scope(town.id), at := days.moment(row["at"])):
        actors = actors_of(town)
        actor, departments = actors[row["by"]], department_ids(actors[row["by"]])
        if posts.find_sent(actor, post_id) is not None:
            return
        draft = PostDraft(
            row["title"],
            Line(row["line"]),
            position=None,
            membership_id=actors[row["member"]].membership_id if "member" in row else None,
            engagement_id=None,
            holder_name=row.get("name", ""),
            concurrent=row.get("concurrent", False),
            home_department_id=departments[row["home"]] if "home" in row else None,
            part_time=row.get("part_time", False),
            online=row.get("online", False),
            starts_on=days.day(row["starts_in"]),
            ends_on=None,
            note="",
        )
        add_post(departments[row["department"]], draft, post_id=post_id, actor=actor, now=at)


class _Talent:
    """One person of the file; each step is a transaction, and done once."""

    def __init__(self, row: Row, towns: Mapping[str, TenantInfo], days: Days) -> None:
        self._row, self._towns, self._days = row, towns, days
        known = person_of_email(row["email"])
        db.session.rollback()
        self._me = PersonActor(known or new_id(), row["name"])
        self._own = Scope(person_id=self._me.person_id)
        if known is None:
            self._begin()

    def told(self) -> SamplePerson:
        """Let it all happen, and say as whom a visitor can sign in."""
        for told in self._row["engagements"]:
            self._work(told, self._towns[told["town"]])
        name, email = self._row["name"], self._row["email"]
        person_id = str(self._me.person_id)
        return SamplePerson(person_id, name, email, "複業人材", "", [Role.TALENT])

    def _begin(self) -> None:
        row, at = self._row, self._days.moment("120 20:00")
        with then(self._own, at):
            account = NewAccount(
                self._me.person_id, row["email"], row["name"], PASSWORD, row["kana"]
            )
            create_account(account, actor=self._me, now=at)
            profile = own_profile(self._me, lock=True)
            said: Row = {
                **dict.fromkeys(("affiliation", "can_do", "wants", "places", "conditions"), ""),
                **dict.fromkeys(("free_skills", "fields", "links", "hidden"), ()),
                **row,
            }
            kept: Row = {key: said[key] for key in _WORDS} | {k: list(said[k]) for k in _LISTS}
            draft = ProfileDraft(
                profile.revision,
                hours_offered=row["hours"],
                mode=WorkMode(row["mode"]),
                hidden_from_towns=list(said["hidden"]),
                **kept,
            )
            save_profile(profile, draft, actor=self._me, now=at)

    def _work(self, told: Row, town: TenantInfo) -> None:
        engagement_id = uuid.uuid5(town.id, f"demo/engagement/{self._row['key']}")
        with tenant_scope(town.id):
            actors = actors_of(town)
            known = find_sent(actors[told["by"]], engagement_id)
        if known is None:
            self._join(town, self._days.moment(told["offered"]) - dt.timedelta(days=1))
            self._offer(told, town, engagement_id, actors)
        if "answered" in told:
            self._begin_work(told, engagement_id)
        for number, asked in enumerate(told.get("check_ins", ())):
            check_in_id = uuid.uuid5(engagement_id, f"check-in/{number}")
            self._ask(asked, check_in_id, town, engagement_id, actors[told["responsible"]])
            if "person" in asked:
                self._answer(asked, check_in_id)

    def _join(self, town: TenantInfo, at: dt.datetime) -> None:
        with then(Scope(town.id, person_id=self._me.person_id), at):
            system = Actor.system(town.id, RULE)
            if talent_of_person(system, self._me.person_id) is None:
                shown, source = shown_to_towns(self._me), TalentSource.INVITED
                email = self._row["email"]
                join_as_talent(self._me.person_id, email, shown, source, actor=system, now=at)

    def _offer(
        self, told: Row, town: TenantInfo, engagement_id: uuid.UUID, actors: Mapping[str, Actor]
    ) -> None:
        actor, responsible = actors[told["by"]], actors[told["responsible"]].membership_id
        with then(Scope(town.id), at := self._days.moment(told["offered"])):
            talent = talent_of_person(actor, self._me.person_id)
            if talent is None or responsible is None:
                raise NotFound
            unit, yen = told.get("pay", ("none", 0))
            draft = engagements.EngagementDraft(
                told["role"],
                department_ids(actor)[told["department"]],
                ContractKind(told["kind"]),
                self._days.day(told["starts_in"]),
                self._days.day(told["ends_in"]),
                told["hours"],
                WorkMode(told["mode"]),
                told["purpose"],
                PayUnit(unit),
                responsible,
                title=told["title"],
                programme=told.get("programme"),
                employer=told.get("employer", ""),
                days_a_month=told.get("days"),
                in_town_days=told.get("in_town_days"),
                place=told.get("place", ""),
                pay_yen=yen,
                travel_yen_a_year=told.get("travel", 0),
                on_paper="paper" in told,
                paper_note=told.get("paper", ""),
            )
            engagements.offer_engagement(
                draft,
                get_talent(actor, talent.id).id,
                engagement_id=engagement_id,
                actor=actor,
                now=at,
            )

    def _begin_work(self, told: Row, engagement_id: uuid.UUID) -> None:
        """Agree to the offer and log the hours until today: all of it or nothing."""
        with scope(self._own):
            engagement = get_own_engagement(self._me, engagement_id, lock=True)
            days = sorted(_hours(told, self._days))
            if engagement.status is EngagementStatus.OFFERED:
                with clock.frozen(at := self._days.moment(told["answered"])):
                    read = engagement.revision
                    engagements.accept_engagement(engagement, read, actor=self._me, now=at)
                    db.session.flush()
            elif hold_own_log(self._me, days).entries:
                return
            for _monday, week in groupby(days, key=lambda day: day - ONE_DAY * day.weekday()):
                self._log(told, list(week), engagement_id)
            db.session.commit()

    def _log(self, told: Row, week: list[dt.date], engagement_id: uuid.UUID) -> None:
        said = _hours(told, self._days)
        at = dt.datetime.combine(week[-1], dt.time(21, 30), JST).astimezone(dt.UTC)
        changes = [Change(Cell(engagement_id, day), said[day], NOTHING.token) for day in week]
        with clock.frozen(at):
            save_hours(hold_own_log(self._me, week), changes, actor=self._me, now=at)
            db.session.flush()

    def _ask(
        self,
        asked: Row,
        check_in_id: uuid.UUID,
        town: TenantInfo,
        engagement_id: uuid.UUID,
        responsible: Actor,
    ) -> None:
        with then(Scope(town.id), at := self._days.moment(asked["at"])):
            if find_asked(responsible, CheckIn, check_in_id) is not None:
                return
            engagement = get_engagement(responsible, engagement_id)
            opener = Actor.system(town.id, "すり合わせの間隔（自動）")
            check_in = check_ins.open_check_in(
                engagement, check_in_id=check_in_id, actor=opener, now=at
            )
            db.session.flush()
            given = check_ins.Answer(*asked["town"])
            check_ins.answer_for_town(check_in, engagement, given, actor=responsible, now=at)

    def _answer(self, asked: Row, check_in_id: uuid.UUID) -> None:
        at = self._days.moment(asked["at"]) + dt.timedelta(hours=11)
        with then(self._own, at):
            own = get_check_in(self._me, check_in_id, lock=True)
            if own.person_answered_at is None:
                purpose, expectation, communication = asked["person"]
                answer = check_ins.Answer(purpose, expectation, communication, asked.get("say", ""))
                check_ins.answer_as_person(own, answer, actor=self._me, now=at)


def _hours(told: Row, days: Days) -> dict[dt.date, Said]:
    """Return what somebody worked on which day, up to yesterday."""
    today = days.day(0)
    first = max(days.day(told["starts_in"]), today - dt.timedelta(weeks=WEEKS))
    pattern = {weekday: Said(*what) for weekday, *what in told["hours_on"]}
    every = (first + ONE_DAY * n for n in range((today - first).days))
    return {day: pattern[day.weekday()] for day in every if day.weekday() in pattern}
