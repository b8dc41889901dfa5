"""How hours are typed, what may be logged, and when two screens disagree. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date

#: Hours are logged in steps of so many minutes.
STEP = 15
DAY = 24 * 60
NOTE_MAX = 500
#: What one tap adds to a day.
TAPS = (30, 60, 120, 180, 240, 480)


class Cell(NamedTuple):
    """One day of one engagement."""

    engagement_id: uuid.UUID
    day: dt.date

    @property
    def key(self) -> str:
        """How forms and errors name it."""
        return f"{self.engagement_id}.{self.day}"


class HoursRefused(InvalidInput):
    """What was typed cannot be kept as it is; nothing was written. Errors are by `Cell.key`."""

    def __init__(self, errors: Mapping[Cell, str]) -> None:
        super().__init__({cell.key: [sentence] for cell, sentence in errors.items()})


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of one day of one engagement."""

    minutes: int = 0
    in_town: bool = False
    note: str = ""

    @property
    def token(self) -> str:
        """What a form carries along, to tell later whether the day was changed meanwhile."""
        return f"{self.minutes}.{self.in_town:d}.{zlib.crc32(self.note.encode()):x}"

    @property
    def words(self) -> str:
        """All of it, in words."""
        parts = [say_minutes(self.minutes)]
        if self.in_town:
            parts.append(_("町にいた"))
        if self.note:
            parts.append(f"「{self.note}」")
        return " ".join(parts)


NOTHING = Said()


@dataclass(frozen=True, slots=True)
class Change:
    """One day as a form says it now, and as it was when the form was shown."""

    cell: Cell
    said: Said
    #: The token of what the form was shown with.
    seen: str


class Span(Protocol):
    """What the rules read of an engagement."""

    @property
    def words(self) -> str:
        """The town and the role, as an error names them."""

    @property
    def starts_on(self) -> dt.date:
        """The first day."""

    @property
    def ends_on(self) -> dt.date:
        """The last day."""

    @property
    def runs(self) -> bool:
        """Whether it was agreed on: it runs now, or it ran."""


@dataclass(slots=True)
class Verdict:
    """What of a form may be written, and what is wrong with the rest."""

    write: dict[Cell, Said] = field(default_factory=dict)
    errors: dict[Cell, str] = field(default_factory=dict)


_CLOCK = re.compile(r"(\d{1,3}):(\d{1,2})")
_HOURS = re.compile(r"(\d{1,4}(?:\.\d{0,4})?|\.\d{1,4})(?:h|hr|hrs|hour|hours|時間)?")
_MINUTES = re.compile(r"(\d{1,4})(?:m|min|mins|minutes|分)")
_BOTH = re.compile(r"(\d{1,3})(?:h|時間)(?:(半)|(\d{1,2})(?:m|min|分)?)")


def read_minutes(typed: str) -> int:
    """Return the minutes that somebody typed: ``1.5``, ``1:30``, ``90分``, ``1時間半``, ``２``.

    A plain number is hours, and nothing is nothing.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).lower()
    if not text:
        return 0
    minutes = _exact(text)
    if minutes is None:
        raise RuleViolation(
            _(
                "「%(typed)s」は時間として読めません。1.5、1:30、90分 のように入れてください。",
                typed=typed,
            )
        )
    if minutes > DAY:
        raise RuleViolation(
            _(
                "「%(typed)s」は24時間を超えます。数字だけなら時間として読みます。"
                "分のときは「90分」のように入れてください。",
                typed=typed,
            )
        )
    if minutes % STEP:
        below = int(minutes // STEP * STEP)
        raise RuleViolation(
            _(
                "「%(typed)s」は15分きざみではありません。%(below)sか%(above)sにしてください。",
                typed=typed,
                below=say_minutes(below),
                above=say_minutes(below + STEP),
            )
        )
    return int(minutes)


def _exact(text: str) -> Decimal | None:
    if found := _CLOCK.fullmatch(text):
        hours, rest = map(int, found.groups())
        return Decimal(hours * 60 + rest) if rest < 60 else None
    if found := _MINUTES.fullmatch(text):
        return Decimal(found[1])
    if found := _BOTH.fullmatch(text):
        rest = 30 if found[2] else int(found[3])
        return Decimal(int(found[1]) * 60 + rest) if rest < 60 else None
    if found := _HOURS.fullmatch(text):
        return Decimal(found[1]) * 60
    return None


def say_minutes(minutes: int) -> str:
    """Return a duration in words: ``1時間30分``."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return _("%(n)s時間", n=f"{hours:,}")
    if not hours:
        return _("%(n)s分", n=rest)
    return _("%(h)s時間%(m)s分", h=f"{hours:,}", m=rest)


