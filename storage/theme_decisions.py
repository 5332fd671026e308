"""What people decided about texts and themes; it is laid over every model."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.statements import chunks, upsert
from storage.tables import DecisionRow


class DecisionKind(StrEnum):
    """What a person did."""

    MERGE = "merge"
    """``subject``, a theme, was taken up by ``theme_id``."""
    SPLIT = "split"
    """``subject``, a theme, was cut out of ``theme_id``."""
    MOVE = "move"
    """Words, by the hash in ``subject``, belong to ``theme_id``; to none where it is None."""


class Decision(Record):
    """One decision; a later one about the same subject takes its place."""

    kind: DecisionKind
    subject: str
    theme_id: str | None
    space: str | None = None
    vectors: bytes | None = None
    """Of a split: (2, D) float32, little-endian: middles of the rest and of the part."""
    at: UtcDatetime
    by: str


COLUMNS = tuple(Decision.model_fields)


def save(session: Session, decisions: Iterable[Decision]) -> None:
    """Keep decisions."""
    upsert(session, DecisionRow, [{n: getattr(d, n) for n in COLUMNS} for d in decisions])


def of_themes(session: Session) -> tuple[Decision, ...]:
    """Load mergers and splits, in the order of time."""
    query = select(DecisionRow).where(DecisionRow.kind != DecisionKind.MOVE)
    return tuple(
        map(decision_of, session.scalars(query.order_by(DecisionRow.at, DecisionRow.subject)))
    )


def moves(session: Session, hashes: Iterable[str]) -> dict[str, str | None]:
    """Find where people moved words to: content hash to theme, or to None."""
    found: dict[str, str | None] = {}
    query = select(DecisionRow.subject, DecisionRow.theme_id)
    for chunk in chunks(set(hashes)):
        mine = (DecisionRow.kind == DecisionKind.MOVE, DecisionRow.subject.in_(chunk))
        found |= dict(session.execute(query.where(*mine)).all())
    return found


def all_moves(session: Session) -> dict[str, str | None]:
    """Load every move: content hash to theme, or to None."""
    query = select(DecisionRow.subject, DecisionRow.theme_id)
    rows = session.execute(query.where(DecisionRow.kind == DecisionKind.MOVE))
    return dict(rows.all())


def forget_moves(session: Session, hashes: Iterable[str]) -> None:
    """Take moves back, so that the model's word counts again."""
    for chunk in chunks(hashes):
        mine = (DecisionRow.kind == DecisionKind.MOVE, DecisionRow.subject.in_(chunk))
        session.execute(delete(DecisionRow).where(*mine))


def forget_moves_to(session: Session, theme_id: str) -> None:
    """Take back all moves to a theme."""
    mine = (DecisionRow.kind == DecisionKind.MOVE, DecisionRow.theme_id == theme_id)
    session.execute(delete(DecisionRow).where(*mine))


def forget(session: Session, decision: Decision) -> None:
    """Take a decision back."""
    mine = (DecisionRow.kind == decision.kind, DecisionRow.subject == decision.subject)
    session.execute(delete(DecisionRow).where(*mine))


def latest(session: Session) -> datetime | None:
    """Give the moment of the last decision."""
    return session.scalar(select(DecisionRow.at).order_by(DecisionRow.at.desc()).limit(1))


def decision_of(row: DecisionRow) -> Decision:
    """Read a decision back from its row."""
    return Decision.model_validate({name: getattr(row, name) for name in COLUMNS})
