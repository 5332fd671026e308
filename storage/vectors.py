"""Cached vectors by content hash and encoder version, so that no text is encoded twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.base import now
from storage.database import Database
from storage.statements import chunks, insert_missing
from storage.tables import VectorRow

SHRINK = 5_000
"""Vectors that are forgotten in one transaction, so that it is short."""


class StoredVectors:
    """A cache of vectors in the database; each call is a short transaction of its own.

    Parameters
    ----------
    database : Database
        Where the vectors lie. Never call this inside one of its open transactions.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Load the vectors that are there, by their key."""
        result: dict[str, bytes] = {}
        with self.database.reading() as session:
            for chunk in chunks(keys):
                query = select(VectorRow.key, VectorRow.data).where(VectorRow.key.in_(chunk))
                result |= dict(session.execute(query).all())
        return result

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep vectors; one that is there already stays."""
        moment = now()
        rows = [{"key": k, "data": items[k], "made_at": moment} for k in sorted(items)]
        if rows:
            self.database.run(lambda session: insert_missing(session, VectorRow, rows))


def prune(session: Session, before: datetime) -> None:
    """Forget vectors made before a moment; they are made again when they are needed."""
    session.execute(delete(VectorRow).where(VectorRow.made_at < before))


def shrink(session: Session, most: int) -> int:
    """Forget the oldest vectors beyond a number, some thousand at a time.

    Returns
    -------
    int
        How many went; call again until it is 0.
    """
    over = (session.scalar(select(func.count()).select_from(VectorRow)) or 0) - most
    if over <= 0:
        return 0
    oldest = select(VectorRow.key).order_by(VectorRow.made_at, VectorRow.key)
    chosen = oldest.limit(min(over, SHRINK)).scalar_subquery()
    session.execute(delete(VectorRow).where(VectorRow.key.in_(chosen)))
    return min(over, SHRINK)
