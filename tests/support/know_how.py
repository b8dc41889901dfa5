"""Know-how for tests, really committed: written, published, withdrawn, borrowed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile
from kyoso.core.scope import member_scope
from kyoso.exchange.finding import Kind
from kyoso.exchange.know_how import operations, queries
from kyoso.exchange.know_how.operations import KnowHowDraft, Publication
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence
from kyoso.exchange.moderation import operations as moderation
from kyoso.exchange.moderation.operations import ReportDraft
from kyoso.exchange.moderation.queries import Item
from kyoso.exchange.moderation.rules import Ground, seal_of
from kyoso.exchange.reuses import operations as reuses
from kyoso.exchange.reuses.operations import ReuseReport
from kyoso.exchange.reuses.queries import get_reuse
from kyoso.exchange.reuses.rules import Outcome
from support.networks import admin_of
from support.people import Town

DRAFT = KnowHowDraft(
    Genre.FORM,
    "空き家バンクの申込書",
    "空き家の登録を受け付けるときの様式です。",
    "## 使い方\n\n窓口で渡します。",
    Field.HOUSING,
    Licence.CC0,
)
FORM = CheckedFile("様式.csv", "text/csv", "項目,記入\n登記の有無,\n".encode())


def write(
    town: Town, title: str = "", *, files: Sequence[CheckedFile] = (), **changes: object
) -> uuid.UUID:
    """Write a draft of a town, with files whose words are their content."""
    actor, ident = admin_of(town), new_id()
    draft = replace(DRAFT, **({"title": title} if title else {}), **changes)
    with member_scope(town.id):
        know_how = operations.create_know_how(draft, know_how_id=ident, actor=actor, now=now())
        if files:
            read = [(file, file.content.decode()) for file in files]
            operations.attach_files(know_how, read, actor=actor, now=now())
        db.session.commit()
    return ident


def rewrite(town: Town, know_how_id: uuid.UUID, **changes: object) -> None:
    """Change what a piece says."""
    actor = admin_of(town)
    with member_scope(town.id):
        know_how = queries.get_know_how(actor, know_how_id, lock=True)
        keys = KnowHowDraft.__dataclass_fields__
        draft = KnowHowDraft(**{key: getattr(know_how, key) for key in keys} | changes)
        operations.save_know_how(know_how, draft, know_how.saves, actor=actor, now=now())
        db.session.commit()


def publish(
    town: Town,
    know_how_id: uuid.UUID,
    *network_ids: uuid.UUID,
    is_public: bool = False,
    nameless: bool = False,
    note: str = "",
) -> uuid.UUID:
    """Publish a piece, whatever is pointed out in it."""
    actor = admin_of(town)
    with member_scope(town.id):
        know_how = queries.get_know_how(actor, know_how_id, lock=True)
        seal = seal_of(queries.list_findings(actor, know_how, nameless=nameless, note=note))
        audience = Audience(network_ids, is_public, nameless)
        publication = Publication(audience, note, seal)
        operations.publish_know_how(know_how, publication, actor=actor, now=now())
        db.session.commit()
    return know_how_id


def withdraw(town: Town, know_how_id: uuid.UUID) -> None:
    """Show a piece to nobody any more."""
    actor = admin_of(town)
    with member_scope(town.id):
        know_how = queries.get_know_how(actor, know_how_id, lock=True)
        operations.withdraw_know_how(know_how, actor=actor, now=now())
        db.session.commit()


def borrow(town: Town, item_id: uuid.UUID) -> uuid.UUID:
    """Let a town use a published piece; returns the reuse."""
    with member_scope(town.id):
        shown = queries.get_shown(item_id)
        reuse = reuses.begin_reuse(shown, [], reuse_id=new_id(), actor=admin_of(town), now=now())
        db.session.commit()
        return reuse.id


def report_back(town: Town, reuse_id: uuid.UUID, thanks: str = "助かりました。") -> None:
    """Let a town say what came of a reuse."""
    actor = admin_of(town)
    said = ReuseReport(Outcome.CHANGED, "欄を二つ減らしました。", "受付が早くなりました。", thanks)
    with member_scope(town.id):
        reuse = get_reuse(actor, reuse_id, lock=True)
        reuses.report_reuse(reuse, said, actor=actor, now=now())
        db.session.commit()


def item_of(town: Town, item_id: uuid.UUID) -> Item:
    """Return a published piece as a town would report it; within that town's scope."""
    shown = queries.get_shown(item_id)
    ours = queries.find_know_how(admin_of(town), item_id) is not None
    listing = shown.listing
    text = f"{listing.summary}\n\n{listing.body}"
    return Item(Kind.KNOW_HOW, item_id, listing.title, text, shown.shared_networks, ours, "/")


def report(town: Town, item_id: uuid.UUID, network_id: uuid.UUID) -> uuid.UUID:
    """Let a town report a published piece; returns the report."""
    draft = ReportDraft(network_id, Ground.PERSONAL_DATA, "電話番号があります。")
    with member_scope(town.id):
        made = moderation.report_item(
            item_of(town, item_id), draft, report_id=new_id(), actor=admin_of(town), now=now()
        )
        db.session.commit()
        return made.id


@dataclass(frozen=True)
class SampleKnowHow:
    """Know-how of a town in each state, and what it uses, for tests that go through all pages."""

    know_how_id: uuid.UUID
    item_id: uuid.UUID
    file_id: uuid.UUID
    reuse_id: uuid.UUID
    report_id: uuid.UUID
    hiding_id: uuid.UUID


def make_sample_know_how(town: Town, neighbour: Town, network_id: uuid.UUID) -> SampleKnowHow:
    """Let two towns publish, borrow, report back and report each other."""
    mine = write(town, files=[FORM])
    publish(town, mine, network_id, is_public=True)
    rewrite(town, mine, body="## 使い方\n\n窓口で渡し、控えを返します。")
    publish(town, mine, network_id, is_public=True, note="控えを返すようにしました。")
    write(town, "まだ下書きの手引き", genre=Genre.PLAYBOOK)
    theirs = publish(neighbour, write(neighbour, "除雪の手引き", files=[FORM]), network_id)
    lesson = write(neighbour, "うまくいかなかった説明会", genre=Genre.LESSON)
    publish(neighbour, lesson, network_id, nameless=True)
    reuse_id = borrow(town, theirs)
    report_back(neighbour, borrow(neighbour, mine))
    report_id = report(neighbour, mine, network_id)
    report(town, lesson, network_id)
    hidden = publish(town, write(town, "しばらく見せない様式"), network_id)
    actor = admin_of(town)
    with member_scope(town.id):
        (file_id,) = queries.file_words(actor, mine)
        hiding_id = moderation.hide_own_item(
            item_of(town, hidden), network_id, "直しています。", actor=actor, now=now()
        )
        db.session.commit()
    return SampleKnowHow(mine, theirs, file_id, reuse_id, report_id, hiding_id)
