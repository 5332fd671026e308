"""Small contacts and events, built in code: what a test does not name is left out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from ibis.backends import BaseBackend

from domain.conversation import (
    Conversation,
    Handover,
    Rating,
    Role,
    StatusChange,
    Turn,
    Visibility,
)
from domain.event import Event
from domain.identity import Identifier
from domain.journey import Built, Contact
from domain.signal import Evidence, Signal, SignalKind, SubjectKind
from journey.build import build
from journey.policy import JourneyPolicy
from nlp.cues.effort import effort_cues
from nlp.cues.promises import promises
from tests.journey.mining.engines import start_spark

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""
LONG_AFTER = START + timedelta(days=100)


@pytest.fixture(scope="session")
def spark() -> Iterator[BaseBackend]:
    """One session of Spark for all tests: to start it takes longest."""
    yield from start_spark()


def when(hours: float) -> datetime:
    """Give the moment so many hours after the start."""
    return START + timedelta(hours=hours)


def _signal(conversation: Conversation, kind: SignalKind, label: str, **more: object) -> Signal:
    return Signal.model_validate(
        {
            "subject_kind": SubjectKind.CONVERSATION,
            "subject_id": conversation.id,
            "kind": kind,
            "label": label,
            "role": Role.CUSTOMER,
            "model": "test@1",
            "content_hash": conversation.source_id,
            **more,
        }
    )


def _cues(conversation: Conversation) -> list[Signal]:
    """Read promises and effort as the tagger does: journeys judge what was read."""
    found = []
    for position, turn in enumerate(conversation.turns):
        cues: list[tuple[SignalKind, str, int, int, dict[str, object]]] = []
        if turn.public and turn.role is Role.AGENT:
            for p in promises(turn.body, conversation.moment(turn)):
                due = p.due_at and p.due_at.isoformat()
                cues.append((SignalKind.PROMISE, p.action, p.start, p.end, {"due_at": due}))
        if turn.public and turn.role is Role.CUSTOMER:
            for c in effort_cues(turn.body):
                cues.append((SignalKind.EFFORT, c.label, c.start, c.end, {}))
        found += [
            _signal(
                conversation,
                kind,
                label,
                subject_kind=SubjectKind.TURN,
                subject_id=conversation.turn_id(position),
                evidence=(Evidence(turn=position, start=start, end=end),),
                details=details,
            )
            for kind, label, start, end, details in cues
        ]
    return found


def _turn(role: str, at: datetime, text: str, author: str | None) -> Turn:
    internal = role.startswith("internal ")
    return Turn(
        role=Role(role.removeprefix("internal ")),
        text=text,
        at=at,
        author=author if role == "agent" else None,
        visibility=Visibility.INTERNAL if internal else Visibility.PUBLIC,
    )


@pytest.fixture
def contact() -> Callable[..., Contact]:
    """Make a contact: times are hours after the start, those of turns after the contact's."""

    def make(
        key: str,
        hours: float = 0.0,
        turns: Sequence[tuple[str, float, str]] = (("customer", 0.0, "hello"),),
        *,
        shows: Sequence[str] = (),
        channel: str = "chat",
        status: Sequence[tuple[float, str]] = (),
        name: str | None = None,
        agent: str | None = None,
        subject: str | None = None,
        intents: Sequence[str] = (),
        probability: float = 0.9,
        mood: float | None = None,
        last_mood: float | None = None,
        need: Sequence[float] | None = None,
        handovers: Sequence[tuple[float, bool]] = (),
        rating: tuple[float, float] | None = None,
        entities: Sequence[tuple[str, str, int, int, int]] = (),
    ) -> Contact:
        start = when(hours)
        conversation = Conversation(
            source="test",
            source_id=key,
            channel=channel,
            started_at=start,
            turns=tuple(
                _turn(role, start + timedelta(hours=offset), text, agent)
                for role, offset, text in turns
            ),
            subject=subject,
            identifiers=tuple(Identifier.model_validate(text) for text in shows),
            customer_name=name,
            status_history=tuple(
                StatusChange(status=state, at=start + timedelta(hours=offset))
                for offset, state in status
            ),
            handovers=tuple(
                Handover(at=start + timedelta(hours=offset), to="team", escalation=up)
                for offset, up in handovers
            ),
            ratings=(
                (Rating(at=start + timedelta(hours=rating[0]), score=rating[1]),) if rating else ()
            ),
        )
        signals = [
            _signal(conversation, SignalKind.INTENT, label, probability=probability)
            for label in intents
        ]
        signals += [
            _signal(
                conversation,
                SignalKind.ENTITY,
                label,
                subject_kind=SubjectKind.TURN,
                subject_id=conversation.turn_id(turn),
                details={"value": value},
                evidence=(Evidence(turn=turn, start=first, end=end),),
            )
            for label, value, turn, first, end in entities
        ]
        signals += _cues(conversation)
        if mood is not None:
            signals.append(_signal(conversation, SignalKind.SENTIMENT, "neutral", value=mood))
        if last_mood is not None:
            turn_id = conversation.turn_id(len(turns) - 1)
            more = {"subject_kind": SubjectKind.TURN, "subject_id": turn_id, "value": last_mood}
            signals.append(_signal(conversation, SignalKind.SENTIMENT, "neutral", **more))
        return Contact(
            conversation=conversation,
            signals=tuple(signals),
            need=tuple(need) if need else None,
            space="test" if need else None,
        )

    return make


@pytest.fixture
def event() -> Callable[..., Event]:
    """Make an event so many hours after the start."""

    def make(name: str, hours: float, *shows: str, **properties: str | float) -> Event:
        return Event(
            source="test",
            source_id=f"{name} {hours} {shows}",
            name=name,
            at=when(hours),
            identifiers=tuple(Identifier.model_validate(text) for text in shows),
            properties=properties,
        )

    return make


@pytest.fixture
def built() -> Callable[..., Built]:
    """Build with the default policy, as seen long after."""

    def make(
        contacts: Sequence[Contact] = (),
        events: Sequence[Event] = (),
        withdrawn: Sequence[str] = (),
        policy: JourneyPolicy | None = None,
        now: datetime = LONG_AFTER,
    ) -> Built:
        return build(contacts, events, withdrawn, policy or JourneyPolicy(), now)

    return make
