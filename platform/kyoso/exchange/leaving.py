"""What a town's leaving would do, said by each feature before anybody confirms it.

A feature of the exchange says in its queries what it would take down, let lapse or leave alone::

    @foresees
    def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
        \"\"\"Say what becomes of our listings.\"\"\"
        return [Effect(Fate.ENDS, _("掲載している人材を取り下げます"), count)]

and does it in its subscribers, in the same transaction, in the scope of the town that leaves::

    @subscribe(TownLeftNetwork)
    @subscribe(TownSuspendedInNetwork)
    def take_listings_down(event, *, actor, now): ...

Both are asked within that town's scope. On the day itself the town no longer belongs to the
network: only its own rows are within reach, and those it shares with one other town.
"""

from __future__ import annotations

import enum
import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kyoso.core.access import Actor
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class Fate(enum.StrEnum):
    """What becomes of something when its town leaves."""

    ENDS = "ends"
    GOES_ON = "goes_on"
    STAYS = "stays"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _LABELS[self][1]


_LABELS = {
    Fate.ENDS: (_l("終わる"), "warning"),
    Fate.GOES_ON: (_l("終わりの日まで続く"), "info"),
    Fate.STAYS: (_l("残る"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that leaving does, and to how many."""

    fate: Fate
    #: What happens, as a sentence: 「掲載している人材を取り下げます」.
    what: str
    count: int


Foreseer = Callable[[Actor, uuid.UUID], Iterable[Effect]]

_foreseers: list[Foreseer] = []


def foresees(foreseer: Foreseer) -> Foreseer:
    """Ask the function below, for a town and a network, what leaving would do."""
    if foreseer not in _foreseers:
        _foreseers.append(foreseer)
    return foreseer


def effects_of_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Return what would become of what the town has in a network: ends first, what stays last."""
    found = [effect for foreseer in _foreseers for effect in foreseer(actor, network_id)]
    order = list(Fate)
    return sorted(found, key=lambda effect: order.index(effect.fate))


def seal_of(effects: Sequence[Effect]) -> str:
    """Return a short text that is another one as soon as the preview would say something else."""
    said = "\n".join(f"{effect.fate}:{effect.what}:{effect.count}" for effect in effects)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def confirmed_effects(actor: Actor, network_id: uuid.UUID, seal: str) -> tuple[str, ...]:
    """Return in words what leaving would do; refuse if that is not what was shown."""
    effects = effects_of_leaving(actor, network_id)
    if seal != seal_of(effects):
        raise RuleViolation(
            _("確認の画面を開いてから、件数が変わりました。下の内容をもう一度お確かめください。")
        )
    return in_words(effects)


def in_words(effects: Sequence[Effect]) -> tuple[str, ...]:
    """Return what a journal says of effects."""
    return tuple(f"{one.what}：{one.count}（{one.fate.label}）" for one in effects)
