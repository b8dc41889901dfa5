"""When a person can leave, and what a register keeps of somebody who left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.municipal.talents.rules import ShownProfile


@dataclass(frozen=True, slots=True)
class Tie:
    """Something that is agreed on or offered: it must be ended before the person can leave."""

    town: str
    what: str


def check_free(ties: Sequence[Tie]) -> None:
    """Refuse while something runs or waits, and say what it is and what to do."""
    if ties:
        raise RuleViolation(
            _(
                "続いている関わり、または返事を待っている申し出が%(n)s件あります（%(list)s）。"
                "先に、契約の終わりを自治体と決めるか、申し出を辞退してください。",
                n=len(ties),
                list="、".join(f"{tie.town} {tie.what}" for tie in ties),
            )
        )


def kept_of(name: str, kana: str) -> ShownProfile:
    """Return what the register of a town keeps of somebody who left: who it was."""
    return ShownProfile(name=name, kana=kana)
