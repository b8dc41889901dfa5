"""Every change to know-how: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.files import CheckedFile, StoredFile, keep_files, list_files
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.scope import current_scope
from kyoso.exchange.finding import Entry, Kind, put_in_search, take_out_of_search
from kyoso.exchange.know_how import events, queries, rules
from kyoso.exchange.know_how.models import (
    KnowHow,
    KnowHowFile,
    KnowHowListing,
    KnowHowVersion,
)
from kyoso.exchange.know_how.permissions import KnowHowPermission as May
from kyoso.exchange.know_how.queries import Shown
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence, Status
from kyoso.exchange.moderation.rules import seal_of
from kyoso.exchange.networks.queries import list_networks_in_force
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.strategy.queries import get_tactic
from kyoso.tenancy.queries import get_tenant


@dataclass(frozen=True, slots=True)
class KnowHowDraft:
    """What a piece of know-how says."""

    genre: Genre
    title: str
    summary: str
    body: str
    field: Field
    licence: Licence
    terms: str = ""
    tactic_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """To whom a piece is shown, what changed, and the seal of what was pointed out before."""

    audience: Audience
    note: str = ""
    looked_at: str = ""


def create_know_how(
    draft: KnowHowDraft, *, know_how_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> KnowHow:
    """Begin a piece of know-how; nobody else sees it."""
    authorise(actor, May.WRITE)
    _check_tactic(draft, actor)

    know_how = _begin(draft, know_how_id, actor, now)

    record(events.KnowHowDrafted(know_how.id, know_how.genre), actor=actor, now=now)
    return know_how


def copy_know_how(
    shown: Shown,
    files: Sequence[tuple[CheckedFile, str]],
    *,
    know_how_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> KnowHow:
    """Make a copy of another town's know-how our own draft, saying where it is from."""
    authorise(actor, May.WRITE)
    given = shown.listing

    draft = KnowHowDraft(
        given.genre, given.title, given.summary, given.body, given.field, given.licence, given.terms
    )
    know_how = _begin(draft, know_how_id, actor, now)
    know_how.origin_id = given.id
    # Kept, so Japanese whatever language the reader has chosen.
    with force_locale("ja"):
        know_how.origin_words = _(
            "%(town)s「%(title)s」第%(version)s版",
            town=shown.town_name or _("町の名前は非公開"),
            title=given.title,
            version=given.version,
        )
    _keep(know_how, files, actor)

    record(events.KnowHowBorrowed(know_how.id, given.id), actor=actor, now=now)
    return know_how


def offer_lessons(project: Project, lessons: str, *, actor: Actor, now: dt.datetime) -> KnowHow:
    """Make the lessons of a project that ended a draft; somebody may publish it or leave it."""
    authorise(actor, May.OFFER, project)

    with force_locale("ja"):
        title = _("「%(title)s」から分かったこと", title=project.title)[:100]
    draft = KnowHowDraft(
        Genre.LESSON, title, project.summary[:500], lessons, Field.OTHER, Licence.CC_BY
    )
    know_how = _begin(draft, new_id(), actor, now)
    know_how.project_id = project.id

    record(events.LessonsOffered(know_how.id, project.id), actor=actor, now=now)
    return know_how


