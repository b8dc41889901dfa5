"""What people do with their own accounts: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class AccountCreated(Event):
    """A person set their name and password for the first time."""

    label: ClassVar[Any] = _l("アカウントを作成しました")


@dataclass(frozen=True, slots=True)
class AccountUpdated(Event):
    """A person changed their name or language."""

    label: ClassVar[Any] = _l("アカウントの内容を変更しました")


@dataclass(frozen=True, slots=True)
class PersonDeactivated(Event):
    """An account was closed to sign-in, in every town."""

    label: ClassVar[Any] = _l("アカウントが停止されました")


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """A person signed in; the subject is the session."""

    label: ClassVar[Any] = _l("サインインしました")
    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """A person signed out of the browser in front of them."""

    label: ClassVar[Any] = _l("サインアウトしました")


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    """A person ended a session, perhaps on another device."""

    label: ClassVar[Any] = _l("ほかの端末のサインインを終了しました")


@dataclass(frozen=True, slots=True)
class AllSessionsEnded(Event):
    """A person signed out everywhere."""

    label: ClassVar[Any] = _l("すべての端末からサインアウトしました")
    count: int


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A person chose a new password, knowing the old one."""

    label: ClassVar[Any] = _l("パスワードを変更しました")


@dataclass(frozen=True, slots=True)
class PasswordResetRequested(Event):
    """Somebody asked for a link to choose a new password; it went to the person's address."""

    label: ClassVar[Any] = _l("パスワード再設定のメールを送りました")


@dataclass(frozen=True, slots=True)
class PasswordReset(Event):
    """A person chose a new password through the link in a mail."""

    label: ClassVar[Any] = _l("メールのリンクからパスワードを再設定しました")
