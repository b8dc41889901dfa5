"""What the log may say about a request: never a search, a referrer or a private link."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from kyoso.core.tokens import masked


class MaskTokens(logging.Filter):
    """Keep tokens out of messages that quote an address, such as those about a failed page."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the finished message; every record passes."""
        record.msg, record.args = masked(record.getMessage()), ()
        return True


class AccessLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger, without what identifies or lets in a person."""

    def setup(self, cfg: Any) -> None:
        """Mask tokens in the error log as well."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(MaskTokens())

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return the parts of a line, with the address masked and the rest left out."""
        parts: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        parts["U"] = masked(str(parts.get("U", "-")))
        return parts | {"r": "-", "q": "-", "f": "-"}
