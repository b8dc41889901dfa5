"""Passwords: how they are hashed, and that checking one always costs the same."""

from __future__ import annotations

import functools
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kyoso.core.config import settings

#: argon2id as in RFC 9106 for machines with little memory; about 0.1 s on purpose.
STRONG = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
#: The test suite signs in a thousand times and keeps nobody's secrets.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _hasher() -> PasswordHasher:
    return CHEAP if settings().environment == "test" else STRONG


@functools.cache
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("the password of nobody")


def _composed(password: str) -> str:
    # Keyboards differ in how they send the same character (half and full width, ぱ as two).
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher().hash(_composed(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether the password is the stored one.

    Without a stored one, somebody else's is checked all the same: how long the answer takes
    must not tell which addresses are known.
    """
    hasher = _hasher()
    try:
        hasher.verify(stored or _nobodys_hash(hasher), _composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)
