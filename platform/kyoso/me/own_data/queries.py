"""What the towns' features keep about a person, for the person's archive.

Only what the person may see anyway: the policies of the database show them their own rows, and
the towns' own notes and actions are not among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from kyoso.core.access import PersonActor
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.municipal.check_ins import queries as check_ins
from kyoso.municipal.check_ins.rules import Question, Side
from kyoso.municipal.engagements.queries import list_engagements_of_person
from kyoso.municipal.work_hours import queries as work_hours
from kyoso.municipal.work_hours.queries import OwnSpan

Rows = list[Mapping[str, Any]]
EVER = (dt.date(1900, 1, 1), dt.date(2200, 1, 1))


@own_data(
    "engagements",
    _l("契約・関わり"),
    columns={
        "town": _l("自治体"),
        "role": _l("役割"),
        "title": _l("肩書"),
        "department": _l("課・室"),
        "contract_kind": _l("契約の種類"),
        "status": _l("状態"),
        "starts_on": _l("始まり"),
        "ends_on": _l("終わり"),
        "hours_a_month": _l("1か月の時間"),
        "days_a_month": _l("1か月の日数"),
        "in_town_days": _l("町に来る日数"),
        "mode": _l("働き方"),
        "place": _l("場所"),
        "purpose": _l("目的"),
        "pay_unit": _l("報酬の単位"),
        "pay_yen": _l("報酬（円）"),
        "travel_yen_a_year": _l("旅費の上限（円・年）"),
        "responsible": _l("担当職員"),
        "offered_at": _l("依頼された日時"),
        "answered_at": _l("返事をした日時"),
        "answer_note": _l("返事に添えた言葉"),
        "ended_at": _l("終えた日時"),
        "end_reason": _l("終えた理由"),
    },
    tables=("municipal.engagements",),
)
def own_engagements(me: PersonActor) -> Rows:
    """Return the person's engagements in every town."""
    same = (
        *("role", "title", "starts_on", "ends_on", "hours_a_month", "days_a_month"),
        *("in_town_days", "place", "purpose", "pay_yen", "travel_yen_a_year", "offered_at"),
        *("answered_at", "answer_note", "ended_at", "end_reason"),
    )
    return [
        {name: getattr(one, name) for name in same}
        | {
            "town": town,
            "department": one.department_name,
            "contract_kind": one.contract_kind.label,
            "status": one.status.label,
            "mode": one.mode.label,
            "pay_unit": one.pay_unit.label,
            "responsible": one.responsible_name,
        }
        for one, town, _slug in list_engagements_of_person(me)
    ]


def _spans(me: PersonActor) -> dict[Any, OwnSpan]:
    return {span.id: span for span in work_hours.list_own_spans(me)}


@own_data(
    "work_hours",
    _l("働いた時間"),
    columns={
        "town": _l("自治体"),
        "role": _l("役割"),
        "worked_on": _l("日付"),
        "minutes": _l("時間（分）"),
        "in_town": _l("町で働いた"),
        "note": _l("メモ"),
    },
    tables=("municipal.work_hours",),
)
def own_hours(me: PersonActor) -> Rows:
    """Return every day that the person logged."""
    spans, said = _spans(me), work_hours.list_own_hours(me, *EVER)
    return [
        {
            "town": spans[cell.engagement_id].town,
            "role": spans[cell.engagement_id].what,
            "worked_on": cell.day,
            "minutes": entry.minutes,
            "in_town": entry.in_town,
            "note": entry.note,
        }
        for cell, entry in sorted(said.items(), key=lambda item: item[0].day)
    ]


