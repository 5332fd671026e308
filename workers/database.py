"""The database as the settings name it."""

from settings import Settings
from storage.database import Database


def database_of(settings: Settings, *, statement_seconds: float = 0.0) -> Database:
    """Give the database; nothing is opened yet.

    Parameters
    ----------
    statement_seconds : float
        PostgreSQL: the server ends a statement after this; 0 for never, as work in batches needs.
    """
    return Database(
        settings.database_url.get_secret_value(),
        connections=settings.database_connections,
        statement_seconds=statement_seconds,
        pooler=settings.database_pooler,
        mart_dir=settings.mart_dir,
    )
