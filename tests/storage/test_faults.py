"""What a record is to blame for, and what it is not."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from storage.database import Database
from storage.faults import of_database


def told(kind: type[DBAPIError], driver: Exception) -> DBAPIError:
    return kind("insert", {}, driver)


def coded(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "error",
    [
        told(OperationalError, psycopg.OperationalError("the connection is lost")),
        told(OperationalError, errors.DiskFull()),
        told(OperationalError, errors.AdminShutdown()),
        told(OperationalError, errors.TooManyConnections()),
        told(OperationalError, errors.DeadlockDetected()),
        told(InterfaceError, psycopg.InterfaceError("the connection is closed")),
        told(OperationalError, coded(sqlite3.SQLITE_FULL)),
        told(OperationalError, coded(sqlite3.SQLITE_BUSY_SNAPSHOT)),
        NoConnectionError("QueuePool limit"),
    ],
)
def test_a_full_disk_or_a_lost_server_is_no_records_fault(error: Exception) -> None:
    assert of_database(error)


@pytest.mark.parametrize(
    "error",
    [
        told(DataError, errors.NumericValueOutOfRange()),
        told(IntegrityError, errors.UniqueViolation()),
        told(ProgrammingError, errors.UndefinedTable()),
        # The driver calls these operational too.
        told(OperationalError, errors.ProgramLimitExceeded()),
        told(OperationalError, errors.QueryCanceled()),
        told(OperationalError, coded(sqlite3.SQLITE_ERROR)),
        ValueError(),
        TimeoutError(),
    ],
)
def test_what_a_record_brings_about_counts_against_it(error: Exception) -> None:
    assert not of_database(error)


def test_a_statement_that_nobody_could_run_is_not_the_databases_fault(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.session() as session:
        session.connection().exec_driver_sql("SELECT * FROM nowhere")
    assert not of_database(raised.value)
