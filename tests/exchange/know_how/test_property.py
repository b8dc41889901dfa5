"""Whatever towns publish, withdraw, hide, suspend and leave: nobody sees what the rules forbid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core.access import Actor
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, in_networks, member_scope, scope
from kyoso.core.search import wanted
from kyoso.exchange.finding import Kind, search
from kyoso.exchange.know_how.models import KnowHow, KnowHowListing
from kyoso.exchange.moderation.models import Hiding
from kyoso.exchange.moderation.operations import learn_of_lifting, lift_hiding
from kyoso.exchange.moderation.queries import get_hiding
from kyoso.exchange.networks import operations as networks
from kyoso.exchange.networks.queries import get_membership
from support.know_how import publish, withdraw, write
from support.networks import CoordinatorPerson, admin_of, leave, make_coordinator, make_network
from support.networks import suspend as take_a_break
from support.people import Town, make_town

pytestmark = pytest.mark.slow

STEPS = ("publish", "nameless", "public", "withdraw", "hide", "lift", "suspend", "resume", "leave")


@dataclass
class Model:
    """What ought to be so, kept beside what is."""

    towns: list[Town]
    networks: list[uuid.UUID]
    coordinators: list[CoordinatorPerson]
    inside: set[tuple[int, int]]
    #: For each piece: its owner, the networks it is shown in, public, hidden in.
    owner: dict[uuid.UUID, int] = field(default_factory=dict)
    shown: dict[uuid.UUID, set[int]] = field(default_factory=dict)
    public: dict[uuid.UUID, bool] = field(default_factory=dict)
    hidden: dict[uuid.UUID, set[int]] = field(default_factory=dict)

    def visible(self, town: int, piece: uuid.UUID) -> bool:
        """Whether a town that does not own the piece may see it."""
        owner, hidden = self.owner[piece], self.hidden[piece]
        through = any(
            (town, net) in self.inside and (owner, net) in self.inside and net not in hidden
            for net in self.shown[piece]
        )
        mine = {net for net in range(len(self.networks)) if (town, net) in self.inside}
        return through or self.public[piece] and not hidden & mine


def make_model() -> Model:
    towns = [make_town(name) for name in ("あ町", "い町", "う町")]
    ids = [make_network(*towns), make_network(*towns[:2])]
    coordinators = [make_coordinator(ident, towns[0]) for ident in ids]
    return Model(towns, ids, coordinators, {(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)})


def take(model: Model, step: str, town: int, net: int) -> None:
    """Take one step, in the database and in the model, where it is possible."""
    who, network = model.towns[town], model.networks[net]
    pieces = [one for one, owner in model.owner.items() if owner == town]
    inside = (town, net) in model.inside
    if step in {"publish", "nameless", "public"}:
        if not inside and step != "public":
            return
        piece = pieces[0] if pieces else write(who)
        shown = {net} if inside else set()
        publish(
            who,
            piece,
            *(model.networks[one] for one in shown),
            is_public=step == "public",
            nameless=step == "nameless",
        )
        model.owner[piece], model.shown[piece] = town, shown
        model.public[piece] = step == "public"
        model.hidden.setdefault(piece, set())
    elif step == "withdraw" and pieces:
        piece = pieces[0]
        if model.shown[piece] or model.public[piece]:
            withdraw(who, piece)
            model.shown[piece], model.public[piece] = set(), False
    elif step == "hide" and pieces:
        _hide(model, pieces[0], net)
    elif step == "lift" and pieces:
        _lift(model, pieces[0], net)
    elif step == "suspend" and inside:
        take_a_break(network, who)
        _out(model, town, net)
    elif step == "resume" and not inside:
        _resume(model, town, net)
    elif step == "leave" and inside:
        leave(network, who)
        _out(model, town, net)


def _out(model: Model, town: int, net: int) -> None:
    model.inside.discard((town, net))
    for piece, owner in model.owner.items():
        if owner == town:
            model.shown[piece].discard(net)


def _hide(model: Model, piece: uuid.UUID, net: int) -> None:
    values = {"i": piece, "n": model.networks[net], "h": new_id()}
    hide = sa.text("SELECT exchange.hide_item(2::smallint, :i, :n, :h, 't', 'r', 'b', now())")
    with scope(model.coordinators[net].scope):
        done = db.session.scalar(hide, values)
        db.session.commit()
    assert done == (net in model.shown[piece] and net not in model.hidden[piece])
    if done:
        model.hidden[piece].add(net)


def _lift(model: Model, piece: uuid.UUID, net: int) -> None:
    coordinator = model.coordinators[net]
    with scope(coordinator.scope):
        hiding = db.session.scalar(
            sa.select(Hiding).where(Hiding.item_id == piece, Hiding.lifted_at.is_(None))
        )
        assert (hiding is not None) == (net in model.hidden[piece])
        if hiding is None:
            return
        lift_hiding(hiding, actor=coordinator.actor, now=now())
        db.session.commit()
        ident = hiding.id
    model.hidden[piece].discard(net)
    owner = model.towns[model.owner[piece]]
    with member_scope(owner.id):
        # What the job does that was put into the queue.
        _learn(owner, ident)
        db.session.commit()


def _learn(owner: Town, hiding_id: uuid.UUID) -> None:
    actor = Actor.system(owner.id, "moderation.learn")
    learn_of_lifting(get_hiding(hiding_id), actor=actor, now=now())


def _resume(model: Model, town: int, net: int) -> None:
    who = model.towns[town]
    actor = admin_of(who)
    with member_scope(who.id):
        try:
            member = get_membership(actor, model.networks[net], lock=True)
        except NotFound:
            return
        if member.member.status != "suspended":
            return
        networks.resume_membership(member, actor=actor, now=now())
        db.session.commit()
    model.inside.add((town, net))


def check(model: Model) -> None:
    for number, town in enumerate(model.towns):
        with scope(in_networks(Scope(town.id))):
            rows = set(db.session.scalars(sa.select(KnowHowListing.id)))
            found = set(search(Kind.KNOW_HOW, wanted("空き家"), public=True, per_page=500).ids)
            foreign = set(db.session.scalars(sa.select(KnowHow.id))) - {
                one for one, owner in model.owner.items() if owner == number
            }
            names = dict(
                db.session.execute(sa.select(KnowHowListing.id, KnowHowListing.author_id)).all()
            )
        assert foreign == set()
        for piece, owner in model.owner.items():
            expected = owner == number or model.visible(number, piece)
            assert (piece in rows) == expected, "a row is shown that should not be, or the reverse"
            assert piece not in found or expected, "the search finds what may not be seen"
            if owner != number and model.visible(number, piece) and not model.hidden[piece]:
                assert piece in found, "what may be seen is not found"
            assert names.get(piece) in {None, model.towns[owner].id}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(STEPS),
            st.integers(min_value=0, max_value=2),
            st.integers(min_value=0, max_value=1),
        ),
        min_size=3,
        max_size=12,
    )
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_sequence_of_steps_shows_a_forbidden_row(app: Flask, steps) -> None:
    model = make_model()
    for step in steps:
        take(model, *step)
        check(model)
