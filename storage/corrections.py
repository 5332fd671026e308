"""What people said about labels. It hangs on subject and label and outlives every re-tagging."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from domain.correction import Correction
from domain.signal import SubjectKind
from storage import work
from storage.statements import upsert
from storage.tables import ConversationRow, CorrectionRow, JoinRow, JourneyRow, TurnRow

COLUMNS = tuple(Correction.model_fields)


def save(session: Session, correction: Correction, now: datetime) -> str | None:
    """Keep a correction; a later word on the same label takes the place of an earlier one.

    Call ``signals.lay_corrections`` for the conversation that is given back. The journeys
    around it are rebuilt by the work that this asks for.

    Returns
    -------
    str or None
        The id of the conversation it is about; None for a journey.

    Raises
    ------
    LookupError
        If there is no such subject.
    """
    owner, contact = _about(session, correction.subject_kind, correction.subject_id)
    known = session.get(CorrectionRow, correction.id)
    if known is None or correction.at >= known.at:
        row = {name: getattr(correction, name) for name in COLUMNS}
        upsert(session, CorrectionRow, [row | {"id": correction.id, "conversation_id": owner}])
    work.add(session, work.Kind.REBUILD, contact, now)
    return owner


def remove(session: Session, correction_id: str, now: datetime) -> str | None:
    """Take a correction back, so that the machine's word counts again.

    Returns
    -------
    str or None
        The id of the conversation it was about; None for a journey.

    Raises
    ------
    LookupError
        If there is no such correction.
    """
    row = session.get(CorrectionRow, correction_id)
    if row is None:
        raise LookupError(f"there is no correction {correction_id}")
    _, contact = _about(session, SubjectKind(row.subject_kind), row.subject_id)
    session.execute(delete(CorrectionRow).where(CorrectionRow.id == correction_id))
    work.add(session, work.Kind.REBUILD, contact, now)
    return row.conversation_id


def of_conversation(session: Session, conversation_id: str) -> tuple[Correction, ...]:
    """Load the corrections of a conversation and its turns, in order of time."""
    return _load(session, CorrectionRow.conversation_id == conversation_id)


def of_conversations(
    session: Session, conversation_ids: Collection[str]
) -> dict[str, list[Correction]]:
    """Load the corrections of some conversations by their ids, in order of time."""
    query = select(CorrectionRow).where(CorrectionRow.conversation_id.in_(conversation_ids))
    result: dict[str, list[Correction]] = {}
    for row in session.scalars(query.order_by(CorrectionRow.at, CorrectionRow.id)):
        said = Correction.model_validate({name: getattr(row, name) for name in COLUMNS})
        result.setdefault(row.conversation_id or "", []).append(said)
    return result


def of_subjects(session: Session, subject_ids: Collection[str]) -> tuple[Correction, ...]:
    """Load the corrections of some subjects, in order of time."""
    return _load(session, CorrectionRow.subject_id.in_(subject_ids))


def _load(session: Session, condition: ColumnElement[bool]) -> tuple[Correction, ...]:
    query = select(CorrectionRow).where(condition).order_by(CorrectionRow.at, CorrectionRow.id)
    return tuple(
        Correction.model_validate({name: getattr(row, name) for name in COLUMNS})
        for row in session.scalars(query)
    )


def _about(session: Session, kind: SubjectKind, subject_id: str) -> tuple[str | None, str]:
    """Find the conversation of a subject, and a contact by which its journeys are rebuilt."""
    if kind is SubjectKind.JOURNEY:
        query = (
            select(JoinRow.conversation_id)
            .join(JourneyRow, JourneyRow.issue_id == JoinRow.issue_id)
            .where(JourneyRow.id == subject_id)
            .order_by(JoinRow.position)
        )
        contact, owner = session.scalars(query.limit(1)).first(), None
    elif kind is SubjectKind.TURN:
        contact = owner = session.scalar(
            select(TurnRow.conversation_id).where(TurnRow.id == subject_id)
        )
    else:
        contact = owner = session.scalar(
            select(ConversationRow.id).where(ConversationRow.id == subject_id)
        )
    if contact is None:
        raise LookupError(f"there is no {kind} {subject_id}")
    return owner, contact
