"""The table of rights, role × permission, as the code has it, for the desk's page."""

from __future__ import annotations

from dataclasses import dataclass

from kyoso.core.access import GRANTS, MEMBER_ROLES, Permission, Role

#: The columns: members first, then those let in by other ways.
ROLES = (*MEMBER_ROLES, Role.COORDINATOR, Role.GUEST, Role.LINK_HOLDER, Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Row:
    """One permission, and for each of ROLES whether it is held."""

    permission: Permission
    held: tuple[bool, ...]


def rows(roles: tuple[Role, ...] = ROLES) -> list[Row]:
    """Return every permission in the order of the alphabet."""
    return [
        Row(permission, tuple(role in GRANTS[permission] for role in roles))
        for permission in sorted(GRANTS)
    ]
