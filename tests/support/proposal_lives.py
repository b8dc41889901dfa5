"""What happens to a proposal after it arrived, step by step, each at its own time."""

from __future__ import annotations

import datetime as dt

from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.decisions.operations import undo_decision
from kyoso.municipal.decisions.queries import get_current
from kyoso.municipal.proposals import operations
from kyoso.municipal.proposals.queries import get_proposal
from support.people import Town
from support.proposals import Made, S, desk, holder, take_to, tell

#: Steps that lead to a status, told by its name; the ways to it are left out.
MOVES = {
    "screen": S.SCREENING,
    "ask": S.REVISION_REQUESTED,
    "resubmit": S.RESUBMITTED,
    "review": S.IN_REVIEW,
    "adopt": S.ADOPTED,
    "decline": S.DECLINED,
    "withdraw": S.WITHDRAWN,
}


def happen(town: Town, made: Made, *steps: str, at: dt.datetime) -> None:
    """Do some things to a proposal at one moment."""
    us, staff = holder(town, made), desk(town)
    with tenant_scope(town.id):
        for step in steps:
            proposal = get_proposal(staff, made.id, lock=True)
            if step in MOVES:
                take_to(proposal, MOVES[step], us=us, now=at, way=(MOVES[step],))
            elif step == "tell":
                tell(proposal, staff, now=at)
            elif step == "undo":
                decision = get_current(staff, made.id)
                assert decision is not None
                undo_decision(proposal, decision, "数え間違いのため", actor=staff, now=at)
            elif step == "cancel":
                operations.cancel_proposal(proposal, "続けられないため", actor=us, now=at)
            else:
                assert step == "revoke"
                operations.revoke_adoption(proposal, "約束と違うため", actor=staff, now=at)
            db.session.flush()
        db.session.commit()
