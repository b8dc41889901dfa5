"""The forms of sign-in and of the account page."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, email, one_of, text
from kyoso.identity.accounts.operations import AccountUpdate, PasswordChange


def password(label: Any) -> fields.Field[Any]:
    """Return a field for a password: taken as it was typed, spaces too."""
    required = _l("「%(label)s」を入力してください。", label=label)
    long = _l("「%(label)s」が長すぎます。", label=label)
    messages: dict[str, Any] = {"required": required, "null": required, "invalid": required}
    return fields.String(
        required=True,
        validate=validate.Length(max=1000, error=long),  # type: ignore[arg-type]
        error_messages=messages,
    )


class SignInSchema(InputSchema):
    """The form 「サインイン」."""

    email = email(_l("メールアドレス"))
    password = password(_l("パスワード"))
    next = text(_l("移動先"), 2000, required=False)


class ResetRequestSchema(InputSchema):
    """The form 「パスワードの再設定」."""

    email = email(_l("メールアドレス"))


class NewPasswordSchema(InputSchema):
    """The form 「新しいパスワード」."""

    password = password(_l("新しいパスワード"))


class AccountUpdateSchema(InputSchema):
    """The form 「氏名と言語」."""

    builds = AccountUpdate

    name = text(_l("氏名"), 60)
    name_kana = text(_l("ふりがな"), 60, required=False)
    locale = one_of(_l("メールの言語"), tuple(LOCALES))


class PasswordChangeSchema(InputSchema):
    """The form 「パスワードの変更」."""

    builds = PasswordChange

    current = password(_l("いまのパスワード"))
    password = password(_l("新しいパスワード"))
