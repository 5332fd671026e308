"""Events as flat Arrow batches for analysis, with whose they are."""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.mart import Ids, batch, pages
from storage.statements import among, chunks
from storage.tables import EventRow, IdentityRow, MemberRow, SightingRow

_E = EventRow


def events(session: Session, schema: pa.Schema, ids: Ids) -> Iterator[pa.RecordBatch]:
    """Read events, in order of time, by the names that they are kept under."""
    columns = (_E.id, _E.name, _E.raw_name, _E.source, _E.brand, _E.at, _E.received_at)
    for page in pages(session, columns, _E.at, _E.id, ids):
        owners = _owners(session, [row.id for row in page])
        rows = [
            {**row._mapping, "event_id": row.id, "identity_id": owners.get(row.id)} for row in page
        ]
        yield batch(rows, schema)


def of_identities(session: Session, ids: Iterable[str]) -> set[str]:
    """Find the events that show an identifier of some identities."""
    found: set[str] = set()
    for chunk in chunks(ids):
        query = (
            select(SightingRow.record_id)
            .join(MemberRow, MemberRow.identifier == SightingRow.identifier)
            .where(
                among(session, MemberRow.identity_id, chunk),
                SightingRow.record_id.startswith("evt_"),
            )
        )
        found |= set(session.scalars(query))
    return found


def _owners(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Find the identity of each event: of those that its identifiers belong to, the surest."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        query = (
            select(SightingRow.record_id, IdentityRow.id)
            .join(MemberRow, MemberRow.identifier == SightingRow.identifier)
            .join(IdentityRow, IdentityRow.id == MemberRow.identity_id)
            .where(among(session, SightingRow.record_id, chunk), ~SightingRow.written)
            .order_by(IdentityRow.confidence, IdentityRow.id.desc())
        )
        found |= dict(session.execute(query).all())
    return found
