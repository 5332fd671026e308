"""Whose fault an error of the database is: its own, or that of what was to be written."""

import sqlite3

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

_OF_STATEMENTS = ("54", "57014")
"""SQLSTATE of what a statement brings about though the driver calls it operational: too large or
too complex, and ended for its length."""
_OF_SQLITE_STATEMENTS = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE)


def of_database(error: BaseException) -> bool:
    """Tell whether the database failed, as with a full disk, and whatever was written is good.

    What a record itself brings about, such as a value that no column takes, is no such fault.
    """
    if isinstance(error, NoConnectionError):
        return True
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # The first byte is the kind, the others tell more of it.
        code: int = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF not in _OF_SQLITE_STATEMENTS
    # None where the server could not say anything any more.
    state = getattr(error.orig, "sqlstate", None)
    return state is None or not state.startswith(_OF_STATEMENTS)
