"""For what a person can give consent, how long, and in which words. Pure but for its data file."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import re
import tomllib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import force_locale, jp_date
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: Nobody remembers longer what they once agreed to.
LONGEST_YEARS = 2
#: When the page of today begins to say that a consent ends.
ENDS_SOON = dt.timedelta(days=30)


class Purpose(enum.StrEnum):
    """What the parts of a profile may be used for."""

    LISTING = "listing"
    INTRODUCTION = "introduction"
    PUBLICITY = "publicity"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_PURPOSES[self][0])

    @property
    def hint(self) -> str:
        """What it means for the person."""
        return str(_PURPOSES[self][1])

    @property
    def is_for_networks(self) -> bool:
        """Whether it is given to a network; else to one town."""
        return self is Purpose.LISTING


_PURPOSES = {
    Purpose.LISTING: (
        _l("広域ネットワークの人材名簿への掲載"),
        _l("ネットワークに加わる自治体が、人材を探すときに見ます。"),
    ),
    Purpose.INTRODUCTION: (
        _l("ほかの自治体への紹介"),
        _l("その自治体が、人を探しているほかの自治体に伝えます。"),
    ),
    Purpose.PUBLICITY: (
        _l("広報・公開ページでの紹介"),
        _l("その自治体の広報誌や公開ページに載ります。だれでも見られます。"),
    ),
}

#: The parts of a profile that a consent can cover, by the names of their columns.
FIELDS = {
    "name": _l("氏名"),
    "photo": _l("写真"),
    "affiliation": _l("所属"),
    "bio": _l("経歴"),
    "skills": _l("得意なこと"),
    "fields": _l("分野"),
    "can_do": _l("できること"),
    "wants": _l("やりたいこと"),
    "languages": _l("言語"),
    "hours_offered": _l("提供できる時間"),
    "mode": _l("働き方"),
    "places": _l("働ける場所"),
    "conditions": _l("条件"),
    "links": _l("リンク"),
}


class ConsentState(enum.StrEnum):
    """What a consent is worth on a day."""

    RUNNING = "running"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self])


_STATES = {
    ConsentState.RUNNING: _l("有効"),
    ConsentState.EXPIRED: _l("期限切れ"),
    ConsentState.WITHDRAWN: _l("取り消し済み"),
    ConsentState.REPLACED: _l("新しい同意に置き換え"),
}


def state_of(until: dt.date, *, withdrawn: bool, replaced: bool, today: dt.date) -> ConsentState:
    """Return what a consent is worth today."""
    if replaced:
        return ConsentState.REPLACED
    if withdrawn:
        return ConsentState.WITHDRAWN
    return ConsentState.RUNNING if today <= until else ConsentState.EXPIRED


def last_day(today: dt.date) -> dt.date:
    """Return the last day for which a consent can be given."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year + LONGEST_YEARS, day=day)


def until_problem(until: dt.date, *, today: dt.date) -> str | None:
    """Return why a consent cannot run until a day, or None."""
    if until < today:
        return _("期限は今日以降の日にしてください。")
    if until > last_day(today):
        return _(
            "期限は長くても%(years)s年先までです。続けるときは、あらためて同意してください。",
            years=LONGEST_YEARS,
        )
    return None


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom consent is given: a town or a network, as it is called today."""

    name: str
    town_id: uuid.UUID | None = None
    network_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person agrees to."""

    purpose: Purpose
    recipient: Recipient
    fields: tuple[str, ...]
    until: dt.date


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one purpose in one version, with places to fill in."""

    purpose: Purpose
    version: str
    since: dt.date
    texts: dict[str, str]

    def as_shown(self, terms: Terms, language: str) -> str:
        """Return the words as a person reads them before agreeing."""
        with force_locale(language):
            filled = {
                "recipient": terms.recipient.name,
                "fields": "、".join(str(FIELDS[name]) for name in known_fields(terms.fields)),
                "until": jp_date(terms.until),
            }
        # Not format(): a town may be called what it likes, and nothing typed is filled in twice.
        places = re.compile("|".join(f"{{{name}}}" for name in filled))
        return places.sub(lambda place: filled[place[0][1:-1]], self.texts[language].strip())


@functools.cache
def wordings() -> tuple[Wording, ...]:
    """Return every version of every wording, as the data file has them."""
    file = Path(__file__).parent / "data" / "wordings.toml"
    return tuple(
        Wording(
            Purpose(row["purpose"]),
            row["version"],
            row["since"],
            {"ja": row["ja"], "en": row["en"]},
        )
        for row in tomllib.loads(file.read_text("utf-8"))["wording"]
    )


def wording_for(purpose: Purpose, today: dt.date) -> Wording:
    """Return the words in force on a day: the newest that has begun."""
    begun = [one for one in wordings() if one.purpose is purpose and one.since <= today]
    if not begun:
        raise RuleViolation(_("この目的の同意は、まだ受け付けていません。"))
    return max(begun, key=lambda one: one.since)


def known_fields(fields: Sequence[str]) -> tuple[str, ...]:
    """Return the parts in the order of the list above, each once."""
    return tuple(name for name in FIELDS if name in fields)
