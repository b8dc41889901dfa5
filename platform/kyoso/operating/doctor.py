"""Look an installation over: what is wrong, and how to mend it."""

from __future__ import annotations

import os
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.util import CommandError

from kyoso.core.config import Settings
from kyoso.core.embedded import APP_ROLE
from kyoso.operating.migrating import list_pending

OLDEST_POSTGRESQL = 15
SHORTEST_SECRET = 32
LEAST_FREE_BYTES = 500 * 2**20
LATE_MINUTES = 15
#: The schemas whose tables may belong to a town or a person.
SCHEMAS = ("core", "tenancy", "identity", "municipal", "exchange")

Findings = Iterator["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    said: str
    #: What to do about it; empty when all is well.
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything and return what was found, in the order in which to mend it."""
    findings = [*_look_at_settings(settings)]
    engine = sa.create_engine(
        settings.database_url, poolclass=sa.NullPool, connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            findings += _look_at_server(connection)
            findings += _look_at_migrations(settings)
            for look in DATABASE_LOOKS:
                findings += look(connection)
    except sa.exc.OperationalError as error:
        findings.append(
            Finding(
                "データベース",
                ok=False,
                said=f"接続できません。{str(error.orig).strip()}",
                mend="PostgreSQL が動いているか、KYOSO_DATABASE_URL の宛先・役割・パスワードが"
                "正しいかを確かめてください。",
            )
        )
    finally:
        engine.dispose()
    findings += _look_at_mail(settings)
    findings += _look_at_disk(settings)
    return findings


def _look_at_settings(settings: Settings) -> Findings:
    name = "設定"
    if settings.production and len(settings.secret_key) < SHORTEST_SECRET:
        yield Finding(
            name,
            ok=False,
            said="秘密鍵（KYOSO_SECRET_KEY）がないか、短すぎます。",
            mend="python -c 'import secrets; print(secrets.token_urlsafe(48))' の出力を"
            " KYOSO_SECRET_KEY に指定してください。",
        )
    elif settings.production and not settings.base_url.startswith("https://"):
        yield Finding(
            name,
            ok=False,
            said=f"公開アドレスが https ではありません（{settings.base_url}）。",
            mend="KYOSO_BASE_URL に https:// で始まるアドレスを指定してください。",
        )
    elif settings.production and settings.demo:
        yield Finding(
            name,
            ok=False,
            said="本番環境で demo が有効です。誰でも見本の担当者としてサインインできます。",
            mend="KYOSO_DEMO の指定を外してください。",
        )
    else:
        yield Finding(name, ok=True, said=f"環境は {settings.environment} です。")


def _look_at_server(connection: sa.Connection) -> Findings:
    version = connection.scalar(
        sa.text("SELECT current_setting('server_version_num')::int / 10000")
    )
    assert isinstance(version, int)
    yield Finding(
        "データベース",
        ok=version >= OLDEST_POSTGRESQL,
        said=f"PostgreSQL {version} に接続できます。",
        mend="" if version >= OLDEST_POSTGRESQL else "PostgreSQL 15 以上にしてください。",
    )


def _look_at_migrations(settings: Settings) -> Findings:
    name = "移行"
    try:
        pending = list_pending(settings.owner_database_url or settings.database_url)
    except CommandError:
        yield Finding(
            name,
            ok=False,
            said="データベースがこの版のプログラムより新しいものです。",
            mend="プログラムを新しい版に上げてください。",
        )
        return
    if pending:
        yield Finding(
            name,
            ok=False,
            said=f"適用していない移行が{len(pending)}件あります（{pending[0]} から）。",
            mend="kyoso migrate を実行してください。",
        )
    else:
        yield Finding(name, ok=True, said="すべて適用されています。")


def _look_at_role(connection: sa.Connection) -> Findings:
    name = "役割"
    role, above, owns = connection.execute(
        sa.text(
            """
            SELECT r.rolname, r.rolsuper OR r.rolbypassrls,
                   (SELECT count(*) FROM pg_catalog.pg_class c
                     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                     WHERE c.relowner = r.oid AND n.nspname !~ '^pg_')
              FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """
        )
    ).one()
    if above:
        yield Finding(
            name,
            ok=False,
            said=f"役割 {role} は行の保護（RLS）を越えられます（SUPERUSER か BYPASSRLS）。",
            mend=f"KYOSO_DATABASE_URL を {APP_ROLE} の接続先にするか、"
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS を実行してください。",
        )
    elif owns:
        yield Finding(
            name,
            ok=False,
            said=f"役割 {role} が表などを{owns}件所有しています。",
            mend=f"アプリケーションは何も所有してはいけません。KYOSO_DATABASE_URL を {APP_ROLE} の"
            "接続先にしてください。",
        )
    elif role != APP_ROLE:
        yield Finding(
            name,
            ok=False,
            said=f"役割が {role} です。権限は {APP_ROLE} に与えられています。",
            mend=f"KYOSO_DATABASE_URL を {APP_ROLE} の接続先にしてください。",
        )
    else:
        yield Finding(name, ok=True, said=f"{role} は何も所有せず、行の保護の下にあります。")


def _look_at_row_level_security(connection: sa.Connection) -> Findings:
    name = "行の保護"
    opened = connection.scalars(
        sa.text(
            """
            SELECT n.nspname || '.' || c.relname
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (:schemas)
               AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a
                            WHERE a.attrelid = c.oid AND NOT a.attisdropped
                              AND a.attname IN ('tenant_id', 'person_id'))
               AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                        AND EXISTS (SELECT 1 FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid))
             ORDER BY 1
            """
        ),
        {"schemas": list(SCHEMAS)},
    ).all()
    if opened:
        yield Finding(
            name,
            ok=False,
            said=f"自治体ごとに閉じていない表があります: {', '.join(opened)}",
            mend="表ごとに ENABLE と FORCE ROW LEVEL SECURITY と方針（policy）が必要です。手で変えた"
            "場合は、その表を作った移行のとおりに戻してください。",
        )
    else:
        yield Finding(name, ok=True, said="自治体の表はすべて閉じています。")


def _look_at_journal(connection: sa.Connection) -> Findings:
    name = "記録"
    changeable = connection.scalars(
        sa.text(
            """
            SELECT t FROM unnest(ARRAY['core.journal', 'core.person_journal']) AS t
             WHERE to_regclass(t) IS NOT NULL AND has_table_privilege(t, 'UPDATE, DELETE, TRUNCATE')
            """
        )
    ).all()
    if changeable:
        yield Finding(
            name,
            ok=False,
            said=f"操作の記録を書き換えられます: {', '.join(changeable)}",
            mend=f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(changeable)} FROM {APP_ROLE}"
            " を実行してください。",
        )
    else:
        yield Finding(name, ok=True, said="操作の記録は追記だけができます。")


def _look_at_jobs(connection: sa.Connection) -> Findings:
    name = "仕事"
    if connection.scalar(sa.text("SELECT to_regclass('public.procrastinate_jobs')")) is None:
        yield Finding(
            name, ok=False, said="仕事の表がありません。", mend="kyoso migrate を実行してください。"
        )
        return
    late, failed = connection.execute(
        sa.text(
            """
            SELECT count(*) FILTER (WHERE status = 'todo' AND due < now() - make_interval(mins => :late)),
                   count(*) FILTER (WHERE status = 'failed')
              FROM (SELECT j.status, coalesce(j.scheduled_at, min(e.at)) AS due
                      FROM public.procrastinate_jobs j
                      LEFT JOIN public.procrastinate_events e ON e.job_id = j.id
                     WHERE j.status IN ('todo', 'failed')
                     GROUP BY j.id) AS waiting
            """
        ),
        {"late": LATE_MINUTES},
    ).one()
    if late:
        yield Finding(
            name,
            ok=False,
            said=f"{LATE_MINUTES}分以上待っている仕事（メールなど）が{late}件あります。",
            mend="kyoso worker が動いているか確かめてください。",
        )
    elif failed:
        yield Finding(
            name,
            ok=False,
            said=f"何度試しても失敗した仕事が{failed}件あります。",
            mend="メールの設定を直してください。どのメールが届かず、なぜかは、各提案の画面の"
            "「これまでの経過」に出ます。もう自動では送り直さないので、電話などでもお知らせください。",
        )
    else:
        yield Finding(name, ok=True, said="滞っている仕事はありません。")


#: What is asked of the database itself; each gets the application's own connection.
DATABASE_LOOKS: tuple[Callable[[sa.Connection], Findings], ...] = (
    _look_at_role,
    _look_at_row_level_security,
    _look_at_journal,
    _look_at_jobs,
)


def _look_at_mail(settings: Settings) -> Findings:
    name = "メール"
    if settings.mail_backend == "mailbox":
        folder = settings.var_dir / "mailbox"
        if _writable(folder):
            yield Finding(name, ok=True, said=f"送信せず {folder} に置きます。")
        else:
            yield Finding(
                name,
                ok=False,
                said=f"{folder} に書けません。",
                mend="フォルダーの所有者と権限を、kyoso を動かす利用者に合わせてください。",
            )
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=5) as server:
            server.ehlo()
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
    except smtplib.SMTPAuthenticationError:
        yield Finding(
            name,
            ok=False,
            said=f"メールサーバー {where} がサインインを拒みました。",
            mend="KYOSO_SMTP_USER と KYOSO_SMTP_PASSWORD を確かめてください。",
        )
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            name,
            ok=False,
            said=f"メールサーバー {where} に接続できません（{error}）。",
            mend="KYOSO_SMTP_HOST・KYOSO_SMTP_PORT・KYOSO_SMTP_STARTTLS と、通信の許可を"
            "確かめてください。",
        )
    else:
        yield Finding(name, ok=True, said=f"メールサーバー {where} に接続できます。")


def _look_at_disk(settings: Settings) -> Findings:
    name = "ディスク"
    if not _writable(settings.var_dir):
        yield Finding(
            name,
            ok=False,
            said=f"{settings.var_dir} に書けません。",
            mend="フォルダーの所有者と権限を、kyoso を動かす利用者に合わせてください。",
        )
        return
    free = shutil.disk_usage(settings.var_dir).free
    enough = free >= LEAST_FREE_BYTES
    yield Finding(
        name,
        ok=enough,
        said=f"{settings.var_dir} の空きは{free // 2**20:,}MBです。",
        mend="" if enough else "不要なものを消すか、ディスクを増やしてください。",
    )


def _writable(folder: os.PathLike[str]) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
