"""What is derived from a neighbourhood: identities, links, issues, journeys and outcomes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.base import stable_id
from domain.correction import corrected
from domain.journey import Built, Issue, Journey
from domain.outcome import Outcome
from domain.signal import SignalKind
from storage import corrections, identities, links, redirects
from storage.neighbourhood import Neighbourhood
from storage.statements import Values, chunks, upsert
from storage.tables import IssueRow, JoinRow, JourneyRow, OutcomeRow


def save(session: Session, built: Built, around: Neighbourhood, now: datetime) -> None:
    """Put what was built in the place of all that was derived from a neighbourhood before.

    Ids that are not among the new ones redirect to what took their place.

    Parameters
    ----------
    built : Built
        As built from ``around``.
    around : Neighbourhood
        Loaded after ``neighbourhood.lock`` in the same transaction.
    """
    contacts = [contact.conversation.id for contact in around.contacts]
    records = [*contacts, *(event.id for event in around.events)]
    issues_before = _issues_of(session, contacts)
    journeys_before = _journeys_of(session, issues_before)
    people_before = identities.around(session, around.identifiers, issues_before)
    _clear(session, contacts, issues_before)
    links.replace(session, records, built.links)
    identities.replace(session, people_before, built.identities)
    _insert_issues(session, built.issues)
    _insert_journeys(session, built.journeys)
    upsert(session, OutcomeRow, _contact_outcomes(built.contact_outcomes))
    gone = _successors(built, issues_before, journeys_before)
    gone |= identities.successors(people_before, built)
    redirects.write(session, gone, _living(built), now)


def get(session: Session, id_: str) -> Journey | None:
    """Load a journey by its id, or by one that redirects to it."""
    id_ = redirects.resolve(session, id_)
    return get_many(session, [id_]).get(id_)


def get_many(session: Session, ids: Iterable[str]) -> dict[str, Journey]:
    """Load journeys by their ids, in the order of the ids; those not there are left out."""
    found: dict[str, Journey] = {}
    order = list(ids)
    for chunk in chunks(order):
        for row in session.scalars(select(JourneyRow).where(JourneyRow.id.in_(chunk))):
            found[row.id] = Journey.model_validate(row.record)
    return {id_: found[id_] for id_ in order if id_ in found}


def at_most(session: Session, number: int) -> int:
    """Count the journeys, up to a number."""
    return len(session.scalars(select(JourneyRow.id).limit(number)).all())


def of_identity(session: Session, identity_id: str) -> tuple[Journey, ...]:
    """Load the journeys of an identity, or of what it was merged into, the newest first."""
    query = (
        select(JourneyRow)
        .where(JourneyRow.identity_id == redirects.resolve(session, identity_id))
        .order_by(JourneyRow.opened_at.desc(), JourneyRow.id)
    )
    return tuple(Journey.model_validate(row.record) for row in session.scalars(query))


def of_conversation(session: Session, conversation_id: str) -> tuple[Journey, ...]:
    """Load the journeys that a conversation is part of."""
    query = (
        select(JourneyRow)
        .join(JoinRow, JoinRow.issue_id == JourneyRow.issue_id)
        .where(JoinRow.conversation_id == conversation_id)
        .order_by(JourneyRow.id)
    )
    return tuple(Journey.model_validate(row.record) for row in session.scalars(query))


def contact_outcomes(
    session: Session, conversation_ids: Iterable[str]
) -> dict[str, tuple[Outcome, ...]]:
    """Load what came of each contact, by the conversation's id."""
    result: dict[str, list[Outcome]] = {}
    for chunk in chunks(conversation_ids):
        query = select(OutcomeRow).where(OutcomeRow.conversation_id.in_(chunk))
        for row in session.scalars(query.order_by(OutcomeRow.kind, OutcomeRow.window_hours)):
            owner = str(row.conversation_id)
            result.setdefault(owner, []).append(_outcome_of(row, owner))
    return {id_: tuple(outcomes) for id_, outcomes in result.items()}


def main_intent(journey: Journey) -> str | None:
    """Give the label of the journey's main need; None where the machine is unsure of it."""
    intents = (s for s in journey.signals if s.kind is SignalKind.INTENT and not s.abstained)
    return next((signal.label for signal in intents), None)


