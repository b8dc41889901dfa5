"""How a share request moves, and whose turn it is. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.identity.profiles.rules import ShownProfile as ShownProfile
from kyoso.identity.profiles.rules import WorkMode as WorkMode
from kyoso.municipal.agreements.rules import add_months
from kyoso.municipal.talent_programmes.rules import PayUnit as PayUnit

#: So long nobody answers until it is said again, and until it lapses.
REMIND_AFTER = dt.timedelta(days=7)
LAPSE_AFTER = dt.timedelta(days=30)
#: A share may be agreed on for so long; then it is asked anew.
LONGEST_MONTHS = 24
#: 旅する公務員: from three days to one week.
STAY_DAYS = (3, 7)


class _Labelled(enum.StrEnum):
    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_WORDS[self])


class ShareKind(_Labelled):
    """What is shared: hours a month of a listed person, or some days of a member of staff."""

    HOURS = "hours"
    STAY = "stay"


class Side(_Labelled):
    """Who says something in a request."""

    #: The town in which the person is to work; the row is its own.
    ASKER = "asker"
    #: The town that has the person.
    HOME = "home"
    PERSON = "person"
    PLATFORM = "platform"


class Who(enum.StrEnum):
    """Who may make a move: the town that opened the request, the other one, the person, nobody."""

    OPENER = "opener"
    OTHER = "other"
    PERSON = "person"
    PLATFORM = "platform"


class Audience(_Labelled):
    """Who reads a message."""

    TOWNS = "towns"
    ALL = "all"


class Payer(_Labelled):
    """Who pays the person."""

    ASKER = "asker"
    HOME = "home"
    NOBODY = "nobody"


class EndReason(_Labelled):
    """Why a request ended of itself."""

    UNANSWERED = "unanswered"
    TOWN_LEFT = "town_left"
    CONSENT = "consent"
    LEFT_REGISTER = "left_register"
    OVER = "over"


class ShareStatus(enum.StrEnum):
    """Where a request, and the share that comes of it, stands."""

    DRAFT = "draft"
    SENT = "sent"
    APPROVED = "approved"
    #: The person said yes; the asking town's engagement is being made.
    ACCEPTED = "accepted"
    ACTIVE = "active"
    ENDED = "ended"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = ShareStatus

_STATUSES = {
    S.DRAFT: (_l("下書き"), "neutral"),
    S.SENT: (_l("町の返事待ち"), "warning"),
    S.APPROVED: (_l("本人の返事待ち"), "warning"),
    S.ACCEPTED: (_l("本人が承諾・関与を準備中"), "info"),
    S.ACTIVE: (_l("シェア中"), "success"),
    S.ENDED: (_l("終了"), "neutral"),
    S.DECLINED: (_l("相手の町が見送り"), "neutral"),
    S.REFUSED: (_l("本人が辞退"), "neutral"),
    S.WITHDRAWN: (_l("取り下げ"), "neutral"),
    S.LAPSED: (_l("返事がなく終了"), "neutral"),
    S.CANCELLED: (_l("取りやめ"), "neutral"),
}

_WORDS: dict[enum.StrEnum, Any] = {
    ShareKind.HOURS: _l("人材シェア"),
    ShareKind.STAY: _l("旅する公務員"),
    Side.ASKER: _l("お願いする町"),
    Side.HOME: _l("所属の町"),
    Side.PERSON: _l("ご本人"),
    Side.PLATFORM: _l("自動処理"),
    Audience.TOWNS: _l("二つの町だけ"),
    Audience.ALL: _l("二つの町とご本人"),
    Payer.ASKER: _l("お願いする町が払う"),
    Payer.HOME: _l("所属の町が払う"),
    Payer.NOBODY: _l("報酬なし"),
    EndReason.UNANSWERED: _l("30日のあいだ返事がありませんでした。"),
    EndReason.TOWN_LEFT: _l("町がネットワークを離れたため、終わりました。"),
    EndReason.CONSENT: _l("ご本人が掲載の同意を取り消したため、終わりました。"),
    EndReason.LEFT_REGISTER: _l("ご本人が所属の町の人材台帳から外れたため、終わりました。"),
    EndReason.OVER: _l("決めた期間が終わりました。"),
}

#: For each status, those that may follow it, and who may bring that about.
MOVES: dict[ShareStatus, dict[ShareStatus, frozenset[Who]]] = {
    S.DRAFT: {
        S.SENT: frozenset({Who.OPENER}),
        S.WITHDRAWN: frozenset({Who.OPENER}),
        S.CANCELLED: frozenset({Who.PLATFORM}),
    },
    S.SENT: {
        S.APPROVED: frozenset({Who.OTHER}),
        S.DECLINED: frozenset({Who.OTHER}),
        S.WITHDRAWN: frozenset({Who.OPENER}),
        S.LAPSED: frozenset({Who.PLATFORM}),
        S.CANCELLED: frozenset({Who.PLATFORM, Who.PERSON}),
    },
    S.APPROVED: {
        S.ACCEPTED: frozenset({Who.PERSON}),
        # A stay needs no engagement: nothing is to be prepared.
        S.ACTIVE: frozenset({Who.PERSON}),
        S.REFUSED: frozenset({Who.PERSON}),
        S.DECLINED: frozenset({Who.OTHER}),
        S.WITHDRAWN: frozenset({Who.OPENER}),
        S.LAPSED: frozenset({Who.PLATFORM}),
        S.CANCELLED: frozenset({Who.PLATFORM, Who.PERSON}),
    },
    S.ACCEPTED: {
        S.ACTIVE: frozenset({Who.PLATFORM, Who.OPENER}),
        S.WITHDRAWN: frozenset({Who.OPENER}),
    },
    S.ACTIVE: {S.ENDED: frozenset({Who.OPENER, Who.OTHER, Who.PERSON, Who.PLATFORM})},
    S.ENDED: {},
    S.DECLINED: {},
    S.REFUSED: {},
    S.WITHDRAWN: {},
    S.LAPSED: {},
    S.CANCELLED: {},
}
#: Somebody has to answer; if a town leaves or a consent is taken back, these end.
PENDING = (S.SENT, S.APPROVED)
#: These hold hours in the ledger.
HOLDING = (*PENDING, S.ACCEPTED, S.ACTIVE)
#: Agreed on: these go on to their last day whatever happens to the network.
AGREED = (S.ACCEPTED, S.ACTIVE)
#: Ended without anything coming of it.
CAME_TO_NOTHING = (S.DECLINED, S.REFUSED, S.WITHDRAWN, S.LAPSED, S.CANCELLED)
#: In which the terms may still be changed.
NEGOTIABLE = (S.DRAFT, S.SENT)


def who_is(side: Side, opened_by: Side) -> Who:
    """Return what somebody is in a request that was opened by one of the towns."""
    if side in {Side.PERSON, Side.PLATFORM}:
        return Who(side.value)
    return Who.OPENER if side is opened_by else Who.OTHER


def may_move(now: ShareStatus, to: ShareStatus, who: Who) -> bool:
    """Tell whether somebody may bring a request from one status to another."""
    return who in MOVES[now].get(to, ())


def check_move(now: ShareStatus, to: ShareStatus, who: Who) -> None:
    """Refuse a move that the table above does not list, or does not give to this one."""
    if not may_move(now, to, who):
        raise RuleViolation(
            _(
                "「%(now)s」のいまは、できない操作です。画面を読み込み直してください。",
                now=now.label,
            )
        )


class Versions(Protocol):
    """Which version of the memorandum there is, and which each town agreed to."""

    @property
    def paper_version(self) -> int:
        """The newest."""

    @property
    def asker_version(self) -> int | None:
        """What the asking town agreed to last."""

    @property
    def home_version(self) -> int | None:
        """What the home town agreed to last."""


def both_agree(one: Versions) -> bool:
    """Tell whether both towns agreed to the newest version of the memorandum."""
    return one.asker_version == one.home_version == one.paper_version


def check_version(one: Versions, read: int) -> None:
    """Refuse to agree to another version than the one that was read."""
    if read != one.paper_version:
        raise RuleViolation(
            _(
                "覚書の新しい版（第%(version)s版）があります。読んでから、もう一度お答えください。",
                version=one.paper_version,
            )
        )


def check_acceptable(one: Versions, read: int, ends_on: dt.date, today: dt.date) -> None:
    """Refuse the person's yes to other words than they read, or to what is over."""
    check_version(one, read)
    if not both_agree(one):
        raise RuleViolation(
            _("二つの町が、覚書の新しい版を確かめています。もう少しお待ちください。")
        )
    if ends_on < today:
        raise RuleViolation(_("期間が過ぎているため、承諾できません。町の担当者にご連絡ください。"))


