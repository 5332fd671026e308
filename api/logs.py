"""Structured log lines: one JSON object a line, never the words of an exception."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

_OWN = "throughline"


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON.

    An exception is told by its type and its frames alone: its message may quote what a
    customer wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def configure() -> None:
    """Send every log line to standard error as JSON. For processes, not for tests."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    silence_access_log()


def silence_access_log() -> None:
    """Keep uvicorn from writing addresses, whose query strings hold identifiers."""
    logging.getLogger("uvicorn.access").disabled = True


def emit(message: str, **fields: object) -> None:
    """Write one line with fields of our own making."""
    logging.getLogger(_OWN).info(message, extra={"fields": fields})


def fault(message: str, error: BaseException, **fields: object) -> None:
    """Write that something broke: type and place of the exception, not its words."""
    logging.getLogger(_OWN).error(message, extra={"fields": fields | _told(error)})


def _told(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"exception": type(error).__name__, "frames": places}
