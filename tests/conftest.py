"""A real database for every test that asks for one: SQLite, and PostgreSQL where it runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import delete, exists, literal, select, union_all

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
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty SQLite database by all migrations, once: a copy costs next to nothing."""
    path = tmp_path_factory.mktemp("template") / "throughline.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.dispose()
    assert [*path.parent.iterdir()] == [path], "what is not yet in the file would not be copied"
    return path


@pytest.fixture
def sqlite_url(template: Path, tmp_path: Path) -> str:
    """Give the URL of an empty SQLite database of this test, with all its tables."""
    path = shutil.copyfile(template, tmp_path / "throughline.db")
    return f"sqlite:///{path}"


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
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a database of each kind, with all its tables."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open an empty database of each kind."""
    database = Database(database_url)
    _empty(database)  # tests that open the server by themselves may have left something
    yield database
    _empty(database)
    database.dispose()


def _empty(database: Database) -> None:
    if database.sqlite:
        return
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    held = union_all(
        *(
            select(literal(name)).where(exists(select(literal(1)).select_from(table)))
            for name, table in tables.items()
        )
    )
    with database.session() as session:
        filled = set(session.scalars(held))
        for name, table in reversed(tables.items()):
            if name in filled:
                session.execute(delete(table))
