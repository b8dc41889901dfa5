"""Work that happens after a transaction, and only if it was committed.

A job is put into the queue (procrastinate) on the connection of the transaction that wants it:
either both are there or neither. A job of a town names the town and enters its scope.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import datetime as dt
import functools
import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import attr
import procrastinate
from flask import Flask
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.periodic import PeriodicRegistry
from procrastinate.tasks import Task

from kyoso.core.db import db
from kyoso.core.scope import member_scope

log = logging.getLogger(__name__)

#: Never opened: web processes only add jobs, on connections of their own transactions.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

#: A mail server may be away for a night: about 1, 4, 13, 40 minutes, 2, 6, 18 hours.
RETRY = procrastinate.RetryStrategy(max_attempts=7, exponential_wait=3, linear_wait=60)

#: A worker says every ten seconds that it lives. So long without a word, and it was killed.
SILENT_SECONDS = 60

_serving: list[Flask] = []
_last_try: ContextVar[bool] = ContextVar("last_try", default=False)


def is_last_try() -> bool:
    """Tell whether the running job will not be tried again if it fails now."""
    return _last_try.get()


def job(name: str) -> Callable[[Callable[..., None]], Task[Any, Any, Any]]:
    """Make a function a job of one town: its first argument is the town's id, as text.

    It runs in one transaction in that town's scope, with the networks it belongs to today,
    committed when it returns. It may run twice: when its worker was killed it is tried again.
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


async def _take_over(app: procrastinate.App) -> None:
    """Let jobs run again whose worker was killed in the middle: they would stay begun for ever.

    What they had written was rolled back with their transaction. One that kills each worker, or
    that was tried often enough, is given up.
    """
    manager = app.job_manager
    for left in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        # Another worker may have seen it too.
        with contextlib.suppress(ConnectorException):
            if left.attempts >= (RETRY.max_attempts or 0):
                log.error("gave up job %s (%s): its worker was killed", left.id, left.task_name)
                await manager.finish_job(left, Status.FAILED, delete_job=False)
            else:
                log.warning("job %s (%s) again: its worker was killed", left.id, left.task_name)
                await manager.retry_job(left)


@queue.periodic(cron="* * * * *")
@queue.task(name="jobs.take_over", queueing_lock="jobs.take_over", pass_context=True)
async def take_over(context: JobContext, timestamp: int) -> None:
    """Do it every minute: whoever killed one worker may have left another running."""
    await _take_over(context.app)


def _keep_time(worker: procrastinate.App) -> None:
    """Let the worker itself put in what is to be done periodically.

    The tasks belong to the queue of the web processes, which opens no connection of its own.
    """
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    for key, periodic in queue.periodic_registry.periodic_tasks.items():
        task = copy.copy(periodic.task)
        task.blueprint = worker
        registry.periodic_tasks[key] = attr.evolve(periodic, task=task)
    worker.periodic_registry = registry


async def _work(worker: procrastinate.App, **options: Any) -> None:
    async with worker.open_async():
        await _take_over(worker)
        await worker.run_worker_async(**options)


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
    _keep_time(worker)
    _serving.append(app)
    try:
        asyncio.run(
            _work(
                worker,
                wait=wait,
                concurrency=concurrency,
                install_signal_handlers=wait,
                listen_notify=wait,
                delete_jobs="successful",
            )
        )
    finally:
        _serving.remove(app)