def typed_hours(minutes: int) -> str:
    """Return a duration as a field shows it, in hours: ``1.5``, and nothing for none."""
    return f"{minutes / 60:g}" if minutes else ""


def monday_of(day: dt.date) -> dt.date:
    """Return the first day of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def days_from(first: dt.date, count: int = 7) -> list[dt.date]:
    """Return so many days in a row."""
    return [first + dt.timedelta(days=n) for n in range(count)]


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_end(day: dt.date) -> dt.date:
    """Return the last day of a day's month."""
    return next_month(day) - dt.timedelta(days=1)


def next_month(day: dt.date, count: int = 1) -> dt.date:
    """Return the first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + count
    return dt.date(months // 12, months % 12 + 1, 1)


def months_of_year(year: int) -> list[dt.date]:
    """Return the twelve months of a fiscal year, each by its first day."""
    return [next_month(dt.date(year, 4, 1), n) for n in range(12)]


def month_is_over(day: dt.date, today: dt.date) -> bool:
    """Tell whether a day's month has ended: what is changed then is a correction."""
    return month_of(day) < month_of(today)


def planned_hours(starts_on: dt.date, ends_on: dt.date, hours: int, month: dt.date) -> int:
    """Return the hours agreed on for a month: all of them in every month that the period touches."""
    return hours if month_of(starts_on) <= month <= ends_on else 0


def weigh(
    changes: Sequence[Change],
    now_there: Mapping[Cell, Said],
    spans: Mapping[uuid.UUID, Span],
    today: dt.date,
) -> Verdict:
    """Tell what a form wants written and what of it may not be.

    `now_there` is everything the person logged for the days in question, over all towns.
    What the form left as it was is not touched, also if another screen changed it meanwhile.
    """
    found = Verdict()
    for change in changes:
        said, there = tidy(change), now_there.get(change.cell, NOTHING)
        if said.token in (change.seen, there.token):
            continue
        span = spans[change.cell.engagement_id]
        if there.token != change.seen:
            found.errors[change.cell] = _conflict(span, change.cell, there)
            continue
        try:
            _check(span, change.cell, said, today)
        except RuleViolation as error:
            found.errors[change.cell] = f"{name_of(span, change.cell)}：{error.message}"
            continue
        found.write[change.cell] = said
    _check_days(found, now_there, spans)
    return found


def tidy(change: Change) -> Said:
    """Return what is meant: who empties a day's hours takes away its mark and its old note, too."""
    said, before = change.said, int(change.seen.partition(".")[0])
    if said.minutes or not before:
        return said
    old = {Said(before, mark, said.note).token for mark in (True, False)}
    return NOTHING if not said.note or change.seen in old else said


def tap(there: Said, seen: str, minutes: int, *, in_town: bool, note: str) -> Said:
    """Return what a day says once hours are added to it; the same tap sent twice adds once."""
    before = int(seen.partition(".")[0])
    if there.token != seen and there.minutes == before + minutes:
        return there
    notes = [there.note, note] if note != there.note else [note]
    return Said(before + minutes, there.in_town or in_town, "\n".join(filter(None, notes)))


def name_of(span: Span, cell: Cell) -> str:
    """Return how an error names a row: the town, the role and the day."""
    return _("%(what)s %(day)s", what=span.words, day=jp_date(cell.day))


