"""What the towns of the demo share in a network: know-how and its use, questions, a referral."""

from __future__ import annotations

import datetime as dt
import io
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage

from kyoso.core.access import Actor
from kyoso.core.file_text import words_in
from kyoso.core.files import CheckedFile, check_files
from kyoso.core.journal import last_entry
from kyoso.core.scope import Scope, in_networks
from kyoso.exchange.consultations import operations as consultations
from kyoso.exchange.consultations import queries as asked
from kyoso.exchange.consultations.events import AnswerAccepted
from kyoso.exchange.know_how import operations as know_how
from kyoso.exchange.know_how.queries import find_know_how, get_know_how, get_shown
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence
from kyoso.exchange.networks.queries import list_member_towns, network_id_of
from kyoso.exchange.referrals import operations as referrals
from kyoso.exchange.referrals.queries import get_received, list_asked, list_sent_of
from kyoso.exchange.referrals.rules import Part, ReferralStatus
from kyoso.exchange.reuses import operations as reuses
from kyoso.exchange.reuses.queries import find_reuse, get_reuse
from kyoso.exchange.reuses.rules import Outcome
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.strategy.queries import list_tactics
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
        yield from _Referral(stage, row).happenings()


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

    def _draft(self, actor: Actor, version: Row) -> know_how.KnowHowDraft:
        row = self.row
        return know_how.KnowHowDraft(
            Genre(row["genre"]),
            row["title"],
            row["summary"],
            version["body"].strip(),
            Field(row["field"]),
            Licence(row["licence"]),
            tactic_id=self._tactic(actor),
        )

    def _tactic(self, actor: Actor) -> uuid.UUID | None:
        code = self.row.get("tactic")
        return next((one.id for one in list_tactics(actor) if one.code == code), None)

    def _files(self) -> list[tuple[CheckedFile, str]]:
        given = [
            FileStorage(io.BytesIO(file["text"].encode("utf-8-sig")), file["name"])
            for file in self.row.get("files", ())
        ]
        return [(file, words_in(file)) for file in check_files(given)]

    def _write(self, at: Moment) -> None:
        with self._acting(at) as actor:
            if find_know_how(actor, self._id) is None:
                draft = self._draft(actor, self.row["versions"][0])
                piece = know_how.create_know_how(draft, know_how_id=self._id, actor=actor, now=at)
                if self.row.get("files"):
                    know_how.attach_files(piece, self._files(), actor=actor, now=at)

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
                    draft = self._draft(actor, version)
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


@dataclass(frozen=True, slots=True)
class _Referral:
    """A declined proposal that a town would let others have, as far as its proposer consents."""

    stage: Stage
    row: Row

    def happenings(self) -> Iterator[Happening]:
        steps = {
            "at": self._ask,
            "answered": self._answer,
            "handed": self._hand_over,
            "accepted": self._accept,
        }
        for name, step in steps.items():
            if name in self.row:
                yield self.stage.days.moment(self.row[name]), step

    @property
    def _proposal_id(self) -> uuid.UUID:
        town = self.stage.towns[self.row["town"]]
        return uuid.uuid5(town.id, f"demo/proposal/{self.row['proposal']}")

    @contextmanager
    def _town(self, at: Moment) -> Iterator[Actor]:
        """Let the first town's part be done by the platform: one transaction."""
        town = self.stage.towns[self.row["town"]]
        with then(in_networks(Scope(town.id)), at):
            yield Actor.system(town.id, "提案の紹介（自動）")

    def _ask(self, at: Moment) -> None:
        row = self.row
        with self.stage.acting(row["town"], row["by"], at) as actor:
            if not list_sent_of(actor, self._proposal_id):
                proposal = get_proposal(actor, self._proposal_id, lock=True)
                others = list_member_towns(actor)
                wanted = [others[self.stage.towns[slug].id] for slug in row["to"]]
                words = row["words"].strip()
                referrals.propose_referral(proposal, wanted, words, actor=actor, now=at)

    def _answer(self, at: Moment) -> None:
        with self._town(at) as system:
            offers = list_asked(system, self._proposal_id)
            if offers:
                proposal = get_proposal(system, self._proposal_id, lock=True)
                holder = Actor.link_holder(system.tenant_id, proposal.id, proposal.proposer_name)
                chosen = [offer.id for offer in offers]
                parts = [Part(part) for part in self.row["parts"]]
                referrals.answer_offers(proposal, offers, chosen, parts, actor=holder, now=at)

    def _hand_over(self, at: Moment) -> None:
        with self._town(at) as system:
            for sent in list_sent_of(system, self._proposal_id):
                if sent.referral is None:
                    proposal = get_proposal(system, self._proposal_id, lock=True)
                    referrals.hand_over(sent.offer, proposal, actor=system, now=at)

    def _accept(self, at: Moment) -> None:
        with self._town(at) as system:
            given = list_sent_of(system, self._proposal_id)
        for sent in given:
            slug = next(s for s, t in self.stage.towns.items() if t.name == sent.town)
            with self.stage.acting(slug, self.row["accepted_by"], at) as actor:
                received = get_received(actor, sent.offer.id, lock=True)
                if received.referral.status is ReferralStatus.OFFERED:
                    referrals.accept_referral(received, actor=actor, now=at)
        with self._town(at) as system:
            proposal = get_proposal(system, self._proposal_id, lock=True)
            for one in list_sent_of(system, self._proposal_id):
                if one.referral is not None and one.offer.settled is not one.referral.status:
                    said = (one.offer, one.referral, proposal, one.town)
                    referrals.settle_referral(*said, actor=system, now=at)
