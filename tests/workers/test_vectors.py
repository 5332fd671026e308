"""A text that is only asked about leaves nothing behind, and what is kept goes by age."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from domain.base import now
from storage import vectors
from storage.database import Database
from storage.tables import VectorRow
from storage.vectors import StoredVectors
from workers.pipeline import sweep
from workers.tidy import tidy
from workers.vectors import KeptVectors, RecentVectors, keeping_nothing


def test_a_direct_call_keeps_no_vector_and_needs_no_database(database: Database) -> None:
    stored = StoredVectors(database)
    cache = KeptVectors(stored)
    with keeping_nothing():
        cache.put_many({"direct": b"1"})
        assert cache.get_many(["direct", "other"]) == {"direct": b"1"}, "from memory"
    cache.put_many({"stored": b"2"})
    assert stored.get_many(["direct", "stored"]) == {"stored": b"2"}
    assert KeptVectors(stored).get_many(["direct", "stored"]) == {"stored": b"2"}


def test_memory_holds_so_many_vectors_and_no_more() -> None:
    recent = RecentVectors(most=3)
    recent.put_many({"a": b"1", "b": b"2", "c": b"3"})
    assert recent.get_many(["a"])
    recent.put_many({"d": b"4"})
    assert len(recent) == 3
    assert recent.get_many(["a", "b", "c", "d"]).keys() == {"a", "c", "d"}, "b was not used"


def test_what_lies_in_the_database_is_read_once(database: Database) -> None:
    stored = StoredVectors(database)
    stored.put_many({"a": b"1"})
    cache = KeptVectors(stored)
    assert cache.get_many(["a"]) == {"a": b"1"}
    database.run(lambda session: session.execute(delete(VectorRow)))
    assert cache.get_many(["a"]) == {"a": b"1"}


def test_so_many_vectors_are_kept_and_the_oldest_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "SHRINK", 2)
    stored = StoredVectors(database)
    for age, key in enumerate("edcba"):
        stored.put_many({key: b"1"})
        old = update(VectorRow).where(VectorRow.key == key)
        database.run(
            lambda session, old=old, age=age: session.execute(
                old.values(made_at=now() - timedelta(hours=age))
            )
        )
    tidy(database, vector_rows=5)
    assert len(stored.get_many(list("abcde"))) == 5
    tidy(database, vector_rows=2)
    assert stored.get_many(list("abcde")).keys() == {"d", "e"}


def test_the_sweep_forgets_old_vectors(database: Database) -> None:
    cache = StoredVectors(database)
    cache.put_many({"old": b"1", "new": b"2"})
    before = now() - timedelta(days=8)
    old = update(VectorRow).where(VectorRow.key == "old").values(made_at=before)
    database.run(lambda session: session.execute(old))
    sweep(database)
    assert cache.get_many(["old", "new"]).keys() == {"old", "new"}
    sweep(database, vector_days=7)
    assert cache.get_many(["old", "new"]).keys() == {"new"}
