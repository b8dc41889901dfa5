"""Who may write what in a fit sheet, and how an item is closed. Pure: no database, clock, request."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.differences import Piece, compare
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.proposals.rules import IN_FORCE, ProposalStatus


class Side(enum.StrEnum):
    """Whose words something is."""

    TOWN = "town"
    PROPOSER = "proposer"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SIDES[self])

    @property
    def other(self) -> Side:
        """The one across the table."""
        return Side.PROPOSER if self is Side.TOWN else Side.TOWN


_SIDES = {Side.TOWN: _l("町"), Side.PROPOSER: _l("提案者")}
BOTH = frozenset(Side)


class ItemState(enum.StrEnum):
    """How far an item is."""

    OPEN = "open"
    AGREED = "agreed"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _STATES[self][1]


_STATES = {
    ItemState.OPEN: (_l("調整中"), "warning"),
    ItemState.AGREED: (_l("合意"), "success"),
    ItemState.OUT_OF_SCOPE: (_l("対象外"), "neutral"),
}


class Step(enum.StrEnum):
    """What can be done with an item besides writing in it."""

    CONFIRM = "confirm"
    TAKE_BACK = "take-back"
    PUT_OUT = "put-out"
    REOPEN = "reopen"
    PROPOSE = "propose"


#: Which side may do what, by the state of the item; what is not here may nobody.
STEPS: Mapping[ItemState, Mapping[Step, frozenset[Side]]] = {
    ItemState.OPEN: {
        Step.CONFIRM: BOTH,
        Step.TAKE_BACK: BOTH,
        Step.PUT_OUT: frozenset({Side.TOWN}),
        Step.PROPOSE: frozenset({Side.PROPOSER}),
    },
    ItemState.AGREED: {Step.REOPEN: BOTH},
    ItemState.OUT_OF_SCOPE: {
        Step.REOPEN: frozenset({Side.TOWN}),
        Step.PROPOSE: frozenset({Side.PROPOSER}),
    },
}


def check_step(state: ItemState, step: Step, side: Side) -> None:
    """Refuse what the table above does not list."""
    if side not in STEPS[state].get(step, frozenset()):
        raise RuleViolation(
            _(
                "「%(state)s」の項目では、%(side)sの側からその操作はできません。画面を読み込み直して、今の状態をご確認ください。",
                state=state.label,
                side=side.label,
            )
        )


def state_after(state: ItemState, step: Step, *, other_confirmed: bool) -> ItemState:
    """Return the state that a step leads to: agreed only when both sides have confirmed."""
    if step is Step.CONFIRM and other_confirmed:
        return ItemState.AGREED
    if step is Step.PUT_OUT:
        return ItemState.OUT_OF_SCOPE
    return ItemState.OPEN if step is Step.REOPEN else state


def state_wished(state: ItemState) -> ItemState:
    """Return what the proposer may ask the town for."""
    return ItemState.OUT_OF_SCOPE if state is ItemState.OPEN else ItemState.OPEN


def check_text(saved: str, seen: str) -> None:
    """Refuse to agree to nothing, or to another text than the one that was read."""
    if not saved:
        raise RuleViolation(_("合意文がまだ書かれていません。先に合意文を書いて保存してください。"))
    if saved != seen:
        raise RuleViolation(
            _("合意文が書き換えられています。画面を読み込み直し、今の合意文を確かめてください。")
        )


@dataclass(frozen=True, slots=True)
class Field:
    """What can be written in one place of the sheet, and by whom."""

    label: Any
    maximum: int
    sides: frozenset[Side]
    multiline: bool = True


_TOWN, _PROPOSER = frozenset({Side.TOWN}), frozenset({Side.PROPOSER})

#: What is written once in a sheet.
SHEET_FIELDS: Mapping[str, Field] = {
    "alignment": Field(_l("町の目指す姿とのつながり"), 2000, _TOWN),
    "mission": Field(_l("提案者の使命・目指すこと"), 2000, _PROPOSER),
    "win_town": Field(_l("町にとってのWin"), 2000, _TOWN),
    "win_proposer": Field(_l("提案者にとってのWin"), 2000, _PROPOSER),
}

#: What is written in each item; the order is the order of the form.
ITEM_FIELDS: Mapping[str, Field] = {
    "position": Field(_l("並び順"), 3, _TOWN, multiline=False),
    "topic": Field(_l("項目"), 100, _TOWN, multiline=False),
    "wanted": Field(_l("求めていること"), 4000, _TOWN),
    "wish": Field(_l("やりたいこと"), 4000, _PROPOSER),
    "proposer_can": Field(_l("できること（提案者）"), 4000, _PROPOSER),
    "town_can": Field(_l("できること（町）"), 4000, _TOWN),
    "agreement": Field(_l("合意文"), 2000, BOTH),
    "owner_side": Field(_l("まとめる側"), 20, BOTH, multiline=False),
    "owner_name": Field(_l("まとめる人"), 100, BOTH, multiline=False),
    "due_on": Field(_l("いつまでに"), 10, BOTH, multiline=False),
}

#: What versions show of an item besides its fields.
STATE_FIELDS: Mapping[str, Any] = {
    "state": _l("状態"),
    "town_agreed_by": _l("町の確認"),
    "proposer_agreed_by": _l("提案者の確認"),
    "out_reason": _l("対象外の理由"),
    "proposed_reason": _l("提案者の希望"),
}

#: Choosing among the town's visions, strategies and tactics: the key is ``aim-<id>``.
AIM = "aim"


def key_of(field: str, item_id: object) -> str:
    """Return the name under which an item's field stands in forms and snapshots."""
    return f"{field}-{item_id}"


