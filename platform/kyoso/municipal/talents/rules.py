"""What a town knows of a talent: what they let towns see, and how they came. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key
from kyoso.identity.profiles.rules import SKILLS
from kyoso.identity.profiles.rules import ShownProfile as ShownProfile
from kyoso.identity.profiles.rules import WorkMode as WorkMode

NOTE_LENGTH = 2000


class TalentSource(enum.StrEnum):
    """How somebody came into the register."""

    INVITED = "invited"
    APPLIED = "applied"
    SHARED = "shared"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_SOURCES[self])


_SOURCES = {
    TalentSource.INVITED: _l("招待"),
    TalentSource.APPLIED: _l("募集への応募"),
    TalentSource.SHARED: _l("人材シェア"),
}

#: Whoever asks for one of these also finds those who do both.
MODES_FOUND = {
    WorkMode.ONLINE: (WorkMode.ONLINE, WorkMode.BOTH),
    WorkMode.ON_SITE: (WorkMode.ON_SITE, WorkMode.BOTH),
    WorkMode.BOTH: (WorkMode.BOTH,),
}


def words_to_find(shown: ShownProfile) -> str:
    """Return what searches compare: everything a person lets the town see, folded."""
    words = [shown.name, shown.kana, shown.affiliation, shown.bio, shown.can_do, shown.wants]
    words += [SKILLS.get(skill, skill) for skill in shown.skills]
    words += [*shown.free_skills, *shown.fields, *shown.languages, shown.places, shown.conditions]
    return search_key("\n".join(words))


def place_in_list(name: str, kana: str) -> str:
    """Return what lists sort by: the reading, or the name of whoever gave none."""
    return search_key(kana or name)


def check_removable(engagements: Sequence[Any]) -> None:
    """Refuse to take somebody out of the register with whom something is agreed or offered."""
    if engagements:
        raise RuleViolation(
            _(
                "この方との関わりが%(n)s件続いています。先に、関わりを終了するか取り下げてください。",
                n=len(engagements),
            )
        )
