"""What may be referred, to what a proposer consents, and how a referral moves. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Sequence

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.proposals.rules import ProposalStatus

#: So long the proposer, and then the other town, may take.
LAPSES_AFTER = dt.timedelta(days=30)


class Part(enum.StrEnum):
    """What of a proposal its proposer may let another town have."""

    TEXT = "text"
    NAME = "name"
    EMAIL = "email"
    FILES = "files"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_PARTS[self][0])

    @property
    def hint(self) -> str:
        """What exactly is meant."""
        return str(_PARTS[self][1])


_PARTS = {
    Part.TEXT: (
        _l("提案の本文"),
        _l("件名、やりたいこと、できることなど、提案に書いた内容と、個人・企業・団体の区分"),
    ),
    Part.NAME: (_l("お名前・団体名"), _l("選ばないときは、匿名の提案として紹介します")),
    Part.EMAIL: (
        _l("メールアドレス"),
        _l("選ばないときは、紹介先の町から直接メールは届かず、この専用リンクでお知らせします"),
    ),
    Part.FILES: (_l("添付ファイル"), _l("提案に添えたファイルのすべて")),
}

#: What the proposer reads, by version; a consent keeps which.
WORDINGS = {
    "2026-11": _l(
        "選んだ町に、選んだ項目だけを渡すことに同意します。町の審査の内容・評価・やり取りは渡しません。"
        "電話番号と住所も渡しません。紹介先の町が受け取ると、その町の提案として受け付けられ、"
        "その町の専用リンクができます。受け取る前なら、いつでも同意を取り消せます。"
        "取り消すと、渡した内容は紹介先の町から見えなくなります。"
        "30日のあいだに返事がないときは、紹介は終わり、渡した内容は消えます。"
    )
}
WORDING = "2026-11"


class OfferStatus(enum.StrEnum):
    """What became of the first town's question to the proposer."""

    ASKED = "asked"
    CONSENTED = "consented"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_OFFERS[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _OFFERS[self][1]


_OFFERS = {
    OfferStatus.ASKED: (_l("提案者に確認中"), "warning"),
    OfferStatus.CONSENTED: (_l("提案者が同意"), "info"),
    OfferStatus.REFUSED: (_l("提案者は希望せず"), "neutral"),
    OfferStatus.WITHDRAWN: (_l("取りやめ"), "neutral"),
    OfferStatus.LAPSED: (_l("期限切れ"), "neutral"),
}


class ReferralStatus(enum.StrEnum):
    """What became of a referral: all that the first town ever learns."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    ADOPTED = "adopted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


R = ReferralStatus

_STATUSES = {
    R.OFFERED: (_l("返事を待っています"), "warning"),
    R.ACCEPTED: (_l("受け取りました"), "success"),
    R.ADOPTED: (_l("紹介先で採択"), "success"),
    R.DECLINED: (_l("紹介先で見送り"), "neutral"),
    R.TAKEN_BACK: (_l("取下げ"), "neutral"),
    R.LAPSED: (_l("期限切れ"), "neutral"),
}

#: For each status, those that may follow it.
NEXT: dict[ReferralStatus, frozenset[ReferralStatus]] = {
    R.OFFERED: frozenset({R.ACCEPTED, R.DECLINED, R.TAKEN_BACK, R.LAPSED}),
    R.ACCEPTED: frozenset({R.ADOPTED}),
    R.ADOPTED: frozenset({R.ACCEPTED}),
}
#: The other town has it, or may take it.
LIVE = frozenset({R.OFFERED, R.ACCEPTED, R.ADOPTED})


def check_move(now: ReferralStatus, to: ReferralStatus) -> None:
    """Refuse a step that the table above does not list."""
    if to not in NEXT.get(now, frozenset()):
        raise RuleViolation(
            _(
                "この紹介は「%(now)s」です。「%(to)s」にはできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_offer(now: OfferStatus) -> None:
    """Refuse to answer, or take back, a question that is answered."""
    if now is not OfferStatus.ASKED:
        raise RuleViolation(
            _("この紹介の確認は「%(now)s」です。画面を読み込み直してください。", now=now.label)
        )


def check_referable(status: ProposalStatus, *, announced: bool) -> None:
    """Refuse to offer what is not declined, or whose proposer has not heard of it."""
    if status not in {ProposalStatus.DECLINED, ProposalStatus.REFERRED} or not announced:
        raise RuleViolation(_("紹介できるのは、見送りを提案者に知らせた提案だけです。"))


def check_towns(towns: Collection[object], busy: Sequence[str]) -> None:
    """Refuse to ask for no town, and to ask twice for one."""
    if not towns:
        raise InvalidInput({"towns": [_("「紹介先の町」を一つ以上選んでください。")]})
    if busy:
        said = _("すでに確認中か、紹介した町です：%(towns)s", towns="、".join(busy))
        raise InvalidInput({"towns": [said]})


def check_consent(chosen: Collection[object], parts: Collection[Part]) -> None:
    """Refuse a consent that says to which town but not to what: without the text there is nothing."""
    if chosen and Part.TEXT not in parts:
        said = _("「提案の本文」を渡さないと紹介できません。選ぶか、町の選択を外してください。")
        raise InvalidInput({"parts": [said]})


def check_both_inside(inside: bool) -> None:
    """Refuse to take in what comes from outside the networks of today."""
    if not inside:
        raise RuleViolation(
            _("どちらかの町が、いまは同じネットワークに加盟していません。この紹介は終わります。")
        )


def has_lapsed(since: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether an answer was waited for long enough."""
    return now - since >= LAPSES_AFTER
