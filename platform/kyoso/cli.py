"""The command `kyoso`: everything that is done to an installation from a terminal.

Each command imports what it needs when it runs, so that `kyoso --help` answers at once. Exit codes:
0 done, 1 refused or something is wrong, 2 the command line itself was wrong.
"""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from flask import Flask

    from kyoso.core.config import Settings
    from kyoso.tenancy.queries import TenantInfo


#: Enough to catch a slip of the keyboard; whether it exists is for the mail to find out.
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def main() -> None:
    """Run the command line."""
    # So that what was started (the embedded database) is stopped on TERM as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    kyoso(prog_name="kyoso")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def kyoso() -> None:
    """共創プラットフォームを動かし、手入れをします。"""


def _fail(message: str) -> NoReturn:
    raise click.ClickException(message)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Show a refusal as one sentence instead of a traceback."""
    import sqlalchemy as sa

    from kyoso.core.embedded import EmbeddedDatabaseError
    from kyoso.core.errors import DomainError, InvalidInput
    from kyoso.operating.serving import NotReady
    from kyoso.tenancy.declarations import DeclarationError

    try:
        yield
    except DeclarationError as error:
        _fail(str(error))
    except InvalidInput as error:
        _fail("\n".join(sentence for each in error.errors.values() for sentence in each))
    except DomainError as error:
        _fail(error.message)
    except (EmbeddedDatabaseError, NotReady) as error:
        _fail(str(error))
    except sa.exc.OperationalError as error:
        _fail(f"データベースに接続できません。{error.orig}")


def _settings() -> Settings:
    from kyoso.core.config import load_settings

    try:
        return load_settings()
    except ValueError as error:
        _fail(str(error))


@contextlib.contextmanager
def _application() -> Iterator[Flask]:
    """Run a block inside the application, with its database ready."""
    with _told():
        from kyoso.app import create_app
        from kyoso.core.db import db
        from kyoso.operating.serving import prepare

        app = create_app(prepare(_settings()))
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


@kyoso.command()
def migrate() -> None:
    """データベースの表を、この版のプログラムに合わせます。"""
    from kyoso.operating.migrating import migrate
    from kyoso.operating.serving import prepare

    with _told():
        applied = migrate(prepare(_settings()))
    for revision in applied:
        click.echo(f"適用しました: {revision}")
    if not applied:
        click.echo("適用するものはありません。")


@kyoso.group()
def tenants() -> None:
    """自治体（tenants/ のフォルダー）を扱います。"""


@tenants.command("sync")
@click.option("--dry-run", is_flag=True, help="変えずに、何が変わるかだけを示します。")
def sync_tenants(*, dry_run: bool) -> None:
    """フォルダーに書かれたことをデータベースに取り込みます。何も消しません。"""
    from kyoso.core.config import settings
    from kyoso.tenancy.sync import tenants_sync

    with _application():
        changes = tenants_sync(settings(), dry_run=dry_run)
    for change in changes:
        click.echo(str(change))
    changed = sum(not change.kept for change in changes)
    verb = "変わります" if dry_run else "変えました"
    click.echo(f"{changed}件{verb}。" if changed else "変わるところはありません。")


@tenants.command("check")
def check_tenants() -> None:
    """フォルダーの間違いを、ファイル・項目・理由とともに示します。"""
    from kyoso.tenancy.sync import tenants_check

    mistakes = tenants_check(_settings().tenants_dir)
    for mistake in mistakes:
        click.echo(str(mistake), err=True)
    if mistakes:
        _fail(f"間違いが{len(mistakes)}件あります。")
    click.echo("間違いはありません。")


@tenants.command("new")
@click.argument("code")
@click.argument("slug")
def new_tenant(code: str, slug: str) -> None:
    """自治体のフォルダーを作ります。例: kyoso tenants new 074071 bandai"""
    from kyoso.tenancy.sync import tenants_new

    with _told():
        folder = tenants_new(_settings().tenants_dir, code, slug)
    click.echo(f"{folder} を作りました。編集してから kyoso tenants sync を実行してください。")


def _town(named: str) -> TenantInfo:
    """Return the town of a slug or a code."""
    from kyoso.core.db import db
    from kyoso.tenancy.queries import list_tenants

    towns = list_tenants()
    db.session.remove()
    for town in towns:
        if named in {town.slug, town.code}:
            return town
    known = "、".join(town.slug for town in towns) or "まだありません"
    _fail(f"自治体「{named}」は登録されていません（登録済み: {known}）。")


@kyoso.group()
def users() -> None:
    """担当者を招待し、停止します。ふだんは画面で行います。"""


@users.command("invite")
@click.argument("email")
@click.option("--town", "named", required=True, metavar="SLUG", help="自治体（slug かコード）。")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice(["admin", "secretariat", "staff", "auditor"]),
    help="役割。何度でも書けます。",
)
@click.option("--name", required=True, help="その人の名前。")
@click.option("--locale", type=click.Choice(["ja", "en"]), default="ja", help="メールの言語。")
def invite_user(email: str, named: str, roles: tuple[str, ...], name: str, locale: str) -> None:
    """担当者をメールで招待します。最初の管理者はこれで招きます。"""
    if not ADDRESS.fullmatch(email):
        _fail(f"「{email}」はメールアドレスではありません。")
    with _application():
        from kyoso.core import clock
        from kyoso.core.access import Actor, Role
        from kyoso.core.db import db
        from kyoso.core.scope import tenant_scope
        from kyoso.identity.members.operations import Invite, invite_member

        town = _town(named)
        invite = Invite(email, name, tuple(Role(role) for role in roles), locale=locale)
        actor = Actor.system(town.id, rule="kyoso users invite")
        with tenant_scope(town.id):
            _invitation, url = invite_member(invite, town=town, actor=actor, now=clock.now())
            db.session.commit()
    click.echo(f"{town.name}の担当者として {email} を招待しました。メールは worker が送ります。")
    click.echo(f"招待のリンク: {url}")


@users.command("deactivate")
@click.argument("email")
@click.option("--town", "named", metavar="SLUG", help="この自治体だけ。なければアカウントごと。")
def deactivate_user(email: str, named: str | None) -> None:
    """担当者を停止します。その人の次の操作から入れなくなります。"""
    with _application():
        from kyoso.core import clock
        from kyoso.core.access import Actor, PersonActor
        from kyoso.core.db import db
        from kyoso.core.scope import Scope, scope, tenant_scope
        from kyoso.identity.accounts.operations import deactivate_person
        from kyoso.identity.accounts.queries import get_person, person_of_email
        from kyoso.identity.members.operations import deactivate_member
        from kyoso.identity.members.queries import find_member

        if named is not None:
            town = _town(named)
            actor = Actor.system(town.id, rule="kyoso users deactivate")
            with tenant_scope(town.id):
                member = find_member(actor, email=email.lower())
                if member is None:
                    _fail(f"{town.name}に {email} という担当者はいません。")
                deactivate_member(member, actor=actor, now=clock.now())
                db.session.commit()
            click.echo(f"{town.name}の担当者 {email} を停止しました。")
            return
        person_id = person_of_email(email.lower())
        if person_id is None:
            _fail(f"{email} というアカウントはありません。")
        oneself = PersonActor(person_id, "kyoso users deactivate")
        with scope(Scope(person_id=person_id)):
            deactivate_person(get_person(oneself, lock=True), actor=oneself, now=clock.now())
            db.session.commit()
    click.echo(f"{email} のアカウントを停止しました。どの自治体にも入れません。")


@users.command("erasures")
def list_erasures() -> None:
    """自分のデータの消去を申し出た人を、古い順に示します。"""
    with _application():
        from kyoso.core.i18n import jp_datetime
        from kyoso.operating.erasing import list_waiting

        waiting = list_waiting()
    for one in waiting:
        click.echo(f"{jp_datetime(one.requested_at)}  {one.email}  {one.name}")
        if one.towns:
            click.echo(f"      人材台帳: {'、'.join(one.towns)}")
        for obstacle in one.obstacles:
            click.echo(f"      先に終えること: {obstacle}")
    click.echo(f"{len(waiting)}件あります。" if waiting else "消去の申出はありません。")


@users.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="確かめずに消します。")
def erase_user(email: str, *, yes: bool) -> None:
    """申し出た人のアカウントとプロフィールを消します。元に戻せません。"""
    if not yes:
        click.confirm(f"{email} のアカウントとプロフィールを消します。よいですか", abort=True)
    with _application():
        from kyoso.operating.erasing import erase

        name = erase(email)
    click.echo(f"{name}（{email}）のアカウントとプロフィールを消しました。")
    click.echo("自治体の記録は残っています。自治体へのメールは worker が送ります。")


@kyoso.command()
def serve() -> None:
    """Web サーバーを動かします。データベースの指定がなければ、それも動かします。"""
    from kyoso.operating.serve import serve

    with _told():
        sys.exit(serve(_settings()))


@kyoso.command()
@click.option("--once", is_flag=True, help="いまある仕事だけを済ませて終わります。")
def worker(*, once: bool) -> None:
    """メールの送信などの仕事を、届いた順に済ませます。"""
    from kyoso.core.jobs import run_worker
    from kyoso.operating import housekeeping, reminders  # noqa: F401 (the worker runs them at night)
    from kyoso.operating.serving import log_to_stderr

    log_to_stderr()
    with _application() as app:
        run_worker(app, wait=not once)


@kyoso.command()
@click.option("--reset", is_flag=True, help="前のデータを消してから始めます。")
def demo(*, reset: bool) -> None:
    """見本の町で製品を動かします。Ctrl-C で止まります。"""
    from kyoso.core.config import load_settings
    from kyoso.operating.demo import run_demo

    with _told():
        sys.exit(run_demo(load_settings("demo"), reset=reset, say=click.echo))


@kyoso.command()
def doctor() -> None:
    """動かすために必要なものを調べ、悪いところと直し方を示します。"""
    from kyoso.operating.doctor import examine
    from kyoso.operating.serving import with_database

    with _told():
        findings = examine(with_database(_settings()))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else '失敗'}  {finding.name}: {finding.said}")
        if finding.mend:
            click.echo(f"      → {finding.mend}")
    faults = sum(not finding.ok for finding in findings)
    if faults:
        _fail(f"{faults}件を直してください。")


@kyoso.command()
@click.option("--check", is_flag=True, help="書かずに、古くなっていないかだけを調べます。")
def docs(*, check: bool) -> None:
    """プログラムから作る文書（docs/permissions.md など）を書き直します。"""
    from kyoso.core.config import ROOT
    from kyoso.operating.documents import write_documents

    differing = write_documents(ROOT, check=check)
    for name in differing:
        click.echo(f"{'古くなっています' if check else '書き直しました'}: {name}")
    if check and differing:
        _fail("kyoso docs を実行してください。")


@kyoso.command()
@click.argument("name")
@click.argument("noun")
@click.argument("title", metavar="日本語")
def feature(name: str, noun: str, title: str) -> None:
    """新しい機能の一式を書きます（開発用）。例: kyoso feature surveys survey アンケート"""
    from kyoso.core.config import ROOT
    from kyoso.operating.scaffold import Feature, ScaffoldError, write_feature

    try:
        written = write_feature(Feature(name, noun, title))
    except ScaffoldError as error:
        _fail(str(error))
    for path in written:
        click.echo(path.relative_to(ROOT))
    click.echo("docs/new-feature.md の続きに進んでください。")


if __name__ == "__main__":
    main()
