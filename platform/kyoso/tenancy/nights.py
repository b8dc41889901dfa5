"""What the worker does every night in each town by itself: one town's fault stops no other."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.jobs import nightly
from kyoso.core.scope import member_scope
from kyoso.tenancy.queries import TenantInfo, list_tenants

log = logging.getLogger(__name__)

#: A night's work for one town; it may return how many things it did, for the log.
Work = Callable[[Actor], int | None]


def nightly_in_each_town(name: str, rule: str) -> Callable[[Work], Callable[[], None]]:
    """Make a function what the worker does every night in each town that takes part.

    `rule` is the name by which the platform acts there. The job is tried again where a town
    failed, and goes to all towns again: the function must find nothing to do where it was done.
    """

    def register(function: Work) -> Callable[[], None]:
        @functools.wraps(function)
        def run() -> None:
            towns = list_tenants()
            db.session.rollback()
            in_each_town(name, rule, towns, function)

        return nightly(name)(run)

    return register


def in_each_town(name: str, rule: str, towns: Sequence[TenantInfo], function: Work) -> None:
    """Work in some towns, each in its own scope and transaction; fail at the end if one did."""
    failed = []
    for town in towns:
        try:
            with member_scope(town.id):
                done = function(Actor.system(town.id, rule))
                db.session.commit()
        except Exception:
            log.exception("%s: %s failed and is tried again", name, town.slug)
            failed.append(town.slug)
        else:
            if done:
                log.info("%s: %s in %s", name, done, town.slug)
    if failed:
        raise RuntimeError(f"{name} failed in: {', '.join(failed)}")
