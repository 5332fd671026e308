"""Figures of themes over a period, summed by the database: one pass over the contacts.

A contact has a theme when a statement of it is assigned to it by the live model. Sums are
taken by customer first, because contacts of one customer are not independent.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from domain.conversation import Role
from domain.outcome import OutcomeKind, OutcomeState
from domain.signal import SignalKind
from domain.theme import AssignmentState
from domain.theme_figures import SHARES, Cut, Measure, Place, Scope, Standing, Sums
from storage.tables import (
    AssignmentRow,
    ConversationRow,
    IssueRow,
    JoinRow,
    JourneyRow,
    OutcomeRow,
    SignalRow,
    ThemeRow,
)
from storage.theme_contacts import belongs, contacts_in, standing
from storage.theme_models import live_version


def sums(
    session: Session, scope: Scope, cut: Cut | None = None
) -> dict[Place, dict[Measure, Sums]]:
    """Sum every measure over the contacts of each theme, and over all contacts.

    Parameters
    ----------
    scope : Scope
    cut : Cut, optional
        Part each theme's contacts by this.

    Returns
    -------
    dict
        By theme (None: all contacts) and part (None without a cut, or where it is not known).
    """
    found: dict[Place, dict[Measure, Sums]] = {}
    base = contacts_in(scope)
    for query, measures in (
        (_by_contact(scope, base, cut), (Measure.CONTACTS, *SHARES, Measure.SENTIMENT)),
        (_by_journey(base, cut), (Measure.EFFORT,)),
    ):
        for row in session.execute(query).mappings():
            place = found.setdefault((row["theme_id"], row["part"]), {})
            place |= {measure: _sums_of(row, measure) for measure in measures}
    return found


def days(session: Session, scope: Scope) -> dict[str | None, dict[date, int]]:
    """Count contacts by day: of each theme, and of all under None."""
    base = contacts_in(scope)
    every = _every(base)
    query = (
        select(every.c.theme_id, base.c.day, func.count())
        .join(base, base.c.id == every.c.id)
        .group_by(every.c.theme_id, base.c.day)
    )
    found: dict[str | None, dict[date, int]] = {}
    for theme, day, count in session.execute(query):
        found.setdefault(theme, {})[date.fromisoformat(str(day))] = count
    return found


def standings(session: Session, scope: Scope) -> dict[Standing, int]:
    """Count how contacts stand to the themes, each by the best of its statements."""
    base = contacts_in(scope)
    stand = select(standing(base.c.id).label("standing")).select_from(base).subquery()
    query = select(stand.c.standing, func.count()).group_by(stand.c.standing)
    return {Standing(name): count for name, count in session.execute(query)}


def near(session: Session, scope: Scope) -> dict[str, int]:
    """Count the contacts that lean to each theme and do not belong to it."""
    base = contacts_in(scope)
    query = (
        select(AssignmentRow.theme_id, func.count(AssignmentRow.conversation_id.distinct()))
        .join(base, base.c.id == AssignmentRow.conversation_id)
        .where(AssignmentRow.version == live_version())
        .where(AssignmentRow.state == AssignmentState.NEAR)
        .where(~belongs(AssignmentRow.conversation_id, AssignmentRow.theme_id))
        .group_by(AssignmentRow.theme_id)
    )
    return {str(theme): count for theme, count in session.execute(query)}


def families(session: Session, scope: Scope) -> dict[str, int]:
    """Count the contacts of each theme that leads others, those of its sub-themes taken in."""
    members = _members(contacts_in(scope))
    leader = func.coalesce(ThemeRow.parent_id, ThemeRow.id)
    led = select(ThemeRow.parent_id).where(ThemeRow.parent_id.is_not(None))
    query = (
        select(leader, func.count(members.c.id.distinct()))
        .join(ThemeRow, ThemeRow.id == members.c.theme_id)
        .where(leader.in_(led))
        .group_by(leader)
    )
    return {str(theme): count for theme, count in session.execute(query)}


def latest_day(session: Session) -> date | None:
    """Give the day of the latest contact; None where there is none."""
    moment = session.scalar(select(func.max(ConversationRow.started_at)))
    return None if moment is None else moment.date()


def earliest_day(session: Session) -> date | None:
    """Give the day of the first contact; None where there is none."""
    moment = session.scalar(select(func.min(ConversationRow.started_at)))
    return None if moment is None else moment.date()


def typical(session: Session, scope: Scope, most: int) -> dict[str, list[str]]:
    """Choose statements of the period that stand for each theme: ids, the surest first."""
    base = contacts_in(scope)
    rank = func.row_number().over(
        partition_by=AssignmentRow.theme_id,
        order_by=(AssignmentRow.score.desc(), AssignmentRow.statement_id),
    )
    ranked = (
        select(AssignmentRow.theme_id, AssignmentRow.statement_id, rank.label("place"))
        .join(base, base.c.id == AssignmentRow.conversation_id)
        .where(AssignmentRow.version == live_version())
        .where(AssignmentRow.state == AssignmentState.ASSIGNED)
        .subquery()
    )
    query = select(ranked.c.theme_id, ranked.c.statement_id).where(ranked.c.place <= most)
    found: dict[str, list[str]] = {}
    for theme, statement in session.execute(query.order_by(ranked.c.theme_id, ranked.c.place)):
        found.setdefault(theme, []).append(statement)
    return found


def windows(session: Session) -> tuple[float, ...]:
    """Give the windows for which repeat contact is kept, shortest first."""
    query = select(OutcomeRow.window_hours).where(
        OutcomeRow.kind == OutcomeKind.REPEAT_CONTACT, OutcomeRow.window_hours.is_not(None)
    )
    return tuple(sorted(float(hours or 0) for hours in session.scalars(query.distinct())))


def _members(base: CTE) -> Subquery:
    """Give theme and contact, each pair once."""
    query = (
        select(AssignmentRow.theme_id.label("theme_id"), base.c.id.label("id"))
        .join(base, base.c.id == AssignmentRow.conversation_id)
        .where(AssignmentRow.version == live_version())
        .where(AssignmentRow.state == AssignmentState.ASSIGNED)
        .where(AssignmentRow.theme_id.is_not(None))
    )
    return query.distinct().subquery("members")


def _every(base: CTE) -> Subquery:
    """Give theme and contact, and once more each contact under no theme: that is all."""
    members = _members(base)
    whole = select(cast(null(), String).label("theme_id"), base.c.id)
    return union_all(select(members.c.theme_id, members.c.id), whole).subquery("every")


def _part(base: CTE, cut: Cut | None) -> ColumnElement[Any]:
    return cast(null() if cut is None else base.c[cut], String).label("part")


def _by_contact(scope: Scope, base: CTE, cut: Cut | None) -> Select[Any]:
    id_, person, came, mood = base.c.id, _customers(base), _outcomes(scope, base), _moods(base)
    facts = (
        select(
            id_,
            _part(base, cut),
            func.coalesce(person.c.customer, id_).label("customer"),
            *(came.c[measure] for measure in SHARES),
            mood.c.sentiment,
        )
        .outerjoin_from(base, person, person.c.id == id_)
        .outerjoin(came, came.c.id == id_)
        .outerjoin(mood, mood.c.id == id_)
        .subquery("facts")
    )
    every = _every(base)
    columns: list[ColumnElement[Any]] = [*_inner(Measure.CONTACTS, literal(1.0), literal(0))]
    for measure in SHARES:
        state = facts.c[measure]
        value = case((state == OutcomeState.YES, 1.0), (state == OutcomeState.NO, 0.0))
        columns += _inner(measure, value, case((state == OutcomeState.OPEN, 1), else_=0))
    columns += _inner(Measure.SENTIMENT, facts.c[Measure.SENTIMENT], literal(0))
    place = (every.c.theme_id, facts.c.part, facts.c.customer)
    by_customer = select(*place, *columns).join(facts, facts.c.id == every.c.id).group_by(*place)
    return _outer(by_customer.subquery(), (Measure.CONTACTS, *SHARES, Measure.SENTIMENT))


def _customers(base: CTE) -> Subquery:
    """Give whose each contact is."""
    query = (
        select(base.c.id, func.min(IssueRow.identity_id).label("customer"))
        .join(JoinRow, JoinRow.conversation_id == base.c.id)
        .join(IssueRow, IssueRow.id == JoinRow.issue_id)
    )
    return query.group_by(base.c.id).subquery("customers")


def _outcomes(scope: Scope, base: CTE) -> Subquery:
    """Give what came of each contact, a column a measure."""
    row = OutcomeRow
    wanted = or_(row.window_hours.is_(None), row.window_hours == scope.window_hours)
    states = (
        func.min(case((row.kind == OutcomeKind(measure), row.state))).label(measure)
        for measure in SHARES
    )
    query = select(base.c.id, *states).join(row, row.conversation_id == base.c.id)
    return query.where(wanted).group_by(base.c.id).subquery("came")


def _moods(base: CTE) -> Subquery:
    """Give the sentiment of each contact: the customer's, else that of all who spoke."""
    row = SignalRow
    customer = func.avg(case((row.role == Role.CUSTOMER, row.value)))
    everybody = func.avg(case((row.role.is_(None), row.value)))
    query = (
        select(base.c.id, func.coalesce(customer, everybody).label("sentiment"))
        .join(row, row.subject_id == base.c.id)
        .where(row.kind == SignalKind.SENTIMENT, row.effective)
    )
    return query.group_by(base.c.id).subquery("moods")


