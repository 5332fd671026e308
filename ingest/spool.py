"""A temporary table on disk: joins what an export scatters, in bounded memory."""

import sqlite3
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import orjson

_SCHEMA = """
CREATE TABLE piece (
    kind TEXT NOT NULL, key TEXT NOT NULL, part TEXT NOT NULL, stamp REAL NOT NULL,
    place TEXT NOT NULL, body BLOB NOT NULL, repeats INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key, part)
) WITHOUT ROWID
"""
# The newer state of a thing wins; the older one is counted, whichever comes first.
_UPSERT = """
INSERT INTO piece (kind, key, part, stamp, place, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, key, part) DO UPDATE SET
    repeats = repeats + 1,
    body = CASE WHEN excluded.stamp >= stamp THEN excluded.body ELSE body END,
    place = CASE WHEN excluded.stamp >= stamp THEN excluded.place ELSE place END,
    stamp = max(stamp, excluded.stamp)
"""


class Spool:
    """Pieces by kind, key of the thing they belong to, and part of it.

    A context manager: the file goes with it. Memory stays within SQLite's page cache of
    16 MiB, whatever is put in.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="throughline-spool-")
        self._connection = sqlite3.connect(f"{self._folder.name}/spool.db", isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16384;" + _SCHEMA
        )
        self._connection.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._folder.cleanup()

    def put(
        self, kind: str, key: str, part: str, body: object, *, stamp: float = 0.0, place: str = ""
    ) -> None:
        """Keep a piece. Of two with one kind, key and part the one with the later stamp stays.

        Parameters
        ----------
        kind : str
            Such as ``comment``.
        key : str
            Of the thing it belongs to, such as a ticket's id.
        part : str
            Its own id inside that thing; ``""`` where there is but one.
        body : object
            JSON value.
        stamp : float
            Version of the piece, the larger the newer.
        place : str
            Where it was read.

        Raises
        ------
        ValueError
            If the value is nested too deeply to be written.
        """
        try:
            data = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
        except orjson.JSONEncodeError:
            raise ValueError("the record is nested too deeply") from None
        self._connection.execute(_UPSERT, (kind, key, part, stamp, place, data))

    def each(self, kind: str) -> Iterator[tuple[str, Any, str, int]]:
        """Give (key, body, place, repeats) of all pieces of a kind, in order of their keys."""
        query = "SELECT key, body, place, repeats FROM piece WHERE kind = ? ORDER BY key, part"
        for key, body, place, repeats in self._connection.execute(query, (kind,)):
            yield key, orjson.loads(body), place, repeats

    def of(self, kind: str, key: str) -> list[Any]:
        """Give all pieces of a kind that belong to one thing, in order of their parts."""
        query = "SELECT body FROM piece WHERE kind = ? AND key = ? ORDER BY part"
        return [orjson.loads(body) for (body,) in self._connection.execute(query, (kind, key))]

    def one(self, kind: str, key: str) -> dict[str, Any]:
        """Give the piece of a thing that has one, or an empty object."""
        found = self.of(kind, key)
        return found[0] if found and isinstance(found[0], dict) else {}

    def move(self, kind: str, old: str, new: str) -> None:
        """Hand pieces over to another key, when it is known only after them."""
        self._connection.execute(
            "UPDATE OR REPLACE piece SET key = ? WHERE kind = ? AND key = ?", (new, kind, old)
        )

    def orphans(self, kind: str, of: str) -> Iterator[tuple[str, int, str]]:
        """Give (key, pieces, place) for pieces of a kind whose thing is not in the spool."""
        query = (
            "SELECT key, count(*), min(place) FROM piece WHERE kind = ? AND key NOT IN "
            "(SELECT key FROM piece WHERE kind = ?) GROUP BY key ORDER BY key"
        )
        yield from self._connection.execute(query, (kind, of))
