"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, integer, load_form, one_of, text
from kyoso.municipal.running_costs.rules import (
    HOURS_MAX,
    ITEMS_MAX,
    YEARS,
    YEN_MAX,
    CostCategory,
    CostItem,
    CostSheet,
    FundingSource,
    year_labels,
)

LABELS = {
    "starts_on": _l("実装を始める予定日"),
    "exit_yen": _l("撤去・終了費用"),
    "exit_note": _l("撤去・終了の内容"),
    "budget_source": _l("予算の名前（会計・款項など）"),
    "assumptions": _l("前提"),
    "requested_on": _l("予算要求に入れた日"),
    "name": _l("項目"),
    "category": _l("区分"),
    "source": _l("財源"),
    "pilot": _l("実証の費用"),
    "yen": _l("金額"),
    "hours": _l("職員の時間"),
}
#: Empty lines below those that are filled in.
SPARE = 3
_CELL = re.compile(r"item-(\d{1,3})-(name|category|source|pilot|y[1-5])")


class PlanSchema(InputSchema):
    """The form 「ランニングコスト計画」 without its lines."""

    version = integer(_l("この画面"), 0, 1_000_000)
    save = one_of(_l("保存のしかた"), ["draft", "complete", "rows"])
    starts_on = date(LABELS["starts_on"], required=False)
    hours_1 = integer(LABELS["hours"], 0, HOURS_MAX, required=False)
    hours_2 = integer(LABELS["hours"], 0, HOURS_MAX, required=False)
    hours_3 = integer(LABELS["hours"], 0, HOURS_MAX, required=False)
    hours_4 = integer(LABELS["hours"], 0, HOURS_MAX, required=False)
    hours_5 = integer(LABELS["hours"], 0, HOURS_MAX, required=False)
    exit_yen = integer(LABELS["exit_yen"], 0, YEN_MAX, required=False)
    exit_note = text(LABELS["exit_note"], 300, required=False)
    budget_source = text(LABELS["budget_source"], 200, required=False)
    assumptions = text(LABELS["assumptions"], 2000, required=False, multiline=True)
    requested_on = date(LABELS["requested_on"], required=False)


class ItemSchema(InputSchema):
    """One line of the form."""

    name = text(LABELS["name"], 80)
    category = choice(LABELS["category"], CostCategory)
    source = choice(LABELS["source"], FundingSource, required=False)
    pilot = integer(LABELS["pilot"], 0, YEN_MAX, required=False)
    y1 = integer(LABELS["yen"], 0, YEN_MAX, required=False)
    y2 = integer(LABELS["yen"], 0, YEN_MAX, required=False)
    y3 = integer(LABELS["yen"], 0, YEN_MAX, required=False)
    y4 = integer(LABELS["yen"], 0, YEN_MAX, required=False)
    y5 = integer(LABELS["yen"], 0, YEN_MAX, required=False)


@dataclass(frozen=True, slots=True)
class SentPlan:
    """What the form says, and what is to be done with it."""

    sheet: CostSheet
    complete: bool
    seen_version: int


def load_plan_form(form: MultiDict[str, str]) -> SentPlan:
    """Return the plan that a form says, or InvalidInput that names every field of every line."""
    lines: dict[int, MultiDict[str, str]] = {}
    rest: MultiDict[str, str] = MultiDict()
    for key, value in form.items(multi=True):
        cell = _CELL.fullmatch(key)
        if cell and int(cell[1]) < ITEMS_MAX:
            lines.setdefault(int(cell[1]), MultiDict())[cell[2]] = value
        else:
            rest.add(key, value)
    errors: dict[str, list[str]] = {}
    items = [_item(n, lines[n], errors) for n in sorted(lines) if _is_filled(lines[n])]
    try:
        said = load_form(PlanSchema, rest)
    except InvalidInput as error:
        errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    hours = tuple(said.pop(f"hours_{n}") for n in range(1, YEARS + 1))
    save, version = said.pop("save"), said.pop("version")
    sheet = CostSheet(
        **said, items=tuple(item for item in items if item is not None), staff_hours=hours
    )
    return SentPlan(sheet, save == "complete", version)


def _is_filled(line: MultiDict[str, str]) -> bool:
    return any(value.strip() for value in line.values())


def _item(place: int, line: MultiDict[str, str], errors: dict[str, list[str]]) -> CostItem | None:
    try:
        said = load_form(ItemSchema, line)
    except InvalidInput as error:
        errors |= {f"item-{place}-{name}": found for name, found in error.errors.items()}
        return None
    return CostItem(
        said["name"],
        said["category"],
        said["source"],
        said["pilot"],
        tuple(said[f"y{n}"] for n in range(1, YEARS + 1)),
    )


def values_of(sheet: CostSheet, version: int) -> dict[str, Any]:
    """Return what the form shows of a plan."""
    names = ("starts_on", "exit_yen", "exit_note", "budget_source", "assumptions", "requested_on")
    values: dict[str, Any] = {name: getattr(sheet, name) for name in names}
    values["version"] = version
    values |= {f"hours_{n}": hours for n, hours in enumerate(sheet.staff_hours, 1)}
    for place, item in enumerate(sheet.items):
        values |= {
            f"item-{place}-name": item.name,
            f"item-{place}-category": item.category.value,
            f"item-{place}-source": item.source.value if item.source else "",
            f"item-{place}-pilot": item.pilot_yen,
        }
        values |= {f"item-{place}-y{n}": yen for n, yen in enumerate(item.yearly_yen, 1)}
    return values


def line_count(values: Mapping[str, Any]) -> int:
    """Return how many lines to show: those that say something, and some to spare."""
    used = [
        int(cell[1])
        for key, value in values.items()
        if (cell := _CELL.fullmatch(key)) and str("" if value is None else value).strip()
    ]
    return min(ITEMS_MAX, max(used, default=-1) + 1 + SPARE)


def labels_of(values: Mapping[str, Any], sheet: CostSheet) -> dict[str, str]:
    """Return what each field is called, also those of the lines: 2行目「保守」令和9年度."""
    years = year_labels(sheet)
    labels = {name: str(label) for name, label in LABELS.items()}
    labels |= {f"hours_{n}": f"{LABELS['hours']} {year}" for n, year in enumerate(years, 1)}
    for place in range(line_count(values)):
        name = str(values.get(f"item-{place}-name") or "").strip()
        row = _("%(n)s行目", n=place + 1) + (_("「%(name)s」", name=name) if name else "")
        labels |= {
            f"item-{place}-{part}": f"{row} {LABELS[part]}"
            for part in ("name", "category", "source", "pilot")
        }
        labels |= {f"item-{place}-y{n}": f"{row} {year}" for n, year in enumerate(years, 1)}
    return labels