def check_period(starts_on: dt.date, ends_on: dt.date, today: dt.date) -> None:
    """Refuse a period that is over, is none, or is longer than anybody plans."""
    if starts_on < today:
        raise InvalidInput({"starts_on": [_("始まりの日は、今日より後にしてください。")]})
    if ends_on < starts_on:
        raise InvalidInput({"ends_on": [_("終わりの日は、始まりの日より後にしてください。")]})
    if ends_on >= add_months(starts_on, LONGEST_MONTHS):
        words = _(
            "期間は%(months)sか月までです。その先は、あらためてお願いしてください。",
            months=LONGEST_MONTHS,
        )
        raise InvalidInput({"ends_on": [words]})


def check_stay(starts_on: dt.date, ends_on: dt.date, days: int) -> None:
    """Refuse a stay that is not from three days to a week, or longer than its period."""
    least, most = STAY_DAYS
    if not least <= days <= most:
        words = _("日数は%(least)s日から%(most)s日までです。", least=least, most=most)
        raise InvalidInput({"days": [words]})
    if days > (ends_on - starts_on).days + 1:
        raise InvalidInput({"days": [_("日数が、期間より長くなっています。")]})


def check_pay(payer: Payer, pay_unit: PayUnit, pay_yen: int) -> None:
    """Refuse pay by nobody, and pay without an amount."""
    if payer is not Payer.ASKER and (pay_unit is not PayUnit.NONE or pay_yen):
        words = _("お願いする町が払わないときは、単位を「無償」にし、額を空けてください。")
        raise InvalidInput({"pay_unit": [words]})
    if payer is Payer.ASKER and (pay_unit is PayUnit.NONE or not pay_yen):
        raise InvalidInput({"pay_yen": [_("報酬の単位と額を入力してください。")]})


