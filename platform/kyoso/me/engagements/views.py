"""A person's own engagements over all towns, and the answer to those that are offered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.municipal.engagements import operations, queries
from kyoso.municipal.engagements.queries import Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.engagements.schemas import LABELS, AcceptanceSchema, RefusalSchema
from kyoso.municipal.talent_programmes.rules import Programmes
from kyoso.tenancy.queries import get_tenant

bp = FeatureBlueprint(
    "me_engagements", __name__, url_prefix="/me/engagements", template_folder="templates"
)

ONE = "/<uuid:engagement_id>"


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what waits for an answer, what runs, and what is over, in every town."""
    rows = queries.list_engagements_of_person(me())
    day = today()

    def running(row: Any) -> bool:
        one: Engagement = row.Engagement
        return one.status is EngagementStatus.ACTIVE and one.ends_on >= day

    offered = [row for row in rows if row.Engagement.status is EngagementStatus.OFFERED]
    current = [row for row in rows if running(row)]
    shown = {row.Engagement for row in (*offered, *current)}
    return show(
        "me_engagements/index.html",
        offered=offered,
        current=current,
        over=[row for row in rows if row.Engagement not in shown],
        hours=sum(
            row.Engagement.hours_a_month for row in current if row.Engagement.starts_on <= day
        ),
        today=day,
    )


@bp.page(ONE, permission=SIGNED_IN)
def detail(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one engagement in plain words; while it is offered, ask for the answer."""
    return _detail(queries.get_own_engagement(me(), engagement_id), {}, {})


@bp.page(f"{ONE}/accept", permission=SIGNED_IN, methods=("POST",))
def accept(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Agree to what was read; what was agreed already stays so."""
    engagement = queries.get_own_engagement(me(), engagement_id, lock=True)
    if engagement.status is EngagementStatus.ACTIVE:
        return go(".detail", engagement_id=engagement.id)
    try:
        read = load_form(AcceptanceSchema, request.form)["revision"]
        operations.accept_engagement(engagement, read, actor=me(), now=now())
    except (InvalidInput, RuleViolation) as refusal:
        return _detail(engagement, {}, {"": [refusal.message]}), 409
    flash(_("承諾しました。町の担当の職員に知らせました。"))
    return go(".detail", engagement_id=engagement.id)


@bp.page(f"{ONE}/decline", permission=SIGNED_IN, methods=("POST",))
def decline(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Say no; the town gets the reason, if there is one."""
    engagement = queries.get_own_engagement(me(), engagement_id, lock=True)
    if engagement.status is EngagementStatus.DECLINED:
        return go(".detail", engagement_id=engagement.id)
    try:
        note = load_form(RefusalSchema, request.form)["note"]
        operations.decline_engagement(engagement, note, actor=me(), now=now())
    except InvalidInput as error:
        return _detail(engagement, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(engagement, request.form, {"": [refusal.message]}), 409
    flash(_("辞退しました。町の担当の職員に知らせました。"))
    return go(".detail", engagement_id=engagement.id)


def _detail(
    engagement: Engagement, values: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> str:
    town = get_tenant(engagement.tenant_id)
    programme = Programmes.of(town.declaration).programmes.get(engagement.programme or "")
    return show(
        "me_engagements/detail.html",
        engagement=engagement,
        town=town,
        programme_name=programme.name if programme else engagement.programme or "",
        answerable=engagement.status is EngagementStatus.OFFERED,
        late=engagement.ends_on < today(),
        values=values,
        errors=errors,
        labels=LABELS,
    )
