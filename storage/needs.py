"""Statements of need as vectors, which tell whether two contacts are about the same thing."""

from collections.abc import Iterable, Mapping, Sequence
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
    replace_many(session, {conversation_id: (vector, space)})


def replace_many(session: Session, found: Mapping[str, tuple[Sequence[float] | None, str]]) -> None:
    """Do what ``replace`` does for some conversations, by their ids."""
    nothing = [id_ for id_, (vector, _) in found.items() if vector is None]
    if nothing:
        session.execute(delete(NeedRow).where(NeedRow.conversation_id.in_(nothing)))
    rows = [
        {"conversation_id": id_, "space": space, "vector": pack(f"<{len(vector)}f", *vector)}
        for id_, (vector, space) in sorted(found.items())
        if vector is not None
    ]
    upsert(session, NeedRow, rows)


def get_many(session: Session, conversation_ids: Iterable[str]) -> dict[str, Need]:
    """Load needs by the conversation's id; those without one are left out."""
    result = {}
    for chunk in chunks(conversation_ids):
        for row in session.scalars(select(NeedRow).where(NeedRow.conversation_id.in_(chunk))):
            vector = unpack(f"<{len(row.vector) // 4}f", row.vector)
            result[row.conversation_id] = (vector, row.space)
    return result
