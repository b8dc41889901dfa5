"""How a listing moves, and by what it is found. Pure: no database, no clock."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import Wanted
from kyoso.core.search import wanted as searched
from kyoso.exchange.finding import Place, place
from kyoso.identity.profiles.rules import SKILLS, skill_label
from kyoso.identity.profiles.rules import ShownProfile as ShownProfile
from kyoso.identity.profiles.rules import WorkMode as WorkMode
from kyoso.identity.profiles.rules import shown as shown

#: What of a profile a listing keeps as it is; the mode is an enum there. Never the reading.
CONTENT = tuple(name for name in ShownProfile.__dataclass_fields__ if name not in {"kana", "mode"})


class ListingStatus(enum.StrEnum):
    """Where the listing of a person in a network stands."""

    ASKED = "asked"
    PUBLISHED = "published"
    DECLINED = "declined"
    #: Taken down by the person or by the town.
    WITHDRAWN = "withdrawn"
    #: By time or by what happened to others: see `end_reason`.
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


S = ListingStatus

_STATUSES = {
    S.ASKED: (_l("本人の同意待ち"), "info"),
    S.PUBLISHED: (_l("掲載中"), "success"),
    S.DECLINED: (_l("本人が辞退"), "neutral"),
    S.WITHDRAWN: (_l("取り下げ済み"), "neutral"),
    S.ENDED: (_l("掲載終了"), "neutral"),
}

#: For each status, those that may follow it. Published again: the person agreed anew.
NEXT: dict[ListingStatus, frozenset[ListingStatus]] = {
    S.ASKED: frozenset({S.PUBLISHED, S.DECLINED, S.WITHDRAWN, S.ENDED}),
    S.PUBLISHED: frozenset({S.PUBLISHED, S.WITHDRAWN, S.ENDED}),
    S.DECLINED: frozenset({S.ASKED}),
    S.WITHDRAWN: frozenset({S.ASKED}),
    S.ENDED: frozenset({S.ASKED}),
}
#: Of these something can still come, or is shown.
OPEN = (S.ASKED, S.PUBLISHED)


def check_move(now: ListingStatus, to: ListingStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」の掲載は「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_free(statuses: Iterable[ListingStatus]) -> None:
    """Refuse to ask somebody again who was asked and has not answered, or is shown already."""
    if any(status in OPEN for status in statuses):
        raise RuleViolation(_("すでに掲載中か、本人の同意を待っているネットワークがあります。"))


def key_of(listing: Any) -> str:
    """Return which listing it is, as the journal and jobs name it."""
    return f"{listing.tenant_id}/{listing.id}/{listing.network_id}"


class EndReason(enum.StrEnum):
    """Why something ended of itself."""

    EXPIRED = "expired"
    TOWN_LEFT = "town_left"
    LEFT_REGISTER = "left_register"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_REASONS[self])


_REASONS = {
    EndReason.EXPIRED: _l("同意の期限が来た"),
    EndReason.TOWN_LEFT: _l("自治体がネットワークを離れた・休止した"),
    EndReason.LEFT_REGISTER: _l("人材台帳から外れた"),
}


#: The facet of those who show their hours: only they can be looked for by them.
HOURS_SHOWN = "hours:shown"
#: The kinds of facets, in the order of the page; each facet is ``kind:value``.
GROUPS = {
    "town": _l("自治体"),
    "skill": _l("得意なこと"),
    "field": _l("分野"),
    "mode": _l("働き方"),
    "language": _l("言語"),
    "programme": _l("制度"),
}
#: So many facets can be wanted at once, and so long is what somebody calls their field.
MOST_FACETS, LONGEST = 8, 40
#: The hours a month that a search can ask for.
HOURS = (1, 5, 10, 20, 40)
#: So many people can be compared.
MOST_COMPARED = 4
#: So many facets of a kind are offered, those of most people first.
SHOWN_FACETS = 12

_MODES = {
    WorkMode.ONLINE: ("mode:online",),
    WorkMode.ON_SITE: ("mode:on_site",),
    WorkMode.BOTH: ("mode:online", "mode:on_site"),
}


def facets_of(listing: Any, town_slug: str) -> list[str]:
    """Return by what a listing can be narrowed down: few and short, only of what it shows."""
    found = [f"town:{town_slug}", *(f"skill:{skill}" for skill in listing.skills)]
    found += [f"field:{_short(field)}" for field in listing.fields[:8]]
    found += [f"language:{_short(language)}" for language in listing.languages[:5]]
    found += _MODES[WorkMode(listing.mode)] if listing.mode else ()
    found += [f"programme:{_short(listing.programme)}"] if listing.programme else []
    found += [HOURS_SHOWN] if listing.hours_offered is not None else []
    return list(dict.fromkeys(found))


def _short(words: str) -> str:
    return words[:LONGEST]


def words_of(listing: Any, town_name: str) -> str:
    """Return what searches look in: all that the listing shows, with the words for its skills."""
    words = [listing.name, listing.affiliation, listing.bio, listing.can_do, listing.wants]
    words += [SKILLS.get(skill, skill) for skill in listing.skills]
    words += [*listing.free_skills, *listing.fields, *listing.languages]
    words += [listing.places, listing.conditions, listing.introduction, listing.programme]
    return "\n".join(filter(None, [*words, town_name]))


def facet_label(facet: str, town_names: Mapping[str, str]) -> str:
    """Return the words for a facet's value."""
    kind, _colon, value = facet.partition(":")
    if kind == "town":
        return town_names.get(value, value)
    if kind == "skill":
        return skill_label(value)
    if kind == "mode" and value in set(WorkMode):
        return WorkMode(value).label
    return value


