"""What happens to members and invitations: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.access import Role
from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class MemberInvited(Event):
    """Somebody was invited to the town; the subject is the invitation."""

    label: ClassVar[Any] = _l("担当者を招待しました")
    name: str
    email: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class InvitationResent(Event):
    """The invitation was mailed again, with a new link; the old one stopped working."""

    label: ClassVar[Any] = _l("招待メールを送り直しました")
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class InvitationRevoked(Event):
    """The invitation was taken back."""

    label: ClassVar[Any] = _l("招待を取り消しました")
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class InvitationAccepted(Event):
    """The invited person joined; the subject is their membership."""

    label: ClassVar[Any] = _l("招待を受けて担当者になりました")
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class MemberUpdated(Event):
    """A member's name, roles or departments were changed."""

    label: ClassVar[Any] = _l("担当者の役割や所属を変更しました")
    name: str
    roles: tuple[Role, ...]
    roles_before: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class MemberDeactivated(Event):
    """A member was shut out of the town."""

    label: ClassVar[Any] = _l("担当者を停止しました")
    name: str


@dataclass(frozen=True, slots=True)
class MemberReactivated(Event):
    """A member was let back in."""

    label: ClassVar[Any] = _l("担当者の停止を解きました")
    name: str
