"""Events as flat Arrow batches for analysis, with whose they are."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.mart import Wanted, batch, inside, pages
from storage.statements import chunks
from storage.tables import EventRow, IdentityRow, MemberRow, SightingRow

_E = EventRow


def events(session: Session, wanted: Wanted, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read events in order of time; columns as ``journey.mart.EVENTS`` tells them.

    The channel narrows nothing here: an event has none of the channels of contacts.
    """
    columns = (_E.id, _E.name, _E.raw_name, _E.source, _E.brand, _E.at, _E.received_at)
    for page in pages(session, columns, _E.at, _E.id, inside(_E.at, _E.brand, wanted)):
        owners = _owners(session, [row.id for row in page])
        rows = [
            {**row._mapping, "event_id": row.id, "identity_id": owners.get(row.id)} for row in page
        ]
        yield batch([row | {"name": wanted.name_of(row["name"])} for row in rows], schema)


def _owners(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Find the identity of each event: of those that its identifiers belong to, the surest."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        query = (
            select(SightingRow.record_id, IdentityRow.id)
            .join(MemberRow, MemberRow.identifier == SightingRow.identifier)
            .join(IdentityRow, IdentityRow.id == MemberRow.identity_id)
            .where(SightingRow.record_id.in_(chunk), ~SightingRow.written)
            .order_by(IdentityRow.confidence, IdentityRow.id.desc())
        )
        found |= dict(session.execute(query).all())
    return found
