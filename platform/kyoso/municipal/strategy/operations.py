"""Every change to the strategy: what the town's folder declares is taken over, never deleted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.journal import record
from kyoso.municipal.strategy import queries
from kyoso.municipal.strategy.events import StrategySynced
from kyoso.municipal.strategy.models import Strategy, Tactic, TacticDepartment, Vision
from kyoso.municipal.strategy.permissions import StrategyPermission
from kyoso.municipal.strategy.rules import TacticKind
from kyoso.tenancy.changes import Change, Changes, pair
from kyoso.tenancy.declarations import FILES, Declaration, period_of
from kyoso.tenancy.queries import department_ids, department_names
from kyoso.tenancy.sync import loads

#: The columns of which a change is shown with the old and the new value.
_WORDS = {
    "title": "名前",
    "reasons": "理由",
    "target_talent": "求める人材",
    "kind": "種類",
    "target_value": "目標の値",
    "target_unit": "目標の単位",
    "starts_on": "始まり",
    "ends_on": "終わり",
}

Row = TypeVar("Row", Vision, Strategy, Tactic, TacticDepartment)
Pairs = list[tuple[Row, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One period of one thing in the file, as the columns it asks for."""

    #: Which thing; its periods follow each other.
    key: Hashable
    #: How people call it.
    thing: str
    values: dict[str, Any]
    declared: dict[str, Any]


@loads("strategy")
def sync_strategy(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the tree of visions, strategies and tactics."""
    authorise(actor, StrategyPermission.SYNC)

    changes = Changes(town.name, FILES["strategy"])
    visions = _put(
        changes,
        Vision,
        queries.load_visions(actor),
        [_vision(entry) for entry in town.strategy["visions"]],
        key_of=lambda row: row.number,
        actor=actor,
    )
    strategies = _put(
        changes,
        Strategy,
        queries.load_strategies(actor),
        [
            _strategy(row, entry)
            for row, vision in visions
            for entry in vision.get("strategies", [])
        ],
        key_of=lambda row: (row.vision_id, row.number),
        actor=actor,
    )
    entries = [
        (row, entry) for row, strategy in strategies for entry in strategy.get("tactics", [])
    ]
    tactics = _put(
        changes,
        Tactic,
        queries.load_tactics(actor),
        [_tactic(row, entry, at) for at, (row, entry) in enumerate(entries, 1)],
        key_of=lambda row: row.code,
        actor=actor,
    )
    _put(
        changes,
        TacticDepartment,
        queries.load_tactic_departments(actor),
        list(_departments(tactics, actor)),
        key_of=lambda row: (row.tactic_id, row.department_id),
        actor=actor,
    )

    if sentences := changes.sentences():
        record(StrategySynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


def _vision(entry: dict[str, Any]) -> _Entry:
    number, title = entry["number"], entry["title"]
    values = {"number": number, "title": title, "reasons": entry.get("reasons", [])}
    return _Entry(number, f"将来像{number} {title}", values | _period(entry), entry)


def _strategy(vision: Vision, entry: dict[str, Any]) -> _Entry:
    number, title = entry["number"], entry["title"]
    values = {
        "vision_id": vision.id,
        "number": number,
        "title": title,
        "target_talent": entry.get("target_talent", []),
    }
    return _Entry((vision.id, number), f"戦略{number} {title}", values | _period(entry), entry)


def _tactic(strategy: Strategy, entry: dict[str, Any], position: int) -> _Entry:
    target = entry.get("target")
    values = {
        "strategy_id": strategy.id,
        "code": entry["id"],
        "title": entry["title"],
        "kind": TacticKind(entry["kind"]) if "kind" in entry else None,
        "target_value": Decimal(str(target["value"])) if target else None,
        "target_unit": target["unit"] if target else None,
        "position": position,
    }
    thing = f"戦術{entry['id']} {entry['title']}"
    return _Entry(entry["id"], thing, values | _period(entry), entry)


def _departments(tactics: Pairs[Tactic], actor: Actor) -> Iterator[_Entry]:
    ids, names = department_ids(actor), department_names(actor)
    for tactic, declared in tactics:
        for department in declared["departments"]:
            entry = department if isinstance(department, dict) else {"department": department}
            unit = ids[entry["department"]]
            values = {"tactic_id": tactic.id, "department_id": unit}
            thing = f"戦術{tactic.code} の担当 {names[unit]}"
            yield _Entry((tactic.id, unit), thing, values | _period(entry), entry)


def _period(entry: dict[str, Any]) -> dict[str, Any]:
    starts_on, ends_on = period_of(entry)
    return {"starts_on": starts_on, "ends_on": ends_on}


def _put(
    changes: Changes,
    kind: type[Row],
    rows: Sequence[Row],
    entries: Sequence[_Entry],
    *,
    key_of: Callable[[Row], Hashable],
    actor: Actor,
) -> Pairs[Row]:
    """Make the rows follow the entries; return each entry with its row, in the file's order."""
    by_key: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        by_key[key_of(row)].append(row)
    follows: dict[int, Row] = {}
    for key in dict.fromkeys(entry.key for entry in entries):
        pairs, left = pair(
            by_key.pop(key, []),
            [(entry.values["starts_on"], entry) for entry in entries if entry.key == key],
            lambda row, entry: getattr(row, "title", "") == entry.values.get("title", ""),
        )
        for found, entry in pairs:
            if found is None:
                row = kind(id=new_id(), tenant_id=actor.tenant_id, **entry.values)
                db.session.add(row)
                changes.added(entry.thing)
            else:
                row = found
                changes.put(entry.thing, row, entry.values, _WORDS)
            follows[id(entry)] = row
        by_key[key] = left
    for row in (row for left in by_key.values() for row in left):
        changes.kept(_called(row), row)
    # The next level points at these rows.
    db.session.flush()
    return [(follows[id(entry)], entry.declared) for entry in entries]


def _called(row: Vision | Strategy | Tactic | TacticDepartment) -> str:
    match row:
        case Vision():
            return f"将来像{row.number} {row.title}"
        case Strategy():
            return f"戦略{row.number} {row.title}"
        case Tactic():
            return f"戦術{row.code} {row.title}"
    return "戦術の担当"
