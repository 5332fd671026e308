"""The points of a context, before the words they quote are cut and redacted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.conversation import Role
from domain.event import Event
from domain.identity import Identity
from domain.journey import Contact, Journey
from domain.outcome import Outcome, OutcomeKind, OutcomeState
from domain.signal import Signal, SignalKind, SubjectKind
from journey.names import name_tokens
from journey.policy import JourneyPolicy
from journey.promises import PromiseState, promises
from journey.talk import spoken_turns, wants

Place = tuple[str, int, int, int]
"""Conversation id, turn, start, end."""

_EFFORT = {
    "repeats": "says it again",
    "transferred": "was passed on",
    "waited": "waited",
    "tried_before": "tried before",
}
_WAITING = timedelta(hours=24)


@dataclass(frozen=True)
class Draft:
    """A point whose quoted words are still a place in the original."""

    text: str
    """``{quote}`` stands for the quoted words."""
    at: datetime | None = None
    place: Place | None = None
    evidence: tuple[str, ...] = ()


def who(
    identity: Identity, journeys: Sequence[Journey], contacts: Sequence[Contact]
) -> Iterator[Draft]:
    """Say who it is: initials, level, confidence, how often in touch.

    ``contacts`` are all of the customer's: any of them may know the name.
    """
    initials = "".join(f"{word[0].upper()}." for word in _best_name(contacts))
    sure = f"{identity.level}, confidence {identity.confidence:.2f}"
    if identity.relatives:
        sure += f", {_count(len(identity.relatives), 'relative')}"
    if not journeys:
        yield Draft(f"{identity.level.capitalize()} ({sure}): no contact is counted to it")
        return
    total = sum(journey.effort.contacts for journey in journeys)
    first = min(journey.opened_at for journey in journeys)
    text = (
        f"{initials or 'No name'} ({sure}): {_count(total, 'contact')}, "
        f"{_count(len(journeys), 'issue')} since {first:%d %b %Y}"
    )
    yield Draft(text, first, evidence=tuple(c.conversation.id for c in contacts))


def wanted(journey: Journey, contacts: Sequence[Contact]) -> Iterator[Draft]:
    """Say what the customer wants now, in their own last words about it."""
    main = next((s for s in journey.signals if s.kind is SignalKind.INTENT), None)
    intent = main.label.replace("_", " ") if main else "need not recognised"
    for contact in reversed(contacts):
        place = summary_place(contact, "need") or _opening(contact)
        if place is not None:
            yield Draft(f"{intent}: “{{quote}}”", said_at(contact, place), place)


def recurring(themes: Mapping[str, Sequence[str]], contacts: Sequence[Contact]) -> Iterator[Draft]:
    """Say which recurring reasons for contact it is about, the most frequent first.

    ``themes`` are names by the contacts that have them.
    """
    ids = _ids(contacts)
    behind = {name: tuple(id_ for id_ in ids if id_ in of) for name, of in themes.items()}
    found = sorted((name for name in behind if behind[name]), key=lambda name: -len(behind[name]))
    if found:
        evidence = tuple(dict.fromkeys(id_ for name in found for id_ in behind[name]))
        yield Draft(f"Others ask this too: {'; '.join(found)}", evidence=evidence)


def promised(
    contacts: Sequence[Contact], events: Sequence[Event], now: datetime
) -> Iterator[Draft]:
    """Say what was promised and is not done: what is overdue first, then the latest."""
    waiting = [
        p
        for p in promises(contacts, events, now)
        if p.state in (PromiseState.OPEN, PromiseState.OVERDUE)
    ]
    order = sorted(waiting, key=lambda p: p.made_at, reverse=True)
    for promise in sorted(order, key=lambda p: p.state is not PromiseState.OVERDUE):
        due = f", due {promise.due_at:%d %b %H:%M}" if promise.due_at else ""
        place = (promise.conversation_id, promise.turn, promise.start, promise.end)
        text = f"{promise.state.capitalize()}{due}: “{{quote}}”"
        yield Draft(text, promise.made_at, place)


def mood_and_trend(journey: Journey, contacts: Sequence[Contact]) -> Iterator[Draft]:
    """Say how the customer feels, whither it goes, and their last words."""
    by_kind = {s.kind: s for s in journey.signals}
    mood = by_kind.get(SignalKind.SENTIMENT)
    if mood is None:
        return
    trend = by_kind.get(SignalKind.SENTIMENT_TREND)
    way = f", {trend.label}" if trend and len(contacts) > 1 else ""
    for contact in reversed(contacts):
        place = _last_words(contact)
        if place is not None:
            text = f"{mood.label} ({mood.value:+.2f}){way}: “{{quote}}”"
            yield Draft(text, said_at(contact, place), place)


def told_effort(contacts: Sequence[Contact]) -> Iterator[Draft]:
    """Say what the customer says it cost them, how often, and their last words about it."""
    said = [
        (contact, signal)
        for contact in contacts
        for signal in contact.signals
        if signal.kind is SignalKind.EFFORT and signal.subject_kind is SubjectKind.TURN
    ]
    counts = Counter(signal.label for _, signal in said)
    parts = [
        words + (f" ({counts[label]} times)" if counts[label] > 1 else "")
        for label, words in _EFFORT.items()
        if label in counts
    ]
    if parts:
        contact, signal = said[-1]
        e = next(iter(signal.evidence), None)
        place = (contact.conversation.id, e.turn, e.start, e.end) if e else None
        at = said_at(contact, place) if place else contact.conversation.started_at
        ids = _ids([contact for contact, _ in said])
        text = "Effort: " + ", ".join(parts) + (": “{quote}”" if place else "")
        yield Draft(text, at, place, tuple(dict.fromkeys(ids)))


def risks(
    journey: Journey,
    contacts: Sequence[Contact],
    events: Sequence[Event],
    policy: JourneyPolicy,
    now: datetime,
) -> Iterator[Draft]:
    """Say what may go wrong, the worst first, each with its reason."""
    escalated = _outcome(journey, OutcomeKind.ESCALATED)
    if escalated is not None:
        yield Draft(f"Escalated: {escalated.rule}", escalated.at, evidence=escalated.evidence)
    else:
        yield from _asks_for_more(contacts)
    overdue = [p for p in promises(contacts, events, now) if p.state is PromiseState.OVERDUE]
    if overdue:
        ids = tuple(dict.fromkeys(p.conversation_id for p in overdue))
        yield Draft(f"{_count(len(overdue), 'promise')} overdue", overdue[-1].due_at, evidence=ids)
    repeat = _outcome(journey, OutcomeKind.REPEAT_CONTACT, policy.repeat_window_hours)
    if repeat is not None:
        often = _count(journey.effort.contacts, "contact")
        text = (
            f"Came back about the same issue within {policy.repeat_window_hours:g} h: "
            f"{often}, effort {journey.effort.score:.0f} of 100"
        )
        yield Draft(text, repeat.at, evidence=repeat.evidence)
    yield from _waits(journey, contacts, now)
    worse = [s for s in journey.signals if s.label == "worsening"]
    if worse:
        yield Draft("Mood is worsening from contact to contact", evidence=_ids(contacts))


def last_outcomes(journey: Journey, journeys: Sequence[Journey]) -> Iterator[Draft]:
    """Say how this journey stands, and how the one before it ended."""
    text = f"This issue: {_standing(journey)}"
    before = [j for j in journeys if j.id != journey.id]
    if before:
        last = max(before, key=lambda j: (j.opened_at, j.id))
        main = next((s.label for s in last.signals if s.kind is SignalKind.INTENT), "unknown")
        text += f". Last other: {main.replace('_', ' ')}, {_standing(last)}"
    yield Draft(text, journey.closed_at, evidence=journey.issue.conversation_ids)


def _best_name(contacts: Sequence[Contact]) -> list[str]:
    """Give the words of the latest name of two words or more, else of one; without titles."""
    ordered = sorted(contacts, key=lambda c: (c.conversation.started_at, c.conversation.id))
    names = [c.conversation.customer_name or "" for c in reversed(ordered)]
    words = [[w for w in name.split() if name_tokens(w)] for name in names if name_tokens(name)]
    return max(words, key=lambda row: min(len(row), 2), default=[])


def _standing(journey: Journey) -> str:
    said = [o.kind.replace("_", " ") for o in journey.outcomes if _tells(o)]
    return ", ".join(dict.fromkeys(said)) or "open"


def _tells(outcome: Outcome) -> bool:
    return outcome.state is OutcomeState.YES


def _outcome(
    journey: Journey, kind: OutcomeKind, window_hours: float | None = None
) -> Outcome | None:
    return next(
        (
            o
            for o in journey.outcomes
            if o.kind is kind and _tells(o) and o.window_hours == window_hours
        ),
        None,
    )


def _asks_for_more(contacts: Sequence[Contact]) -> Iterator[Draft]:
    for contact in reversed(contacts):
        if wants(contact, "escalation_request"):
            place = _evidence_of(contact, SignalKind.INTENT, "escalation_request")
            text = "Asks for somebody higher: “{quote}”" if place else "Asks for somebody higher"
            yield Draft(text, contact.conversation.started_at, place, _ids([contact]))
            return


def _waits(journey: Journey, contacts: Sequence[Contact], now: datetime) -> Iterator[Draft]:
    """Say that the customer had the last word, a day ago or more, and nothing is settled."""
    conversation = contacts[-1].conversation if contacts else None
    turns = spoken_turns(conversation) if conversation else []
    settled = _outcome(journey, OutcomeKind.RESOLVED) is not None
    if conversation is None or settled or not turns or turns[-1].role is not Role.CUSTOMER:
        return
    at = conversation.moment(turns[-1])
    done = conversation.status is not None and conversation.status.done
    if now - at >= _WAITING and not done:
        days = (now - at).total_seconds() / 86_400
        yield Draft(f"No answer for {days:.1f} days", at, evidence=_ids(contacts[-1:]))


def _ids(contacts: Sequence[Contact]) -> tuple[str, ...]:
    return tuple(contact.conversation.id for contact in contacts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def summary_place(contact: Contact, label: str) -> Place | None:
    """Give where the sentence of the summary stands: ``need``, ``done`` or ``ended``."""
    return _evidence_of(contact, SignalKind.SUMMARY, label)


def _evidence_of(contact: Contact, kind: SignalKind, label: str) -> Place | None:
    found: list[Signal] = [
        s
        for s in contact.signals
        if s.kind is kind
        and s.label == label
        and s.evidence
        and s.subject_kind is SubjectKind.CONVERSATION
    ]
    for signal in found:
        e = signal.evidence[0]
        if e.turn < len(contact.conversation.turns):
            return contact.conversation.id, e.turn, e.start, e.end
    return None


def _opening(contact: Contact) -> Place | None:
    return _customer_turn(contact, last=False)


def _last_words(contact: Contact) -> Place | None:
    return _customer_turn(contact, last=True)


def _customer_turn(contact: Contact, *, last: bool) -> Place | None:
    """Give the customer's first or last public turn, without the blanked parts round it."""
    turns = [
        (n, t)
        for n, t in enumerate(contact.conversation.turns)
        if t.role is Role.CUSTOMER and t.public and t.body.strip()
    ]
    if not turns:
        return None
    position, turn = turns[-1 if last else 0]
    start = len(turn.body) - len(turn.body.lstrip())
    return contact.conversation.id, position, start, len(turn.body.rstrip())


def said_at(contact: Contact, place: Place) -> datetime:
    """Give when the words at a place were said."""
    return contact.conversation.moment(contact.conversation.turns[place[1]])
