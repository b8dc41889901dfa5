"""Work that happens after a transaction, and only if it was committed.

A job is put into the queue (procrastinate) on the connection of the transaction that wants it:
either both are there or neither. A job of a town names the town and enters its scope.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import procrastinate
from flask import Flask
from procrastinate import JobContext
from procrastinate.tasks import Task

from kyoso.core.db import db
from kyoso.core.scope import member_scope

log = logging.getLogger(__name__)

#: Never opened: web processes only add jobs, on connections of their own transactions.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

#: A mail server may be away for a night: about 1, 4, 13, 40 minutes, 2, 6, 18 hours.
RETRY = procrastinate.RetryStrategy(max_attempts=7, exponential_wait=3, linear_wait=60)

_serving: list[Flask] = []
_last_try: ContextVar[bool] = ContextVar("last_try", default=False)


def is_last_try() -> bool:
    """Tell whether the running job will not be tried again if it fails now."""
    return _last_try.get()


def job(name: str) -> Callable[[Callable[..., None]], Task[Any, Any, Any]]:
    """Make a function a job of one town: its first argument is the town's id, as text.

    It runs in one transaction in that town's scope, with the networks it belongs to today,
    committed when it returns. It may run twice: after a crash it is tried again.
    """

    def register(function: Callable[..., None]) -> Task[Any, Any, Any]:
        @functools.wraps(function)
        def run(context: JobContext | None = None, *, tenant_id: str, **kwargs: Any) -> None:
            # As RETRY counts.
            tries = context.job.attempts if context else 0
            _last_try.set(tries >= (RETRY.max_attempts or 0))
            with _application().app_context(), member_scope(uuid.UUID(tenant_id)):
                function(uuid.UUID(tenant_id), **kwargs)
                db.session.commit()

        return queue.task(name=name, retry=RETRY, pass_context=True)(cast("Any", run))

    return register


def platform_job(
    name: str, *, retry: procrastinate.BaseRetryStrategy | bool = RETRY
) -> Callable[[Callable[..., None]], Task[Any, Any, Any]]:
    """Make a function a job of the platform; it starts in nobody's scope and enters its own."""

    def register(function: Callable[..., None]) -> Task[Any, Any, Any]:
        @functools.wraps(function)
        def run(**kwargs: Any) -> None:
            with _application().app_context():
                try:
                    function(**kwargs)
                    db.session.commit()
                finally:
                    db.session.remove()

        return queue.task(name=name, retry=retry)(run)

    return register


def nightly(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a function what the worker does every night at three o'clock in Japan."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        def run(timestamp: int) -> None:
            with _application().app_context():
                try:
                    function()
                finally:
                    db.session.remove()

        queue.periodic(cron="0 18 * * *")(queue.task(name=name, retry=RETRY)(run))
        return function

    return register


def enqueue(task: Task[Any, Any, Any], *, at: dt.datetime | None = None, **kwargs: Any) -> None:
    """Put a job into the current transaction; `at` lets it wait until then."""
    connection: Any = db.session.connection().connection.driver_connection
    task.configure(connection=connection, schedule_at=at).defer(**kwargs)


def _application() -> Flask:
    if not _serving:
        raise RuntimeError("run_worker() has not been given the application")
    return _serving[-1]


def run_worker(app: Flask, *, wait: bool = True, concurrency: int = 2) -> None:
    """Run due jobs; for ever if `wait`, else until none is left."""
    url = app.config["KYOSO"].database_url.replace("postgresql+psycopg://", "postgresql://")
    worker = queue.with_connector(
        procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=concurrency + 2)
    )
    _serving.append(app)
    try:
        worker.run_worker(
            wait=wait,
            concurrency=concurrency,
            install_signal_handlers=wait,
            listen_notify=wait,
            delete_jobs="successful",
        )
    finally:
        _serving.remove(app)
