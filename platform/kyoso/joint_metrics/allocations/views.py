"""Plans as coordinators make them, without names; and as towns see them and accept lines."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Month
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import KINDS, to_book
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.listed_needs.queries import own_listed_need
from kyoso.exchange.networks.queries import (
    get_joined,
    get_network,
    list_networks_in_force,
    list_towns,
)
from kyoso.exchange.share_requests.rules import Payer, PayUnit, WorkMode
from kyoso.identity.members.queries import list_members
from kyoso.joint_metrics import plan_words
from kyoso.joint_metrics.allocations import operations, queries, rules
from kyoso.joint_metrics.allocations.models import AllocationLine, AllocationPlan
from kyoso.joint_metrics.allocations.permissions import AllocationPermission as May
from kyoso.joint_metrics.allocations.rules import CALCULATED, WORKING, PlanStatus, Priority
from kyoso.joint_metrics.allocations.schemas import (
    LABELS,
    PRIORITY,
    AcceptanceSchema,
    as_draft,
    load_plan,
    values_of,
)
from kyoso.municipal.needs.queries import get_need
from kyoso.municipal.needs.rules import hours_words
from kyoso.tenancy.queries import get_tenant, list_departments

#: As a coordinator.
bp = FeatureBlueprint(
    "allocations",
    __name__,
    url_prefix="/networks/<network>/allocations",
    template_folder="templates",
)
#: As a member town.
town_bp = FeatureBlueprint(
    "town_allocations",
    __name__,
    url_prefix="/<town>/exchange/allocations",
    template_folder="templates",
)

ONE = "/<uuid:allocation_plan_id>"


@bp.page("/", permission=May.WORK)
def index() -> ResponseReturnValue:
    """List the network's plans, newest first."""
    plans = queries.list_plans(coordinator().network_id)
    return show(
        "allocations/index.html",
        network=get_network(coordinator()),
        plans=plans,
        may_see=CALCULATED,
    )


