"""What the night removes of people's files: bytes that no row names any more."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.scope import Scope, scope
from kyoso.identity.profiles.models import ProfileFile


def sweep_person_files(*, older_than: dt.timedelta) -> int:
    """Remove bytes that a crash or a removed file has left; returns how many files went.

    Nobody's scope sees the rows of all people, so it goes from folder to folder in the scope of
    the person that each is named after.
    """
    folder = settings().var_dir / "files" / "person"
    limit = (clock.now() - older_than).timestamp()
    removed = 0
    for own in sorted(folder.iterdir()) if folder.is_dir() else ():
        with scope(Scope(person_id=uuid.UUID(own.name))):
            kept = sa.select(ProfileFile.id).where(ProfileFile.removed_at.is_(None))
            named = {str(ident) for ident in db.session.scalars(kept)}
        for path in own.iterdir():
            if path.name not in named and path.stat().st_mtime < limit:
                path.unlink()
                removed += 1
    return removed