@own_data(
    "work_hours_corrections",
    _l("働いた時間の訂正"),
    columns={
        "town": _l("自治体"),
        "worked_on": _l("日付"),
        "minutes_before": _l("訂正前（分）"),
        "note_before": _l("訂正前のメモ"),
        "minutes_after": _l("訂正後（分）"),
        "note_after": _l("訂正後のメモ"),
        "at": _l("訂正した日時"),
    },
    tables=("municipal.work_hours_corrections",),
)
def own_corrections(me: PersonActor) -> Rows:
    """Return what the person changed of months that were over."""
    spans = _spans(me)
    return [
        {
            "town": spans[one.engagement_id].town,
            "worked_on": one.worked_on,
            "minutes_before": one.before.minutes,
            "note_before": one.before.note,
            "minutes_after": one.after.minutes,
            "note_after": one.after.note,
            "at": one.at,
        }
        for one in work_hours.list_own_corrections(me, *EVER)
    ]


def _check_ins(me: PersonActor) -> Iterator[tuple[str, Any]]:
    for engagement, town, _slug in list_engagements_of_person(me):
        for check_in in reversed(check_ins.list_check_ins(me, engagement)):
            yield town, check_in


_ANSWER = {
    f"{side.value}_{part}": label
    for side, sides in (
        (
            Side.PERSON,
            (_l("目的（自分）"), _l("期待（自分）"), _l("やり取り（自分）"), _l("補足（自分）")),
        ),
        (Side.TOWN, (_l("目的（町）"), _l("期待（町）"), _l("やり取り（町）"), _l("補足（町）"))),
    )
    for part, label in zip((*(q.value for q in Question), "comment"), sides, strict=True)
}


@own_data(
    "check_ins",
    _l("すり合わせの回答"),
    columns={
        "town": _l("自治体"),
        "opened_at": _l("始めた日時"),
        "revealed_at": _l("お互いに見えた日時"),
        **_ANSWER,
    },
    tables=("municipal.check_ins", "municipal.check_in_answers"),
)
def own_check_ins(me: PersonActor) -> Rows:
    """Return every check-in: the person's answers, and the town's where both can be read."""
    rows: Rows = []
    for town, check_in in _check_ins(me):
        answers = check_ins.get_answers(me, check_in)
        row = dict.fromkeys(_ANSWER) | {
            f"{side.value}_{part}": getattr(answer, part)
            for side, answer in answers.items()
            for part in (*(q.value for q in Question), "comment")
        }
        times = {"opened_at": check_in.opened_at, "revealed_at": check_in.revealed_at}
        rows.append({"town": town, **times, **row})
    return rows


@own_data(
    "check_in_notes",
    _l("すり合わせのメモ"),
    columns={
        "town": _l("自治体"),
        "text": _l("メモ"),
        "shared": _l("相手にも見せた"),
        "written_by": _l("書いた人"),
        "written_at": _l("書いた日時"),
    },
    tables=("municipal.check_in_notes",),
)
def own_notes(me: PersonActor) -> Rows:
    """Return the notes that the person may read: their own, and those shared with them."""
    return [
        {
            "town": town,
            "text": note.text,
            "shared": note.shared,
            "written_by": note.written_by,
            "written_at": note.written_at,
        }
        for town, check_in in _check_ins(me)
        for note in check_ins.list_notes(me, check_in)
    ]


@own_data(
    "check_in_topics",
    _l("すり合わせの話題と決めたこと"),
    columns={
        "town": _l("自治体"),
        "text": _l("話題"),
        "proposed_by": _l("出した人"),
        "proposed_at": _l("出した日時"),
        "decision": _l("決めたこと"),
        "decided_by": _l("決めた人"),
        "decided_at": _l("決めた日時"),
    },
    tables=("municipal.check_in_topics",),
)
def own_topics(me: PersonActor) -> Rows:
    """Return what came up in check-ins, and what was decided."""
    same = ("text", "proposed_by", "proposed_at", "decision", "decided_by", "decided_at")
    return [
        {"town": town} | {name: getattr(topic, name) for name in same}
        for engagement, town, _slug in list_engagements_of_person(me)
        for topic in check_ins.list_topics(me, engagement)
    ]
