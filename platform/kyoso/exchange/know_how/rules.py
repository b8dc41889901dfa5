"""What know-how is, how it moves, and how a found passage is shown. Pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key

MAX_FILES = 10


class _Labelled(enum.StrEnum):
    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_WORDS[self])


class Genre(_Labelled):
    """What sort of know-how something is."""

    PLAYBOOK = "playbook"
    FORM = "form"
    AGREEMENT = "agreement"
    GUIDELINE = "guideline"
    CASE = "case"
    LESSON = "lesson"


class Field(_Labelled):
    """Which part of a town's work it is about: the same words for all towns."""

    CO_CREATION = "co_creation"
    DIGITAL = "digital"
    STAFF = "staff"
    DISASTER = "disaster"
    WELFARE = "welfare"
    CHILDREN = "children"
    INDUSTRY = "industry"
    FARMING = "farming"
    HOUSING = "housing"
    INFRASTRUCTURE = "infrastructure"
    CULTURE = "culture"
    OTHER = "other"


class Licence(_Labelled):
    """Under which terms others may use it."""

    CC_BY = "cc-by"
    CC0 = "cc0"
    TOWN = "town"


_WORDS = {
    Genre.PLAYBOOK: _l("手引き・進め方"),
    Genre.FORM: _l("様式"),
    Genre.AGREEMENT: _l("協定のひな型"),
    Genre.GUIDELINE: _l("要綱・ガイドライン"),
    Genre.CASE: _l("事例"),
    Genre.LESSON: _l("失敗談・学び"),
    Field.CO_CREATION: _l("官民共創"),
    Field.DIGITAL: _l("デジタル・業務改善"),
    Field.STAFF: _l("人事・働き方"),
    Field.DISASTER: _l("防災・安全"),
    Field.WELFARE: _l("福祉・健康"),
    Field.CHILDREN: _l("子育て・教育"),
    Field.INDUSTRY: _l("産業・観光"),
    Field.FARMING: _l("農林水産"),
    Field.HOUSING: _l("移住・空き家"),
    Field.INFRASTRUCTURE: _l("道路・水道・環境"),
    Field.CULTURE: _l("文化・スポーツ"),
    Field.OTHER: _l("そのほか"),
    Licence.CC_BY: _l("CC BY 4.0（町の名前を示せば自由に使える）"),
    Licence.CC0: _l("CC0 1.0（自由に使える）"),
    Licence.TOWN: _l("町の定め"),
}


class Status(enum.StrEnum):
    """Whether others see it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    Status.DRAFT: (_l("下書き"), "neutral"),
    Status.PUBLISHED: (_l("掲載中"), "success"),
    Status.WITHDRAWN: (_l("取り下げ"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom something is shown."""

    network_ids: tuple[uuid.UUID, ...] = ()
    is_public: bool = False
    nameless: bool = False


class Written(Protocol):
    """What the rules read of a piece of know-how."""

    @property
    def summary(self) -> str:
        """In a few lines."""

    @property
    def body(self) -> str:
        """The text."""

    @property
    def licence(self) -> Licence:
        """Under which terms."""

    @property
    def terms(self) -> str:
        """The town's own terms."""


def check_complete(written: Written, *, has_files: bool) -> None:
    """Refuse to publish what says nothing, or says nothing of its terms."""
    errors = {}
    if not written.summary:
        errors["summary"] = [_("掲載する前に「要約」を書いてください。一覧に出ます。")]
    if not written.body and not has_files:
        errors["body"] = [_("掲載する前に、本文を書くか、ファイルを添付してください。")]
    if written.licence is Licence.TOWN and not written.terms:
        errors["terms"] = [_("「町の定め」を選んだときは、使うときの条件を書いてください。")]
    if errors:
        raise InvalidInput(errors)


def check_audience(audience: Audience, ours: Collection[uuid.UUID], licence: Licence) -> None:
    """Refuse an audience of nobody, of others' networks, or public without a name."""
    if not audience.network_ids and not audience.is_public:
        raise InvalidInput({"network_ids": [_("見せる相手を一つ以上選んでください。")]})
    if not set(audience.network_ids) <= set(ours):
        raise InvalidInput({"network_ids": [_("加盟していないネットワークには掲載できません。")]})
    if audience.nameless and audience.is_public:
        said = _(
            "一般に公開すると町のページに出るため、町の名前を出さずに公開することはできません。"
        )
        raise InvalidInput({"nameless": [said]})
    if audience.nameless and len(audience.network_ids) > 1:
        said = _(
            "両方に加盟する町は限られるため、町の名前を出さないときは、ネットワークを一つだけ選んでください。"
        )
        raise InvalidInput({"network_ids": [said]})
    if audience.nameless and licence is not Licence.CC0:
        said = _("町の名前を出さずに掲載するときは、使うときの条件を「CC0 1.0」にしてください。")
        raise InvalidInput({"nameless": [said]})


def check_saved_from(saves: int, based_on: int) -> None:
    """Refuse to overwrite what somebody else saved meanwhile."""
    if saves != based_on:
        raise RuleViolation(
            _(
                "ほかの人が先に保存しました。入力した内容は下に残っています。写してから開き直してください。"
            )
        )


def check_published(status: Status) -> None:
    """Refuse to withdraw what nobody sees."""
    if status is not Status.PUBLISHED:
        raise RuleViolation(_("掲載していないものは取り下げられません。"))


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage around what was looked for: before it, it, after it."""

    before: str
    hit: str
    after: str


def snippet(texts: Sequence[str], wanted: Sequence[str], around: int = 40) -> Snippet | None:
    """Return the first passage that has a wanted word, or None: it stands elsewhere."""
    for text in texts:
        key, places = _folded(" ".join(text.split()))
        flat = " ".join(text.split())
        for word in wanted:
            at = key.find(word)
            if at < 0:
                continue
            first, last = places[at], places[at + len(word) - 1] + 1
            before = flat[max(0, first - around) : first]
            after = flat[last : last + 2 * around]
            return Snippet(
                ("…" if first > around else "") + before,
                flat[first:last],
                after + ("…" if last + 2 * around < len(flat) else ""),
            )
    return None


def _folded(text: str) -> tuple[str, list[int]]:
    # Folding may make one character several: each remembers where it came from.
    key, places = [], []
    for place, char in enumerate(text):
        folded = search_key(char)
        key.append(folded)
        places += [place] * len(folded)
    return "".join(key), places
