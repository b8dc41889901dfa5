"""What the three may still say of a share. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.exchange.share_requests.rules import ShareStatus, Side


def check_reviewable(status: ShareStatus, written: Collection[Side], side: Side) -> None:
    """Refuse a review of what is not over, and a second one."""
    if status is not ShareStatus.ENDED:
        raise RuleViolation(_("ふりかえりは、シェアが終わってから書けます。"))
    if side in written:
        raise RuleViolation(_("ふりかえりは、もう書いてあります。"))


def months_touched(days: Iterable[str]) -> dict[UUID, set[dt.date]]:
    """Return the months of each engagement that a saved log names, by their first days.

    Each entry begins ``2026-11-20 <engagement> …``, as HoursSaved says.
    """
    found: dict[UUID, set[dt.date]] = {}
    for entry in days:
        day, engagement, *_rest = entry.split(" ")
        found.setdefault(UUID(engagement), set()).add(dt.date.fromisoformat(day).replace(day=1))
    return found
