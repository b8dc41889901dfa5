"""What an indicator must say, and how far it has come. Pure: no database, clock or request."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from decimal import Decimal

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: Numbers that a town measures have at most this many digits before and after the point.
DIGITS, PLACES = 12, 4


class Direction(enum.StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_LABELS[self])


_LABELS = {Direction.UP: _l("増えるとよい"), Direction.DOWN: _l("減るとよい")}


def check_definition(
    direction: Direction,
    baseline: tuple[Decimal | None, dt.date | None],
    target: tuple[Decimal | None, dt.date | None],
) -> None:
    """Refuse a number without its day, a target before its baseline, or one the wrong way."""
    errors: dict[str, list[str]] = {}
    (was, was_on), (aim, aim_by) = baseline, target
    for name, value, day in (("baseline", was, was_on), ("target", aim, aim_by)):
        if (value is None) != (day is None):
            missing = f"{name}_value" if value is None else _DAYS[name]
            errors[missing] = [_("値と日付は両方入力するか、両方空けてください。")]
    if was_on and aim_by and aim_by <= was_on:
        errors["target_by"] = [_("目標の期限は、基準の日より後にしてください。")]
    if was is not None and aim is not None and not _better_or_same(direction, was, aim):
        errors["target_value"] = [
            _(
                "「%(direction)s」指標なのに、目標が基準より悪くなっています。",
                direction=direction.label,
            )
        ]
    if errors:
        raise InvalidInput(errors)


_DAYS: Mapping[str, str] = {"baseline": "baseline_on", "target": "target_by"}


def check_measured_on(day: dt.date, today: dt.date) -> None:
    """Refuse a measurement of a day that is yet to come."""
    if day > today:
        raise InvalidInput({"measured_on": [_("測った日に、これからの日付は入力できません。")]})


def _better_or_same(direction: Direction, before: Decimal, after: Decimal) -> bool:
    return after >= before if direction is Direction.UP else after <= before


def progress(
    baseline: Decimal | None, target: Decimal | None, latest: Decimal | None
) -> int | None:
    """Return how much of the way from baseline to target is gone, in per cent; None: unknown."""
    if baseline is None or target is None or latest is None or baseline == target:
        return None
    return round((latest - baseline) / (target - baseline) * 100)


def reached(direction: Direction, target: Decimal | None, latest: Decimal | None) -> bool:
    """Tell whether the target has been reached."""
    return target is not None and latest is not None and _better_or_same(direction, target, latest)


def plain(value: Decimal | None) -> str:
    """Return a number as people write it: 1,234.5, without zeros that say nothing."""
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_one_line(
    name: str, unit: str, baseline: Decimal | None, target: Decimal | None, latest: Decimal | None
) -> str:
    """Return an indicator as a document says it: its name, where it was, is to be, and is."""
    was, aim, found = (
        f"{plain(one)}{unit}" if one is not None else "—" for one in (baseline, target, latest)
    )
    return _(
        "・%(name)s：基準 %(baseline)s、目標 %(target)s、最新の値 %(latest)s",
        name=name,
        baseline=was,
        target=aim,
        latest=found,
    )
