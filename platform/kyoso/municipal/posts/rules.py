"""What a post must keep to, and what marks somebody in a unit. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.i18n import lazy_gettext as _l

#: 38 hours and 45 minutes a week: whoever is engaged for fewer hours a month works part-time.
FULL_TIME_HOURS = 155


class Line(enum.StrEnum):
    """In which part of a unit a post is."""

    CORE = "core"
    MEMBER = "member"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_LINES[self])


_LINES = {Line.CORE: _l("指揮の系統"), Line.MEMBER: _l("構成員")}


class Mark(enum.StrEnum):
    """What a chart says of somebody beside the name; each has a word, two have a shape."""

    OUTSIDE = "outside"
    CONCURRENT = "concurrent"
    PART_TIME = "part_time"
    ONLINE = "online"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_MARKS[self])


_MARKS = {
    Mark.OUTSIDE: _l("外部人材"),
    Mark.CONCURRENT: _l("兼任"),
    Mark.PART_TIME: _l("非常勤"),
    Mark.ONLINE: _l("オンライン"),
}


@dataclass(frozen=True, slots=True)
class Engaged:
    """An engagement that both sides agreed on, as far as a chart shows it."""

    id: uuid.UUID
    department_id: uuid.UUID
    person_name: str
    role: str
    title: str
    starts_on: dt.date
    ends_on: dt.date
    hours_a_month: int
    online: bool

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is said of somebody who comes from outside."""
        part_time = (Mark.PART_TIME,) if self.hours_a_month < FULL_TIME_HOURS else ()
        return (Mark.OUTSIDE, *part_time, *((Mark.ONLINE,) if self.online else ()))


@dataclass(frozen=True, slots=True)
class PostDraft:
    """What is written of a post. Of the three holders exactly one is given."""

    title: str
    line: Line
    position: int | None
    membership_id: uuid.UUID | None
    engagement_id: uuid.UUID | None
    holder_name: str
    concurrent: bool
    home_department_id: uuid.UUID | None
    part_time: bool
    online: bool
    starts_on: dt.date
    ends_on: dt.date | None
    note: str


def overlap(
    first: dt.date, last: dt.date | None, other_first: dt.date | None, other_last: dt.date | None
) -> bool:
    """Tell whether two periods share a day; an unknown end is open."""
    begins_in_time = other_last is None or first <= other_last
    return begins_in_time and (last is None or other_first is None or other_first <= last)


def check_draft(draft: PostDraft, unit_id: uuid.UUID) -> None:
    """Refuse a post that contradicts itself, each mistake at its field."""
    errors: dict[str, list[str]] = {}
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        errors["ends_on"] = [_("終わりの日は、始まりの日より後にしてください。")]
    if draft.home_department_id is not None and not draft.concurrent:
        errors["home_department_id"] = [_("本務の課を選ぶときは、「兼任」にしてください。")]
    elif draft.home_department_id == unit_id:
        errors["home_department_id"] = [_("兼任する方の本務は、ほかの課を選んでください。")]
    if errors:
        raise InvalidInput(errors)


def check_unit_lasts(name: str, periods: Sequence[Any], draft: PostDraft) -> None:
    """Refuse a post outside the time in which there was the unit."""
    first = (
        None
        if any(p.starts_on is None for p in periods)
        else min(p.starts_on for p in periods if p.starts_on)
    )
    last = (
        None
        if any(p.ends_on is None for p in periods)
        else max(p.ends_on for p in periods if p.ends_on)
    )
    if first is not None and draft.starts_on < first:
        words = _("%(name)sは%(day)sからの組織です。", name=name, day=jp_date(first))
        raise InvalidInput({"starts_on": [words]})
    if last is not None and (draft.ends_on is None or draft.ends_on > last):
        words = _("%(name)sは%(day)sまでの組織です。", name=name, day=jp_date(last))
        raise InvalidInput({"ends_on": [words]})


def check_engaged(engaged: Engaged, draft: PostDraft) -> None:
    """Refuse a post that begins before the engagement it rests on, or outlasts it."""
    if draft.starts_on < engaged.starts_on or draft.starts_on > engaged.ends_on:
        field = "starts_on"
    elif draft.ends_on is not None and draft.ends_on > engaged.ends_on:
        field = "ends_on"
    else:
        return
    words = _(
        "この方との関与は%(first)sから%(last)sまでです。その間にしてください。",
        first=jp_date(engaged.starts_on),
        last=jp_date(engaged.ends_on),
    )
    raise InvalidInput({field: [words]})


def check_not_doubled(draft: PostDraft, others: Iterable[Any]) -> None:
    """Refuse a second post of the same holder under the same title that shares a day."""
    for other in others:
        if other.title == draft.title and overlap(
            draft.starts_on, draft.ends_on, other.starts_on, other.ends_on
        ):
            words = _(
                "%(name)sさんは、この組織の「%(title)s」として、すでに%(period)sの登録があります。",
                name=other.holder_name,
                title=other.title,
                period=period_words(other.starts_on, other.ends_on),
            )
            raise InvalidInput({"starts_on": [words]})


def check_there(withdrawn_at: dt.datetime | None) -> None:
    """Refuse to touch a post that was withdrawn."""
    if withdrawn_at is not None:
        raise RuleViolation(_("この役職は取り消されています。"))


def check_last_day(last_day: dt.date, starts_on: dt.date, ends_on: dt.date | None) -> None:
    """Refuse a last day before the first, or after the one that was said already."""
    if last_day < starts_on:
        words = _("最後の日は、始まりの日（%(day)s）以後にしてください。", day=jp_date(starts_on))
        raise InvalidInput({"last_day": [words]})
    if ends_on is not None and last_day > ends_on:
        words = _(
            "この役職は%(day)sまでです。延ばすときは「内容を直す」を使ってください。",
            day=jp_date(ends_on),
        )
        raise InvalidInput({"last_day": [words]})


def period_words(first: dt.date, last: dt.date | None) -> str:
    """Return a period in words; one without an end goes on."""
    if last is None:
        return _("%(first)sから", first=jp_date(first))
    return _("%(first)sから%(last)sまで", first=jp_date(first), last=jp_date(last))


def post_words(post: Any) -> str:
    """Return a post as the history keeps it."""
    marks = [
        mark.label
        for mark, said in (
            (Mark.CONCURRENT, post.concurrent),
            (Mark.PART_TIME, post.part_time),
            (Mark.ONLINE, post.online),
        )
        if said
    ]
    position = [_("並び順 %(n)s", n=post.position)] if post.position is not None else []
    note = [post.note] if post.note else []
    parts = [
        *(post.title, post.holder_name, period_words(post.starts_on, post.ends_on)),
        *(post.line.label, *position, *marks, *note),
    ]
    return " ".join(parts)


def history_words(facts: Mapping[str, Any]) -> str:
    """Return what a record of the journal says of a post."""
    words = [str(facts["before"])] if "before" in facts else []
    words += [f"→ {facts['after']}" if words else str(facts["after"])] if "after" in facts else []
    if "last_day" in facts:
        words.append("→ " + jp_date(dt.date.fromisoformat(facts["last_day"])))
    if "reason" in facts:
        words.append(_("理由：%(reason)s", reason=facts["reason"]))
    return " ".join(words)
