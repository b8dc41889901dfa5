"""What can happen to a share request: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ShareEvent(Event):
    """Base: something that both towns read in the request's thread. `step_id` is that line."""

    label: ClassVar[Any] = ""

    tenant_id: uuid.UUID
    home_tenant_id: uuid.UUID
    step_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ShareDrafted(Event):
    """A request was begun; nobody else sees it yet."""

    label: ClassVar[Any] = _l("人材シェアの依頼を書き始めました")


@dataclass(frozen=True, slots=True)
class ShareRedrafted(Event):
    """What was not sent yet was changed."""

    label: ClassVar[Any] = _l("人材シェアの依頼の下書きを直しました")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ShareDropped(Event):
    """What was never sent was dropped; the other town never knew of it."""

    label: ClassVar[Any] = _l("人材シェアの依頼の下書きを取り消しました")


@dataclass(frozen=True, slots=True)
class ShareSent(ShareEvent):
    """A town asked another."""

    label: ClassVar[Any] = _l("依頼を送りました")


@dataclass(frozen=True, slots=True)
class ShareRevised(ShareEvent):
    """What is asked for, or on what terms, changed: there is a new version of the memorandum."""

    label: ClassVar[Any] = _l("内容を変え、覚書の新しい版を作りました")

    version: int


@dataclass(frozen=True, slots=True)
class PaperConfirmed(ShareEvent):
    """A town agreed to a version of the memorandum."""

    label: ClassVar[Any] = _l("覚書の新しい版に同意しました")

    version: int


@dataclass(frozen=True, slots=True)
class ShareApproved(ShareEvent):
    """The other town approved, with a version of the memorandum."""

    label: ClassVar[Any] = _l("相手の町が承認しました")

    version: int


@dataclass(frozen=True, slots=True)
class ShareDeclined(ShareEvent):
    """The other town said no."""

    label: ClassVar[Any] = _l("相手の町が見送りました")


@dataclass(frozen=True, slots=True)
class ShareWithdrawn(ShareEvent):
    """The town that asked took it back."""

    label: ClassVar[Any] = _l("依頼を取り下げました")


@dataclass(frozen=True, slots=True)
class ShareLapsed(ShareEvent):
    """Nobody answered for too long."""

    label: ClassVar[Any] = _l("返事がないまま期限が過ぎ、依頼が終わりました")


@dataclass(frozen=True, slots=True)
class ShareCancelled(ShareEvent):
    """It ended because a town left, or because the person took the consent back."""

    label: ClassVar[Any] = _l("依頼が取りやめになりました")

    reason: str


@dataclass(frozen=True, slots=True)
class ShareReminded(ShareEvent):
    """Whoever has to answer was asked again."""

    label: ClassVar[Any] = _l("返事をお願いするお知らせを送りました")


@dataclass(frozen=True, slots=True)
class PersonInvited(ShareEvent):
    """The person takes part in the thread from now on."""

    label: ClassVar[Any] = _l("ご本人をやり取りに招きました")


@dataclass(frozen=True, slots=True)
class MessagePosted(ShareEvent):
    """Somebody wrote something in the thread."""

    label: ClassVar[Any] = _l("やり取りに書き込みました")


@dataclass(frozen=True, slots=True)
class ShareAccepted(ShareEvent):
    """The person agreed to a version of the memorandum."""

    label: ClassVar[Any] = _l("ご本人が承諾しました")

    version: int
    kind: str


@dataclass(frozen=True, slots=True)
class ShareRefused(ShareEvent):
    """The person said no."""

    label: ClassVar[Any] = _l("ご本人が辞退しました")


@dataclass(frozen=True, slots=True)
class StepTold(Event):
    """A town's people were told by mail of one line of the thread."""

    label: ClassVar[Any] = _l("人材シェアの動きをメールで知らせました")
    routine: ClassVar[bool] = True

    step_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ShareStarted(ShareEvent):
    """The asking town's engagement was made: the share runs."""

    label: ClassVar[Any] = _l("人材シェアが始まりました")


@dataclass(frozen=True, slots=True)
class ShareShortened(ShareEvent):
    """One of the towns, or the person, ends it before the agreed day."""

    label: ClassVar[Any] = _l("予定より早く終えることにしました")

    last_day: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShareEnded(ShareEvent):
    """It is over."""

    label: ClassVar[Any] = _l("人材シェアが終わりました")


@dataclass(frozen=True, slots=True)
class ShareReviewed(ShareEvent):
    """One of the three looked back."""

    label: ClassVar[Any] = _l("ふりかえりを書きました")


#: Of these the other side is told.
TOLD: tuple[type[ShareEvent], ...] = (
    ShareSent,
    ShareRevised,
    PaperConfirmed,
    ShareApproved,
    ShareDeclined,
    ShareWithdrawn,
    ShareLapsed,
    ShareCancelled,
    ShareReminded,
    PersonInvited,
    MessagePosted,
    ShareAccepted,
    ShareRefused,
    ShareStarted,
    ShareShortened,
    ShareEnded,
    ShareReviewed,
)
#: With these nothing came of it: the hours are free again.
FREEING: tuple[type[ShareEvent], ...] = (
    ShareDeclined,
    ShareWithdrawn,
    ShareLapsed,
    ShareCancelled,
    ShareRefused,
)
