"""What can happen to a proposal in a story: one function for each verb of the files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor
from kyoso.core.i18n import force_locale
from kyoso.identity.members.queries import get_member
from kyoso.municipal.decisions import operations as decisions
from kyoso.municipal.decisions.queries import get_current
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.gates.operations import pass_gate
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.projects import operations as projects
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.queries import get_by_proposal
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals import rules
from kyoso.municipal.proposals.queries import Proposal, get_proposal
from kyoso.municipal.proposals.rules import ProposerKind, Source
from kyoso.municipal.reviews import operations as reviews
from kyoso.municipal.reviews.queries import get_own_review
from kyoso.municipal.reviews.rules import Recommendation
from kyoso.operating.demo_data import fit_sheet_steps
from kyoso.operating.demo_data.attachments import sample_files

Step = dict[str, Any]
Moment = dt.datetime

#: How long it takes somebody to write a proposal.
WRITING = dt.timedelta(minutes=18)
#: And to read it all once more before it goes.
CHECKING = dt.timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Scene:
    """One proposal of a story, and everybody around it."""

    tenant_id: uuid.UUID
    proposal_id: uuid.UUID
    need_id: uuid.UUID | None
    told: dict[str, Any]
    actors: dict[str, Actor]
    departments: dict[str, uuid.UUID]

    def by(self, step: Step) -> Actor:
        """Return who takes a step."""
        return self.actors[step["by"]]

    @property
    def proposer(self) -> Actor:
        """Return the proposer, who holds the private link."""
        return Actor.link_holder(self.tenant_id, self.proposal_id, self.told["name"])

    @property
    def proposal(self) -> Proposal:
        """Return the proposal as it stands, its row held."""
        return get_proposal(self.proposer, self.proposal_id, lock=True)

    @property
    def who(self) -> proposals.Who:
        """Return what the file says of the proposer."""
        told = self.told
        return proposals.Who(
            ProposerKind(told["kind"]),
            told["name"],
            told.get("contact", ""),
            told.get("email", ""),
            told.get("phone", ""),
            told.get("area", ""),
            told.get("public_name", told["name"]),
        )

    def content(self, changes: dict[str, str]) -> dict[str, str]:
        """Return what the proposer wrote, some of it changed."""
        return {part: changes.get(part, self.told.get(part, "")) for part in rules.CONTENT}


def _parts(content: dict[str, str]) -> tuple[proposals.Idea, proposals.Merits]:
    words = {part: text.strip() for part, text in content.items()}
    idea = proposals.Idea(words.pop("title"), words.pop("wish"), words.pop("ability"))
    return idea, proposals.Merits(**words)


def _send(scene: Scene, _step: Step, now: Moment) -> None:
    began = now - WRITING
    with force_locale(scene.told.get("locale", "ja")):
        proposal, _token = proposals.start_draft(
            scene.who,
            scene.need_id,
            form_id=scene.proposal_id,
            actor=Actor.guest(scene.tenant_id),
            now=began,
        )
    idea, merits = _parts(scene.content({}))
    proposals.save_part(proposal, idea, actor=scene.proposer, now=now - WRITING / 2)
    proposals.save_part(proposal, merits, actor=scene.proposer, now=now - CHECKING)
    if names := scene.told.get("files"):
        files = sample_files(names)
        proposals.add_files(proposal, files, actor=scene.proposer, now=now - CHECKING)
    proposals.submit_proposal(proposal, actor=scene.proposer, now=now)


def _enter(scene: Scene, step: Step, now: Moment) -> None:
    idea, merits = _parts(scene.content({}))
    proposals.enter_proposal(
        scene.who,
        idea,
        merits,
        Source(step["source"]),
        scene.need_id,
        form_id=scene.proposal_id,
        actor=scene.by(step),
        now=now,
        language=scene.told.get("locale", "ja"),
    )


def _confirm(scene: Scene, _step: Step, now: Moment) -> None:
    proposals.submit_proposal(scene.proposal, actor=scene.proposer, now=now)


def _screen(scene: Scene, step: Step, now: Moment) -> None:
    proposals.start_screening(scene.proposal, actor=scene.by(step), now=now)


def _ask(scene: Scene, step: Step, now: Moment) -> None:
    proposals.ask_question(scene.proposal, step["say"], actor=scene.by(step), now=now)


def _reply(scene: Scene, step: Step, now: Moment) -> None:
    proposals.give_reply(scene.proposal, step["say"], actor=scene.proposer, now=now)


def _ask_revision(scene: Scene, step: Step, now: Moment) -> None:
    proposals.request_revision(scene.proposal, step["say"], actor=scene.by(step), now=now)


def _resubmit(scene: Scene, step: Step, now: Moment) -> None:
    proposal = scene.proposal
    idea, merits = _parts(scene.content(step["changes"]))
    proposals.save_part(proposal, idea, actor=scene.proposer, now=now - WRITING / 2)
    proposals.save_part(proposal, merits, actor=scene.proposer, now=now - CHECKING)
    proposals.resubmit_proposal(proposal, actor=scene.proposer, now=now)


def _withdraw(scene: Scene, step: Step, now: Moment) -> None:
    proposals.withdraw_proposal(scene.proposal, step["say"], actor=scene.proposer, now=now)


def _cancel(scene: Scene, step: Step, now: Moment) -> None:
    proposals.cancel_proposal(scene.proposal, step["say"], actor=scene.proposer, now=now)


def _revoke(scene: Scene, step: Step, now: Moment) -> None:
    proposals.revoke_adoption(scene.proposal, step["say"], actor=scene.by(step), now=now)


def _review(scene: Scene, step: Step, now: Moment) -> None:
    actor, proposal = scene.by(step), scene.proposal
    proposals.start_review(proposal, actor=actor, now=now)
    members = [
        get_member(actor, membership_id)
        for key in step["reviewers"]
        if (membership_id := scene.actors[key].membership_id) is not None
    ]
    due_on = (now + dt.timedelta(days=step["due_in"])).date()
    reviews.assign_reviewers(proposal, members, due_on, actor=actor, now=now)


def _score(scene: Scene, step: Step, now: Moment) -> None:
    actor, proposal = scene.by(step), scene.proposal
    criteria = policy_of(actor, proposal.policy_id).criteria
    keys = [str(criterion["key"]) for criterion in criteria]
    draft = reviews.ReviewDraft(
        # A review that is only begun has fewer scores than there are criteria.
        dict(zip(keys, step["scores"], strict=False)),
        step["say"],
        Recommendation(step["advice"]),
    )
    review = get_own_review(actor, proposal.id)
    keep = reviews.save_review if step.get("draft") else reviews.submit_review
    keep(proposal, review, draft, actor=actor, now=now)


def _declare_interest(scene: Scene, step: Step, now: Moment) -> None:
    actor, proposal = scene.by(step), scene.proposal
    review = get_own_review(actor, proposal.id)
    reviews.declare_interest(proposal, review, step["say"], actor=actor, now=now)


def _decide(scene: Scene, step: Step, now: Moment) -> None:
    choice = Choice(
        Outcome(step["outcome"]),
        step["grounds"],
        step.get("conditions", ""),
        step.get("ground", ""),
        step.get("summary", ""),
        step.get("early", ""),
    )
    decisions.decide_proposal(scene.proposal, choice, actor=scene.by(step), now=now)


def _announce(scene: Scene, step: Step, now: Moment) -> None:
    actor, proposal = scene.by(step), scene.proposal
    decision = get_current(actor, proposal.id, lock=True)
    assert decision is not None, scene.told["key"]
    decisions.announce_decision(proposal, decision, decision.seal, actor=actor, now=now)


def _undo(scene: Scene, step: Step, now: Moment) -> None:
    actor, proposal = scene.by(step), scene.proposal
    decision = get_current(actor, proposal.id, lock=True)
    assert decision is not None, scene.told["key"]
    decisions.undo_decision(proposal, decision, step["say"], actor=actor, now=now)


def _edit_project(scene: Scene, step: Step, now: Moment) -> None:
    actor, project = scene.by(step), _project(scene)
    draft = projects.ProjectDraft(
        project.title,
        project.summary,
        step.get("content", project.content).strip(),
        project.proposer_name,
        step["team"],
        bool(step.get("recruiting")),
        step.get("recruiting", ""),
        scene.departments[step["department"]],
    )
    projects.edit_project(project, draft, actor=actor, now=now)


def _pass_gate(scene: Scene, step: Step, now: Moment) -> None:
    to = ProjectStage(step["to"])
    pass_gate(_project(scene), to, step["say"], actor=scene.by(step), now=now)


def _start_sheet(scene: Scene, step: Step, now: Moment) -> None:
    fit_sheet_steps.start(scene.proposal_id, scene.by(step), now)


def _write_sheet(scene: Scene, step: Step, now: Moment) -> None:
    fit_sheet_steps.write(scene.proposal_id, step["items"], _at_table(scene, step), now)


def _confirm_item(scene: Scene, step: Step, now: Moment) -> None:
    fit_sheet_steps.confirm(scene.proposal_id, step["topic"], _at_table(scene, step), now)


def _put_item_out(scene: Scene, step: Step, now: Moment) -> None:
    fit_sheet_steps.put_out(scene.proposal_id, step["topic"], step["say"], scene.by(step), now)


def _at_table(scene: Scene, step: Step) -> Actor:
    """Return who of the two sides speaks: the proposer, unless the file names a colleague."""
    return scene.by(step) if "by" in step else scene.proposer


def _project(scene: Scene) -> Project:
    project = get_by_proposal(scene.proposer, scene.proposal_id)
    assert project is not None, f"{scene.told['key']}: no project follows the announcement"
    return project


VERBS: dict[str, Callable[[Scene, Step, Moment], None]] = {
    "send": _send,
    "enter": _enter,
    "confirm": _confirm,
    "screen": _screen,
    "ask": _ask,
    "reply": _reply,
    "ask-revision": _ask_revision,
    "resubmit": _resubmit,
    "withdraw": _withdraw,
    "cancel": _cancel,
    "revoke": _revoke,
    "review": _review,
    "score": _score,
    "declare-interest": _declare_interest,
    "decide": _decide,
    "announce": _announce,
    "undo": _undo,
    "edit-project": _edit_project,
    "pass-gate": _pass_gate,
    "start-sheet": _start_sheet,
    "write-sheet": _write_sheet,
    "confirm-item": _confirm_item,
    "put-item-out": _put_item_out,
}