def is_facet(text: str) -> bool:
    """Tell whether an address may narrow down by this."""
    kind, _colon, value = text.partition(":")
    return kind in GROUPS and 0 < len(value) <= LONGEST and "\0" not in value


@dataclass(frozen=True, slots=True)
class TalentSearch:
    """What somebody asks the talent pool for; all of it stands in the address."""

    words: str = ""
    #: Each ``kind:value``, see GROUPS.
    facets: tuple[str, ...] = ()
    #: At least so many hours left this month; None: it does not matter.
    hours: int | None = None
    #: A need of the own town, by which each person is explained.
    need_id: uuid.UUID | None = None
    after: Place | None = None

    @classmethod
    def of(cls, address: Mapping[str, Sequence[str]]) -> TalentSearch:
        """Return what an address asks for, several of each; what it says wrongly is not said."""

        def said(key: str) -> str:
            return next(iter(address.get(key, ())), "").replace("\0", "")

        known = dict.fromkeys(f for f in address.get("f", ()) if is_facet(f))
        hours = said("hours")
        return cls(
            words=said("q")[:10_000].strip(),
            facets=tuple(known)[:MOST_FACETS],
            hours=int(hours) if hours in {str(n) for n in HOURS} else None,
            need_id=_uuid(said("need")),
            after=place(said("after")),
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"after": None, **changes})
        said = {
            # No more than is read: an address has an end.
            "q": asked.words[:201],
            "f": list(asked.facets),
            "hours": asked.hours or "",
            "need": str(asked.need_id or ""),
            "after": str(asked.after or ""),
        }
        return {key: value for key, value in said.items() if value}

    def without(self, facet: str) -> dict[str, Any]:
        """Return the address of this list without one facet."""
        return self.address(facets=tuple(one for one in self.facets if one != facet))

    def pairs(self) -> list[tuple[str, str]]:
        """Return the same address as pairs, several facets as several."""
        return [
            (key, str(one))
            for key, value in self.address().items()
            for one in (value if isinstance(value, list) else [value])
        ]

    @property
    def wanted(self) -> Wanted:
        """The words, as searches read them."""
        return searched(self.words)

    @property
    def narrowed(self) -> bool:
        """Tell whether anybody is left out of the list."""
        return bool(self.words or self.facets or self.hours)


def _uuid(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def reason_label(reason: str) -> str:
    """Return why a listing ended, in words; empty where somebody took it down."""
    return EndReason(reason).label if reason else ""