def _by_journey(base: CTE, cut: Cut | None) -> Select[Any]:
    """Sum the effort of the journeys that contacts belong to, each journey once a theme."""
    every = _every(base)
    journeys = (
        select(
            every.c.theme_id,
            _part(base, cut),
            JourneyRow.id,
            JourneyRow.identity_id.label("customer"),
            JourneyRow.effort,
            case((JourneyRow.closed_at.is_(None), 1), else_=0).label("open"),
        )
        .join(base, base.c.id == every.c.id)
        .join(JoinRow, JoinRow.conversation_id == every.c.id)
        .join(JourneyRow, JourneyRow.issue_id == JoinRow.issue_id)
        .distinct()
        .subquery()
    )
    place = (journeys.c.theme_id, journeys.c.part, journeys.c.customer)
    columns = _inner(Measure.EFFORT, journeys.c.effort, journeys.c.open)
    by_customer = select(*place, *columns).group_by(*place).subquery()
    return _outer(by_customer, (Measure.EFFORT,))


def _inner(
    measure: Measure, value: ColumnElement[Any], is_open: ColumnElement[Any]
) -> list[ColumnElement[Any]]:
    """Sum a measure over one customer."""
    return [
        func.coalesce(func.sum(value), 0.0).label(f"{measure}_y"),
        func.count(value).label(f"{measure}_n"),
        func.sum(is_open).label(f"{measure}_open"),
    ]


def _outer(by_customer: Subquery, measures: Sequence[Measure]) -> Select[Any]:
    """Sum over the customers."""
    c, columns = by_customer.c, []
    for m in measures:
        y, n = c[f"{m}_y"], c[f"{m}_n"]
        terms = {
            "known": func.sum(n),
            "total": func.sum(y),
            "customers": func.sum(case((n > 0, 1), else_=0)),
            "open": func.sum(c[f"{m}_open"]),
            "yy": func.sum(y * y),
            "yn": func.sum(y * n),
            "nn": func.sum(n * n),
        }
        columns += [term.label(f"{m}_{name}") for name, term in terms.items()]
    return select(c.theme_id, c.part, *columns).group_by(c.theme_id, c.part)


def _sums_of(row: Any, measure: Measure) -> Sums:  # noqa: ANN401 - a mapping of SQLAlchemy
    return Sums.model_validate({name: row[f"{measure}_{name}"] for name in Sums.model_fields})
