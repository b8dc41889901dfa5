"""What can happen to workloads and to what departments can carry."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class WorkloadEntered(Event):
    """Hours were put down for a department; it has not answered yet. Subject: the project."""

    label: ClassVar = _l("業務負荷を入力しました")
    department_id: uuid.UUID
    hours_added: int
    hours_removed: int
    reason: str


@dataclass(frozen=True, slots=True)
class WorkloadChanged(Event):
    """The hours were changed, so the department is asked again. Subject: the project."""

    label: ClassVar = _l("業務負荷を変更しました。課の同意を取り直します")
    department_id: uuid.UUID
    hours_added: int
    hours_removed: int
    reason: str
    workload_id: uuid.UUID
    #: Department, first and last month, hours added and removed, until then.
    was: tuple[uuid.UUID, dt.date, dt.date, int, int]


@dataclass(frozen=True, slots=True)
class WorkloadWithdrawn(Event):
    """The hours were taken back. Subject: the project."""

    label: ClassVar = _l("業務負荷を取り下げました")
    department_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class WorkloadConsented(Event):
    """The department agreed to the hours. Subject: the project."""

    label: ClassVar = _l("課が業務負荷に同意しました")
    department_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class WorkloadHesitated(Event):
    """The department said why it hesitates. Subject: the project."""

    label: ClassVar = _l("課が業務負荷にためらいを示しました")
    department_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class CapacitySet(Event):
    """A department said what it can carry. Subject: the department."""

    label: ClassVar = _l("引き受けられる時間を決めました")
    hours_a_month: int
    from_month: str


@dataclass(frozen=True, slots=True)
class PromoterNamed(Event):
    """A member became a department's digital promoter. Subject: the department."""

    label: ClassVar = _l("デジタル活用推進委員を決めました")
    membership_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PromoterEnded(Event):
    """A digital promoter's term was given its end. Subject: the department."""

    label: ClassVar = _l("デジタル活用推進委員の任期の終わりを決めました")
    membership_id: uuid.UUID
