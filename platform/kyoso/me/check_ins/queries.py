"""What a person takes away of their check-ins: what they may read of them, in every town."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kyoso.core.access import PersonActor
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.municipal.check_ins.queries import CheckInAnswer, CheckInNote, CheckInTopic, list_own
from kyoso.municipal.check_ins.schemas import LABELS

_WHO = {"town": _l("自治体"), "side": _l("どちらが")}


def _rows(me: PersonActor, kind: type[Any], columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: getattr(row, name) for name in columns if name not in _WHO}
        | {"town": town, "side": row.side.label}
        for row, town in list_own(me, kind)
    ]


_ANSWER = {
    **_WHO,
    **{name: LABELS[name] for name in ("purpose", "expectation", "communication", "comment")},
    "answered_by": _l("答えた人"),
    "answered_at": _l("答えた日時"),
}
_TOPIC = {
    **_WHO,
    "text": LABELS["topic"],
    "proposed_by": _l("出した人"),
    "proposed_at": _l("出した日時"),
    "decision": LABELS["decision"],
    "decided_by": _l("書いた人"),
    "decided_at": _l("決めた日時"),
}
_NOTE = {
    **_WHO,
    "text": LABELS["note"],
    "written_by": _l("書いた人"),
    "written_at": _l("書いた日時"),
}


@own_data(
    "check_ins",
    _l("すり合わせの答え"),
    columns=_ANSWER,
    tables=("municipal.check_ins", "municipal.check_in_answers"),
)
def own_answers(me: PersonActor) -> list[dict[str, Any]]:
    """Return the person's answers, and the towns' to those that are open to both."""
    return _rows(me, CheckInAnswer, _ANSWER)


@own_data(
    "check_in_topics",
    _l("すり合わせの話題と決めたこと"),
    columns=_TOPIC,
    tables=("municipal.check_in_topics",),
)
def own_topics(me: PersonActor) -> list[dict[str, Any]]:
    """Return what came up and what was decided."""
    return _rows(me, CheckInTopic, _TOPIC)


@own_data(
    "check_in_notes",
    _l("すり合わせのメモ"),
    columns=_NOTE,
    tables=("municipal.check_in_notes",),
)
def own_notes(me: PersonActor) -> list[dict[str, Any]]:
    """Return the person's notes, and those that the towns share."""
    return _rows(me, CheckInNote, _NOTE)
