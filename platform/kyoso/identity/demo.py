"""The demo's open door: sign-in by one click. Registered in the demo only."""

from __future__ import annotations

import uuid

from flask import redirect, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.errors import NotFound
from kyoso.core.web import PUBLIC, FeatureBlueprint, go, safe_next
from kyoso.identity.accounts import operations, queries
from kyoso.identity.entering import acting_for, device, remember_sign_in
from kyoso.identity.sample_people import list_sample_people

bp = FeatureBlueprint("demo", __name__, url_prefix="/demo", template_folder="templates")


@bp.page("/sign-in", permission=PUBLIC, methods=("POST",))
def sign_in() -> ResponseReturnValue:
    """Sign in as one of the sample people, without a password."""
    wanted = request.form.get("person_id", "")
    if wanted not in {person.person_id for person in list_sample_people()}:
        raise NotFound
    myself = PersonActor(uuid.UUID(wanted), "")
    with acting_for(myself.person_id):
        person = queries.get_person(myself)
        secret = operations.sign_in(person, device(), actor=myself, now=now())
    remember_sign_in(person, secret)
    target = safe_next(request.form.get("next"))
    return redirect(target, 303) if target else go("accounts.my_towns")