def parts_of(key: str) -> tuple[str, str]:
    """Return the field and the item's id of a name; no id for what is written once."""
    field, _dash, item_id = key.partition("-")
    return field, item_id


def sides_of(actor: Actor, *, has_proposer: bool) -> frozenset[Side]:
    """Return for which sides somebody may write.

    A department's own project has no private link: the town takes down what its partner says.
    """
    if Role.LINK_HOLDER in actor.roles:
        return _PROPOSER
    return _TOWN if has_proposer else BOTH


def check_side(side: Side, sides: Collection[Side]) -> None:
    """Refuse to speak for the other side."""
    if side not in sides:
        raise Forbidden(_("%(side)sの側として書くことはできません。", side=side.label))


def check_own(keys: Collection[str], known: Collection[str], sides: Collection[Side]) -> None:
    """Refuse a change of the other side's words; only a new item is named by whoever adds it."""
    for key in keys:
        field, item_id = parts_of(key)
        if field == AIM:
            allowed = _TOWN
        elif item_id:
            new = item_id not in known and field == "topic"
            allowed = BOTH if new else ITEM_FIELDS[field].sides
        else:
            allowed = SHEET_FIELDS[field].sides
        if not allowed & frozenset(sides):
            raise Forbidden(_("相手の側の欄を書き換えることはできません。"))


#: A sheet can be begun, and written in, while its proposal is in one of these.
WRITABLE = IN_FORCE | {
    ProposalStatus.SCREENING,
    ProposalStatus.REVISION_REQUESTED,
    ProposalStatus.RESUBMITTED,
    ProposalStatus.IN_REVIEW,
}


def is_writable(status: ProposalStatus | None, *, ended: bool) -> bool:
    """Tell whether the sheet of such a proposal (none: own project) may be written in."""
    return not ended and (status is None or status in WRITABLE)


def check_writable(status: ProposalStatus | None, *, ended: bool) -> None:
    """Refuse before the town looks at the proposal, and after it is over."""
    if not is_writable(status, ended=ended):
        raise RuleViolation(
            _(
                "すり合わせシートに書けるのは、提案の内容の確認が始まってから、取組が終わるまでです。"
            )
        )


def check_not_closed(keys: Collection[str], closed: Collection[str]) -> None:
    """Refuse to write in an item that is closed: it is reopened first, with a reason."""
    if any(parts_of(key)[1] in closed for key in keys):
        raise RuleViolation(
            _(
                "合意した項目と対象外の項目は書き換えられません。先に「調整中に戻す」を選んでください。"
            )
        )


def check_reason(reason: str) -> None:
    """Refuse to put out, take up again or ask for either without a reason."""
    if not reason:
        raise RuleViolation(_("理由を書いてください。"))


def is_in_charge(actor: Actor, department_id: object) -> bool:
    """Tell whether somebody may write for the town: staff in what is their own department's."""
    runs_all = actor.roles & {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM, Role.LINK_HOLDER}
    return bool(runs_all) or not department_id or department_id in actor.department_ids


