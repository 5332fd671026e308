"""Conditions and values of contacts that theme figures and what is behind them share."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, SQLColumnExpression, case, exists, func, select

from domain.conversation import Role
from domain.outcome import OutcomeKind
from domain.signal import SignalKind
from domain.theme import AssignmentState
from domain.theme_figures import Cut, Measure, Scope, Standing
from storage.tables import AssignmentRow, ConversationRow, OutcomeRow, SignalRow
from storage.theme_models import live_version


def contacts_in(scope: Scope) -> CTE:
    """Give the contacts of a scope: id, day and what a report can be cut by."""
    row = ConversationRow
    cuts = (getattr(row, cut) for cut in Cut)
    query = select(row.id, func.date(row.started_at).label("day"), *cuts)
    return query.where(*inside(scope)).cte("base")


def inside(scope: Scope) -> list[ColumnElement[bool]]:
    """Say that a conversation is in a scope."""
    row, period = ConversationRow, scope.period
    conditions = [row.started_at >= period.start, row.started_at < period.end]
    if scope.channel is not None:
        conditions.append(row.channel == scope.channel)
    if scope.brand is not None:
        conditions.append(row.brand == scope.brand)
    return conditions


def belongs(
    conversation: SQLColumnExpression[str],
    theme: SQLColumnExpression[Any] | str,
    state: AssignmentState = AssignmentState.ASSIGNED,
) -> ColumnElement[bool]:
    """Say that a statement of a conversation belongs, or leans, to a theme."""
    mine = AssignmentRow.__table__.alias()
    return exists().where(
        mine.c.conversation_id == conversation,
        mine.c.version == live_version(),
        mine.c.state == state,
        mine.c.theme_id == theme,
    )


def standing(conversation: SQLColumnExpression[str]) -> ColumnElement[str]:
    """Give how a conversation stands to the themes."""
    order = {state: place for place, state in enumerate(AssignmentState)}
    # The version stands in the value, not in the condition: else SQLite may look rows up by it.
    live = AssignmentRow.version == live_version()
    places = ((live & (AssignmentRow.state == state), place) for state, place in order.items())
    best = (
        select(func.min(case(*places)))
        .where(AssignmentRow.conversation_id == conversation)
        .scalar_subquery()
    )
    names = {place: str(state) for state, place in order.items()}
    return case(names, value=best, else_=str(Standing.SILENT))


def outcome(
    conversation: SQLColumnExpression[str], measure: Measure, window_hours: float
) -> ColumnElement[str | None]:
    """Give what came of a conversation: yes, no, open, or nothing where it is not told."""
    window = (
        OutcomeRow.window_hours == window_hours
        if measure is Measure.REPEAT_CONTACT
        else OutcomeRow.window_hours.is_(None)
    )
    query = select(func.min(OutcomeRow.state)).where(
        OutcomeRow.conversation_id == conversation,
        OutcomeRow.kind == OutcomeKind(measure),
        window,
    )
    return query.scalar_subquery()


def sentiment(conversation: SQLColumnExpression[str]) -> ColumnElement[float | None]:
    """Give the customer's sentiment over a conversation, else that of all who spoke."""
    said = select(func.avg(SignalRow.value)).where(
        SignalRow.subject_id == conversation,
        SignalRow.kind == SignalKind.SENTIMENT,
        SignalRow.effective,
    )
    customer = said.where(SignalRow.role == Role.CUSTOMER).scalar_subquery()
    everybody = said.where(SignalRow.role.is_(None)).scalar_subquery()
    return func.coalesce(customer, everybody)
