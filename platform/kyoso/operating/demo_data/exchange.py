"""What the towns of the demo share in a network: know-how and its use, questions, a referral."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor
from kyoso.core.journal import last_entry
from kyoso.core.scope import Scope, in_networks
from kyoso.exchange.consultations import operations as consultations
from kyoso.exchange.consultations import queries as asked
from kyoso.exchange.consultations.events import AnswerAccepted
from kyoso.exchange.know_how import operations as know_how
from kyoso.exchange.know_how.queries import find_know_how, get_know_how, get_shown
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence
from kyoso.exchange.networks.queries import list_member_towns, network_id_of
from kyoso.exchange.referrals.operations import propose_referral
from kyoso.exchange.referrals.queries import list_sent_of
from kyoso.exchange.reuses import operations as reuses
from kyoso.exchange.reuses.queries import find_reuse, get_reuse
from kyoso.exchange.reuses.rules import Outcome
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.operating.demo_data.days import Days, then
from kyoso.operating.demo_data.people import FOLDER, actors_of
from kyoso.tenancy.queries import TenantInfo

Row = dict[str, Any]
Moment = dt.datetime
#: When, and the transaction that happens then unless it has happened.
Happening = tuple[Moment, Callable[[Moment], object]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it plays: the towns, the network that they share, and the calendar."""

    towns: Mapping[str, TenantInfo]
    network_id: uuid.UUID
    days: Days

    def id_of(self, kind: str, key: str) -> uuid.UUID:
        """Return the id of a thing of the story: always the same one."""
        return uuid.uuid5(self.network_id, f"demo/{kind}/{key}")

    @contextmanager
    def acting(self, town: str, who: str, at: Moment) -> Iterator[Actor]:
        """Let somebody do something for a town, in its networks: one transaction."""
        with then(in_networks(Scope(self.towns[town].id)), at):
            yield actors_of(self.towns[town])[who]


def share_know_how(stage: Stage, told: Row) -> Iterator[Happening]:
    """Return what happens to know-how, to consultations and to a proposal, not yet in order."""
    for row in told["know_how"]:
        yield from _Piece(stage, row).happenings()
    for row in told["reuses"]:
        yield from _Use(stage, row).happenings()
    for row in told["consultations"]:
        yield from _Question(stage, row).happenings()
    for row in told["referrals"]:
        yield stage.days.moment(row["at"]), _refer(stage, row)


def stage_of(told: Row, towns: list[TenantInfo], *, now: Moment) -> Stage:
    """Return where the story of a file plays."""
    return Stage({town.slug: town for town in towns}, network_id_of(told["network"]), Days(now))