def check_in_charge(actor: Actor, department_id: object) -> None:
    """Refuse staff of other departments once a department is in charge."""
    if not is_in_charge(actor, department_id):
        raise Forbidden(_("このすり合わせシートに書けるのは、事務局と、担当する課の職員です。"))


#: Whoever was just told of changes is left alone for so long.
QUIET = dt.timedelta(hours=1)


def may_tell(told_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a side may be written to again: at most once an hour."""
    return told_at is None or now >= told_at + QUIET


#: A sheet as one mapping: the names of the form's fields, and what stands in them.
Content = Mapping[str, str]


def content_of(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """Return a snapshot under the names that the form uses."""
    found = {name: snapshot.get(name, "") for name in SHEET_FIELDS}
    found |= {key_of(AIM, aim_id): label for aim_id, label in snapshot.get("aims", {}).items()}
    for item in snapshot.get("items", []):
        for field in (*ITEM_FIELDS, *STATE_FIELDS):
            found[key_of(field, item["id"])] = str(item.get(field) or "")
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one field."""

    key: str
    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What changed in one item, or in what is written once (then without a topic)."""

    topic: str
    changes: list[Change]


def differences(before: Content, after: Content) -> list[Group]:
    """Return what changed between two contents, item by item."""
    keys = [key for key in after if after[key] != before.get(key, "")]
    keys += [key for key in before if before[key] and key not in after]
    groups: dict[str, Group] = {}
    for key in keys:
        field, item_id = parts_of(key)
        owner = "" if field == AIM else item_id
        name = key_of("topic", owner)
        topic = after.get(name) or before.get(name, "")
        pieces = compare(_shown(field, before.get(key, "")), _shown(field, after.get(key, "")))
        groups.setdefault(owner, Group(topic, [])).changes.append(
            Change(key, label_of(field), pieces)
        )
    return list(groups.values())


def label_of(field: str) -> str:
    """Return what people call a field."""
    if field == AIM:
        return _("町の将来像・戦略・戦術")
    known = SHEET_FIELDS.get(field) or ITEM_FIELDS.get(field)
    return str(known.label if known else STATE_FIELDS[field])


def _shown(field: str, value: str) -> str:
    if not value:
        return ""
    if field == "state":
        return ItemState(value).label
    if field == "owner_side":
        return Side(value).label
    return jp_date(dt.date.fromisoformat(value)) if field == "due_on" else value


@dataclass(frozen=True, slots=True)
class Merge:
    """Two people changed one sheet: what each did, and both together."""

    theirs: list[Group]
    mine: list[Group]
    #: What the form goes on with: both changes, one under the other where they met.
    merged: dict[str, str]
    #: The names where both wrote something else.
    met: frozenset[str]
    #: What was typed in items that were closed meanwhile: to read, not to be saved.
    shut: list[Group]


def merge(base: Content, typed: Content, saved: Content, closed: Collection[str]) -> Merge:
    """Return what two changes of the same `base` come to; nothing of either is lost.

    `closed` are the ids of items that take no more words.
    """
    mine = {key: typed[key] for key in typed if typed[key] != base.get(key, "")}
    shut = {key: words for key, words in mine.items() if parts_of(key)[1] in closed}
    open_ = {key: words for key, words in mine.items() if key not in shut}
    met = frozenset(
        key
        for key, words in open_.items()
        if saved.get(key, "") != base.get(key, "") and saved.get(key, "") != words
    )
    merged = {key: saved.get(key, "") for key in typed if parts_of(key)[1] not in closed}
    merged |= {
        key: _joined(key, saved.get(key, ""), words) if key in met else words
        for key, words in open_.items()
    }
    return Merge(
        theirs=differences(base, saved),
        mine=_only(mine, base),
        merged=merged,
        met=met,
        shut=_only(shut, base),
    )


def _only(changed: Content, base: Content) -> list[Group]:
    names = {key: base[key] for key in base if parts_of(key)[0] == "topic"}
    return differences(
        {**names, **{key: base.get(key, "") for key in changed}}, {**names, **changed}
    )


def _joined(key: str, theirs: str, mine: str) -> str:
    field, _item = parts_of(key)
    known = SHEET_FIELDS.get(field) or ITEM_FIELDS.get(field)
    if known is None or not known.multiline or theirs in mine:
        return mine
    return theirs if mine in theirs and mine else f"{theirs}\n{mine}".strip()
