"""The sample people of the demo. Anywhere else there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kyoso.core.access import Role
from kyoso.core.config import Settings, settings

FILE = "demo-people.json"


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody as whom a visitor of the demo may sign in."""

    person_id: str
    name: str
    email: str
    #: The town's name, and its place in addresses.
    town: str
    slug: str
    roles: list[str]

    @property
    def role_labels(self) -> list[str]:
        """The words for what the person is."""
        return [Role(role).label for role in self.roles]


def keep_sample_people(settings: Settings, people: Iterable[SamplePerson]) -> None:
    """Write down who there is; called by whoever fills the demo."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(person) for person in people]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2), "utf-8")


def list_sample_people() -> list[SamplePerson]:
    """Return the sample people, in the demo only."""
    current = settings()
    path = _path(current)
    if not current.demo or not path.exists():
        return []
    return [SamplePerson(**row) for row in json.loads(path.read_text("utf-8"))]


def list_sample_towns() -> dict[str, list[SamplePerson]]:
    """Return the sample people by town, in the order they were written down."""
    towns: dict[str, list[SamplePerson]] = {}
    for person in list_sample_people():
        towns.setdefault(person.town, []).append(person)
    return towns


def _path(current: Settings) -> Path:
    return current.var_dir / FILE
