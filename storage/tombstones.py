"""Records that were erased: an export that still holds them does not bring them back."""

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.statements import chunks, insert_missing
from storage.tables import TombstoneRow


def add(session: Session, ids: Iterable[str], now: datetime) -> None:
    """Keep conversations and events away from now on, by their ids."""
    rows = [{"record_hash": _hashed(id_), "erased_at": now} for id_ in sorted(set(ids))]
    insert_missing(session, TombstoneRow, rows)


def among(session: Session, ids: Collection[str]) -> set[str]:
    """Find which of some ids were erased.

    To be safe from an erasure at the same moment, ask after inserting the records: the
    insert waits for the erasure, and what it left is seen here.
    """
    by_hash = {_hashed(id_): id_ for id_ in ids}
    found: set[str] = set()
    for chunk in chunks(by_hash):
        query = select(TombstoneRow.record_hash).where(TombstoneRow.record_hash.in_(chunk))
        found |= {by_hash[hash_] for hash_ in session.scalars(query)}
    return found


def _hashed(id_: str) -> str:
    return sha256(id_.encode()).hexdigest()
