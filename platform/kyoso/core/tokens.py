"""Secrets that people carry in an address. Only their hash is stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """Return a new secret of 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()
