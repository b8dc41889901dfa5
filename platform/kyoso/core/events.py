"""What happened, said by operations and heard in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from kyoso.core.access import Actor, NetworkActor, PersonActor
from kyoso.core.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that one operation did. Its class name is a noun and a past participle."""

    #: What people read in the history; the Japanese sentence, translated when shown.
    label: ClassVar[Any]
    #: Kept for the record, but in nobody's way: a draft that was saved once more.
    routine: ClassVar[bool] = False

    subject_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class NetworkEvent(Event):
    """Something that concerns a network: all its members find it in the network's journal."""

    #: What of it is nobody's business but the town's: it stands in the town's own journal only.
    kept_to_itself: ClassVar[frozenset[str]] = frozenset()

    network_id: uuid.UUID


E = TypeVar("E", bound=Event)
Handler = Callable[..., None]

_handlers: dict[type[Event], list[Handler]] = defaultdict(list)


def subscribe(kind: type[E]) -> Callable[[Handler], Handler]:
    """Call the function below with each event of this kind: ``handler(event, actor=, now=)``."""

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return register


def publish(event: Event, *, actor: Actor | PersonActor | NetworkActor, now: dt.datetime) -> None:
    """Tell everyone who listens, in the order they were named in the registry."""
    for handler in _handlers[type(event)]:
        handler(event, actor=actor, now=now)


def label_of(kind: str) -> str:
    """Return the sentence of an event by its class name, as the journal keeps it."""
    known = {event.__name__: event for event in _all(Event)}
    return str(known[kind].label) if kind in known else _("記録")


def routine_kinds() -> list[str]:
    """Return the class names of the events that a reader sees only on asking for them."""
    return sorted(event.__name__ for event in _all(Event) if event.routine)


def _all(base: type[Event]) -> list[type[Event]]:
    return [kind for sub in base.__subclasses__() for kind in (sub, *_all(sub))]
