"""What a password must be, how long things last, how often one may try. Pure."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.i18n import gettext as _
from kyoso.core.search import search_key

PASSWORD_MIN, PASSWORD_MAX = 12, 200
RESET_LASTS = dt.timedelta(hours=2)
#: How often "last seen" is written down: a click must not cost a write.
SEEN_EVERY = dt.timedelta(minutes=5)

#: Sign-in, per account and per network address. An office shares one address.
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
TRIES_WINDOW = dt.timedelta(minutes=15)
#: Mails with a reset link, per account and per network address.
RESETS_PER_ACCOUNT = 3
RESETS_PER_ADDRESS = 20
RESETS_WINDOW = dt.timedelta(hours=1)

_COMMON = """
123456789012 1234567890123 12345678901234 123456123456 123123123123 112233445566
012345678910 987654321098 password1234 password12345 password123456 passwordpassword
password2024 password2025 password2026 mypassword123 p@ssw0rd1234 passw0rd1234 qwertyuiop12
qwertyuiop123 qwerty123456 qwertyqwerty qwertyuiopasdf asdfghjkl123 1q2w3e4r5t6y
1qaz2wsx3edc 1qaz2wsx3edc4rfv zaq12wsxcde3 qazwsxedcrfv abcdefghijkl abcdefg12345
abcd12345678 abc123abc123 abcabcabcabc iloveyou1234 iloveyouiloveyou administrator
administrator1 adminadmin12 adminadminadmin admin1234567 letmein123456 welcome12345
welcome123456 changeme1234 changemeplease sakura123456 sakurasakura tokyo2020tokyo
nihonnippon1 japan1234567 arigatougozaimasu kyosonetwork
"""
#: The most common passwords that are long enough to get here.
COMMON = frozenset(_COMMON.split())


def password_problem(password: str, *, email: str, name: str) -> str | None:
    """Return why a password is refused, or None. Length counts, composition does not."""
    if len(password) < PASSWORD_MIN:
        return _(
            "パスワードは%(min)s文字以上にしてください（いま%(now)s文字）。",
            min=PASSWORD_MIN,
            now=len(password),
        )
    if len(password) > PASSWORD_MAX:
        return _("パスワードは%(max)s文字以内にしてください。", max=PASSWORD_MAX)
    folded = search_key(password)
    if folded in COMMON or len(set(folded)) < 4:
        return _("よく使われていて、推測されやすいパスワードです。別のものにしてください。")
    own = search_key(email)
    rest = folded
    for known in (own, own.partition("@")[0], "".join(search_key(name).split())):
        if len(known) >= 3:
            rest = rest.replace(known, "")
    if len(rest) < 8 and rest != folded:
        return _("メールアドレスや氏名に近いパスワードは使えません。別のものにしてください。")
    return None


def reset_token(person_id: uuid.UUID, secret: str) -> str:
    """Return what the link carries: it says whose it is, so that the scope is known."""
    return f"{person_id.hex}.{secret}"


def read_reset_token(token: str) -> tuple[uuid.UUID, str] | None:
    """Return whose link it is and its secret, or None if it is no such thing."""
    whose, _dot, secret = token.partition(".")
    try:
        return uuid.UUID(hex=whose), secret
    except ValueError:
        return None


def account_key(email: str) -> str:
    """Return the throttle's key for an account that may or may not exist."""
    return f"sign-in:account:{email.lower()}"


def address_key(address: str) -> str:
    """Return the throttle's key for a network address."""
    return f"sign-in:address:{address}"


_BROWSERS = (
    ("Edg/", "Microsoft Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def short_agent(user_agent: str) -> str:
    """Return a browser's name as its owner would say it: ``Firefox · Windows``."""
    found = [
        next((words for mark, words in table if mark in user_agent), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found))
