"""What can happen to an application: one event for each operation.

No event names an applicant: the journal can only grow, and what they wrote is erased one day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ApplicationReceived(Event):
    """Somebody applied; the subject is the application."""

    label: ClassVar = _l("応募を受け付けました")
    number: int


@dataclass(frozen=True, slots=True)
class ApplicantWritten(Event):
    """The town wrote to an applicant."""

    label: ClassVar = _l("応募した方にメッセージを送りました")


@dataclass(frozen=True, slots=True)
class ApplicantReplied(Event):
    """The applicant wrote to the town."""

    label: ClassVar = _l("応募した方からメッセージがありました")


@dataclass(frozen=True, slots=True)
class ApplicationNoted(Event):
    """Somebody of the town wrote a note that only the town reads."""

    label: ClassVar = _l("応募についてのメモを書きました")


@dataclass(frozen=True, slots=True)
class ApplicationAssigned(Event):
    """A member looks after an application; '' where nobody does any more."""

    label: ClassVar = _l("応募の担当を決めました")
    member: str


@dataclass(frozen=True, slots=True)
class ApplicationSeen(Event):
    """What waited needs no answer."""

    label: ClassVar = _l("応募を確認済みにしました")


@dataclass(frozen=True, slots=True)
class ApplicationMoved(Event):
    """The town went a step further, without telling yet."""

    label: ClassVar = _l("応募の状態を変えました")
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ApplicationSelected(Event):
    """The town wants to work with an applicant, and invites them."""

    label: ClassVar = _l("応募した方にお願いすることにしました")


@dataclass(frozen=True, slots=True)
class ApplicationWithdrawn(Event):
    """The applicant took the application back."""

    label: ClassVar = _l("応募した方が応募を取り下げました")


@dataclass(frozen=True, slots=True)
class ApplicationFilesAdded(Event):
    """The applicant handed files in."""

    label: ClassVar = _l("応募した方がファイルを追加しました")
    count: int


@dataclass(frozen=True, slots=True)
class ApplicationLinkSent(Event):
    """A new private link was sent to the applicant's own address."""

    label: ClassVar = _l("応募した方に専用リンクを送り直しました")


@dataclass(frozen=True, slots=True)
class ApplicationErased(Event):
    """What an applicant told of themselves was erased, as promised."""

    label: ClassVar = _l("保存期間が過ぎたため、応募の個人情報を消去しました")


@dataclass(frozen=True, slots=True)
class ApplicantsAnswered(Event):
    """Everybody who was not chosen got a letter; the subject is the recruitment."""

    label: ClassVar = _l("応募した方にお返事を送りました")
    letters: int
