"""The API's own log lines: fields of our making, never the words of an exception."""

import logging

from workers import logs

_OWN = "throughline"


def configure(form: str = "json") -> None:
    """Send every log line to standard error. For processes, not for tests.

    Parameters
    ----------
    form : str
        ``json`` or ``text``.
    """
    logs.configure(form)
    silence_access_log()


def silence_access_log() -> None:
    """Keep uvicorn from writing addresses, whose query strings hold identifiers."""
    logging.getLogger("uvicorn.access").disabled = True


def emit(message: str, **fields: object) -> None:
    """Write one line with fields of our own making."""
    logging.getLogger(_OWN).info(message, extra={"fields": fields})


def fault(message: str, error: BaseException, **fields: object) -> None:
    """Write that something broke: type and place of the exception, not its words."""
    logging.getLogger(_OWN).error(message, extra={"fields": fields | logs.told(error)})
