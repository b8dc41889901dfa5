"""What can happen to a consultation.

Only what a town says in its own name stands in the network's journal. Whatever concerns a
consultation without a name stands in the journal of its own town alone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ConsultationAsked(NetworkEvent):
    """A town asked, in its own name."""

    label: ClassVar[Any] = _l("ネットワークに相談しました")


@dataclass(frozen=True, slots=True)
class ConsultationAskedUnnamed(Event):
    """A town asked without its name."""

    label: ClassVar[Any] = _l("町の名前を出さずに、ネットワークに相談しました")


@dataclass(frozen=True, slots=True)
class ConsultationEdited(Event):
    """The question was worded differently before anybody answered."""

    label: ClassVar[Any] = _l("相談を書き直しました")


@dataclass(frozen=True, slots=True)
class ConsultationAnswered(NetworkEvent):
    """A town, or a coordinator, answered in their own name."""

    label: ClassVar[Any] = _l("相談に回答しました")

    consultation_id: uuid.UUID
    #: How long the question had waited, where nobody had answered it before.
    waited_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ConsultationSupplemented(Event):
    """Whoever asked added something; its network is named for those who are told."""

    label: ClassVar[Any] = _l("相談に補足しました")

    network_id: uuid.UUID
    consultation_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AnswerEdited(Event):
    """An answer was worded differently."""

    label: ClassVar[Any] = _l("相談への回答を書き直しました")


@dataclass(frozen=True, slots=True)
class AnswerWithdrawn(Event):
    """An answer was taken back; its words are gone."""

    label: ClassVar[Any] = _l("相談への回答を取り下げました")


@dataclass(frozen=True, slots=True)
class AnswerAccepted(Event):
    """An answer solved it."""

    label: ClassVar[Any] = _l("解決した回答を選びました")

    answer_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ConsultationClosed(Event):
    """No more answers are taken."""

    label: ClassVar[Any] = _l("相談を締め切りました")


@dataclass(frozen=True, slots=True)
class ConsultationReopened(Event):
    """Answers are taken again."""

    label: ClassVar[Any] = _l("相談の締切りを取り消しました")


@dataclass(frozen=True, slots=True)
class ConsultationWithdrawn(Event):
    """Only its own town sees it from now on."""

    label: ClassVar[Any] = _l("相談を取り下げました")


@dataclass(frozen=True, slots=True)
class ConsultationUnanswered(Event):
    """Nobody answered for a week: the coordinators are asked."""

    label: ClassVar[Any] = _l("回答がないため、広域事務局に知らせました")

    network_id: uuid.UUID
    title: str


@dataclass(frozen=True, slots=True)
class KnowHowDraftedFromConsultation(Event):
    """Question and answer became a draft of know-how of the town that asked."""

    label: ClassVar[Any] = _l("相談からノウハウの下書きを作りました")

    know_how_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ConsultationFollowed(Event):
    """Somebody wants to hear of answers."""

    label: ClassVar[Any] = _l("相談の通知を受け取ることにしました")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ConsultationUnfollowed(Event):
    """Somebody wants to hear no more."""

    label: ClassVar[Any] = _l("相談の通知をやめました")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class FollowersTold(Event):
    """Those of a town who follow were written to about an answer."""

    label: ClassVar[Any] = _l("相談への回答を、通知を受け取る人に知らせました")
    routine: ClassVar[bool] = True

    answer_id: uuid.UUID
    people: int


@dataclass(frozen=True, slots=True)
class ConsultationsEnded(Event):
    """The town is out of the network: what it asked and answered there is taken down."""

    label: ClassVar[Any] = _l("ネットワークでの相談と回答を取り下げました")

    consultations: int
    answers: int
