"""A neighbourhood of records in; its identities, issues and journeys out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.base import stable_id
from domain.event import Event
from domain.journey import Built, Contact, Issue, Journey
from domain.outcome import Outcome, OutcomeKind, OutcomeState
from journey.attach import attach, span_of
from journey.effort import effort
from journey.identity import People, resolve
from journey.issues import join_issues
from journey.outcomes import contact_outcomes, courses, journey_outcomes
from journey.owner import nobody, owner_of
from journey.policy import JourneyPolicy
from journey.reading import Reading, read
from journey.rollup import roll_up
from journey.timeline import timeline


def build(
    contacts: Sequence[Contact],
    events: Sequence[Event],
    withdrawn: Collection[str],
    policy: JourneyPolicy,
    now: datetime,
) -> Built:
    """Derive all that follows from the records of one neighbourhood.

    The result hangs on the set of records alone, not on their order, so that any order
    of arrival, a merge and an un-merge are one and the same operation.

    Parameters
    ----------
    contacts, events
        All records that hang together over identifiers, each once.
    withdrawn : collection of str
        Ids of identity links that a person took back.
    policy : JourneyPolicy
        Windows, thresholds and caps.
    now : datetime
        The moment that open windows are judged from.

    Returns
    -------
    Built
        Every contact stands in one issue, every issue has one journey.
    """
    people = resolve(contacts, events, withdrawn, policy)
    readings = {
        c.conversation.id: read(c, owner_of(c, people), people.home, policy, now) for c in contacts
    }
    issues = join_issues(readings.values(), people, policy)
    spans = {issue.id: span_of(_of(issue, readings)) for issue in issues}
    attached = attach(events, spans, people, policy)
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    journeys = []
    for issue in issues:
        row = [reading.contact for reading in _of(issue, readings)]
        own = attached.get(issue.id, [])
        for course in courses(row, own, policy, now):
            outcomes[course.conversation.id] = contact_outcomes(course, policy, now)
        told = [outcomes[contact.conversation.id] for contact in row]
        journeys.append(_journey(issue, row, own, told, people, policy, now))
    lone = [nobody(c) for c in contacts if not c.conversation.identifiers]
    identities = [*people.identities.values(), *lone]
    return Built(
        links=people.links,
        identities=tuple(sorted(identities, key=lambda identity: identity.id)),
        issues=issues,
        journeys=tuple(journeys),
        contact_outcomes=dict(sorted(outcomes.items())),
    )


def _of(issue: Issue, readings: Mapping[str, Reading]) -> list[Reading]:
    return [readings[id_] for id_ in issue.conversation_ids]


def _journey(
    issue: Issue,
    contacts: Sequence[Contact],
    events: Sequence[Event],
    told: Sequence[Sequence[Outcome]],
    people: People,
    policy: JourneyPolicy,
    now: datetime,
) -> Journey:
    id_ = stable_id("jny", issue.id)
    outcomes = journey_outcomes(id_, told)
    conversations = [contact.conversation for contact in contacts]
    opened = min([conversations[0].started_at, *(event.at for event in events)])
    resolved = _resolved_at(outcomes)
    seconds = None if resolved is None else max((resolved - opened).total_seconds(), 0.0)
    course = courses(contacts, events, policy, now)[-1]
    return Journey(
        id=id_,
        issue=issue,
        identity_id=issue.identity_id,
        identity_level=people.level(issue.identity_id),
        opened_at=opened,
        closed_at=course.end.at if course.end.over else None,
        brand=next((c.brand for c in conversations if c.brand), None),
        channels=tuple(dict.fromkeys(c.channel for c in conversations)),
        signals=roll_up(id_, contacts),
        effort=effort(contacts, seconds),
        outcomes=outcomes,
        timeline=timeline(contacts, events, outcomes),
    )


def _resolved_at(outcomes: Sequence[Outcome]) -> datetime | None:
    for outcome in outcomes:
        if outcome.kind is OutcomeKind.RESOLVED and outcome.state is OutcomeState.YES:
            return outcome.at
    return None
