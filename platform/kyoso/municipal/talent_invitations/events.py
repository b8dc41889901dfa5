"""What happens to an invitation: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TalentsInvited(Event):
    """One person or several were invited; the subject is the form that did it."""

    label: ClassVar[Any] = _l("複業人材を招待しました")

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TalentInvitationResent(Event):
    """The invitation was mailed again, with a new link; the old one stopped working."""

    label: ClassVar[Any] = _l("複業人材の招待メールを送り直しました")

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class TalentInvitationWithdrawn(Event):
    """The invitation was taken back."""

    label: ClassVar[Any] = _l("複業人材の招待を取り消しました")

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class TalentInvitationForgotten(Event):
    """Whom it was for was erased, as promised: the applicant's, or the person's own wish."""

    label: ClassVar[Any] = _l("招待の個人情報を消去しました")


@dataclass(frozen=True, slots=True)
class TalentInvitationAccepted(Event):
    """The invited person took the invitation up."""

    label: ClassVar[Any] = _l("複業人材の招待を受けました")

    name: str