def _conflict(span: Span, cell: Cell, there: Said) -> str:
    return _(
        "%(row)s：この画面を開いたあとに、別の画面で%(now)sになりました。"
        "この内容でよければ、もう一度保存してください。",
        row=name_of(span, cell),
        now=say_minutes(there.minutes),
    )


def _check(span: Span, cell: Cell, said: Said, today: dt.date) -> None:
    if cell.day > today:
        raise RuleViolation(_("これからの日です。働いたあとに記録してください。"))
    if said.minutes or said.in_town or said.note:
        if not span.runs:
            raise RuleViolation(
                _(
                    "この関わりは、まだ始まっていないか、取りやめになったものです。自治体の担当者にお尋ねください。"
                )
            )
        if not span.starts_on <= cell.day <= span.ends_on:
            raise RuleViolation(
                _(
                    "関わりの期間（%(first)sから%(last)sまで）の外です。日を直すか、時間を空にしてください。",
                    first=jp_date(span.starts_on),
                    last=jp_date(span.ends_on),
                )
            )
    if len(said.note) > NOTE_MAX:
        raise RuleViolation(
            _(
                "メモは%(max)s文字以内にしてください（いま%(now)s文字）。",
                max=NOTE_MAX,
                now=len(said.note),
            )
        )
    if said.minutes == 0 and (said.in_town or said.note):
        raise RuleViolation(_("町にいた印とメモは、働いた時間と一緒に入れてください。"))


def _check_days(
    found: Verdict, now_there: Mapping[Cell, Said], spans: Mapping[uuid.UUID, Span]
) -> None:
    """Take back what would make a day of more than 24 hours, over all towns together."""
    after = {cell: said.minutes for cell, said in now_there.items()}
    after |= {cell: said.minutes for cell, said in found.write.items()}
    for day in sorted({cell.day for cell in found.write}):
        parts = [(cell, minutes) for cell, minutes in after.items() if cell.day == day and minutes]
        total = sum(minutes for _cell, minutes in parts)
        if total <= DAY:
            continue
        sentence = _(
            "%(day)sの合計が%(total)sになります（%(parts)s）。全部の自治体を合わせて24時間までにしてください。",
            day=jp_date(day),
            total=say_minutes(total),
            parts=_("、").join(
                f"{spans[cell.engagement_id].words} {say_minutes(minutes)}"
                for cell, minutes in parts
            ),
        )
        grown = [
            cell
            for cell, said in found.write.items()
            if cell.day == day and said.minutes > now_there.get(cell, NOTHING).minutes
        ]
        for cell in grown:
            del found.write[cell]
            found.errors[cell] = sentence


@dataclass(frozen=True, slots=True)
class InTown:
    """The days in town of a month: how many the programme or the contract wants, and how many were."""

    wanted: int
    days: int
    #: Whether more can still come: the month, or the engagement in it, is not over.
    open: bool

    @property
    def met(self) -> bool:
        """Whether there were enough."""
        return self.days >= self.wanted

    @property
    def words(self) -> str:
        """What is said of it: how many of how many, and whether that is enough."""
        values = {"days": self.days, "wanted": self.wanted}
        if self.met:
            return _("%(days)s日（%(wanted)s日以上）満たしています", **values)
        if self.open:
            return _("%(days)s日（あと%(left)s日）", days=self.days, left=self.wanted - self.days)
        return _("%(days)s日（%(wanted)s日以上）足りませんでした", **values)

    @property
    def tone(self) -> str:
        """The tone of the tag beside the words: see components/page.html."""
        return "success" if self.met else "warning" if self.open else "danger"


def in_town(
    wanted: int | None, days: int, month: dt.date, last: dt.date, today: dt.date
) -> InTown | None:
    """Return how the days in town of a month stand; None where nobody asks for any."""
    if not wanted:
        return None
    return InTown(wanted, days, today <= min(month_end(month), last))
