"""Secrets that people carry in an address. Only their hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from kyoso.core.config import settings

#: Tokens are 43 characters of base64; ids have 36, and no word in an address is as long.
TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")
MASK = "***"


def new_token() -> str:
    """Return a new secret of 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(text: str) -> bytes:
    """Return what stands for something guessable, such as an address: no list of guesses finds it."""
    return hmac.new(settings().secret_key.encode(), text.encode(), hashlib.sha256).digest()


def masked(text: str) -> str:
    """Return text with every token in it made unreadable."""
    return TOKEN.sub(MASK, text)
