"""Who can be invited, how a list of many is read, and how long a link holds. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Protocol

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

INVITATION_LASTS = dt.timedelta(days=14)
NAME_LENGTH = 60
MESSAGE_LENGTH = 1000


class InvitationState(enum.StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATES[self][1]


_STATES = {
    InvitationState.OPEN: (_l("返事待ち"), "info"),
    InvitationState.EXPIRED: (_l("期限切れ"), "warning"),
    InvitationState.ACCEPTED: (_l("登録済み"), "success"),
    InvitationState.WITHDRAWN: (_l("取消し"), "neutral"),
}


class Dated(Protocol):
    """What tells where an invitation stands."""

    @property
    def expires_at(self) -> dt.datetime:
        """Until when its link holds."""

    @property
    def accepted_at(self) -> dt.datetime | None:
        """When it was taken up."""

    @property
    def withdrawn_at(self) -> dt.datetime | None:
        """When it was taken back."""


def state_of(invitation: Dated, now: dt.datetime) -> InvitationState:
    """Return where an invitation stands at a moment."""
    if invitation.withdrawn_at is not None:
        return InvitationState.WITHDRAWN
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    return InvitationState.OPEN if invitation.expires_at > now else InvitationState.EXPIRED


def check_usable(invitation: Dated, now: dt.datetime) -> None:
    """Refuse an invitation that was used, taken back, or has run out."""
    if state_of(invitation, now) is not InvitationState.OPEN:
        raise RuleViolation(
            _("この招待は使えなくなりました。招待した方に送り直しを依頼してください。")
        )


def check_waiting(invitation: Dated) -> None:
    """Refuse to send or take back what was answered already."""
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        raise RuleViolation(
            _("この招待は、すでに使われたか取り消されています。画面を読み込み直してください。")
        )


class Standing(enum.StrEnum):
    """What an address is in the town already."""

    REGISTERED = "registered"
    INVITED = "invited"

    @property
    def problem(self) -> str:
        """Why it is not invited."""
        return str(_PROBLEMS[self])


_PROBLEMS = {
    Standing.REGISTERED: _l("この方は、すでに人材台帳に登録されています。"),
    Standing.INVITED: _l(
        "この方は、すでに招待しています。届いていないときは、招待の一覧から送り直してください。"
    ),
}
