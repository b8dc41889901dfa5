"""What towns published, as JSON: a file for programs, and what a report keeps. Pure.

docs/network-figures.md describes it. Read again (`from_json`), it makes the same report.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from kyoso.core.metrics import Direction, Kind, Metric, Month, Unit
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.published import Line, Publication, Published, Town
from kyoso.joint_metrics.totals import Total, from_entry

FORMAT, FORMAT_VERSION = "kyoso-network-figures", 1


def as_json(published: Published) -> dict[str, Any]:
    """Return it for programs: see docs/network-figures.md."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "network": {"slug": published.slug, "name": published.network},
        "period": {"first": str(published.period.first), "last": str(published.period.last)},
        "as_of": published.as_of.isoformat(),
        "language": published.language,
        "towns": [
            {
                "id": str(town.id),
                "code": town.code,
                "name": town.name,
                "joined_on": town.joined_on.isoformat() if town.joined_on else None,
                "left_on": town.left_on.isoformat() if town.left_on else None,
            }
            for town in published.towns
        ],
        "metrics": [
            {
                "id": metric.id,
                "label": str(metric.label),
                "unit": metric.unit.value,
                "unit_label": metric.unit.label,
                "kind": metric.kind.value,
                "direction": metric.direction.value,
                "formula": str(metric.formula),
                "since": metric.since.isoformat(),
                "formula_version": metric.version,
            }
            for metric in published.metrics
        ],
        "totals": [_total(line) for line in published.lines],
        "publications": [
            {
                "town": str(one.town_id),
                "month": str(one.month),
                "version": one.version,
                "newest": one.newest,
                "published_at": one.published_at.isoformat(),
                "comment": one.comment,
                "reason": one.reason,
                "figures": {
                    metric.id: _figure(metric, one.figures[metric.id])
                    for metric in published.metrics
                    if metric.id in one.figures
                },
            }
            for one in published.publications
        ],
        "not_published": [
            {"town": str(town.id), "months": [str(month) for month in months]}
            for town, months in published.unpublished
        ],
        "notes": [{"month": str(month), "text": text} for month, text in published.notes],
    }


def _figure(metric: Metric, entry: Mapping[str, Any]) -> dict[str, Any]:
    total = from_entry(metric, entry)
    assert total is not None
    said: dict[str, Any] = {"number": total.number, "of": total.of, "value": total.value}
    if "s" in entry:
        said["sample"] = list(entry["s"])
    if "w" in entry:
        said["towards"] = dict(entry["w"])
    return said | {"formula_version": entry["f"]}


def _total(line: Line) -> dict[str, Any]:
    return {
        "metric": line.metric.id,
        **_numbers(line.total),
        "words": line.words,
        "months": [str(month) for month in line.months],
        "members": line.members,
        "missing": [str(town.id) for town in line.missing],
        "year_before": _numbers(line.before) if line.before else None,
        "target": line.target,
    }


def _numbers(total: Total | None) -> dict[str, Any]:
    if total is None:
        return {"number": None, "of": None, "value": None, "towns": 0}
    said: dict[str, Any] = {
        "number": total.number,
        "of": total.of,
        "value": total.value,
        "towns": total.towns,
        "formula_versions": list(total.versions),
    }
    return said | ({"sample": list(total.sample)} if total.sample else {})


def from_json(said: Mapping[str, Any]) -> Published:
    """Return what `as_json` said."""
    period = said["period"]
    return Published(
        said["network"]["name"],
        said["network"]["slug"],
        Period(_month(period["first"]), _month(period["last"])),
        dt.datetime.fromisoformat(said["as_of"]),
        said["language"],
        tuple(
            Town(uuid.UUID(t["id"]), t["code"], t["name"], _day(t["joined_on"]), _day(t["left_on"]))
            for t in said["towns"]
        ),
        tuple(
            Metric(
                m["id"],
                m["label"],
                Unit(m["unit"]),
                m["formula"],
                Kind(m["kind"]),
                Direction(m["direction"]),
                dt.date.fromisoformat(m["since"]),
                m["formula_version"],
            )
            for m in said["metrics"]
        ),
        tuple(
            Publication(
                uuid.UUID(p["town"]),
                _month(p["month"]),
                p["version"],
                dt.datetime.fromisoformat(p["published_at"]),
                {key: _entry(figure) for key, figure in p["figures"].items()},
                p["comment"],
                p["reason"],
                p["newest"],
            )
            for p in said["publications"]
        ),
        {t["metric"]: _entry(t["year_before"]) for t in said["totals"] if t["year_before"]},
        {t["metric"]: t["target"] for t in said["totals"] if t["target"] is not None},
        tuple((_month(note["month"]), note["text"]) for note in said["notes"]),
    )


def _entry(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure as the database keeps it."""
    names = {"number": "n", "of": "d", "sample": "s", "towards": "w", "towns": "t"}
    entry = {short: said[name] for name, short in names.items() if said.get(name) is not None}
    return entry | {"f": said.get("formula_version") or said["formula_versions"]}


def entry_of(total: Total) -> dict[str, Any]:
    """Return a total as the database keeps that of a network."""
    return _entry(_numbers(total))


def _month(text: str) -> Month:
    return Month(int(text[:4]), int(text[5:]))


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
