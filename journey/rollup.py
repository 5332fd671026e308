"""Signals of a journey, rolled up from those of its contacts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from domain.base import stable_id
from domain.conversation import Role
from domain.journey import Contact
from domain.signal import Origin, Signal, SignalKind, SubjectKind
from journey.talk import mood

MODEL = "journey-rules@1"
MOOD_INTENTS = frozenset({"service_complaint", "escalation_request", "praise"})
"""They say how the customer feels about the handling: never the main need beside another."""
_MOOD_EDGE = 0.2
_TREND_EDGE = 0.25


def roll_up(journey_id: str, contacts: Sequence[Contact]) -> tuple[Signal, ...]:
    """Roll the contacts' signals up to their journey.

    The main need is the intent with the highest mean probability over the contacts, the
    first contact counting twice. Mood is the mean of the customer's sentiment, the later
    a contact the heavier (1, 2, 3 …); trend is that of the last contact minus the first.
    Emotions and effort are weighted in the same way, a contact without them as 0.

    Parameters
    ----------
    journey_id : str
        Subject of the signals.
    contacts : sequence of Contact
        In order of time; at least one.

    Returns
    -------
    tuple of Signal
        Kinds intent (main need first), sentiment, sentiment_trend, emotion and effort
        (the strongest first); those that cannot be told are left out.
    """
    return (
        *_needs(journey_id, contacts),
        *_moods(journey_id, contacts),
        *_felt(journey_id, contacts, SignalKind.EMOTION),
        *_felt(journey_id, contacts, SignalKind.EFFORT),
    )


def _needs(journey_id: str, contacts: Sequence[Contact]) -> list[Signal]:
    weights: dict[str, float] = defaultdict(float)
    shown: dict[str, list[Signal]] = defaultdict(list)
    for number, contact in enumerate(contacts):
        for signal in _intents(contact):
            weights[signal.label] += (signal.probability or 1.0) * (2 if number == 0 else 1)
            shown[signal.label].append(signal)
    main = {label: w for label, w in weights.items() if label not in MOOD_INTENTS} or weights
    order = sorted(weights, key=lambda label: (label not in main, -weights[label], label))
    total = len(contacts) + 1
    return [
        _signal(journey_id, contacts, SignalKind.INTENT, label).model_copy(
            update={
                "probability": round(min(weights[label] / total, 1.0), 4),
                "taxonomy": shown[label][0].taxonomy,
                "origin": _origin(shown[label]),
                "details": {"main": n == 0, "contacts": [s.subject_id for s in shown[label]]},
            }
        )
        for n, label in enumerate(order)
    ]


def _intents(contact: Contact) -> list[Signal]:
    return [
        s
        for s in contact.signals
        if s.kind is SignalKind.INTENT
        and s.subject_kind is SubjectKind.CONVERSATION
        and s.role in (None, Role.CUSTOMER)
        and not s.abstained
    ]


def _origin(signals: Sequence[Signal]) -> Origin:
    by_person = any(signal.origin is Origin.PERSON for signal in signals)
    return Origin.PERSON if by_person else Origin.MACHINE


def _moods(journey_id: str, contacts: Sequence[Contact]) -> list[Signal]:
    known = [(c, value) for c in contacts if (value := mood(c)) is not None]
    if not known:
        return []
    values = [value for _, value in known]
    weights = range(1, len(values) + 1)
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    trend = values[-1] - values[0]
    ids = [c.conversation.id for c, _ in known]
    details = {"values": [round(v, 4) for v in values], "contacts": ids}
    label = _label(mean, _MOOD_EDGE, "negative", "neutral", "positive")
    way = _label(trend, _TREND_EDGE, "worsening", "steady", "improving")
    return [
        _signal(journey_id, contacts, kind, name).model_copy(
            update={"value": round(value, 4), "details": details}
        )
        for kind, name, value in (
            (SignalKind.SENTIMENT, label, mean),
            (SignalKind.SENTIMENT_TREND, way, trend),
        )
    ]


def _felt(journey_id: str, contacts: Sequence[Contact], kind: SignalKind) -> list[Signal]:
    """Roll up what is said by label and strength; neutral counts where nothing else was."""
    rows = [_strengths(contact, kind) for contact in contacts]
    labels = {label for row in rows for label in row}
    labels = labels - {"neutral"} or labels
    weights = range(1, len(rows) + 1)
    means = {
        label: sum(w * row.get(label, 0.0) for w, row in zip(weights, rows, strict=True))
        / sum(weights)
        for label in labels
    }
    ids = [contact.conversation.id for contact in contacts]
    return [
        _signal(journey_id, contacts, kind, label).model_copy(
            update={
                "value": round(means[label], 4),
                "details": {
                    "main": n == 0,
                    "values": [round(row.get(label, 0.0), 4) for row in rows],
                    "contacts": ids,
                },
            }
        )
        for n, label in enumerate(sorted(means, key=lambda label: (-means[label], label)))
    ]


def _strengths(contact: Contact, kind: SignalKind) -> dict[str, float]:
    """Give the labels of a contact with their strength; a person's word without one is 1."""
    return {
        s.label: 1.0 if s.value is None else s.value
        for s in contact.signals
        if s.kind is kind and s.subject_kind is SubjectKind.CONVERSATION and not s.abstained
    }


def _label(value: float, edge: float, low: str, middle: str, high: str) -> str:
    if value < -edge:
        return low
    return high if value > edge else middle


def _signal(journey_id: str, contacts: Sequence[Contact], kind: SignalKind, label: str) -> Signal:
    made: list[datetime] = [s.made_at for c in contacts for s in c.signals if s.made_at]
    hashes = sorted({s.content_hash for c in contacts for s in c.signals})
    return Signal(
        subject_kind=SubjectKind.JOURNEY,
        subject_id=journey_id,
        kind=kind,
        label=label,
        role=Role.CUSTOMER,
        model=MODEL,
        content_hash=stable_id("jny", *hashes),
        made_at=max(made, default=None),
    )