@bp.page("/new", permission=May.WORK, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Ask for a plan, from nothing or as a variation of another."""
    who = coordinator()
    if request.method == "GET":
        base_id = _id(request.args.get("base"))
        base = queries.get_plan(base_id, who.network_id) if base_id else None
        first = values_of(base.wanted if base else None, Month.of(today()).next)
        return _form(first | {"form_id": new_id(), "base_id": base_id or ""}, {})
    try:
        sent = load_plan(request.form)
        if queries.find_plan(who.network_id, sent.form_id) is None:
            base = queries.get_plan(sent.base_id, who.network_id) if sent.base_id else None
            operations.request_plan(
                get_network(who),
                sent.terms,
                sent.title,
                base,
                plan_id=sent.form_id,
                actor=who,
                now=now(),
            )
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}), 409
    return go(".detail", allocation_plan_id=sent.form_id)


def _names(network_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return the names of the network's towns, in the order of their codes."""
    return {town.tenant_id: town.name for town in list_towns(network_id)}


def _id(said: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(said or "")
    except ValueError:
        return None


def _form(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    needs = queries.list_shown_needs()
    month = Month.of(today())
    return show(
        "allocations/new.html",
        network=get_network(coordinator()),
        names=_names(coordinator().network_id),
        needs=needs,
        skills=sorted({skill for need in needs for skill in need.skills}),
        months=[(str(month + n), (month + n).label) for n in range(13)],
        priorities=[(int(one), one.label) for one in reversed(Priority)],
        normal=int(Priority.NORMAL),
        prefix=PRIORITY,
        values=values,
        errors=errors,
        labels=LABELS,
        skill_words=plan_words.skill_words,
        hours_words=hours_words,
    )


@bp.page(ONE, permission=May.WORK)
def detail(allocation_plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan: its lines by town, what is not met and why; or how far it is."""
    plan = queries.get_plan(allocation_plan_id, coordinator().network_id)
    return _detail(plan)


def _detail(plan: AllocationPlan, refusal: str = "") -> str:
    names = _names(plan.network_id)
    common: dict[str, Any] = {
        "network": get_network(coordinator()),
        "plan": plan,
        "refusal": refusal,
        "died": rules.has_died(plan.status, plan.heard_at, now()),
        "names": names,
        "stages": [str(words) for words in rules.STAGES],
        "terms": plan.wanted,
    }
    if plan.status not in CALCULATED:
        return show(
            "allocations/detail.html",
            fragment="allocations/_progress.html",
            working=plan.status in WORKING,
            **common,
        )
    lines = queries.list_lines(plan)
    base = queries.get_plan(plan.base_id, plan.network_id) if plan.base_id else None
    compared = None
    if base is not None and base.status in CALCULATED:
        compared = plan_words.compare(base.result, plan.result, list(names))
    titles = {row.id: row.title for row in queries.list_shown_needs()}
    return show(
        "allocations/detail.html",
        working=False,
        lines=lines,
        groups=[
            (town, name, [line for line in lines if line.tenant_id == town])
            for town, name in names.items()
        ],
        accepted=sum(line.status is rules.LineStatus.ACCEPTED for line in lines),
        base=base,
        compared=compared,
        summary=plan_words.Summary.of(plan.result, titles, list(names)),
        titles=titles,
        in_force=queries.plan_in_force(plan.network_id),
        note_words=rules.note_words,
        fit_words=plan_words.fit_words,
        skill_words=plan_words.skill_words,
        **common,
    )


@bp.page(f"{ONE}/restart", permission=May.WORK, methods=("POST",))
def restart(allocation_plan_id: uuid.UUID) -> ResponseReturnValue:
    """Calculate a plan again that failed, or whose worker was killed."""
    plan = queries.get_plan(allocation_plan_id, coordinator().network_id, lock=True)
    try:
        operations.restart_plan(plan, actor=coordinator(), now=now())
    except RuleViolation as refusal:
        return _detail(plan, refusal.message), 409
    return go(".detail", allocation_plan_id=plan.id)


@bp.page(f"{ONE}/offer", permission=May.WORK, methods=("POST",))
def offer(allocation_plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan to the towns."""
    who = coordinator()
    before = queries.plan_in_force(who.network_id, lock=True)
    plan = queries.get_plan(allocation_plan_id, who.network_id, lock=True)
    try:
        operations.offer_plan(plan, before, actor=who, now=now())
    except RuleViolation as refusal:
        return _detail(plan, refusal.message), 409
    flash(_("割り当て案を町に見せました。町は一行ずつ、人材シェアの依頼にできます。"))
    return go(".detail", allocation_plan_id=plan.id)


@bp.page(f"{ONE}/export.xlsx", permission=May.WORK)
def export(allocation_plan_id: uuid.UUID) -> Response:
    """Return a plan as a workbook, with numbers in place of names."""
    plan = queries.get_plan(allocation_plan_id, coordinator().network_id)
    if plan.status not in CALCULATED:
        raise NotFound
    titles = {row.id: row.title for row in queries.list_shown_needs()}
    names = _names(plan.network_id)
    summary = plan_words.Summary.of(plan.result, titles, list(names))
    book = to_book(
        [
            _sheet_of_lines(queries.list_lines(plan), titles, names),
            _sheet_of_unmet(summary, names),
            (
                _("町ごと"),
                (_("町"), _("求めた時間"), _("割り当てた時間"), _("割合（%）")),
                [(names[t.town_id], t.asked, t.met, t.percent) for t in summary.towns],
            ),
        ]
    )
    response = Response(book, content_type=KINDS["xlsx"])
    file = quote(_("割り当て案") + ".xlsx")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return response


def _sheet_of_lines(
    lines: Sequence[AllocationLine], titles: Mapping[uuid.UUID, str], names: Mapping[uuid.UUID, str]
) -> Any:
    heads = (
        _("町"),
        _("求めていること"),
        _("人材"),
        _("所属の町"),
        _("月の時間"),
        _("理由"),
        _("状態"),
    )
    rows = [
        (
            names[line.tenant_id],
            titles.get(line.listed_need_id, _("掲載が終わりました")),
            line.number,
            names[line.home_tenant_id],
            line.hours,
            " ".join(plan_words.fit_words(line.reasons)),
            line.status.label,
        )
        for line in lines
    ]
    return _("割り当て"), heads, rows


def _sheet_of_unmet(summary: plan_words.Summary, names: Mapping[uuid.UUID, str]) -> Any:
    heads = (_("町"), _("求めていること"), _("求めた時間"), _("割り当てた時間"), _("足りないもの"))
    rows = [
        (
            names[one.town_id],
            one.title or _("掲載が終わりました"),
            one.asked,
            one.met,
            one.why.label,
        )
        for one in summary.unmet
    ]
    return _("満たせないもの"), heads, rows


@town_bp.page("/", permission=May.READ)
def list_for_town() -> ResponseReturnValue:
    """List the plans that coordinators show to the town."""
    networks = list_networks_in_force(actor())
    return show(
        "allocations/town_index.html",
        plans=queries.list_offered([network.id for network in networks]),
        network_names={network.id: network.name for network in networks},
        networks=networks,
    )


@town_bp.page(ONE, permission=May.READ)
def show_to_town(allocation_plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan: the lines for our needs, those of our people, and how all towns fare."""
    return _town_page(queries.get_plan(allocation_plan_id))


def _town_page(plan: AllocationPlan) -> str:
    town_id = actor().tenant_id
    lines = queries.list_lines(plan)
    ours = [line for line in lines if line.tenant_id == town_id]
    lent = [line for line in lines if line.home_tenant_id == town_id]
    wanted = {line.listed_need_id for line in (*ours, *lent)}
    names = _names(plan.network_id)
    own_unmet = {uuid.UUID(row["id"]) for row in plan.result["needs"] if row["why"]}
    titles = queries.need_titles([*(wanted | own_unmet)])
    summary = plan_words.Summary.of(plan.result, titles, list(names))
    return show(
        "allocations/town_detail.html",
        plan=plan,
        network=get_joined(actor(), plan.network_id),
        terms=plan.wanted,
        ours=ours,
        lent=lent,
        names=names,
        people=queries.listed_names(plan.network_id, [one.listing_id for one in (*ours, *lent)]),
        titles=titles,
        requests=queries.requests_of(actor(), ours),
        summary=summary,
        unmet=[one for one in summary.unmet if one.town_id == town_id],
        fit_words=plan_words.fit_words,
        skill_words=plan_words.skill_words,
        in_force=plan.status is PlanStatus.OFFERED,
    )


@town_bp.page(
    "/lines/<uuid:allocation_line_id>/accept", permission=May.ACCEPT, methods=("GET", "POST")
)
def accept(allocation_line_id: uuid.UUID) -> ResponseReturnValue:
    """Accept a line: a share request is drafted. The same form sent twice drafts one."""
    line = queries.get_line(actor(), allocation_line_id, lock=request.method == "POST")
    made = queries.request_of(actor(), line)
    if made is not None:
        return go("share_requests.detail", share_request_id=made.id)
    need = own_listed_need(actor(), line.listed_need_id)
    listing = queries.find_listing(line)
    values: Mapping[str, Any] = request.form
    errors: Mapping[str, list[str]] = {}
    status = 200
    if request.method == "POST":
        try:
            draft = as_draft(load_form(AcceptanceSchema, request.form), line.hours)
            made = operations.accept_line(line, need, listing, draft, actor=actor(), now=now())
        except InvalidInput as error:
            errors, status = error.errors, 422
        except RuleViolation as refusal:
            errors, status = {"": [refusal.message]}, 409
        else:
            flash(_("人材シェアの依頼の下書きができました。内容を確かめて送ってください。"))
            return go("share_requests.detail", share_request_id=made.id)
        queries.forget_changes()
    else:
        terms = queries.get_plan(line.plan_id).wanted
        values = {
            "purpose": f"{need.title}\n{need.purpose}",
            "department_id": get_need(actor(), need.need_id).department_id,
            "responsible_membership_id": actor().membership_id,
            "starts_on": max(terms.first.first, today()),
            "ends_on": terms.last.last,
            "mode": need.mode or WorkMode.BOTH,
            "payer": Payer.ASKER,
            "pay_unit": PayUnit.HOUR,
        }
    return _acceptance(allocation_line_id, values, errors), status


def _acceptance(
    line_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> str:
    line = queries.get_line(actor(), line_id)
    listing = queries.find_listing(line)
    return show(
        "allocations/accept.html",
        line=line,
        plan=queries.get_plan(line.plan_id),
        need=own_listed_need(actor(), line.listed_need_id),
        listing=listing,
        home=get_tenant(line.home_tenant_id).name,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=[(unit.id, unit.name) for unit in list_departments(actor())],
        members=[(one.id, one.name) for one in list_members(actor(), active=True)],
        modes=[(mode, mode.label) for mode in WorkMode],
        payers=[(payer, payer.label) for payer in Payer],
        units=[(unit, unit.label) for unit in PayUnit],
        words=plan_words.fit_words(line.reasons),
    )
