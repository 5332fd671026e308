"""Statements of need as vectors, which tell whether two contacts are about the same thing."""

from collections.abc import Iterable, Sequence
from struct import pack, unpack

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.statements import chunks, upsert
from storage.tables import NeedRow

Need = tuple[tuple[float, ...], str]
"""A unit vector and the version of its embedding space."""


def replace(
    session: Session, conversation_id: str, vector: Sequence[float] | None, space: str
) -> None:
    """Keep the need of a conversation; None where the customer said nothing.

    Parameters
    ----------
    vector : sequence of float, shape (dimensions,)
        Kept in single precision.
    """
    if vector is None:
        session.execute(delete(NeedRow).where(NeedRow.conversation_id == conversation_id))
        return
    data = pack(f"<{len(vector)}f", *vector)
    row = {"conversation_id": conversation_id, "space": space, "vector": data}
    upsert(session, NeedRow, [row])


def get_many(session: Session, conversation_ids: Iterable[str]) -> dict[str, Need]:
    """Load needs by the conversation's id; those without one are left out."""
    result = {}
    for chunk in chunks(conversation_ids):
        for row in session.scalars(select(NeedRow).where(NeedRow.conversation_id.in_(chunk))):
            vector = unpack(f"<{len(row.vector) // 4}f", row.vector)
            result[row.conversation_id] = (vector, row.space)
    return result
