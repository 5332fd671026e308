"""What analyses take from the database beside the mart: cues of contacts, and words to read."""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from domain.conversation import Role, Visibility
from domain.redaction import redacted
from domain.signal import SignalKind
from storage.mart import Ids, streamed
from storage.rows import redactions_of
from storage.statements import chunks
from storage.tables import SignalRow, TurnRow

PROMISE = "promise"
"""The cue of contacts in which an agent promised something."""
LEAST_CHARS = 20
"""A turn with fewer says little: the next one is quoted, where there is one."""
MOST_CHARS = 220


def cues(session: Session, schema: pa.Schema, ids: Ids) -> Iterator[pa.RecordBatch]:
    """Read which effort cues contacts carry, and in which an agent promised something."""
    row = SignalRow
    label = case((row.kind == SignalKind.EFFORT, row.label), else_=PROMISE)
    query = (
        select(row.conversation_id.label("contact_id"), label.label("label"))
        .where(row.kind.in_([SignalKind.EFFORT, SignalKind.PROMISE]))
        .where(row.effective, row.abstained.is_(False))
        .distinct()
    )
    return streamed(session, query, row.conversation_id, schema, ids)


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
