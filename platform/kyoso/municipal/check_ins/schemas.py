"""What may come in over HTTP, and what the desk's pages and a person's own show alike."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from marshmallow import fields, post_load

from kyoso.core.charts import Figure, Series, lines
from kyoso.core.clock import JST, today
from kyoso.core.db import new_id
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, form_identifier, integer, text
from kyoso.municipal.check_ins import queries, rules
from kyoso.municipal.check_ins.operations import Answer, Note, Topic
from kyoso.municipal.check_ins.queries import CheckIn, CheckInFilter, Who
from kyoso.municipal.check_ins.rules import HIGHEST, LOWEST, Compared, Question, Side, Standing
from kyoso.municipal.engagements.queries import Engagement

E = TypeVar("E", bound=enum.StrEnum)
#: What was typed, or what was wrong, by form.
Forms = Mapping[str, Mapping[str, Any]]
NOTHING: Forms = {}

LABELS = {
    "purpose": _l("目的"),
    "expectation": _l("期待"),
    "communication": _l("やり取り"),
    "comment": _l("補足"),
    "topic": _l("話題"),
    "decision": _l("決めたこと"),
    "note": _l("メモ"),
    "done": _l("したこと"),
}


def _mark(question: str) -> fields.Field[Any]:
    """Return the field of a question: one of the numbers is chosen, not typed."""
    label = LABELS[question]
    field = integer(label, LOWEST, HIGHEST)
    chosen: Any = _l("「%(label)s」を選んでください。", label=label)
    field.error_messages.update(required=chosen, null=chosen)
    return field


class AnswerSchema(InputSchema):
    """The form 「すり合わせに答える」, the same for both sides."""

    builds = Answer

    purpose = _mark("purpose")
    expectation = _mark("expectation")
    communication = _mark("communication")
    comment = text(LABELS["comment"], 1000, required=False, multiline=True)


class OpenSchema(InputSchema):
    """The button 「すり合わせを始める」."""

    form_id = form_identifier(_l("この画面"))


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic, and the form it came from."""

    form_id: uuid.UUID
    topic: Topic


