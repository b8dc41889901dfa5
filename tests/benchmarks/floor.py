"""The floor: a bare Flask view that runs a page's statements and returns the ready page."""

from __future__ import annotations

import os
import pickle
import threading
from pathlib import Path

import psycopg
from flask import Flask, Response, request

app = Flask("floor")
_pages = pickle.loads(Path(os.environ["KYOSO_FLOOR_PAGES"]).read_bytes())  # noqa: S301 (our own)
_local = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        url = os.environ["KYOSO_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
        _local.connection = psycopg.connect(url)
    return _local.connection


@app.get("/<path:path>")
def page(path: str) -> Response:
    query = request.query_string.decode()
    statements, body = _pages[f"/{path}?{query}" if query else f"/{path}"]
    connection = _connection()
    for statement, parameters, prepare in statements:
        cursor = connection.execute(statement, parameters, prepare=prepare)
        if cursor.description is not None:
            cursor.fetchall()
    connection.commit()
    return Response(body, mimetype="text/html")
