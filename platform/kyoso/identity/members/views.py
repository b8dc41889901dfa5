"""The desk's pages about members: list, invitation, one member."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import MEMBER_ROLES
from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form
from kyoso.core.text import printable
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.members import operations, queries
from kyoso.identity.members.permissions import IdentityPermission
from kyoso.identity.members.schemas import InviteSchema, MemberUpdateSchema
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "members", __name__, url_prefix="/<town>/desk/people", template_folder="templates"
)


@bp.page("/", permission=IdentityPermission.READ)
def index() -> ResponseReturnValue:
    """List the town's members, and the invitations that wait for an answer."""
    search = printable(request.args.get("q", "")).strip()
    role = next((role for role in MEMBER_ROLES if role.value == request.args.get("role")), None)
    state = request.args.get("state", "")
    active = {"active": True, "inactive": False}.get(state)
    return show(
        "members/index.html",
        members=queries.list_members(actor(), search=search, role=role, active=active),
        invitations=queries.list_open_invitations(actor()),
        departments=department_names(actor()),
        values={"q": search, "role": role.value if role else "", "state": state},
        roles=_role_options(),
        now=now(),
    )


@bp.page("/invite", permission=IdentityPermission.INVITE, methods=("GET", "POST"))
def invite() -> ResponseReturnValue:
    """Invite somebody by mail."""
    if request.method == "GET":
        return _invite_page({"locale": "ja"}, {})
    try:
        wanted = load_form(InviteSchema, request.form)
        operations.invite_member(wanted, town=tenant(), actor=actor(), now=now())
    except InvalidInput as error:
        return _invite_page(request.form, error.errors), 422
    flash(_("%(name)sさんに招待メールを送りました。", name=wanted.name))
    return go("members.index")


def _invite_page(values: Any, errors: dict[str, list[str]]) -> str:
    return show(
        "members/invite.html",
        values=values,
        errors=errors,
        roles=_role_options(),
        departments=_department_options(),
        locales=list(LOCALES.items()),
    )


@bp.page(
    "/invitations/<uuid:invitation_id>/resend",
    permission=IdentityPermission.INVITE,
    methods=("POST",),
)
def resend(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Mail an invitation again, with a new link."""
    invitation = queries.get_invitation(actor(), invitation_id)
    operations.resend_invitation(invitation, town=tenant(), actor=actor(), now=now())
    flash(_("%(name)sさんに招待メールを送り直しました。", name=invitation.name))
    return go("members.index")


@bp.page(
    "/invitations/<uuid:invitation_id>/revoke",
    permission=IdentityPermission.INVITE,
    methods=("POST",),
)
def revoke(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    invitation = queries.get_invitation(actor(), invitation_id)
    operations.revoke_invitation(invitation, actor=actor(), now=now())
    flash(_("%(name)sさんへの招待を取り消しました。", name=invitation.name))
    return go("members.index")


@bp.page("/<uuid:membership_id>", permission=IdentityPermission.READ)
def detail(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Show one member."""
    member = queries.get_member(actor(), membership_id)
    values = {
        "name": member.name,
        "roles": member.roles,
        "department_ids": member.department_ids,
    }
    return _detail_page(member, values, {})


def _detail_page(member: Any, values: Any, errors: dict[str, list[str]]) -> str:
    return show(
        "members/detail.html",
        member=member,
        values=values,
        errors=errors,
        roles=_role_options(),
        departments=_department_options(member.department_ids),
        names=department_names(actor()),
        journal=list_history(actor(), [member.id], limit=30),
    )


@bp.page("/<uuid:membership_id>/update", permission=IdentityPermission.UPDATE, methods=("POST",))
def update(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Change a member's name, roles and departments."""
    member = queries.get_member(actor(), membership_id)
    try:
        change = load_form(MemberUpdateSchema, request.form)
        operations.update_member(member, change, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail_page(member, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail_page(member, request.form, {"roles": [refusal.message]}), 409
    flash(_("%(name)sさんの役割と所属を保存しました。", name=member.name))
    return go("members.detail", membership_id=member.id)


@bp.page(
    "/<uuid:membership_id>/deactivate",
    permission=IdentityPermission.DEACTIVATE,
    methods=("GET", "POST"),
)
def deactivate(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Say what will happen, then shut a member out."""
    member = queries.get_member(actor(), membership_id)
    if request.method == "GET":
        names = department_names(actor())
        return show("members/deactivate.html", member=member, names=names)
    operations.deactivate_member(member, actor=actor(), now=now())
    flash(_("%(name)sさんを停止しました。", name=member.name))
    return go("members.index")


@bp.page(
    "/<uuid:membership_id>/reactivate",
    permission=IdentityPermission.DEACTIVATE,
    methods=("POST",),
)
def reactivate(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Let a member back in."""
    member = queries.get_member(actor(), membership_id)
    operations.reactivate_member(member, actor=actor(), now=now())
    flash(_("%(name)sさんの停止を解きました。", name=member.name))
    return go("members.detail", membership_id=member.id)


def _role_options() -> list[tuple[str, str]]:
    return [(role.value, role.label) for role in MEMBER_ROLES]


def _department_options(kept: list[uuid.UUID] | None = None) -> list[tuple[str, str]]:
    """Return today's departments, and those of this member that ended."""
    options = {str(unit.id): unit.name for unit in list_departments(actor())}
    if kept:
        names = department_names(actor())
        for department_id in kept:
            options.setdefault(str(department_id), names.get(department_id, ""))
    return list(options.items())
