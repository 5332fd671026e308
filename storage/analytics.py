"""What analyses take from the database beside the mart: cues of contacts, and words to read."""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.conversation import Role, Visibility
from domain.redaction import redacted
from domain.signal import SignalKind
from storage.rows import redactions_of
from storage.statements import chunks
from storage.tables import SignalRow, TurnRow

CUES = pa.schema([("contact_id", pa.string()), ("label", pa.string())])
BATCH_ROWS = 20_000
LEAST_CHARS = 20
"""A turn with fewer says little: the next one is quoted, where there is one."""
MOST_CHARS = 220


def cues(session: Session) -> Iterator[pa.RecordBatch]:
    """Read which effort cues contacts carry, and in which an agent promised something."""
    row = SignalRow
    query = (
        select(row.conversation_id, row.kind, row.label)
        .where(row.kind.in_([SignalKind.EFFORT, SignalKind.PROMISE]))
        .where(row.effective, row.abstained.is_(False))
        .distinct()
    )
    found = session.execute(query.execution_options(yield_per=BATCH_ROWS))
    for part in found.partitions():
        told = [
            (id_, label if kind == SignalKind.EFFORT else "promise") for id_, kind, label in part
        ]
        ids, labels = zip(*dict.fromkeys(told), strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(ids), pa.array(labels)], schema=CUES)


def first_words(session: Session, ids: Iterable[str]) -> Mapping[str, str]:
    """Quote what customers said first, redacted and cut; contacts not read yet are left out."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        query = (
            select(TurnRow)
            .where(TurnRow.conversation_id.in_(chunk), TurnRow.role == Role.CUSTOMER)
            .where(TurnRow.visibility == Visibility.PUBLIC)
            .order_by(TurnRow.conversation_id, TurnRow.position)
        )
        for turn in session.scalars(query):
            known = found.get(turn.conversation_id, "")
            hidden = redactions_of(turn)
            if hidden is not None and len(known) < LEAST_CHARS:
                words = " ".join(redacted(turn.text, hidden).split())
                found[turn.conversation_id] = words if len(words) > len(known) else known
    return {id_: _cut(text) for id_, text in found.items() if text}


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:MOST_CHARS].rsplit(' ', 1)[0]} …"
