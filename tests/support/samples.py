"""A town in which everything happened once: for tests that go through all pages or all tables."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.operations import Invite, invite_member
from kyoso.identity.members.queries import get_member
from kyoso.municipal.agreements.operations import add_files, remind_agreement, write_draft
from kyoso.municipal.agreements.queries import list_expiring
from kyoso.municipal.decisions.operations import announce_decision, decide_proposal
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.fit_sheets import operations as fit_sheets
from kyoso.municipal.fit_sheets.queries import get_item, list_items, subject_of_proposal
from kyoso.municipal.fit_sheets.rules import key_of
from kyoso.municipal.gates.rules import DecisionKind
from kyoso.municipal.intake.operations import PausePlan, pause_intake
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from kyoso.municipal.notices.operations import NoticeDraft, create_notice, publish_notice
from kyoso.municipal.projects.queries import get_by_proposal
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.models import Proposal
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.rules import ProposerKind, Source
from kyoso.municipal.reviews.operations import ReviewDraft, assign_reviewers, submit_review
from kyoso.municipal.reviews.queries import list_reviews
from kyoso.municipal.reviews.rules import Recommendation
from kyoso.operating.demo_data.project_steps import Walk
from kyoso.tenancy.queries import get_tenant, list_departments
from support.agreements import write_agreement
from support.allocations import make_plans
from support.annotations import make_annotations
from support.check_ins import make_check_ins
from support.consents import make_consents
from support.consultations import SampleConsultations, make_consultations
from support.costs_and_load import make_costs_and_load
from support.engagements import make_every_engagement
from support.folders import TownFolder, copy_of_tenants
from support.know_how import SampleKnowHow, make_sample_know_how
from support.listings import make_pool
from support.members import Person, make_member
from support.networks import SampleNetwork, make_sample_network
from support.people import Town
from support.posts import make_posts
from support.profiles import make_full_profile
from support.proposals import Made
from support.recruitments import make_recruiting
from support.referrals import SampleReferrals, make_referrals
from support.shares import make_shares
from support.snapshots import make_sample_months
from support.talents import Somebody, make_register
from support.work import make_work
from support.work_hours import make_hours
from support.workshops import make_workshop

PROPOSER = "mihon@example.jp"


@dataclass(frozen=True)
class Sample:
    """A filled town, its people by role, and private links to its proposals by name."""

    town: Town
    people: dict[Role, Person]
    proposals: dict[str, uuid.UUID]
    links: dict[str, str]
    need_id: uuid.UUID
    notice_id: uuid.UUID
    project_number: int
    fit_sheet_id: uuid.UUID
    network: SampleNetwork
    know_how: SampleKnowHow
    #: A note on the time line of the network's numbers.
    note_id: uuid.UUID | None = None
    #: A plan of the network that its towns see.
    plan_id: uuid.UUID | None = None
    consultations: SampleConsultations | None = None
    referrals: SampleReferrals | None = None


def who(name: str = "見本 一郎（見本）", email: str = PROPOSER) -> Who:
    return Who(ProposerKind.PERSON, name, "", email, "0242-00-0000", "見本県見本町", name)


def idea(title: str) -> Idea:
    return Idea(title, "空き家を直して、移住を試せる宿にしたい。", "改修と運営ができます。")


MERITS = Merits("場所を紹介してほしい", "仕事になる", "若い人が増える", "空き家が減る")


def make_sample(folder: Path, name: str = "見本町") -> Sample:
    """Make a town with its folder, people, needs, proposals in many states, project, notice."""
    declared = TownFolder(copy_of_tenants(folder))
    declared.write("org_chart.toml", '[[departments]]\nslug = "seisaku"\nname = "政策課"\n')
    declared.sync()
    declaration = declared.read()
    town = Town(declaration.tenant_id, declaration.slug, declaration.name)
    with tenant_scope(town.id):
        guest = Actor.guest(town.id)
        department = list_departments(guest)[0]
    roles = (Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR)
    people = {
        role: make_member(
            town,
            role,
            name=f"{name}の{role.label}（見本）",
            departments=(department.id,) if role is Role.STAFF else (),
        )
        for role in roles
    }
    network = make_sample_network(town)
    known = make_sample_know_how(town, network.neighbour, network.id)
    with tenant_scope(town.id):
        sample = _fill(town, people, department.id, network, known)
        db.session.commit()
    make_register(town)
    make_full_profile(people[Role.STAFF].oneself)
    make_recruiting(town, department.id)
    office = people[Role.SECRETARIAT]
    # Somebody of the town itself, so that the pages of /me/ have content for a role too.
    oneself = Somebody(office.person_id, office.name, office.email)
    make_check_ins(town, oneself, people[Role.STAFF], department.id)
    make_every_engagement(town, office.person_id, people[Role.STAFF], department.id)
    make_hours(oneself)
    make_posts(town, department.id, people[Role.STAFF].membership_id)
    make_consents(oneself, town)
    make_pool(town, network.id, oneself, people[Role.STAFF])
    make_shares(town, network.id, oneself)
    make_workshop(town, "雪かきの日", "夜のバス", title="これからの暮らし", summary="話しました。")
    make_sample_months(town, network.id)
    note_id = make_annotations(network.coordinator)
    plan_id = make_plans(town, network.neighbour, network.coordinator)
    declined = Made(sample.proposals["declined"], sample.links["declined"])
    return replace(
        sample,
        note_id=note_id,
        plan_id=plan_id,
        consultations=make_consultations(town, network.neighbour, network.id),
        referrals=make_referrals(town, network.neighbour, declined),
    )


def _fill(
    town: Town,
    people: dict[Role, Person],
    department_id: uuid.UUID,
    network: SampleNetwork,
    known: SampleKnowHow,
) -> Sample:
    guest, at = Actor.guest(town.id), now()
    desk, staff = people[Role.SECRETARIAT].actor, people[Role.STAFF].actor
    draft = NeedDraft(department_id, "空き家の使い手", "空き家を減らす", "5軒が使われる")
    need = create_need(draft, need_id=new_id(), actor=desk, now=at)
    publish_need(need, actor=desk, now=at)
    create_need(draft, need_id=new_id(), actor=desk, now=at)
    notice = create_notice(
        NoticeDraft("説明会", "開きます。"), notice_id=new_id(), actor=desk, now=at
    )
    publish_notice(notice, actor=desk, now=at)
    town_info = get_tenant(town.id)
    invite = Invite("new@example.jp", "見本 新人（見本）", (Role.STAFF,))
    invite_member(invite, town=town_info, actor=people[Role.ADMIN].actor, now=at)

    ids: dict[str, uuid.UUID] = {}
    links: dict[str, str] = {}

    def begin(key: str, need_id: uuid.UUID | None = None) -> tuple[Proposal, Actor]:
        proposal, links[key] = proposals.start_draft(
            who(), need_id, form_id=new_id(), actor=guest, now=at
        )
        ids[key] = proposal.id
        holder = Actor.link_holder(town.id, proposal.id, proposal.proposer_name)
        proposals.save_part(proposal, idea(f"提案 {key}"), actor=holder, now=at)
        proposals.save_part(proposal, MERITS, actor=holder, now=at)
        return proposal, holder

    def submitted(key: str) -> tuple[Proposal, Actor]:
        proposal, holder = begin(key)
        file = CheckedFile("見積.csv", "text/csv", "項目,円\n材料,100\n".encode())
        proposals.add_files(proposal, [file], actor=holder, now=at)
        proposals.submit_proposal(proposal, actor=holder, now=at)
        return proposal, holder

    def in_review(key: str) -> Proposal:
        proposal, _holder = submitted(key)
        proposals.start_screening(proposal, actor=desk, now=at)
        proposals.start_review(proposal, actor=desk, now=at)
        return proposal

    begin("draft", need.id)
    submitted("submitted")
    asked, holder = submitted("asked")
    proposals.start_screening(asked, actor=desk, now=at)
    proposals.ask_question(asked, "いつから始めますか。", actor=desk, now=at)
    proposals.give_reply(asked, "春からです。", actor=holder, now=at)
    revised, _holder = submitted("revision")
    proposals.start_screening(revised, actor=desk, now=at)
    proposals.request_revision(revised, "場所を具体的に。", actor=desk, now=at)
    reviewed = in_review("reviewed")
    db.session.flush()
    members = [get_member(desk, people[r].membership_id) for r in (Role.STAFF, Role.SECRETARIAT)]
    assign_reviewers(reviewed, members, None, actor=desk, now=at)
    db.session.flush()
    for review in list_reviews(desk, reviewed.id):
        if review.assignment.membership_id == staff.membership_id:
            scores = {c["key"]: 3 for c in policy_of(desk, reviewed.policy_id).criteria}
            given = ReviewDraft(scores, "良い案です。", Recommendation.ADOPT)
            submit_review(reviewed, review, given, actor=staff, now=at)
    for key, outcome in (
        ("decided", Outcome.ADOPTED),
        ("adopted", Outcome.ADOPTED),
        ("declined", Outcome.DECLINED),
    ):
        proposal = in_review(key)
        db.session.flush()
        choice = Choice(
            outcome,
            "町の課題に合うため",
            "",
            "no_budget" if outcome is Outcome.DECLINED else "",
            "空き家を移住体験の宿にします。",
            "見本のため",
        )
        decision = decide_proposal(proposal, choice, actor=desk, now=at)
        db.session.flush()
        if key != "decided":
            announce_decision(proposal, decision, decision.seal, actor=desk, now=at)
    entered, links["paper"] = proposals.enter_proposal(
        who("見本 書子（見本）", ""),
        idea("紙の提案"),
        MERITS,
        Source.PAPER,
        None,
        form_id=new_id(),
        actor=staff,
        now=at,
    )
    ids["paper"] = entered.id
    later = at.date() + dt.timedelta(days=400)
    plan = PausePlan(later, later + dt.timedelta(days=3), "点検のため")
    pause_intake(plan, pause_id=new_id(), actor=desk, now=at)
    _send_on_its_way(people[Role.ADMIN].actor, ids["adopted"], at)
    _work(desk, ids["adopted"], at)
    adopted = get_by_proposal(desk, ids["adopted"])
    assert adopted is not None
    make_costs_and_load(adopted, department_id, admin=people[Role.ADMIN].actor, at=at)
    _agree(desk, ids["adopted"], at)
    sheets = {key: _fit(ids[key], desk, at) for key in ("asked", "adopted", "reviewed")}
    fit_sheet_id = sheets["reviewed"]
    return Sample(town, people, ids, links, need.id, notice.id, 1, fit_sheet_id, network, known)


def _work(desk: Actor, proposal_id: uuid.UUID, at: dt.datetime) -> None:
    project = get_by_proposal(desk, proposal_id)
    assert project is not None
    make_work(project, desk, at)


def _send_on_its_way(actor: Actor, proposal_id: uuid.UUID, at: dt.datetime) -> None:
    """Let the adopted project measure, judge and learn something, and pass a gate."""
    project = get_by_proposal(actor, proposal_id)
    assert project is not None
    walk = Walk(project, actor, at)
    walk.define_indicator()
    walk.measure()
    walk.pass_gate(ProjectStage.PILOT, "見本のため")
    walk.evaluate()
    walk.decide(DecisionKind.END_PILOT)
    walk.write_lessons()


def _fit(proposal_id: uuid.UUID, desk: Actor, at: dt.datetime) -> uuid.UUID:
    """Begin a proposal's fit sheet, with items of every state."""
    sheet = fit_sheets.start_sheet(subject_of_proposal(desk, proposal_id), actor=desk, now=at)
    item_id = list_items(desk, sheet.id)[0].id
    content = {
        key_of("agreement", item_id): "月に一度、宿を開く。",
        key_of("topic", new_id()): "費用の分担",
        key_of("topic", new_id()): "大会の開催",
    }
    fit_sheets.save_sheet(sheet, fit_sheets.SheetDraft(1, content), actor=desk, now=at)
    proposer = Actor.link_holder(desk.tenant_id, proposal_id, "見本 一郎（見本）")
    for actor in (desk, proposer):
        word = fit_sheets.Word(agreement="月に一度、宿を開く。")
        item = get_item(desk, sheet, item_id)
        fit_sheets.confirm_item(sheet, item, word, actor=actor, now=at)
    last = list_items(desk, sheet.id)[-1]
    word = fit_sheets.Word(reason="今年度は扱いません。")
    fit_sheets.put_item_out(sheet, last, word, actor=desk, now=at)
    return sheet.id


def _agree(actor: Actor, proposal_id: uuid.UUID, at: dt.datetime) -> None:
    """Let the adopted project have a signed agreement that ends soon, and a draft of the next."""
    project = get_by_proposal(actor, proposal_id)
    assert project is not None
    signed = write_agreement(
        actor,
        project_id=project.id,
        signed_on=dt.date(2026, 4, 1),
        ends_on=at.date() + dt.timedelta(days=30),
    )
    system = Actor.system(actor.tenant_id, "samples")
    (one,) = (o for o in list_expiring(actor, at.date()) if o.agreement.id == signed.id)
    remind_agreement(one, 30, actor=system, now=at)
    draft = write_agreement(actor, project_id=project.id, complete=False)
    file = CheckedFile("別紙.csv", "text/csv", "項目,円\n材料,100\n".encode())
    add_files(draft, [file], actor=actor, now=at)
    write_draft(draft, "# 協定（案）\n\n## 第1条（目的）\n\n力を合わせる。", 0, actor=actor, now=at)