def read_story() -> Row:
    """Return what exchange.toml tells."""
    return tomllib.loads((FOLDER / "exchange.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of know-how, with every version of it."""

    stage: Stage
    row: Row

    def happenings(self) -> Iterator[Happening]:
        yield self.stage.days.moment(self.row["written"]), self._write
        for number, version in enumerate(self.row["versions"], 1):
            yield self.stage.days.moment(version["at"]), self._publish(number, version)

    @property
    def _id(self) -> uuid.UUID:
        return self.stage.id_of("know-how", self.row["key"])

    def _acting(self, at: Moment) -> Any:
        return self.stage.acting(self.row["town"], self.row["by"], at)

    def _draft(self, version: Row) -> know_how.KnowHowDraft:
        row = self.row
        return know_how.KnowHowDraft(
            Genre(row["genre"]),
            row["title"],
            row["summary"],
            version["body"].strip(),
            Field(row["field"]),
            Licence(row["licence"]),
        )

    def _write(self, at: Moment) -> None:
        with self._acting(at) as actor:
            if find_know_how(actor, self._id) is None:
                draft = self._draft(self.row["versions"][0])
                know_how.create_know_how(draft, know_how_id=self._id, actor=actor, now=at)

    def _publish(self, number: int, version: Row) -> Callable[[Moment], object]:
        audience = Audience(
            (self.stage.network_id,),
            is_public=self.row.get("public", False),
            nameless=self.row.get("nameless", False),
        )

        def publish(at: Moment) -> None:
            with self._acting(at) as actor:
                piece = get_know_how(actor, self._id, lock=True)
                if piece.version >= number:
                    return
                if number > 1:
                    draft = self._draft(version)
                    know_how.save_know_how(piece, draft, piece.saves, actor=actor, now=at)
                said = know_how.Publication(audience, version.get("note", ""))
                know_how.publish_know_how(piece, said, actor=actor, now=at)

        return publish


@dataclass(frozen=True, slots=True)
class _Use:
    """What a town took from another one, and how it went."""

    stage: Stage
    row: Row

    def happenings(self) -> Iterator[Happening]:
        yield self.stage.days.moment(self.row["taken"]), self._take
        yield self.stage.days.moment(self.row["reported"]), self._report

    @property
    def _id(self) -> uuid.UUID:
        return self.stage.id_of("reuse", f"{self.row['town']}/{self.row['of']}")

    def _take(self, at: Moment) -> None:
        with self.stage.acting(self.row["town"], self.row["by"], at) as actor:
            if find_reuse(actor, self._id) is None:
                shown = get_shown(self.stage.id_of("know-how", self.row["of"]))
                reuses.begin_reuse(shown, [], reuse_id=self._id, actor=actor, now=at)

    def _report(self, at: Moment) -> None:
        row = self.row
        with self.stage.acting(row["town"], row["by"], at) as actor:
            reuse = get_reuse(actor, self._id, lock=True)
            if reuse.reported_at is None:
                said = (row["changes"], row["result"], row["thanks"])
                report = reuses.ReuseReport(Outcome(row["outcome"]), *said)
                reuses.report_reuse(reuse, report, actor=actor, now=at)


@dataclass(frozen=True, slots=True)
class _Question:
    """What a town asks its network, and what the others answer."""

    stage: Stage
    row: Row

    def happenings(self) -> Iterator[Happening]:
        yield self.stage.days.moment(self.row["at"]), self._ask
        for number, answer in enumerate(self.row.get("answers", ())):
            answer_id = self.stage.id_of("answer", f"{self.row['key']}/{number}")
            yield self.stage.days.moment(answer["at"]), self._answer(answer_id, answer)
            if "accepted" in answer:
                yield self.stage.days.moment(answer["accepted"]), self._accept(answer_id)

    @property
    def _id(self) -> uuid.UUID:
        return self.stage.id_of("consultation", self.row["key"])

    def _ask(self, at: Moment) -> None:
        row = self.row
        with self.stage.acting(row["town"], row["by"], at) as actor:
            if asked.find_sent(actor, self._id) is None:
                consultations.ask_network(
                    consultations.Question(row["title"], row["body"].strip(), row["tags"]),
                    self.stage.network_id,
                    named=row["named"],
                    consultation_id=self._id,
                    actor=actor,
                    now=at,
                )

    def _answer(self, answer_id: uuid.UUID, answer: Row) -> Callable[[Moment], object]:
        def reply(at: Moment) -> None:
            with self.stage.acting(answer["town"], answer["by"], at) as actor:
                if not asked.answer_is_sent(answer_id):
                    question, body = asked.get_consultation(actor, self._id), answer["body"].strip()
                    consultations.answer_consultation(
                        question, body, answer_id=answer_id, actor=actor, now=at
                    )

        return reply

    def _accept(self, answer_id: uuid.UUID) -> Callable[[Moment], object]:
        def accept(at: Moment) -> None:
            with self.stage.acting(self.row["town"], self.row["by"], at) as actor:
                # Not by how it stands: somebody may have opened it again since.
                if last_entry(actor, self._id, AnswerAccepted) is None:
                    question = asked.get_own(actor, self._id)
                    answer = asked.get_answer(question.consultation, answer_id)
                    consultations.accept_answer(question, answer, actor=actor, now=at)

        return accept


def _refer(stage: Stage, row: Row) -> Callable[[Moment], object]:
    """Ask the proposer of a declined proposal; the answer is theirs, by their private link."""
    town = stage.towns[row["town"]]
    proposal_id = uuid.uuid5(town.id, f"demo/proposal/{row['proposal']}")

    def refer(at: Moment) -> None:
        with stage.acting(row["town"], row["by"], at) as actor:
            if not list_sent_of(actor, proposal_id):
                proposal = get_proposal(actor, proposal_id, lock=True)
                others = list_member_towns(actor)
                wanted = [others[stage.towns[slug].id] for slug in row["to"]]
                propose_referral(proposal, wanted, row["words"].strip(), actor=actor, now=at)

    return refer
