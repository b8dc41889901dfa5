"""What an operation may refuse with. The web layer alone turns these into status codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kyoso.core.i18n import gettext as _


class DomainError(Exception):
    """Base of every refusal that a person can cause; `message` is shown to them."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default_message()
        super().__init__(self.message)

    def default_message(self) -> str:
        """The sentence used when the raiser knows nothing better."""
        return _("処理できませんでした。もう一度お試しください。")


class NotFound(DomainError):
    """No such row here, or none that this actor may know of: the two look the same."""

    def default_message(self) -> str:
        """Say the same for "not there" and "not yours"."""
        return _("ページが見つかりません。アドレスをお確かめください。")


class Forbidden(DomainError):
    """The actor lacks the permission."""

    def default_message(self) -> str:
        """Say whom to ask."""
        return _("この操作を行う権限がありません。必要な場合は自治体の管理者にご相談ください。")


class RuleViolation(DomainError):
    """The rules of the domain do not allow this step now."""


class TooMany(DomainError):
    """Asked too often; `retry_after` is in seconds."""

    def __init__(self, retry_after: int, message: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)

    def default_message(self) -> str:
        """Say how long to wait."""
        return _(
            "短い時間に回数が多すぎます。%(minutes)s分ほど待ってから、もう一度お試しください。",
            minutes=max(1, -(-self.retry_after // 60)),
        )


class InvalidInput(DomainError):
    """The form or the body was not what was asked for; `errors` names each field."""

    def __init__(self, errors: Mapping[str, Sequence[str]], message: str | None = None) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__(message)

    def default_message(self) -> str:
        """Point at the fields."""
        return _("入力内容を確認してください。")
