"""What a town knows of a talent. Pure."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.identity.profiles.rules import WorkMode as WorkMode


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


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """What a person lets the towns see of their profile; what they hide is left empty."""

    name: str
    kana: str = ""
    affiliation: str = ""
    bio: str = ""
    skills: Sequence[str] = ()
    free_skills: Sequence[str] = ()
    fields: Sequence[str] = ()
    can_do: str = ""
    wants: str = ""
    languages: Sequence[str] = ()
    hours_offered: int | None = None
    mode: WorkMode | None = None
    places: str = ""
    conditions: str = ""
    links: Sequence[Any] = ()
    photo: bytes | None = None


SHOWN_FIELDS = tuple(field.name for field in dataclasses.fields(ShownProfile))
