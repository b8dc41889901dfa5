"""How an engagement moves, and what the programmes of the state ask of it. Pure: no database."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any, Protocol

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: An engagement that ends within so many days is shown as ending soon.
ENDING_SOON = dt.timedelta(days=60)
#: Longer ones are renewed: nobody plans further.
LONGEST_YEARS = 5


class EngagementStatus(enum.StrEnum):
    """Where an engagement stands."""

    OFFERED = "offered"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    EngagementStatus.OFFERED: (_l("返事待ち"), "warning"),
    EngagementStatus.ACTIVE: (_l("契約中"), "success"),
    EngagementStatus.DECLINED: (_l("辞退"), "neutral"),
    EngagementStatus.WITHDRAWN: (_l("取下げ"), "neutral"),
    EngagementStatus.ENDED: (_l("終了"), "neutral"),
}

#: For each status, the statuses that may follow it.
NEXT: dict[EngagementStatus, set[EngagementStatus]] = {
    EngagementStatus.OFFERED: {
        EngagementStatus.ACTIVE,
        EngagementStatus.DECLINED,
        EngagementStatus.WITHDRAWN,
    },
    EngagementStatus.ACTIVE: {EngagementStatus.ENDED},
    EngagementStatus.DECLINED: set(),
    EngagementStatus.WITHDRAWN: set(),
    EngagementStatus.ENDED: set(),
}
#: They take up the period: another of the same role beside them would be the same one twice.
HOLDING = (EngagementStatus.OFFERED, EngagementStatus.ACTIVE, EngagementStatus.ENDED)
#: They are still before us.
OPEN = (EngagementStatus.OFFERED, EngagementStatus.ACTIVE)


class _Labelled(enum.StrEnum):
    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_WORDS[self])


class ContractKind(_Labelled):
    """On what ground somebody works for the town."""

    COMMISSION = "commission"
    OUTSOURCING = "outsourcing"
    EMPLOYMENT = "employment"
    PRO_BONO = "pro_bono"


class PayUnit(_Labelled):
    """What the pay is counted by."""

    NONE = "none"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class AgreedBy(_Labelled):
    """How both sides came to agree."""

    PERSON = "person"
    PAPER = "paper"


_WORDS: dict[enum.StrEnum, Any] = {
    ContractKind.COMMISSION: _l("委嘱"),
    ContractKind.OUTSOURCING: _l("委託"),
    ContractKind.EMPLOYMENT: _l("雇用"),
    ContractKind.PRO_BONO: _l("プロボノ（無償）"),
    PayUnit.NONE: _l("無償"),
    PayUnit.HOUR: _l("1時間あたり"),
    PayUnit.DAY: _l("1日あたり"),
    PayUnit.MONTH: _l("1か月あたり"),
    PayUnit.YEAR: _l("1年あたり"),
    AgreedBy.PERSON: _l("本人が画面で返事"),
    AgreedBy.PAPER: _l("紙の契約を登録"),
}


def check_move(now: EngagementStatus, to: EngagementStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の関与は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


class Terms(Protocol):
    """What both sides agree on: an offer in the making, or an engagement."""

    @property
    def starts_on(self) -> dt.date: ...  # noqa: D102
    @property
    def ends_on(self) -> dt.date: ...  # noqa: D102
    @property
    def employer(self) -> str: ...  # noqa: D102
    @property
    def hours_a_month(self) -> int: ...  # noqa: D102
    @property
    def days_a_month(self) -> int | None: ...  # noqa: D102
    @property
    def in_town_days(self) -> int | None: ...  # noqa: D102
    @property
    def pay_unit(self) -> PayUnit: ...  # noqa: D102
    @property
    def pay_yen(self) -> int: ...  # noqa: D102
    @property
    def travel_yen_a_year(self) -> int: ...  # noqa: D102
    @property
    def public_servant(self) -> bool: ...  # noqa: D102
    @property
    def permit_by(self) -> str: ...  # noqa: D102
    @property
    def permit_on(self) -> dt.date | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class TalentProgramme:
    """A programme (制度) under which people from outside work for a town, as declared."""

    key: str
    name: str
    #: The roles it is for; empty: for any.
    roles: tuple[str, ...]
    #: Where the rules stand, and as of when; `recheck` where that was long ago.
    source: str
    as_of: str
    recheck: bool = False
    months_min: int | None = None
    months_max: int | None = None
    days_a_month_min: int | None = None
    hours_a_month_min: int | None = None
    in_town_days_a_month_min: int | None = None
    fee_yen_a_year_max: int | None = None
    travel_yen_a_year_max: int | None = None
    #: Fee and travel together.
    yen_a_year_max: int | None = None
    #: Only for employees whose firm sends or lends them.
    employer_needed: bool = False
    per_municipality: int | None = None

    @property
    def cap(self) -> int | None:
        """What one person may cost in a fiscal year, all in all; None where nothing is said."""
        if self.yen_a_year_max is not None:
            return self.yen_a_year_max
        parts = [self.fee_yen_a_year_max, self.travel_yen_a_year_max]
        return None if None in parts else sum(part or 0 for part in parts)


@dataclass(frozen=True, slots=True)
class PublicServants:
    """What is asked of somebody who is a public servant elsewhere, as declared."""

    source: str
    as_of: str
    hours_a_month_guide: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that the terms miss: at which field, and said in full."""

    key: str
    field: str
    sentence: str
