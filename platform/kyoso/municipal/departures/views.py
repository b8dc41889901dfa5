"""Leaving the register of a town: the person's own button, on the page of their data."""

from __future__ import annotations

import uuid

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now
from kyoso.core.i18n import gettext as _
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, me
from kyoso.municipal.departures import operations, queries
from kyoso.tenancy.queries import get_tenant

bp = FeatureBlueprint(
    "departures", __name__, url_prefix="/me/data/registers", template_folder="templates"
)


@bp.page("/<uuid:talent_id>/leave", permission=SIGNED_IN, methods=("POST",))
def leave(talent_id: uuid.UUID) -> ResponseReturnValue:
    """Leave the register of a town."""
    talent = queries.get_own_talent(me(), talent_id)
    town = get_tenant(talent.tenant_id).name
    operations.leave_town(talent, town, actor=me(), now=now())
    flash(_("%(town)sの人材台帳から抜けました。町にはメールで知らせます。", town=town))
    return redirect("/me/data/", 303)
