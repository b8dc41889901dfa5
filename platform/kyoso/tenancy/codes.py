"""The 全国地方公共団体コード: six digits, the last of which checks the other five.

Kept as text everywhere, because the code of a municipality in Hokkaido to Tochigi begins with 0.
"""

from __future__ import annotations

import re
import uuid

_WEIGHTS = (6, 5, 4, 3, 2)
_SIX_DIGITS = re.compile(r"[0-9]{6}")

#: Makes the tenant's id from its code, so that every installation agrees on it. Never change it.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:jp:local-government-code")


def check_digit(five: str) -> str:
    """Return the sixth digit that belongs to the first five."""
    total = sum(int(digit) * weight for digit, weight in zip(five, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def is_code(text: str) -> bool:
    """Tell whether `text` is six ASCII digits whose check digit is right."""
    return bool(_SIX_DIGITS.fullmatch(text)) and check_digit(text[:5]) == text[5]


def code_mistake(text: str) -> str | None:
    """Return what is wrong with a code, in words that say how to mend it; None if it is right."""
    if not _SIX_DIGITS.fullmatch(text):
        return f"団体コード「{text}」は6桁の半角数字で書いてください（先頭の0も必要です）。"
    if not is_code(text):
        return (
            f"団体コード「{text}」の検査数字が合いません（「{text[:5]}」の末尾は"
            f"「{check_digit(text[:5])}」です）。"
        )
    return None


def tenant_id(code: str) -> uuid.UUID:
    """Return the id of the municipality with this code, the same on every machine."""
    if not is_code(code):
        raise ValueError(code_mistake(code))
    return uuid.uuid5(_NAMESPACE, code)


def network_id(slug: str) -> uuid.UUID:
    """Return the id of a network that towns declare, by its short name."""
    return uuid.uuid5(_NAMESPACE, f"network:{slug}")
