"""What can happen to a running-cost plan: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class CostPlanSaved(Event):
    """A plan was written or changed; the journal keeps what it then came to."""

    label: ClassVar = _l("ランニングコスト計画を保存しました")
    project_id: uuid.UUID
    version: int
    state: str
    five_year_yen: int
    pilot_yen: int


@dataclass(frozen=True, slots=True)
class BudgetReminded(Event):
    """The desk was reminded that the budget request (予算要求) is near."""

    label: ClassVar = _l("予算要求の期限を知らせました")
    project_id: uuid.UUID
    days_before: int