class TopicSchema(InputSchema):
    """The form 「話題を出す」."""

    form_id = form_identifier(_l("この画面"))
    topic = text(LABELS["topic"], 300, multiline=True)
    decision = text(LABELS["decision"], 500, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the topic and the form it came from."""
        return NewTopic(data["form_id"], Topic(data["topic"], data["decision"]))


class DecisionSchema(InputSchema):
    """The form 「決めたことを書く」."""

    decision = text(LABELS["decision"], 500, multiline=True)


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note, and the form it came from."""

    form_id: uuid.UUID
    note: Note


class NoteSchema(InputSchema):
    """The form 「メモを書く」."""

    form_id = form_identifier(_l("この画面"))
    note = text(LABELS["note"], 2000, multiline=True)
    shared = boolean(_l("相手にも見せる"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the note and the form it came from."""
        return NewNote(data["form_id"], Note(data["note"], data["shared"]))


class DoneSchema(InputSchema):
    """The form 「対応事項を終える」."""

    done = text(LABELS["done"], 1000, multiline=True)


class Order(enum.StrEnum):
    """In which order the list is shown."""

    DRIFT = "drift"
    DAYS = "days"
    NAME = "name"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_ORDERS[self])


_ORDERS = {
    Order.DRIFT: _l("ずれの大きい順"),
    Order.DAYS: _l("間隔のあいた順"),
    Order.NAME: _l("お名前順"),
}


@dataclass(frozen=True, slots=True)
class ListAddress:
    """What the town's list shows, as its address says it; a wish that means nothing is left out."""

    q: str = ""
    standing: Standing | None = None
    department: uuid.UUID | None = None
    mine: bool = False
    sort: Order = Order.DRIFT
    page: int = 1

    @classmethod
    def of(cls, args: Mapping[str, str]) -> ListAddress:
        """Read an address."""
        page = args.get("page", "")
        return cls(
            q=args.get("q", "").strip()[:100].replace("\x00", ""),
            standing=_member(Standing, args.get("standing")),
            department=_uuid(args.get("department")),
            mine=args.get("mine") == "yes",
            sort=_member(Order, args.get("sort")) or Order.DRIFT,
            page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
        )

    @property
    def wanted(self) -> CheckInFilter:
        """What the query takes."""
        return CheckInFilter(search=self.q, department_id=self.department, mine=self.mine)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the standing narrows the list."""
        return bool(self.q or self.department or self.mine)

    def query(self, **changed: Any) -> str:
        """Return the address's parts, with some changed; a change goes back to the first page."""
        then = replace(self, **({"page": 1} | changed))
        parts = {
            "q": then.q,
            "standing": then.standing or "",
            "department": str(then.department or ""),
            "mine": "yes" if then.mine else "",
            "sort": then.sort if then.sort is not Order.DRIFT else "",
            "page": str(then.page) if then.page > 1 else "",
        }
        found = {name: str(value) for name, value in parts.items() if value}
        return f"?{urlencode(found)}" if found else ""


def _member(kind: type[E], value: str | None) -> E | None:
    return kind(value) if value in set(kind) else None


def _uuid(value: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return None


def said_of_answer(revealed: bool) -> str:
    """Return what is said to somebody who has just answered."""
    if revealed:
        return _("双方の答えがそろいました。並べてご覧ください。")
    return _("答えを受け付けました。相手が答えると、並べて見られます。それまでは変えられます。")


def page_of(
    who: Who, check_in: CheckIn, engagement: Engagement, values: Forms, errors: Forms
) -> dict[str, Any]:
    """Return what the page of one check-in shows: the same to both sides, by what each may read."""
    answers = queries.get_answers(who, check_in)
    side = queries.side_of(who)
    own = answers.get(side)
    both = Side.TOWN in answers and Side.PERSON in answers
    given = {key: getattr(own, key) for key in AnswerSchema().fields} if own else {}
    topics = queries.list_topics(who, engagement)
    new = {"form_id": new_id()}
    return {
        "check_in": check_in,
        "engagement": engagement,
        "side": side,
        "own": own,
        "answers": answers,
        "compared": _compared(answers[Side.TOWN], answers[Side.PERSON]) if both else [],
        "their_answer_at": (
            check_in.person_answered_at if side is Side.TOWN else check_in.town_answered_at
        ),
        "questions": list(Question),
        "open_topics": [one for one in topics if one.decided_at is None],
        "decided_topics": [one for one in topics if one.decided_at is not None],
        "notes": queries.list_notes(who, check_in),
        "values": {"answer": given, "topic": new, "note": new, **values},
        "errors": errors,
        "labels": LABELS,
        "scale_of": range(rules.LOWEST, rules.HIGHEST + 1),
    }


def _compared(town: Any, person: Any) -> list[tuple[Question, int, int, int, bool]]:
    """Return each question with what the town and the person say, the gap, and whether it is one."""
    return [
        (question, getattr(town, question), getattr(person, question), gap, rules.is_drift(gap))
        for question, gap in rules.gaps(town, person).items()
    ]


def course_of(who: Who, engagement: Engagement) -> dict[str, Any]:
    """Return what the page of an engagement's check-ins shows: the same to both sides."""
    compared = queries.list_compared(who, engagement)
    topics = queries.list_topics(who, engagement)
    return {
        "engagement": engagement,
        "row": queries.get_standing(who, engagement, today()),
        "check_ins": queries.list_check_ins(who, engagement),
        "figures": _figures(compared) if len(compared) > 1 else [],
        "open_topics": [one for one in topics if one.decided_at is None],
        "decided_topics": [one for one in topics if one.decided_at is not None],
        "form_id": new_id(),
    }


def _figures(compared: list[Compared]) -> list[Figure]:
    days = [one.at.astimezone(JST).date() for one in compared if one.at]
    labels = [f"{day.year}\n{day.month}/{day.day}" for day in days]
    found = [rules.gaps(one.town, one.person) for one in compared]
    return [
        lines(
            [Series(q.label, [float(gaps[q]) for gaps in found]) for q in Question],
            labels,
            title=_("答えのずれの移り変わり（2以上は話し合いが必要）"),
        ),
        lines(
            [
                Series(Side.TOWN.label, [rules.mean(one.town) for one in compared]),
                Series(Side.PERSON.label, [rules.mean(one.person) for one in compared]),
            ],
            labels,
            title=_("双方の答えの平均の移り変わり（5がいちばん合っている）"),
        ),
    ]
