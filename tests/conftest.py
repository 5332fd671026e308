"""A real database for every test that asks for one: SQLite, and PostgreSQL where it runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import delete

from storage.database import Database
from storage.tables import Base

# How long one example may take says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

POSTGRESQL = os.environ.get("THROUGHLINE_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
"""A server on which databases may be made and dropped."""


@pytest.fixture(scope="session", autouse=True)
def _mart_dir() -> Iterator[None]:
    """Keep what tests analyse out of the data folder."""
    folder = tempfile.mkdtemp(prefix="throughline-test-mart-")
    os.environ["THROUGHLINE_MART_DIR"] = folder
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_url(worker_id: str) -> Iterator[str]:
    """Make a database on the server for this session, and drop it in the end."""
    name = f"throughline_test_{worker_id}_{os.getpid()}"
    try:
        server = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL server to make a database on (THROUGHLINE_TEST_POSTGRESQL)")
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        database = Database(f"{POSTGRESQL}/{name}")
        database.upgrade()
        database.dispose()
        yield f"{POSTGRESQL}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'throughline.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open an empty database of each kind."""
    database = Database(database_url)
    database.upgrade()
    _empty(database)  # tests that open the server by themselves may have left something
    yield database
    _empty(database)
    database.dispose()


def _empty(database: Database) -> None:
    if database.sqlite:
        return
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
