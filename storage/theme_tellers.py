"""Who told each reason for contact, and what the taxonomy takes it for: what names stand on."""

from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.signal import GENERAL, SignalKind
from domain.theme import Teller
from storage.statements import chunks
from storage.tables import IssueRow, JoinRow, SignalRow, StatementRow


def tellers(session: Session, ids: Iterable[str]) -> dict[str, Teller]:
    """Give the teller of each statement, by its id; those that are not there are left out.

    Intents are those of the statement's turn, people's corrections applied; own taxonomies are
    left out, since their labels are ids of their makers' and no words. The language is that of
    the turn, or of the conversation where the turn's is not sure.
    """
    found: dict[str, Teller] = {}
    for chunk in chunks(ids):
        query = select(StatementRow.id, StatementRow.conversation_id, StatementRow.turn_id)
        rows = session.execute(query.where(StatementRow.id.in_(chunk))).all()
        people = _people(session, {row.conversation_id for row in rows})
        intents = _intents(session, {row.turn_id for row in rows})
        spoken = _languages(
            session, {id_ for row in rows for id_ in (row.turn_id, row.conversation_id)}
        )
        for row in rows:
            found[row.id] = Teller(
                person=people.get(row.conversation_id, row.conversation_id),
                intents=tuple(intents.get(row.turn_id, ())),
                language=spoken.get(row.turn_id) or spoken.get(row.conversation_id),
            )
    return found


def _people(session: Session, conversations: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    query = (
        select(JoinRow.conversation_id, func.min(IssueRow.identity_id))
        .join(IssueRow, IssueRow.id == JoinRow.issue_id)
        .group_by(JoinRow.conversation_id)
    )
    for chunk in chunks(conversations):
        found |= dict(session.execute(query.where(JoinRow.conversation_id.in_(chunk))).all())
    return found


def _intents(session: Session, turns: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    general = or_(SignalRow.taxonomy.is_(None), SignalRow.taxonomy.like(f"{GENERAL}@%"))
    query = (
        select(SignalRow.subject_id, SignalRow.label)
        .where(SignalRow.kind == SignalKind.INTENT, SignalRow.effective, ~SignalRow.abstained)
        .where(general)
        .order_by(SignalRow.subject_id, SignalRow.position, SignalRow.label)
    )
    for chunk in chunks(turns):
        for turn, label in session.execute(query.where(SignalRow.subject_id.in_(chunk))):
            found.setdefault(turn, []).append(label)
    return found


def _languages(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    query = select(SignalRow.subject_id, SignalRow.label).where(
        SignalRow.kind == SignalKind.LANGUAGE, SignalRow.effective, ~SignalRow.abstained
    )
    for chunk in chunks(subjects):
        found |= dict(session.execute(query.where(SignalRow.subject_id.in_(chunk))).all())
    return found