def check_last_day(last_day: dt.date, starts_on: dt.date, ends_on: dt.date, today: dt.date) -> None:
    """Refuse an early end that is not early, is before the beginning, or is over."""
    first = max(starts_on, today)
    if not first <= last_day < ends_on:
        words = _(
            "最後の日は、%(first)sから%(last)sまでの日にしてください。",
            first=jp_date(first),
            last=jp_date(ends_on - dt.timedelta(days=1)),
        )
        raise InvalidInput({"last_day": [words]})


class Waiting(Protocol):
    """A request, as far as somebody keeps it waiting."""

    @property
    def status(self) -> ShareStatus:
        """Where it stands."""

    @property
    def waiting_since(self) -> dt.datetime | None:
        """Since when it stands there."""

    @property
    def reminded_at(self) -> dt.datetime | None:
        """When somebody was reminded."""


def has_lapsed(one: Waiting, now: dt.datetime) -> bool:
    """Tell whether nobody answered for too long."""
    since = one.waiting_since
    return one.status in PENDING and since is not None and since + LAPSE_AFTER <= now


def is_to_remind(one: Waiting, now: dt.datetime) -> bool:
    """Tell whether it is time to ask again."""
    since = one.waiting_since
    waits = one.status in PENDING and since is not None and since + REMIND_AFTER <= now
    return waits and one.reminded_at is None and not has_lapsed(one, now)


def waits_for(status: ShareStatus, opened_by: Side, one: Versions) -> Side | None:
    """Return whose turn it is."""
    if status is S.DRAFT:
        return opened_by
    if status is S.SENT:
        return Side.HOME if opened_by is Side.ASKER else Side.ASKER
    if status is S.APPROVED:
        if one.asker_version != one.paper_version:
            return Side.ASKER
        return Side.HOME if one.home_version != one.paper_version else Side.PERSON
    return None


#: The steps that a reader sees above a request, in order.
STEPS = (
    _l("下書き"),
    _l("相手の町の承認"),
    _l("本人の承諾"),
    _l("シェア中"),
    _l("終了"),
)
_STEP_OF = {S.DRAFT: 1, S.SENT: 2, S.APPROVED: 3, S.ACCEPTED: 4, S.ACTIVE: 4, S.ENDED: 5}


def step_of(status: ShareStatus) -> int | None:
    """Return the number of the step, or None where nothing came of it."""
    return _STEP_OF.get(status)


def shown_parts(profile: Any, parts: list[str]) -> dict[str, Any]:
    """Return these parts of a profile as they can be kept in a row until they are taken over."""
    found = {}
    for name in [*parts, *(["free_skills"] if "skills" in parts else [])]:
        value = getattr(profile, name, None)
        if value:
            found[name] = value.value if isinstance(value, enum.Enum) else value
    return found


def kept_profile(kept: Mapping[str, Any], name: str) -> ShownProfile:
    """Return what was kept of a profile as towns take it over; the name is always there."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()
    }
    return ShownProfile(**{**values, "name": name})
