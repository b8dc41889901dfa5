"""What may not be in what is published, and how a report moves. Pure: no database, no clock."""

from __future__ import annotations

import enum
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key
from kyoso.exchange.finding import Kind

#: What nobody should read in the exchange; a word in the text is asked about, not forbidden.
BLOCKED_WORDS = (
    *("死ね", "殺す", "殺せ", "くたばれ", "消えろ", "ばか野郎", "馬鹿野郎", "きちがい", "気違い"),
    *("無能な職員", "税金泥棒", "極秘", "部外秘", "取扱注意"),
)

_GAP = r"[-‐‑‒–—―ー−.\s()]{0,2}"
_PHONE = re.compile(rf"(?<![\d-])\(?0\d{{1,4}}{_GAP}\d{{1,4}}{_GAP}\d{{3,4}}(?![\d])")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,}")
_TWELVE = re.compile(r"(?<!\d)\d{4}[-‐–—ー−\s]?\d{4}[-‐–—ー−\s]?\d{4}(?!\d)")
_PHONE_DIGITS = (10, 11)
#: So much is shown: who has a list of two hundred numbers in a file need not read them all.
MOST = 20


class Sort(enum.StrEnum):
    """What was found in a text."""

    MY_NUMBER = "my_number"
    PHONE = "phone"
    MAIL = "mail"
    WORD = "word"
    TOWN_NAME = "town_name"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_SORTS[self])


_SORTS = {
    Sort.MY_NUMBER: _l("マイナンバーかもしれない12桁の数字"),
    Sort.PHONE: _l("電話番号"),
    Sort.MAIL: _l("メールアドレス"),
    Sort.WORD: _l("掲載に向かない言葉"),
    Sort.TOWN_NAME: _l("町の名前がわかる言葉"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a text that somebody should look at before it is published."""

    sort: Sort
    text: str
    #: In which part: 本文, or the name of a file.
    where: str


def look_through(
    parts: Mapping[str, str], *, names: Sequence[str] = (), words: Iterable[str] = BLOCKED_WORDS
) -> list[Finding]:
    """Return what should be looked at in the parts of something, by each part's name.

    `names` are those of the town, where it does not want to be known.
    """
    found: dict[Finding, None] = {}
    for where, text in parts.items():
        plain = unicodedata.normalize("NFKC", text)
        key = search_key(text)
        for number in _TWELVE.findall(plain):
            found[Finding(Sort.MY_NUMBER, number, where)] = None
        for number in _PHONE.findall(plain):
            if sum(map(str.isdigit, number)) in _PHONE_DIGITS:
                found[Finding(Sort.PHONE, number.strip(), where)] = None
        for address in _MAIL.findall(plain):
            found[Finding(Sort.MAIL, address, where)] = None
        for sort, wanted in ((Sort.WORD, words), (Sort.TOWN_NAME, names)):
            for word in wanted:
                if search_key(word) in key:
                    found[Finding(sort, word, where)] = None
    return list(found)[:MOST]


def seal_of(findings: Sequence[Finding]) -> str:
    """Return a short text that is another one as soon as something else is found."""
    said = "\n".join(f"{one.sort}:{one.text}:{one.where}" for one in findings)
    return hashlib.sha256(said.encode()).hexdigest()[:16] if findings else ""


class Ground(enum.StrEnum):
    """Why somebody reports something."""

    PERSONAL_DATA = "personal_data"
    RIGHTS = "rights"
    WRONG = "wrong"
    INSULT = "insult"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_GROUNDS[self])


_GROUNDS = {
    Ground.PERSONAL_DATA: _l("個人情報が含まれている"),
    Ground.RIGHTS: _l("著作権などの権利を侵している"),
    Ground.WRONG: _l("事実と違う、または危険"),
    Ground.INSULT: _l("差別的、または人を傷つける"),
    Ground.OTHER: _l("そのほか"),
}


class ReportStatus(enum.StrEnum):
    """What became of a report."""

    OPEN = "open"
    HIDDEN = "hidden"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUSES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATUSES[self][1]


_STATUSES = {
    ReportStatus.OPEN: (_l("確認待ち"), "warning"),
    ReportStatus.HIDDEN: (_l("非表示にした"), "info"),
    ReportStatus.DISMISSED: (_l("そのまま掲載"), "neutral"),
}

KIND_LABELS = {
    Kind.TALENT: _l("人材の掲載"),
    Kind.KNOW_HOW: _l("ノウハウ"),
    Kind.CONSULTATION: _l("相談"),
    Kind.NEED: _l("求めていること"),
    Kind.ANSWER: _l("相談への回答"),
}

#: How a kind stands in addresses.
KIND_SLUGS = {
    "talent": Kind.TALENT,
    "know-how": Kind.KNOW_HOW,
    "consultation": Kind.CONSULTATION,
    "need": Kind.NEED,
    "answer": Kind.ANSWER,
}


def kind_label(kind: int) -> str:
    """Return the word for a kind of thing that can be published."""
    return str(KIND_LABELS[Kind(kind)])


def check_open(status: ReportStatus) -> None:
    """Refuse to answer a report twice."""
    if status is not ReportStatus.OPEN:
        raise RuleViolation(_("この通報には、すでに答えが出ています。"))
