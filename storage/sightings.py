"""Which record shows which identifier: the threads that a neighbourhood hangs together by.

What a source gives and what stands only in the customer's words are rows of two kinds, so
that a new copy of a record does not forget the words, nor a new reading what the source gave.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.identity import Identifier
from storage.statements import chunks, insert_missing, upsert
from storage.tables import SightingRow

Found = Mapping[str, Sequence[Identifier]]
"""Identifiers by the id of the record that they were found in."""


def replace_many(session: Session, shown: Found) -> None:
    """Write which identifiers each record shows, as its source gives them."""
    _clear(session, shown, written=False)
    upsert(session, SightingRow, _rows(shown, written=False))


def replace_written(session: Session, written: Found) -> None:
    """Write which identifiers stand in the customer's words of each record.

    One that the record shows anyway stays as it is.
    """
    _clear(session, written, written=True)
    insert_missing(session, SightingRow, _rows(written, written=True))


def records_with(session: Session, identifiers: Iterable[str], limit: int) -> set[str]:
    """Find the ids of at most ``limit`` records that show or write one of the identifiers."""
    result: set[str] = set()
    for chunk in chunks(identifiers):
        query = select(SightingRow.record_id).where(SightingRow.identifier.in_(chunk)).distinct()
        result |= set(session.scalars(query.order_by(SightingRow.record_id).limit(limit)))
    return result


def some_with_each(session: Session, identifiers: Iterable[str], most: int) -> set[str]:
    """Find the ids of records that show or write an identifier, at most so many for each one."""
    result: set[str] = set()
    place = func.row_number().over(
        partition_by=SightingRow.identifier, order_by=SightingRow.record_id
    )
    for chunk in chunks(identifiers):
        query = select(SightingRow.record_id, place.label("place"))
        placed = query.where(SightingRow.identifier.in_(chunk)).subquery()
        result |= set(session.scalars(select(placed.c.record_id).where(placed.c.place <= most)))
    return result


def records_showing(session: Session, identifiers: Iterable[str]) -> set[str]:
    """Find the ids of all records whose source gives one of the identifiers."""
    result: set[str] = set()
    for chunk in chunks(identifiers):
        shown = SightingRow.identifier.in_(chunk) & ~SightingRow.written
        result |= set(session.scalars(select(SightingRow.record_id).where(shown)))
    return result


def identifiers_of(session: Session, records: Collection[str]) -> set[str]:
    """Find the identifiers, as ``kind:value``, that some records show or write."""
    result: set[str] = set()
    for chunk in chunks(records):
        query = select(SightingRow.identifier).where(SightingRow.record_id.in_(chunk))
        result |= set(session.scalars(query))
    return result


def _clear(session: Session, records: Iterable[str], *, written: bool) -> None:
    for chunk in chunks(records):
        old = SightingRow.record_id.in_(chunk) & SightingRow.written.is_(written)
        session.execute(delete(SightingRow).where(old))


def _rows(found: Found, *, written: bool) -> list[dict[str, object]]:
    pairs = sorted({(str(i), record) for record, identifiers in found.items() for i in identifiers})
    return [{"identifier": i, "record_id": record, "written": written} for i, record in pairs]
