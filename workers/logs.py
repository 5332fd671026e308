"""Log lines of every process: one JSON object a line, or words; never those of an exception."""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workers.telemetry import trace_id

_SPEAKING = frozenset({"exc", "traceback", "args", "kwargs", "return_value"})
"""What Celery hands to its lines about tasks, and what may quote a customer."""

_TICKING = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
"""They tell of every message: three lines in ten seconds where nothing happens."""


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON.

    An exception is told by its type and its frames alone: its message may quote what a
    customer wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        return json.dumps(_line(record), ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Format a record as a line for people, with the same contents."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = _line(record)
        head = " ".join(str(line.pop(name)) for name in ("at", "level", "logger", "message"))
        return " ".join([head, *(f"{name}={value}" for name, value in line.items())])


def configure(form: str = "json", level: str = "INFO") -> None:
    """Send every log line of this process to standard error. For processes, not for tests.

    Parameters
    ----------
    form : str
        ``json`` or ``text``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level.upper() == "INFO":
        for name in _TICKING:
            logging.getLogger(name).setLevel(logging.WARNING)


def told(error: BaseException) -> dict[str, object]:
    """Tell an exception by its type and its place."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"exception": type(error).__name__, "frames": places}


def _line(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    line |= getattr(record, "fields", {})
    trace = trace_id()
    if trace is not None:
        line["trace_id"] = trace
    if record.exc_info and record.exc_info[1] is not None:
        line |= told(record.exc_info[1])
    return line


def _message(record: logging.LogRecord) -> str:
    """Give the words of a line, with the class of an exception in place of what it says."""
    args = record.args
    if isinstance(args, Mapping):
        hidden = dict.fromkeys(_SPEAKING & args.keys(), "…")
        args = {name: _tame(value) for name, value in args.items()} | hidden
    elif args:
        args = tuple(_tame(value) for value in args)
    message = str(_tame(record.msg))
    return message % args if args else message


def _tame(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) else value
