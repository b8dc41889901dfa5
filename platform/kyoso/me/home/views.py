"""The page that a person without a desk sees first."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kyoso.core.clock import today
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, me, show
from kyoso.exchange.share_requests.queries import list_own_requests
from kyoso.exchange.share_requests.rules import ShareStatus
from kyoso.identity.consents.queries import list_ending
from kyoso.identity.hours_budget import hours_left
from kyoso.me.home import rules
from kyoso.municipal.check_ins.queries import list_waiting_for_me
from kyoso.municipal.talents.queries import list_own_talents
from kyoso.municipal.work_hours.queries import list_own_spans, month_totals
from kyoso.municipal.work_hours.rules import month_of, say_minutes

bp = FeatureBlueprint("me_home", __name__, url_prefix="/me", template_folder="templates")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show what waits for the person, and how this month stands."""
    day = today()
    spans = list_own_spans(me())
    totals = month_totals(me(), day, day)
    towns = rules.month_by_town(spans, totals, day)
    return show(
        "me_home/index.html",
        known=bool(spans),
        registers=[]
        if spans
        else [row.name for row in list_own_talents(me()) if not row.Talent.left_at],
        offers=rules.offers(spans),
        check_ins=list_waiting_for_me(me(), day),
        unlogged=rules.without_hours(spans, totals, day),
        consents=list_ending(me(), day),
        shares=list_own_requests(me(), status=(ShareStatus.APPROVED,)),
        month=day,
        towns=towns,
        planned=sum(town.hours for town in towns),
        logged=sum(town.minutes for town in towns),
        left=hours_left(me().person_id, month_of(day), month_of(day)),
        say=say_minutes,
    )
