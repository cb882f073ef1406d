"""TensorRT's log, passed on to `logging`, with the errors kept to be told in exceptions."""

from __future__ import annotations

import logging
from typing import Any

_log = logging.getLogger(__name__)


def trt_logger(trt: Any) -> Any:
    """Make a logger for the module `trt`; its `errors` are the messages of all errors so far.

    TensorRT keeps no reference to it: whoever uses TensorRT has to.
    """

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            # Errors are raised, so nothing is said twice: all of it is for debugging.
            _log.debug("%s: %s", severity.name, message)
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(message)

    return Logger()


def last_error(logger: Any) -> str:
    """Return the last error of a logger of `trt_logger` as one line, without its full stop."""
    if not logger.errors:
        return "TensorRT gives no reason"
    return " ".join(logger.errors[-1].split()).rstrip(".")
