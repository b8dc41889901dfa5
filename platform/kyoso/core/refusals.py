"""The one place where refusals become responses: page, fragment and JSON alike."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from psycopg.errors import UniqueViolation
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from kyoso.core.config import settings
from kyoso.core.errors import (
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    RuleViolation,
    TooMany,
)
from kyoso.core.i18n import gettext as _

log = logging.getLogger(__name__)

STATUS = {NotFound: 404, Forbidden: 403, RuleViolation: 409, InvalidInput: 422, TooMany: 429}


def register_errors(app: Flask) -> None:
    """Give the application its answers to what goes wrong."""

    @app.errorhandler(DomainError)
    def refuse(error: DomainError) -> ResponseReturnValue:
        status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 400)
        response = _refusal(error.message, status)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        _drain()
        message = _(
            "ファイルが大きすぎて受け取れませんでした。一度に送れるのは合計%(mb)sMBまでです。"
            "小さくするか、分けて送ってください。ほかに入力した内容は前の画面に残っています。",
            mb=settings().max_upload_mb,
        )
        return _refusal(message, 413)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        message = _(
            "画面を開いてから時間がたったため、送信できませんでした。"
            "前の画面に戻って読み込み直し、もう一度送信してください。"
        )
        return _refusal(message, 400)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and 300 <= error.code < 400:
            return error
        known = {404: NotFound().message, 405: _("このアドレスではその操作はできません。")}
        return _refusal(known.get(error.code or 500, DomainError().message), error.code or 500)

    @app.errorhandler(sa.exc.DataError)
    def unstorable(_error: sa.exc.DataError) -> ResponseReturnValue:
        # A value in an address that PostgreSQL cannot even compare, such as a NUL.
        return _refusal(InvalidInput({}).message, 422)

    @app.errorhandler(sa.exc.IntegrityError)
    def saved_twice(error: sa.exc.IntegrityError) -> ResponseReturnValue:
        if not isinstance(error.orig, UniqueViolation):
            raise error
        # Neither of the two saw the other's before it was saved; the operations say the rest.
        message = _(
            "同じものが、ほぼ同時に保存されました。画面を読み込み直して、今の状態をご確認ください。"
        )
        return _refusal(message, 409)

    @app.errorhandler(sa.exc.OperationalError)
    @app.errorhandler(sa.exc.InterfaceError)
    @app.errorhandler(sa.exc.TimeoutError)
    def database_away(error: Exception) -> ResponseReturnValue:
        log.error("the database is away: %s", type(error).__name__)
        message = _(
            "ただいま混み合っているか、点検中です。保存は行われていません。"
            "少し待ってから、もう一度お試しください。"
        )
        response = _refusal(message, 503)
        response.headers["Retry-After"] = "10"
        return response


def _refusal(message: str, status: int) -> Response:
    if request.path.startswith("/api/"):
        problem = jsonify(type="about:blank", title=message, status=status)
        problem.status_code = status
        problem.content_type = "application/problem+json"
        return problem
    error = {"message": message, "status": status}
    # htmx wants only the part of the page that changes.
    page = "_error.html" if request.headers.get("HX-Request") == "true" else "error.html"
    return make_response(render_template(page, error=error), status)


def _drain() -> None:
    # A browser shows the answer only after it has sent everything; up to 300 MB are read away.
    stream, left = request.environ["wsgi.input"], 300 * 2**20
    while left > 0 and (chunk := stream.read(min(left, 2**20))):
        left -= len(chunk)
