"""When erasure can be asked for, and what an account becomes. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _

#: What an erased account is called; nobody can sign in with its address.
ERASED_NAME = "消去済み"


def erased_address(person_id: uuid.UUID) -> str:
    """Return the address of an erased account: no mail arrives there, and no two are alike."""
    return f"{person_id}@erased.invalid"


def check_no_desk(towns: Sequence[str]) -> None:
    """Refuse while the person is on the staff of a town: that is for the town to end."""
    if towns:
        raise RuleViolation(
            _(
                "%(towns)sの担当者として登録されています。"
                "先に、その自治体の管理者に登録を外してもらってください。",
                towns="、".join(towns),
            )
        )
