"""The desk's page of everything that was done in the town (操作の記録)."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.events import label_of
from kyoso.core.i18n import JST
from kyoso.core.text import printable
from kyoso.core.web import FeatureBlueprint, actor, show
from kyoso.identity.members import queries, rules
from kyoso.identity.members.permissions import IdentityPermission

bp = FeatureBlueprint(
    "journal", __name__, url_prefix="/<town>/desk/journal", template_folder="templates"
)

ON_A_PAGE = 50


@bp.page("/", permission=IdentityPermission.READ_JOURNAL)
def index() -> ResponseReturnValue:
    """List what was done in the town, newest first."""
    keys = ("kind", "name", "from", "to")
    values = {key: printable(request.args.get(key, "")).strip() for key in keys}
    since, until = _day(values["from"]), _day(values["to"])
    page = max(1, request.args.get("page", 1, type=int))
    entries, total = queries.list_journal(
        actor(),
        kind=values["kind"],
        name=values["name"],
        since=since,
        until=until + dt.timedelta(days=1) if until else None,
        limit=ON_A_PAGE,
        offset=min(page - 1, 10**6) * ON_A_PAGE,
    )
    kinds = [(kind, label_of(kind)) for kind in queries.list_journal_kinds(actor())]

    def url_of(number: int) -> str:
        kept = {key: value for key, value in values.items() if value}
        return url_for("journal.index") + "?" + urlencode(kept | {"page": str(number)})

    return show(
        "members/journal.html",
        entries=[(entry, rules.facts_in_words(entry.facts)) for entry in entries],
        total=total,
        number=page,
        pages=max(1, -(-total // ON_A_PAGE)),
        kinds=sorted(kinds, key=lambda pair: pair[1]),
        values=values,
        url_of=url_of,
    )


def _day(typed: str) -> dt.datetime | None:
    """Return the beginning of a day in Japan, or None for anything else."""
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time.min, JST) if 1900 < day.year < 2200 else None
