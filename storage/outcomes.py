"""Outcomes counted: by the signal that contacts carry, and over all contacts."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.base import Record
from domain.outcome import OutcomeKind, OutcomeState
from storage.search import ConversationFilter, conversation_conditions
from storage.tables import ConversationRow, OutcomeRow


class OutcomeCount(Record):
    """How often an outcome came about among some contacts."""

    kind: OutcomeKind
    window_hours: float | None
    yes: int
    no: int
    open: int
    """Their window has not passed: neither yes nor no, and in no rate."""


class Counted(Record):
    """Contacts, and what came of them."""

    contacts: int
    outcomes: tuple[OutcomeCount, ...]
    """By kind and window. The ids behind each number: ``search.conversation_page`` with the
    same filter and the outcome."""


def count(session: Session, wanted: ConversationFilter) -> Counted:
    """Count contacts and their outcomes.

    Parameters
    ----------
    wanted : ConversationFilter
        Which contacts; with ``signal`` set, those that carry a signal. ``outcome`` narrows
        the contacts, so leave it out for rates.
    """
    conditions = conversation_conditions(wanted)
    total = select(func.count()).select_from(ConversationRow).where(*conditions)
    query = (
        select(
            OutcomeRow.kind,
            OutcomeRow.window_hours,
            *(_number(state) for state in (OutcomeState.YES, OutcomeState.NO, OutcomeState.OPEN)),
        )
        .join(ConversationRow, ConversationRow.id == OutcomeRow.conversation_id)
        .where(*conditions)
        .group_by(OutcomeRow.kind, OutcomeRow.window_hours)
        .order_by(OutcomeRow.kind, OutcomeRow.window_hours)
    )
    return Counted(
        contacts=session.scalar(total) or 0,
        outcomes=tuple(
            OutcomeCount.model_validate(dict(row)) for row in session.execute(query).mappings()
        ),
    )


def _number(state: OutcomeState) -> ColumnElement[int]:
    return func.count().filter(OutcomeRow.state == state).label(str(state))
