"""What is kept for speed or for a look back is bounded: the rest goes, now and then."""

from domain.base import now
from storage import retag, vectors
from storage.database import Database

VECTOR_ROWS = 2_000_000
"""About 2 GB."""


def tidy(database: Database, vector_rows: int = VECTOR_ROWS) -> int:
    """Forget runs that were over long ago, and the oldest vectors beyond a number.

    Parameters
    ----------
    vector_rows : int
        Cached vectors that are kept.

    Returns
    -------
    int
        How many vectors went.
    """
    database.run(lambda session: retag.prune(session, now()))
    gone = 0
    while count := database.run(lambda session: vectors.shrink(session, vector_rows)):
        gone += count
    return gone
