"""What became of themes: lines that are added and never changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.theme import LedgerEntry
from storage.tables import LedgerRow

COLUMNS = tuple(LedgerEntry.model_fields)


def add(session: Session, entries: Iterable[LedgerEntry]) -> None:
    """Add lines, in order."""
    for entry in entries:
        fields = {name: getattr(entry, name) for name in COLUMNS}
        lists = {"others": list(entry.others), "details": dict(entry.details)}
        session.add(LedgerRow(**(fields | lists)))
    session.flush()


def of_theme(session: Session, theme_id: str) -> tuple[LedgerEntry, ...]:
    """Load the lines about one theme, the oldest first."""
    query = select(LedgerRow).where(LedgerRow.theme_id == theme_id).order_by(LedgerRow.id)
    return tuple(entry_of(row) for row in session.scalars(query))


def between(session: Session, first: datetime, before: datetime) -> tuple[LedgerEntry, ...]:
    """Load the lines of a time ``[first, before)``, the oldest first."""
    query = select(LedgerRow).where(LedgerRow.at >= first, LedgerRow.at < before)
    return tuple(entry_of(row) for row in session.scalars(query.order_by(LedgerRow.id)))


def entry_of(row: LedgerRow) -> LedgerEntry:
    """Read a line back from its row."""
    return LedgerEntry.model_validate({name: getattr(row, name) for name in COLUMNS})
