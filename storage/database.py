"""One database by URL: SQLite (WAL) or PostgreSQL, with transactions and migrations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from random import uniform
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from alembic import command
from alembic.config import Config
from pydantic_core import from_json
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_TIMEOUT_S = 30.0
ATTEMPTS = 5
# Either end finds out within a minute that the other was cut off. Without these, a lost host's
# open transaction keeps its row locks, and so its work, for two hours.
SERVER_TCP = {
    "tcp_keepalives_idle": 30,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
CLIENT_TCP = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
UPGRADE_LOCK = 0x7472_6C69
"""Key of the PostgreSQL lock that keeps two processes from migrating at once."""
UPGRADE_POLL_S = 0.5
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '3s'"
"""A migration that waits for a table keeps everybody behind it waiting: it tries again later."""
LOCK_ATTEMPTS = 20
LOCK_NOT_AVAILABLE = "55P03"
MIGRATIONS = Path(__file__).parent / "migrations"
RETRIED_STATES = ("40001", "40P01")
"""SQLSTATE of a serialisation failure and of a deadlock: the whole transaction may run again."""

T = TypeVar("T")


class Database:
    """A database by URL. Nothing is opened before the first use.

    Parameters
    ----------
    url : str
        SQLAlchemy URL: ``sqlite:///path`` or ``postgresql://user@host/name``.
    connections : int
        PostgreSQL: kept by this process at most. It opens them as it needs them: a worker that
        does one thing at a time holds two, whatever the limit.
    statement_seconds : float
        PostgreSQL: the server ends a statement after this; 0 for never.
    pooler : bool
        PostgreSQL: a pooler such as PgBouncer gives each transaction any of its connections, so
        nothing is left behind in one: no prepared statements, settings by transaction.
    mart_dir : Path, optional
        Where tables for analysis that are made from it are kept; None keeps none.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 10,
        statement_seconds: float = 0.0,
        pooler: bool = False,
        mart_dir: Path | None = None,
    ) -> None:
        self.url = _with_driver(make_url(url))
        self.connections = connections
        self.statement_seconds = statement_seconds
        self.pooler = pooler
        self.mart_dir = mart_dir

    @property
    def sqlite(self) -> bool:
        """Whether it is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @cached_property
    def engine(self) -> Engine:
        """The pool of connections. Make a new Database after a fork."""
        if not self.sqlite:
            return self._server()
        engine = create_engine(
            self.url,
            pool_size=10,
            # Errors would quote the parameters, which hold what customers wrote.
            hide_parameters=True,
            connect_args={"timeout": BUSY_TIMEOUT_S},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _server(self) -> Engine:
        wanted = {"timezone": "utc", "statement_timeout": f"{self.statement_seconds * 1000:.0f}"}
        options = " ".join(f"-c {name}={value}" for name, value in (wanted | SERVER_TCP).items())
        engine = create_engine(
            self.url,
            pool_size=self.connections,
            max_overflow=0,
            # The one used last is taken first, so that what a rush opened is closed after it.
            pool_use_lifo=True,
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,
            # A signal has two of them, and each rebuild reads hundreds of signals.
            json_deserializer=from_json,
            connect_args={"connect_timeout": 10, **CLIENT_TCP}
            | ({"prepare_threshold": None} if self.pooler else {"options": options}),
        )
        if self.pooler:
            local = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in wanted.items())
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(local))
        return engine

    def upgrade(self) -> None:
        """Bring the tables to the newest version. Safe to call in several processes at once.

        On PostgreSQL others go on reading and writing meanwhile: each migration is a transaction,
        gives up a lock that it does not get soon and tries again, and builds indexes beside the
        traffic. One that was stopped goes on where it was.
        """
        if self.sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        if self.sqlite:
            with self.engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
        self._migrate(lambda config: command.upgrade(config, "head"))

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an older version; what only newer ones hold is lost."""
        self._migrate(lambda config: command.downgrade(config, revision))

    def _migrate(self, change: Callable[[Config], None]) -> None:
        if self.sqlite:
            with self._writer.begin() as connection:
                change(migration_config(connection))
        else:
            with self._alone(), self.engine.connect() as connection:
                # Nothing is begun here: an index built beside the traffic bears no transaction.
                event.listen(connection, "begin", _do_not_wait_long)
                _patiently(connection, change)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from migrating; they ask again and again.

        Who waited inside a statement would hold a snapshot, and an index that is built beside
        the traffic waits for those: the two would wait for each other for ever.
        """
        # Without parameters the driver leaves no portal behind, which would hold a snapshot too.
        ask = f"SELECT pg_try_advisory_xact_lock({UPGRADE_LOCK})"
        with self.engine.connect() as connection:
            while not connection.exec_driver_sql(ask).scalar():
                connection.rollback()
                sleep(UPGRADE_POLL_S)
            yield

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open one transaction that writes: committed at the end, rolled back on an error.

        On SQLite it takes the one write lock at once, so keep it short, and never open
        a second one inside.
        """
        with Session(self._writer, **_SESSION) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one transaction that only reads, beside any writer."""
        with Session(self._reader, **_SESSION) as session, session.begin():
            yield session

    def run(self, work: Callable[[Session], T]) -> T:
        """Run work in a writing transaction; again, if the database chose it as a victim.

        Raises
        ------
        sqlalchemy.exc.OperationalError
            After five deadlocks in a row, or at once for any other failure.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.session() as session:
                    return work(session)
            except OperationalError as error:
                if attempt == ATTEMPTS or not _retriable(error):
                    raise
                sleep(uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    def copy_to(self, target: Path) -> None:
        """Copy a SQLite database as it is at one moment, beside whoever uses it.

        Raises
        ------
        sqlalchemy.exc.OperationalError
            If the file cannot be written or is there already.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.connection.cursor().execute("VACUUM INTO ?", (str(target),))

    def ready(self) -> bool:
        """Tell whether the database answers and its tables are there."""
        with self.reading() as session:
            session.execute(text("SELECT 1 FROM conversations LIMIT 1"))
        return True

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @cached_property
    def _writer(self) -> Engine:
        return self.engine.execution_options(throughline_begin="BEGIN IMMEDIATE")

    @cached_property
    def _reader(self) -> Engine:
        if self.sqlite:
            return self.engine.execution_options(throughline_begin="BEGIN DEFERRED")
        return self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )


_SESSION: dict[str, Any] = {
    "expire_on_commit": False,
    "autoflush": False,
    # Rows are written by statements, so what a query gives is newer than what was loaded.
    "execution_options": {"populate_existing": True},
}


def migration_config(connection: Connection) -> Config:
    """Configure Alembic in code, so that an installed package can migrate too."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _with_driver(url: URL) -> URL:
    """Take psycopg 3 for PostgreSQL, whatever the URL says."""
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise ValueError("the database URL must begin with sqlite:// or postgresql://")
    return url


def _prepare_sqlite(connection: "DBAPIConnection", _record: object) -> None:
    # The driver's own transactions begin too late to hold off a second writer.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # A commit that was answered must outlive a loss of power.
    cursor.execute("PRAGMA synchronous = FULL")
    # What is erased must not stay readable in the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get("throughline_begin", "BEGIN DEFERRED")
    connection.exec_driver_sql(begin)


def _patiently(connection: Connection, change: Callable[[Config], None]) -> None:
    """Migrate; again, where a table was in use: what is done stays done."""
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            change(migration_config(connection))
            break
        except OperationalError as error:
            connection.rollback()
            state = getattr(error.orig, "sqlstate", None)
            if state != LOCK_NOT_AVAILABLE or attempt == LOCK_ATTEMPTS:
                raise
            sleep(uniform(0.5, 2.0))  # noqa: S311 - jitter, not a secret


def _do_not_wait_long(connection: Connection) -> None:
    connection.exec_driver_sql(LOCK_TIMEOUT)


def _retriable(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in RETRIED_STATES
