"""The forms about members and invitations."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from kyoso.core.access import Role
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, email, identifier, many, one_of, text
from kyoso.identity.accounts.schemas import password
from kyoso.identity.members import rules
from kyoso.identity.members.operations import Invite, MemberUpdate


class _RolesSchema(InputSchema):
    name = text(_l("氏名"), 60)
    roles = many(choice(_l("役割"), Role), _l("役割"), required=True)
    department_ids = many(identifier(_l("所属する課・室")), _l("所属する課・室"))

    @validates_schema(skip_on_field_errors=True)
    def check_roles(self, data: dict[str, Any], **_kw: Any) -> None:
        """Put the reason at the field, where the operation would refuse the whole form."""
        problem = rules.roles_problem(data["roles"])
        if problem:
            raise ValidationError(problem, "roles")

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the operation's input."""
        data["roles"] = tuple(rules.sorted_roles(data["roles"]))
        data["department_ids"] = tuple(data["department_ids"])
        assert self.builds is not None
        return self.builds(**data)


class InviteSchema(_RolesSchema):
    """The form 「担当者を招待する」."""

    builds = Invite

    email = email(_l("メールアドレス"))
    locale = one_of(_l("メールの言語"), tuple(LOCALES), required=False, load_default="ja")


class MemberUpdateSchema(_RolesSchema):
    """The form 「役割と所属」."""

    builds = MemberUpdate


class NewMemberSchema(InputSchema):
    """The form with which an invited person makes an account."""

    name = text(_l("氏名"), 60)
    name_kana = text(_l("ふりがな"), 60, required=False)
    password = password(_l("パスワード"))
