"""A vector cache in one SQLite file, so that an experiment encodes each text once."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

_CHUNK = 500


class FileCache:
    """Vectors by key in ``path``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Encoding asks from threads of its own; the module takes one call at a time.
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, data BLOB)"
        )

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Give those that are known."""
        found: dict[str, bytes] = {}
        for first in range(0, len(keys), _CHUNK):
            part = list(keys[first : first + _CHUNK])
            marks = ",".join("?" * len(part))
            query = f"SELECT key, data FROM vectors WHERE key IN ({marks})"  # noqa: S608
            found.update(self._database.execute(query, part))
        return found

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep them."""
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)", list(items.items())
            )
