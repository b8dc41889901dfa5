"""What the inbox's address may ask for. A wish that means nothing is left out, not refused."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from kyoso.municipal.proposals.queries import InboxFilter, InboxSort
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind

E = TypeVar("E", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True)
class InboxAddress:
    """What the inbox shows, as its address says it."""

    q: str = ""
    status: ProposalStatus | None = None
    kind: ProposerKind | None = None
    need: uuid.UUID | None = None
    overdue: bool = False
    sort: InboxSort = InboxSort.NEWEST
    page: int = 1

    @classmethod
    def of(cls, args: Mapping[str, str]) -> InboxAddress:
        """Read an address; whatever is not understood counts as not asked for."""
        return cls(
            q=args.get("q", "").strip()[:100].replace("\x00", ""),
            status=_member(ProposalStatus, args.get("status")),
            kind=_member(ProposerKind, args.get("kind")),
            need=_uuid(args.get("need")),
            overdue=args.get("overdue") == "yes",
            sort=_member(InboxSort, args.get("sort")) or InboxSort.NEWEST,
            page=_page(args.get("page", "")),
        )

    def wanted(self, today: dt.date) -> InboxFilter:
        """Return what the query takes."""
        overdue = today if self.overdue else None
        return InboxFilter(self.q, self.status, self.kind, self.need, overdue, self.sort)

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the status narrows the list."""
        return bool(self.q or self.kind or self.need or self.overdue)

    def address(self, **changed: Any) -> dict[str, str]:
        """Return the address's parts, with some changed; a change goes back to the first page."""
        then = replace(self, **({"page": 1} | changed))
        parts = {
            "q": then.q,
            "status": then.status or "",
            "kind": then.kind or "",
            "need": str(then.need or ""),
            "overdue": "yes" if then.overdue else "",
            "sort": then.sort if then.sort is not InboxSort.NEWEST else "",
            "page": str(then.page) if then.page > 1 else "",
        }
        return {name: str(value) for name, value in parts.items() if value}

    def query(self, **changed: Any) -> str:
        """Return the address's parts as they follow the path; quicker than url_for, ten times a page."""
        parts = self.address(**changed)
        return f"?{urlencode(parts)}" if parts else ""


def _member(kind: type[E], value: str | None) -> E | None:
    return kind(value) if value in set(kind) else None


def _uuid(value: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return None


def _page(value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        return 1
    # Python refuses to read thousands of digits as a number.
    return max(1, min(int(value[:20]), 100_000))
