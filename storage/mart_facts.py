"""What a page of contacts or journeys takes from other tables, by id."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from domain.conversation import Role, Visibility
from domain.outcome import OutcomeKind
from domain.signal import GENERAL, Origin, SignalKind, SubjectKind
from domain.theme import AssignmentState
from storage.statements import among, chunks
from storage.tables import (
    AssignmentRow,
    IdentityRow,
    JoinRow,
    JourneyRow,
    OutcomeRow,
    SignalRow,
    TurnRow,
)
from storage.theme_models import live_version

Values = dict[str, Any]
Told = Row[str, str, str, float | None, float | None, str | None, bool, str]
_S = SignalRow
_TOLD = (SignalKind.INTENT, SignalKind.SENTIMENT, SignalKind.SATISFACTION, SignalKind.RESOLUTION)


def of_contacts(session: Session, ids: Sequence[str], moods: frozenset[str]) -> dict[str, Values]:
    """Give what is told of each contact: journey, need, theme, mood, effort, turns.

    Parameters
    ----------
    ids : sequence of str
        Conversations.
    moods : frozenset of str
        Intents that are the need only where there is no other.
    """
    found: dict[str, Values] = {id_: _nothing() for id_ in ids}
    for chunk in chunks(ids):
        for facts in (_places, _themes, _turns, _cues):
            for id_, values in facts(session, chunk).items():
                found[id_] |= values
        for id_, signals in _signals(session, chunk).items():
            found[id_] |= _told(signals, moods)
    return found


def outcomes(session: Session, ids: Iterable[str]) -> dict[str, dict[OutcomeKind, str]]:
    """Give the state of each outcome of some contacts or journeys, by id; repeats left out."""
    found: dict[str, dict[OutcomeKind, str]] = {}
    row = OutcomeRow
    for chunk in chunks(ids):
        for owner in (row.conversation_id, row.journey_id):
            query = select(owner, row.kind, row.state)
            query = query.where(among(session, owner, chunk), row.window_hours.is_(None))
            for id_, kind, state in session.execute(query):
                found.setdefault(str(id_), {})[OutcomeKind(kind)] = state
    return found


def _nothing() -> Values:
    names = ("journey_id", "identity_id", "identity_level", "need", "theme_id", "sentiment")
    counts = {"position": 0, "effort_cues": 0, "customer_turns": 0}
    return dict.fromkeys((*names, "satisfaction", "resolution")) | counts


def _places(session: Session, ids: Sequence[str]) -> dict[str, Values]:
    """Find the journey of each contact and its place in there."""
    query = (
        select(
            JoinRow.conversation_id,
            JourneyRow.id.label("journey_id"),
            JourneyRow.identity_id,
            IdentityRow.level.label("identity_level"),
            JoinRow.position,
        )
        .join(JourneyRow, JourneyRow.issue_id == JoinRow.issue_id)
        .join(IdentityRow, IdentityRow.id == JourneyRow.identity_id, isouter=True)
        .where(among(session, JoinRow.conversation_id, ids))
        .order_by(JourneyRow.id.desc())
    )
    rows = (dict(row) for row in session.execute(query).mappings())
    return {row.pop("conversation_id"): row for row in rows}


def _themes(session: Session, ids: Sequence[str]) -> dict[str, Values]:
    """Find the theme that a statement of each contact belongs to most surely."""
    row = AssignmentRow
    query = (
        select(row.conversation_id, row.theme_id)
        .where(among(session, row.conversation_id, ids), row.version == live_version())
        .where(row.state == AssignmentState.ASSIGNED)
        .order_by(row.score, row.theme_id.desc())
    )
    return {id_: {"theme_id": theme} for id_, theme in session.execute(query)}


def _turns(session: Session, ids: Sequence[str]) -> dict[str, Values]:
    query = (
        select(TurnRow.conversation_id, func.count())
        .where(among(session, TurnRow.conversation_id, ids))
        .where(TurnRow.role == Role.CUSTOMER, TurnRow.visibility == Visibility.PUBLIC)
        .group_by(TurnRow.conversation_id)
    )
    return {id_: {"customer_turns": count} for id_, count in session.execute(query)}


def _cues(session: Session, ids: Sequence[str]) -> dict[str, Values]:
    query = (
        select(_S.conversation_id, func.count())
        .where(among(session, _S.conversation_id, ids), _S.effective, ~_S.abstained)
        .where(_S.kind == SignalKind.EFFORT, _S.subject_kind == SubjectKind.TURN)
        .group_by(_S.conversation_id)
    )
    return {id_: {"effort_cues": count} for id_, count in session.execute(query)}


def _signals(session: Session, ids: Sequence[str]) -> dict[str, list[Told]]:
    """Load what is said of whole contacts by the customer, or by all, in the tagger's order."""
    query = (
        select(
            _S.conversation_id, _S.kind, _S.label, _S.value, _S.probability, _S.role,
            _S.abstained, _S.origin,
        )
        .where(among(session, _S.conversation_id, ids), _S.effective, _S.kind.in_(_TOLD))
        .where(_S.subject_kind == SubjectKind.CONVERSATION)
        .where(or_(_S.role.is_(None), _S.role == Role.CUSTOMER))
        .where(or_(_S.taxonomy.is_(None), _S.taxonomy.startswith(f"{GENERAL}@")))
        .order_by(_S.conversation_id, _S.position, _S.id)
    )  # fmt: skip
    found: dict[str, list[Told]] = {}
    for row in session.execute(query):
        found.setdefault(row.conversation_id, []).append(row)
    return found


def _told(signals: Sequence[Told], moods: frozenset[str]) -> Values:
    return {
        "need": _need(signals, moods),
        "sentiment": _value(signals, SignalKind.SENTIMENT),
        "satisfaction": _value(signals, SignalKind.SATISFACTION),
        "resolution": next(
            (s.label for s in signals if s.kind == SignalKind.RESOLUTION and not s.abstained), None
        ),
    }


def _need(signals: Sequence[Told], moods: frozenset[str]) -> str | None:
    """Choose the main intent: a person's word first, then the surest; a mood only at the last."""
    intents = [s for s in signals if s.kind == SignalKind.INTENT and not s.abstained]
    best = min(
        intents,
        key=lambda s: (s.label in moods, s.origin != Origin.PERSON, -(s.probability or 1.0)),
        default=None,
    )
    return None if best is None else best.label


def _value(signals: Sequence[Told], kind: SignalKind) -> float | None:
    """Give a value on a scale: the customer's own, else that of all who spoke."""
    found = [s for s in signals if s.kind == kind and s.value is not None]
    by_role = {s.role: s.value for s in found}
    return by_role.get(Role.CUSTOMER, by_role.get(None))