def _issues_of(session: Session, contacts: Sequence[str]) -> dict[str, identities.IssueBefore]:
    result: dict[str, identities.IssueBefore] = {}
    for chunk in chunks(contacts):
        query = (
            select(JoinRow.issue_id, JoinRow.conversation_id, IssueRow.identity_id)
            .join(IssueRow, IssueRow.id == JoinRow.issue_id)
            .where(JoinRow.conversation_id.in_(chunk))
            .order_by(JoinRow.issue_id, JoinRow.position)
        )
        for issue_id, conversation_id, identity_id in session.execute(query):
            before = result.setdefault(issue_id, identities.IssueBefore(identity_id, []))
            before.contacts.append(conversation_id)
    return result


def _journeys_of(session: Session, issues: Collection[str]) -> dict[str, str]:
    """Find the journeys of some issues: journey id to issue id."""
    result: dict[str, str] = {}
    for chunk in chunks(issues):
        query = select(JourneyRow.id, JourneyRow.issue_id).where(JourneyRow.issue_id.in_(chunk))
        result |= dict(session.execute(query).all())
    return result


def _clear(session: Session, contacts: Sequence[str], issues: Collection[str]) -> None:
    """Take away what was derived; joins, journeys and their outcomes go with their issue."""
    for chunk in chunks(contacts):
        session.execute(delete(OutcomeRow).where(OutcomeRow.conversation_id.in_(chunk)))
    for chunk in chunks(issues):
        session.execute(delete(IssueRow).where(IssueRow.id.in_(chunk)))


def _insert_issues(session: Session, issues: Sequence[Issue]) -> None:
    upsert(session, IssueRow, [{"id": i.id, "identity_id": i.identity_id} for i in issues])
    joins = [
        join.model_dump(mode="json") | {"issue_id": issue.id, "position": position}
        for issue in issues
        for position, join in enumerate(issue.joins)
    ]
    upsert(session, JoinRow, joins)


def _insert_journeys(session: Session, journeys: Sequence[Journey]) -> None:
    said = corrections.of_subjects(session, [journey.id for journey in journeys])
    rows, outcomes = [], []
    for given in journeys:
        mine = [correction for correction in said if correction.subject_id == given.id]
        journey = given.model_copy(update={"signals": corrected(given.signals, mine)})
        rows.append(_journey_row(journey))
        outcomes += [_outcome_row(o, "journey_id", journey.id) for o in journey.outcomes]
    upsert(session, JourneyRow, rows)
    upsert(session, OutcomeRow, outcomes)


def _journey_row(journey: Journey) -> Values:
    return {
        "id": journey.id,
        "issue_id": journey.issue.id,
        "identity_id": journey.identity_id,
        "brand": journey.brand,
        "main_intent": main_intent(journey),
        "opened_at": journey.opened_at,
        "closed_at": journey.closed_at,
        "contacts": journey.effort.contacts,
        "effort": journey.effort.score,
        "record": journey.model_dump(mode="json"),
    }


def _contact_outcomes(outcomes: Mapping[str, Sequence[Outcome]]) -> list[Values]:
    return [
        _outcome_row(outcome, "conversation_id", owner)
        for owner, several in outcomes.items()
        for outcome in several
    ]


def _outcome_row(outcome: Outcome, column: str, owner: str) -> Values:
    row = outcome.model_dump(mode="json", exclude={"subject_id", "at"}) | {"at": outcome.at}
    id_ = stable_id("out", owner, outcome.kind, str(outcome.window_hours))
    return row | {"id": id_, "conversation_id": None, "journey_id": None} | {column: owner}


def _outcome_of(row: OutcomeRow, owner: str) -> Outcome:
    names = (name for name in Outcome.model_fields if name != "subject_id")
    fields = {name: getattr(row, name) for name in names}
    return Outcome.model_validate(fields | {"subject_id": owner})


def _successors(
    built: Built, issues: Mapping[str, identities.IssueBefore], journeys: Mapping[str, str]
) -> dict[str, str]:
    """Find what took the place of issues and journeys: where their first contact is now."""
    issue_now = {c: issue.id for issue in built.issues for c in issue.conversation_ids}
    journey_now = {journey.issue.id: journey.id for journey in built.journeys}
    issue_gone: dict[str, str] = {}
    for id_, before in issues.items():
        place = next((issue_now[c] for c in before.contacts if c in issue_now), None)
        if place is not None:
            issue_gone[id_] = place
    journey_gone = {
        id_: journey_now[issue_gone[issue_id]]
        for id_, issue_id in journeys.items()
        if issue_gone.get(issue_id) in journey_now
    }
    moved = {**issue_gone, **journey_gone}
    living = _living(built)
    return {old: new for old, new in moved.items() if old not in living}


def _living(built: Built) -> set[str]:
    ids = {issue.id for issue in built.issues} | {journey.id for journey in built.journeys}
    return ids | {identity.id for identity in built.identities}
