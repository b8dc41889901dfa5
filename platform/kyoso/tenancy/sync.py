"""Take over into the database what the towns' folders declare.

`tenants_check` names every mistake; `tenants_sync` changes nothing while there is one. Each town
is one transaction in its own scope, so that a sync can touch no other town's rows either. A second
run changes nothing. Nothing is ever deleted: what vanished from a file is reported and kept.

**A feature takes its own part of the declaration** by naming a loader in its operations::

    @loads("intake", after=("strategy",))
    def sync_intake(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
        \"\"\"Take over intake_policy.toml and the guidelines.\"\"\"
        authorise(actor, IntakePermission.SYNC)      # granted to Role.SYSTEM only
        changes = Changes(town.name, FILES["intake_policy"])
        ...                                           # changes.added / put / kept
        if sentences := changes.sentences():
            record(IntakeSynced(town.tenant_id, sentences), actor=actor, now=now)
        return changes.found

The town's row, its departments and its programme are there before any loader runs; `after` names
the loaders that must have run. A loader is known once the registry has imported its module.
`town.intake_policy`, `town.projects` … hold the files with the defaults filled in, dates as ISO
text (`first_day`, `last_day`, `period_of` of `tenancy.declarations` turn them into days).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.config import Settings
from kyoso.core.db import db
from kyoso.core.scope import Scope, scope
from kyoso.tenancy import codes, operations, queries
from kyoso.tenancy.changes import Change, Changes, pair
from kyoso.tenancy.declarations import FILES, Declaration, DeclarationError, Mistake
from kyoso.tenancy.folders import read_all
from kyoso.tenancy.new_folder import write_new

__all__ = [
    "FILES",
    "Change",
    "Changes",
    "Declaration",
    "DeclarationError",
    "Mistake",
    "loads",
    "pair",
    "sync_town",
    "tenants_check",
    "tenants_new",
    "tenants_sync",
]


class Loader(Protocol):
    """An operation that takes over one part of a declaration."""

    def __call__(self, town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
        """Change what differs and say what that was."""


_loaders: dict[str, tuple[Loader, tuple[str, ...]]] = {}


def loads(name: str, *, after: tuple[str, ...] = ()) -> Callable[[Loader], Loader]:
    """Run the operation below in every sync, once the loaders named in `after` have run."""

    def register(loader: Loader) -> Loader:
        _loaders[name] = (loader, after)
        return loader

    return register


def _in_order() -> list[Loader]:
    # Not by who was imported first, but by what each needs; a name nobody registered is left out.
    sorter = TopologicalSorter({name: after for name, (_, after) in sorted(_loaders.items())})
    return [_loaders[name][0] for name in sorter.static_order() if name in _loaders]


def tenants_check(root: Path) -> list[Mistake]:
    """Return every mistake in the folders: file, key and reason."""
    return read_all(root)[1]


def tenants_new(root: Path, code: str, slug: str) -> Path:
    """Write the folder of a new town, ready to edit; DeclarationError says why it cannot be."""
    return write_new(root, code, slug)


def tenants_sync(settings: Settings, *, dry_run: bool = False) -> list[Change]:
    """Take over every folder, or with `dry_run` only say what would change.

    Raises DeclarationError, before anything is changed, if a folder holds a mistake.
    Needs an application context, and no open transaction.
    """
    towns, mistakes = read_all(settings.tenants_dir)
    if mistakes:
        raise DeclarationError(mistakes)
    now = clock.now()
    before = queries.list_tenant_codes()
    db.session.remove()
    changes = [change for town in towns for change in sync_town(town, now=now, dry_run=dry_run)]
    for code in before.keys() - {town.code for town in towns}:
        what = "フォルダーがありませんが、登録は残しています"
        changes.append(Change(before[code], code, what, kept=True))
    queries.forget_tenants()
    return changes


def sync_town(town: Declaration, *, now: dt.datetime, dry_run: bool = False) -> list[Change]:
    """Take over one town's declaration in one transaction of its own."""
    actor = Actor.system(town.tenant_id, rule="tenants sync")
    # The folder says which networks the town has joined: the operator's word lets it in.
    networks = tuple(
        codes.network_id(entry["network"])
        for entry in town.agreements["agreements"]
        if "network" in entry
    )
    with scope(Scope(tenant_id=town.tenant_id, network_ids=networks)):
        changes = [
            change
            for loader in (
                operations.sync_tenant,
                operations.sync_departments,
                operations.sync_programme,
                *_in_order(),
            )
            for change in loader(town, actor=actor, now=now)
        ]
        if not dry_run:
            db.session.commit()
    return changes
