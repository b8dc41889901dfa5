"""The story of one town: what its file says, done by whoever does it, in the order of life."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.operations import Invite, invite_member
from kyoso.municipal.intake.operations import PausePlan, pause_intake, resume_intake
from kyoso.municipal.intake.queries import get_pause
from kyoso.municipal.needs import operations as needs
from kyoso.municipal.needs.queries import get_need
from kyoso.municipal.notices import operations as notices
from kyoso.municipal.notices.queries import find_sent, get_notice
from kyoso.municipal.strategy.queries import list_tactics
from kyoso.operating.demo_data.days import Days
from kyoso.operating.demo_data.people import FOLDER, RULE, actors_of
from kyoso.operating.demo_data.pilots import Pilot
from kyoso.operating.demo_data.proposal_steps import VERBS, Scene
from kyoso.operating.demo_data.workshops import Gathering
from kyoso.tenancy.queries import TenantInfo, department_ids

Row = dict[str, Any]
Moment = dt.datetime
#: When, and what is done then.
Happening = tuple[Moment, Callable[[Moment], object]]


def tell_story(town: TenantInfo, *, now: dt.datetime) -> None:
    """Let everything happen that a town's file tells, unless it has happened: all or nothing."""
    told = tomllib.loads((FOLDER / f"{town.slug}.toml").read_text("utf-8"))
    with tenant_scope(town.id):
        story = Story(town, told, Days(now))
        if story.is_told():
            return
        for moment, happen in sorted(story.happenings(), key=lambda happening: happening[0]):
            with clock.frozen(moment):
                happen(moment)
                db.session.flush()
        db.session.commit()


@dataclass(slots=True)
class Story:
    """A town's file, and who and what it speaks of."""

    town: TenantInfo
    told: Row
    days: Days

    def id_of(self, kind: str, key: str) -> uuid.UUID:
        """Return the id of a thing of the story: always the same one."""
        return uuid.uuid5(self.town.id, f"demo/{kind}/{key}")

    def is_told(self) -> bool:
        """Tell whether the story is in the database already."""
        system = Actor.system(self.town.id, RULE)
        first = self.told["notices"][0]["key"]
        return find_sent(system, self.id_of("notice", first)) is not None

    def happenings(self) -> Iterator[Happening]:
        """Return everything that happens, not yet in order."""
        actors = actors_of(self.town)
        system = Actor.system(self.town.id, RULE)
        departments = department_ids(system)
        tactics = {tactic.code: tactic.id for tactic in list_tactics(system)}
        for row in self.told.get("needs", []):
            yield from self._need(row, actors[row["by"]], departments, tactics)
        for row in self.told["notices"]:
            yield from self._notice(row, actors[row["by"]])
        for row in self.told.get("pauses", []):
            yield from self._pause(row, actors[row["by"]])
        for row in self.told.get("invitations", []):
            yield self._invitation(row, actors[row["by"]], departments)
        for row in self.told["proposals"]:
            need_id = self.id_of("need", row["need"]) if "need" in row else None
            scene = Scene(
                self.town.id, self.id_of("proposal", row["key"]), need_id, row, actors, departments
            )
            for step in row["steps"]:
                yield self._at(step["at"], _step(scene, step))

        for row in self.told.get("pilots", []):
            pilot = Pilot(self.id_of("pilot", row["key"]), row, actors, departments, tactics)
            for step in row["steps"]:
                yield self._at(step["at"], _pilot_step(pilot, step))

        for row in self.told.get("workshops", []):
            gathering = Gathering(
                self.id_of("workshop", row["key"]),
                row,
                actors[row["by"]],
                departments,
                tactics,
                self.id_of,
            )
            for step in row["steps"]:
                yield self._at(step["at"], _workshop_step(gathering, step))

    def _at(self, at: str, happen: Callable[[Moment], object]) -> Happening:
        return self.days.moment(at), happen

    def _need(
        self,
        row: Row,
        actor: Actor,
        departments: dict[str, uuid.UUID],
        tactics: dict[str, uuid.UUID],
    ) -> Iterator[Happening]:
        need_id = self.id_of("need", row["key"])
        closes_in = row.get("closes_in")
        draft = needs.NeedDraft(
            departments[row["department"]],
            row["title"],
            row["purpose"],
            row["outcome"],
            tactic_id=tactics[row["tactic"]] if "tactic" in row else None,
            skills=tuple(row.get("skills", ())),
            hours_a_month=row.get("hours"),
            budget_yen=row.get("budget"),
            field_offered=row.get("field", ""),
            closes_on=None if closes_in is None else self.days.day(closes_in),
        )
        yield self._at(
            row["written"],
            lambda now: needs.create_need(draft, need_id=need_id, actor=actor, now=now),
        )
        if "published" in row:
            yield self._at(
                row["published"],
                lambda now: needs.publish_need(get_need(actor, need_id), actor=actor, now=now),
            )
        if "closed" in row:
            yield self._at(
                row["closed"],
                lambda now: needs.close_need(
                    get_need(actor, need_id), row["closing_note"], actor=actor, now=now
                ),
            )

    def _notice(self, row: Row, actor: Actor) -> Iterator[Happening]:
        notice_id = self.id_of("notice", row["key"])
        draft = notices.NoticeDraft(row["title"], row["body"].strip())
        yield self._at(
            row["written"],
            lambda now: notices.create_notice(draft, notice_id=notice_id, actor=actor, now=now),
        )
        if "published" in row:
            yield self._at(
                row["published"],
                lambda now: notices.publish_notice(
                    get_notice(actor, notice_id), actor=actor, now=now
                ),
            )

    def _pause(self, row: Row, actor: Actor) -> Iterator[Happening]:
        pause_id = self.id_of("pause", row["key"])
        plan = PausePlan(
            self.days.day(row["starts_in"]), self.days.day(row["ends_in"]), row["reason"]
        )
        yield self._at(
            row["set"], lambda now: pause_intake(plan, pause_id=pause_id, actor=actor, now=now)
        )
        if "lifted" in row:
            yield self._at(
                row["lifted"],
                lambda now: resume_intake(get_pause(actor, pause_id), actor=actor, now=now),
            )

    def _invitation(self, row: Row, actor: Actor, departments: dict[str, uuid.UUID]) -> Happening:
        invite = Invite(
            row["email"],
            row["name"],
            tuple(Role(role) for role in row["roles"]),
            tuple(departments[slug] for slug in row.get("departments", ())),
        )
        return self._at(
            row["sent"], lambda now: invite_member(invite, town=self.town, actor=actor, now=now)
        )


def _step(scene: Scene, step: Row) -> Callable[[Moment], None]:
    return lambda now: VERBS[step["do"]](scene, step, now)


def _pilot_step(pilot: Pilot, step: Row) -> Callable[[Moment], None]:
    return lambda now: pilot.take(step, now)


def _workshop_step(gathering: Gathering, step: Row) -> Callable[[Moment], None]:
    return lambda now: gathering.take(step, now)