def save_know_how(
    know_how: KnowHow, draft: KnowHowDraft, based_on: int, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what a piece says; others see it when it is published anew."""
    authorise(actor, May.WRITE, know_how)
    rules.check_saved_from(know_how.saves, based_on)
    _check_tactic(draft, actor)

    for name, value in asdict(draft).items():
        setattr(know_how, name, value)
    know_how.saves += 1
    know_how.saved_at = now

    record(events.KnowHowSaved(know_how.id), actor=actor, now=now)


def attach_files(
    know_how: KnowHow,
    files: Sequence[tuple[CheckedFile, str]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Attach files, each with the words in it."""
    authorise(actor, May.WRITE, know_how)
    if not files:
        raise InvalidInput({"files": [_("ファイルを選んでください。")]})
    if len(list_files(actor, know_how.id)) + len(files) > rules.MAX_FILES:
        said = _("添付できるのは%(max)s個までです。", max=rules.MAX_FILES)
        raise InvalidInput({"files": [said]})

    kept = _keep(know_how, files, actor)

    names = tuple(row.name for row in kept)
    record(events.FilesAttached(know_how.id, names), actor=actor, now=now)


def detach_file(know_how: KnowHow, file: StoredFile, *, actor: Actor, now: dt.datetime) -> None:
    """Take a file off, at once also from what is published."""
    authorise(actor, May.WRITE, know_how)

    file.removed_at = now
    listing = queries.find_listing(know_how.id)
    if listing is not None:
        listing.files = [said for said in listing.files if said["id"] != str(file.id)]
        listing.network_ids = _in_force(listing.network_ids)
        db.session.flush()
        _index(know_how, listing, actor)

    record(events.FileDetached(know_how.id, file.name), actor=actor, now=now)


def publish_know_how(
    know_how: KnowHow, publication: Publication, *, actor: Actor, now: dt.datetime
) -> KnowHowListing:
    """Show a piece, as it is now, to the networks chosen or to everybody, and to nobody else."""
    authorise(actor, May.PUBLISH, know_how)
    audience = publication.audience
    files = list_files(actor, know_how.id)
    rules.check_complete(know_how, has_files=bool(files) and not audience.nameless)
    ours = {network.id for network in list_networks_in_force(actor)}
    rules.check_audience(audience, ours, know_how.licence)
    findings = queries.list_findings(
        actor, know_how, nameless=audience.nameless, note=publication.note
    )
    if seal_of(findings) != publication.looked_at:
        raise InvalidInput({"looked_at": [_("公開する前に確かめてほしいところがあります。")]})

    said = [queries.as_published(file) for file in files]
    renewed = _renew(know_how, said, publication.note, actor, now)
    know_how.network_ids = list(audience.network_ids)
    know_how.is_public, know_how.nameless = audience.is_public, audience.nameless
    know_how.status = Status.PUBLISHED
    listing = _list(know_how, said, publication.note if renewed else None, actor, now)
    _index(know_how, listing, actor)

    event = events.KnowHowPublished(
        know_how.id,
        know_how.version,
        renewed,
        audience.network_ids,
        audience.is_public,
        audience.nameless,
    )
    record(event, actor=actor, now=now)
    return listing


def withdraw_know_how(know_how: KnowHow, *, actor: Actor, now: dt.datetime) -> None:
    """Show a piece to nobody any more; it stays ours."""
    authorise(actor, May.PUBLISH, know_how)
    rules.check_published(know_how.status)

    know_how.is_public = False
    _leave_only(know_how, ())
    take_out_of_search(Kind.KNOW_HOW, know_how.id)

    record(events.KnowHowWithdrawn(know_how.id), actor=actor, now=now)


def take_down(
    network_id: uuid.UUID, pieces: Sequence[KnowHow], *, actor: Actor, now: dt.datetime
) -> None:
    """Take what the town shows in a network that it leaves down there, and only there."""
    authorise(actor, May.TAKE_DOWN)

    for know_how in pieces:
        _leave_only(know_how, [one for one in know_how.network_ids if one != network_id])
        listing = queries.find_listing(know_how.id)
        if listing is not None:
            _index(know_how, listing, actor)

    record(events.KnowHowTakenDown(network_id, len(pieces)), actor=actor, now=now)


def find_again(know_how: KnowHow, *, actor: Actor, now: dt.datetime) -> None:
    """Put a piece back into the search when it is hidden no more."""
    authorise(actor, May.TAKE_DOWN, know_how)

    listing = queries.find_listing(know_how.id)
    if listing is not None:
        _index(know_how, listing, actor)

    record(events.KnowHowFound(know_how.id), actor=actor, now=now)


def _check_tactic(draft: KnowHowDraft, actor: Actor) -> None:
    if draft.tactic_id is not None:
        get_tactic(actor, draft.tactic_id)


def _begin(draft: KnowHowDraft, know_how_id: uuid.UUID, actor: Actor, now: dt.datetime) -> KnowHow:
    know_how = KnowHow(
        tenant_id=actor.tenant_id,
        id=know_how_id,
        status=Status.DRAFT,
        written_by=actor.name,
        saved_at=now,
        **asdict(draft),
    )
    db.session.add(know_how)
    db.session.flush()
    return know_how


def _keep(
    know_how: KnowHow, files: Sequence[tuple[CheckedFile, str]], actor: Actor
) -> list[StoredFile]:
    kept = keep_files([file for file, _words in files], subject_id=know_how.id, actor=actor)
    db.session.flush()
    for row, (_file, words) in zip(kept, files, strict=True):
        db.session.add(
            KnowHowFile(tenant_id=actor.tenant_id, id=row.id, know_how_id=know_how.id, words=words)
        )
    return kept


def _renew(
    know_how: KnowHow, files: list[dict[str, Any]], note: str, actor: Actor, now: dt.datetime
) -> bool:
    """Keep a new version, unless what is published says the same already."""
    last = queries.last_version(actor, know_how)
    said = (know_how.title, know_how.summary, know_how.body, files)
    if last is not None and said == (last.title, last.summary, last.body, last.files):
        return False
    know_how.version += 1
    know_how.published_at = now
    db.session.add(
        KnowHowVersion(
            tenant_id=actor.tenant_id,
            id=new_id(),
            know_how_id=know_how.id,
            version=know_how.version,
            title=know_how.title,
            summary=know_how.summary,
            body=know_how.body,
            files=files,
            note=note,
            published_by=actor.name,
            published_at=now,
        )
    )
    return True


def _list(
    know_how: KnowHow,
    files: list[dict[str, Any]],
    note: str | None,
    actor: Actor,
    now: dt.datetime,
) -> KnowHowListing:
    named = not know_how.nameless
    listing = queries.find_listing(know_how.id)
    if listing is None:
        listing = KnowHowListing(
            id=know_how.id, owner_id=actor.tenant_id, published_at=now, network_ids=[]
        )
        db.session.add(listing)
    for name in (
        *("network_ids", "is_public", "version", "genre", "title", "summary", "body"),
        *("field", "licence"),
    ):
        setattr(listing, name, getattr(know_how, name))
    if note is not None:
        listing.note, listing.published_at = note, now
    listing.author_id = actor.tenant_id if named else None
    # A file's own data, a tactic of the plan or an origin could say whose it is.
    listing.files = files if named else []
    listing.terms = know_how.terms if named else ""
    listing.origin_id = know_how.origin_id if named else None
    listing.origin_words = know_how.origin_words if named else ""
    listing.tactic = ""
    if named and know_how.tactic_id is not None:
        listing.tactic = get_tactic(actor, know_how.tactic_id).label
    db.session.flush()
    return listing


def _in_force(network_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    # The database takes nothing that names a network of others, as one that was left since.
    ours = current_scope().network_ids
    return [one for one in network_ids if one in ours]


def _leave_only(know_how: KnowHow, network_ids: Sequence[uuid.UUID]) -> None:
    """Show a piece in these networks only; where there are none and it is not public, nowhere."""
    know_how.network_ids = list(network_ids)
    if not network_ids and not know_how.is_public:
        know_how.status = Status.WITHDRAWN
    listing = queries.find_listing(know_how.id)
    if listing is not None:
        listing.network_ids, listing.is_public = _in_force(network_ids), know_how.is_public
    db.session.flush()


def _index(know_how: KnowHow, listing: KnowHowListing, actor: Actor) -> None:
    """Let what is published be found: by its words and those in its files, and by its facets."""
    town = get_tenant(actor.tenant_id)
    words = queries.file_words(actor, know_how.id) if listing.files else {}
    texts = [listing.title, listing.summary, listing.body, listing.tactic]
    for said in listing.files:
        texts += [said["name"], words.get(uuid.UUID(said["id"]), "")]
    facets = [f"genre:{listing.genre}", f"field:{listing.field}", f"licence:{listing.licence}"]
    if listing.author_id is not None:
        facets.append(f"town:{town.slug}")
        texts.append(town.name)
    hidden = set(listing.hidden_in)
    put_in_search(
        Entry(Kind.KNOW_HOW, know_how.id, listing.title, "\n".join(texts), facets),
        network_ids=[one for one in listing.network_ids if one not in hidden],
        public=listing.is_public and not hidden,
    )
