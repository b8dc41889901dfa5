"""Which roles go together, and that a town always keeps an administrator. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from kyoso.core.access import MEMBER_ROLES, Role
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _

INVITATION_LASTS = dt.timedelta(days=14)


def sorted_roles(roles: Iterable[Role]) -> list[Role]:
    """Return the roles once each, in the order people know them."""
    wanted = set(roles)
    return [role for role in Role if role in wanted]


def roles_problem(roles: Iterable[Role]) -> str | None:
    """Return why a member cannot have these roles together, or None."""
    wanted = set(roles)
    if not wanted:
        return _("役割を一つ以上選んでください。")
    if not wanted <= set(MEMBER_ROLES):
        return _("この画面では付けられない役割が含まれています。")
    if Role.AUDITOR in wanted and len(wanted) > 1:
        return _("「閲覧者」は、ほかの役割と一緒には付けられません。")
    return None


def check_roles(roles: Iterable[Role]) -> None:
    """Refuse roles that do not go together."""
    problem = roles_problem(roles)
    if problem:
        raise RuleViolation(problem)


def check_admin_left(active_admins: int) -> None:
    """Refuse to take one of so many administrators away if it is the last."""
    if active_admins <= 1:
        raise RuleViolation(
            _(
                "この人はただ一人の管理者です。"
                "先にほかの人を管理者にしてから、もう一度操作してください。"
            )
        )


#: What the journal's page shows of an entry, in this order; the rest is for machines.
SHOWN_FACTS = ("number", "title", "name", "email", "reason", "grounds", "note", "changes")


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """Return what a reader of the journal wants to know of an entry, on one line."""
    words: list[str] = []
    for key in SHOWN_FACTS:
        value = facts.get(key)
        parts = value if isinstance(value, list) else [value]
        words += [str(part) for part in parts if part not in (None, "", False)]
    if isinstance(facts.get("roles"), list):
        words.append("・".join(Role(role).label for role in facts["roles"] if role in list(Role)))
    return "、".join(words)
