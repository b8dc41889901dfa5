"""What may come in over HTTP, also as a list of many. Loaded, it is an operation's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    email,
    form_identifier,
    integer,
    load_form,
    one_of,
    text,
)
from kyoso.identity.accounts.schemas import password
from kyoso.identity.profiles.rules import MOST_HOURS
from kyoso.municipal.talent_invitations.operations import TalentInvite
from kyoso.municipal.talent_invitations.rules import (
    MESSAGE_LENGTH,
    NAME_LENGTH,
    Line,
    Standing,
    twins,
)

LABELS = {
    "email": _l("メールアドレス"),
    "name": _l("氏名"),
    "kana": _l("ふりがな"),
    "locale": _l("メールの言語"),
    "message": _l("町からのひとこと"),
    "pasted": _l("招待する方"),
    "file": _l("ファイルから入れる"),
    "password": _l("パスワード"),
    "hours_offered": _l("1か月に働ける時間"),
}


class _MessageSchema(InputSchema):
    form_id = form_identifier(LABELS["message"])
    message = text(LABELS["message"], MESSAGE_LENGTH, required=False, multiline=True)
    locale = one_of(LABELS["locale"], tuple(LOCALES), required=False, load_default="ja")


class InviteSchema(_MessageSchema):
    """The form 「1人を招待する」."""

    email = email(LABELS["email"])
    name = text(LABELS["name"], NAME_LENGTH)
    kana = text(LABELS["kana"], NAME_LENGTH, required=False)


class ManySchema(_MessageSchema):
    """The form 「まとめて招待する」, and its confirmation."""

    pasted = text(LABELS["pasted"], 100_000, required=False, multiline=True)


class _LineSchema(InputSchema):
    email = email(LABELS["email"])
    name = text(LABELS["name"], NAME_LENGTH)
    kana = text(LABELS["kana"], NAME_LENGTH, required=False)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list of many: who can be invited, and which rows cannot, with the reasons."""

    good: list[TalentInvite]
    #: Row by row: as it was typed, and why it cannot be taken.
    wrong: list[tuple[Line, list[str]]]


def load_lines(lines: Sequence[Line], locale: str) -> tuple[CheckedList, dict[int, str]]:
    """Return which rows are well written, and the address of each by its number."""
    good: dict[int, TalentInvite] = {}
    wrong: list[tuple[Line, list[str]]] = []
    for line in lines:
        typed = MultiDict({"email": line.email, "name": line.name, "kana": line.kana})
        try:
            loaded = load_form(_LineSchema, typed)
        except InvalidInput as error:
            wrong.append((line, [words for found in error.errors.values() for words in found]))
        else:
            good[line.number] = TalentInvite(**loaded, locale=locale)
    return CheckedList(list(good.values()), wrong), {n: one.email for n, one in good.items()}


def without_known(
    lines: Sequence[Line], locale: str, standing: Mapping[str, Standing]
) -> CheckedList:
    """Return the list without who stands in it twice, is registered or invited already."""
    loaded, emails = load_lines(lines, locale)
    reasons = {
        number: [standing[mail].problem] for number, mail in emails.items() if mail in standing
    }
    for number, first in twins(emails.items()).items():
        again = _("%(first)s行目と同じメールアドレスです。", first=first)
        reasons.setdefault(number, []).insert(0, again)
    left = [one for number, one in zip(emails, loaded.good, strict=True) if number not in reasons]
    known = [(line, reasons[line.number]) for line in lines if line.number in reasons]
    wrong = sorted([*loaded.wrong, *known], key=lambda found: found[0].number)
    return CheckedList(left, wrong)


class JoinSchema(InputSchema):
    """The form with which somebody who has an account comes into the register."""

    kana = text(LABELS["kana"], NAME_LENGTH)
    hours_offered = integer(LABELS["hours_offered"], 0, MOST_HOURS)


class NewTalentSchema(JoinSchema):
    """The form with which an invited person makes an account."""

    name = text(LABELS["name"], NAME_LENGTH)
    password = password(LABELS["password"])
