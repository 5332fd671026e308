"""What came of a contact and of a journey, each with the rule that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.conversation import Conversation
from domain.event import Event
from domain.journey import Contact
from domain.outcome import Outcome, OutcomeKind, OutcomeState, Provenance
from journey.ending import Ending, How, ending, last_word, settled_at
from journey.policy import JourneyPolicy
from journey.repeat import any_repeat, repeat_of
from journey.talk import left_to_the_bot, left_to_us, left_unanswered, mood, never_answered, wants

YES, NO, OPEN = OutcomeState.YES, OutcomeState.NO, OutcomeState.OPEN
_SCALES = {"score": 1.0, "rating": 1.0, "csat": 1.0, "nps": 0.5}
"""Property of a survey event -> factor to the scale from 1 to 5."""


@dataclass(frozen=True)
class Course:
    """A contact in its place in an issue."""

    contact: Contact
    end: Ending
    following: Conversation | None
    """The next contact about the same issue."""
    events: tuple[Event, ...]
    """Survey answers that belong to it."""

    @property
    def conversation(self) -> Conversation:
        """The conversation of the contact."""
        return self.contact.conversation


def contact_outcomes(course: Course, policy: JourneyPolicy, now: datetime) -> tuple[Outcome, ...]:
    """Tell what came of one contact."""
    repeats = [
        repeat_of(course.conversation, course.end, course.following, hours, now)
        for hours in policy.windows_hours
    ]
    found = [_resolved(course), _reopened(course), *repeats, _escalated(course), _abandoned(course)]
    satisfied = _satisfied(course, policy)
    return tuple([*found, satisfied] if satisfied else found)


def journey_outcomes(journey_id: str, outcomes: Sequence[Sequence[Outcome]]) -> tuple[Outcome, ...]:
    """Sum up what came of a journey's contacts, first to last.

    Resolved, satisfied and abandoned are those of the last contact that tells; reopened
    and escalated hold once any contact was, as does repeat contact.
    """
    flat = [outcome for row in outcomes for outcome in row]
    last = (OutcomeKind.RESOLVED, OutcomeKind.SATISFIED, OutcomeKind.ABANDONED)
    once = (OutcomeKind.REOPENED, OutcomeKind.ESCALATED)
    chosen = [row[-1] for kind in last if (row := _of(flat, kind))]
    chosen += [
        next((o for o in row if o.state is YES), row[-1])
        for kind in once
        if (row := _of(flat, kind))
    ]
    repeats = any_repeat(_of(flat, OutcomeKind.REPEAT_CONTACT), journey_id)
    named = [outcome.model_copy(update={"subject_id": journey_id}) for outcome in chosen]
    order = list(OutcomeKind)
    return tuple(
        sorted([*named, *repeats], key=lambda o: (order.index(o.kind), o.window_hours or 0))
    )


def courses(
    contacts: Sequence[Contact], events: Iterable[Event], policy: JourneyPolicy, now: datetime
) -> list[Course]:
    """Put the contacts of an issue, in order of time, in their places."""
    surveys = [event for event in events if survey_score(event) is not None]
    found = []
    for contact, following in zip(contacts, [*contacts[1:], None], strict=True):
        start = contact.conversation.started_at
        until = following.conversation.started_at if following else None
        own = tuple(e for e in surveys if e.at >= start and (until is None or e.at < until))
        end = ending(contact.conversation, policy, now)
        found.append(Course(contact, end, following.conversation if following else None, own))
    return found


def survey_score(event: Event) -> float | None:
    """Read a survey answer as a rating from 1 to 5; None for any other event."""
    if event.name != "survey_answered":
        return None
    for name, factor in _SCALES.items():
        value = event.properties.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return min(5.0, max(1.0, value * factor))
    return None


def _of(outcomes: Iterable[Outcome], kind: OutcomeKind) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.kind is kind]


def _outcome(
    course: Course,
    kind: OutcomeKind,
    state: OutcomeState,
    rule: str,
    at: datetime | None = None,
    *,
    recorded: bool = False,
    evidence: str | None = None,
) -> Outcome:
    return Outcome(
        kind=kind,
        state=state,
        rule=rule,
        provenance=Provenance.RECORDED if recorded else Provenance.INFERRED,
        at=at if state is YES else None,
        subject_id=course.conversation.id,
        evidence=(evidence or course.conversation.id,),
    )


def _resolved(course: Course) -> Outcome:
    kind, settled = OutcomeKind.RESOLVED, settled_at(course.conversation)
    if course.following is not None:
        rule = "the customer came back about the same issue"
        return _outcome(course, kind, NO, rule, evidence=course.following.id)
    if _gave_up(course):
        return _outcome(course, kind, NO, "the customer gave up before an answer")
    waiting = left_to_us(course.contact) and (
        settled is None or settled < last_word(course.conversation)
    )
    if settled is not None and not waiting:
        rule = "settled by the team, and no later contact about it"
        return _outcome(course, kind, YES, rule, settled, recorded=True)
    if settled is None and (course.conversation.status or course.end.how is How.OPEN):
        return _outcome(course, kind, OPEN, "not settled yet")
    if waiting:
        return _outcome(course, kind, NO, "nobody answered the customer's last words")
    rule = "no status is kept, the contact ended, and no later contact about it"
    return _outcome(course, kind, YES, rule, course.end.at)


def _reopened(course: Course) -> Outcome:
    done, at = False, None
    for change in course.conversation.status_history:
        if done and not change.status.done:
            at = change.at
        done = change.status.done
    rule = "a settled contact took an open status again"
    return _outcome(course, OutcomeKind.REOPENED, YES if at else NO, rule, at, recorded=True)


def _escalated(course: Course) -> Outcome:
    kind, conversation = OutcomeKind.ESCALATED, course.conversation
    up = next((handover for handover in conversation.handovers if handover.escalation), None)
    if up is not None:
        return _outcome(course, kind, YES, "handed up", up.at, recorded=True)
    if conversation.handovers and wants(course.contact, "escalation_request"):
        rule = "the customer asked for somebody higher, and it was handed over"
        return _outcome(course, kind, YES, rule, conversation.handovers[-1].at)
    return _outcome(course, kind, NO, "never handed up", recorded=bool(conversation.handovers))


def _satisfied(course: Course, policy: JourneyPolicy) -> Outcome | None:
    """Read the last rating or survey answer; None where nobody answered one."""
    told = [(r.at, r.score, course.conversation.id) for r in course.conversation.ratings]
    told += [(e.at, score, e.id) for e in course.events if (score := survey_score(e)) is not None]
    if not told:
        return None
    at, score, evidence = max(told)
    state = YES if score >= policy.satisfied_from else NO
    rule = f"rated {score:g} of 5; satisfied from {policy.satisfied_from:g}"
    return _outcome(
        course, OutcomeKind.SATISFIED, state, rule, at, recorded=True, evidence=evidence
    )


def _abandoned(course: Course) -> Outcome:
    kind = OutcomeKind.ABANDONED
    if course.following is not None:
        return _outcome(course, kind, NO, "the customer came back about the same issue")
    if not _gave_up(course):
        return _outcome(course, kind, NO, "the customer had the last word, or an answer")
    if not course.end.over:
        return _outcome(course, kind, OPEN, "the customer owes an answer")
    rule = "the customer fell silent before the matter was answered"
    return _outcome(course, kind, YES, rule, course.end.at)


def _gave_up(course: Course) -> bool:
    return left_unanswered(course.conversation) or (
        course.end.over and (left_to_the_bot(course.contact) or _heard_nothing(course.contact))
    )


def _heard_nothing(contact: Contact) -> bool:
    """Tell whether nobody answered a customer who was not glad; a kept status says more."""
    unanswered = contact.conversation.status is None and never_answered(contact.conversation)
    return unanswered and (mood(contact) or 0.0) <= 0.0
