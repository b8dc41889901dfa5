"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, post_load

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    date,
    form_identifier,
    identifier,
    integer,
    text,
)
from kyoso.municipal.posts.rules import Line, PostDraft

LABELS = {
    "title": _l("役職名"),
    "line": _l("立つところ"),
    "position": _l("並び順"),
    "holder": _l("就く方"),
    "holder_name": _l("名前"),
    "concurrent": _l("兼任（ほかに本務がある）"),
    "home_department_id": _l("本務の課"),
    "part_time": _l("非常勤"),
    "online": _l("オンライン"),
    "starts_on": _l("始まりの日"),
    "ends_on": _l("終わりの日"),
    "note": _l("メモ"),
    "last_day": _l("最後の日"),
    "reason": _l("取り消す理由"),
}
#: How the choice of a holder names the table it is from.
_HOLDERS = {"member": "membership_id", "engagement": "engagement_id"}


def holder_key(post: Any) -> str:
    """Return how the form names the holder of a post; "" for one known by name only."""
    for word, column in _HOLDERS.items():
        if getattr(post, column) is not None:
            return f"{word}:{getattr(post, column)}"
    return ""


class PostSchema(InputSchema):
    """The form 「役職」."""

    title = text(LABELS["title"], 40)
    line = choice(LABELS["line"], Line)
    position = integer(LABELS["position"], 1, 999, required=False)
    holder = text(LABELS["holder"], 60, required=False)
    holder_name = text(LABELS["holder_name"], 60, required=False)
    concurrent = boolean(LABELS["concurrent"])
    home_department_id = identifier(LABELS["home_department_id"], required=False)
    part_time = boolean(LABELS["part_time"])
    online = boolean(LABELS["online"])
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"], required=False)
    note = text(LABELS["note"], 500, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, its holder found."""
        chosen, typed = data.pop("holder"), data.pop("holder_name")
        data |= {"membership_id": None, "engagement_id": None, "holder_name": ""}
        if chosen:
            word, _colon, ident = chosen.partition(":")
            try:
                data[_HOLDERS[word]] = uuid.UUID(ident)
            except (KeyError, ValueError):
                raise ValidationError(_("「就く方」を選んでください。"), "holder") from None
        elif typed:
            data["holder_name"] = typed
        else:
            words = _("一覧から選ぶか、「名前」を入力してください。")
            raise ValidationError(words, "holder")
        return PostDraft(**data)


@dataclass(frozen=True, slots=True)
class NewPost:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: PostDraft


class NewPostSchema(PostSchema):
    """The same form, the first time."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewPost(data.pop("form_id"), PostSchema.build(self, data, **kw))


class EndSchema(InputSchema):
    """The form 「終える」."""

    last_day = date(LABELS["last_day"])


class WithdrawalSchema(InputSchema):
    """The form 「取り消す」."""

    reason = text(LABELS["reason"], 300)
