"""Intents of the customer, and what is out of scope: of a turn, and of a conversation."""

from collections.abc import Iterator, Sequence

from domain.signal import Signal, SignalKind
from nlp.intents import OUT_OF_SCOPE, TurnIntents
from nlp.read import ConversationRead, TurnRead
from nlp.reading import LabelReading, Place
from nlp.rollup import course, weighted
from nlp.say.subject import Makers, Subject, doubt, share, shown

Found = tuple[TurnRead, LabelReading]
"""A reading and where it stands."""

_OPENING = 2
"""Customer turns in which people say what they want."""
_LATE_SURE = 0.6
"""What is said later must be surer to count as a need of the whole conversation."""
_EVIDENCE = 5
"""Places shown behind a conversation's label at most."""


def of_turn(subject: Subject, turn: TurnRead, makers: Makers) -> Iterator[Signal]:
    """Say the intents of one turn, and whether it is out of scope."""
    for kind in (SignalKind.INTENT, SignalKind.ACT):
        for reading in _readings(turn, kind):
            understood = turn.understood or kind is SignalKind.ACT
            yield subject.signal(
                kind,
                reading.label,
                makers.intents,
                probability=share(reading.probability),
                evidence=shown(places([(turn, reading)])),
                taxonomy=makers.taxonomy,
                **doubt(reading.reason, understood=understood),
            )


def of_all(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Roll labels up by their surest turn; the places of all turns are the evidence.

    The value of an intent tells how much of the talk is about it: the mean of its
    probability over the customer's turns, weighted to the end, 0 to 1.
    """
    for kind in (SignalKind.INTENT, SignalKind.ACT):
        found = _held(read, kind)
        for label in sorted(found, key=lambda label: -surest(found[label])[1].probability):
            turn, reading = surest(found[label])
            yield subject.signal(
                kind,
                label,
                makers.intents,
                probability=share(reading.probability),
                evidence=shown(places(found[label])),
                taxonomy=makers.taxonomy,
                **doubt(reading.reason, understood=turn.understood),
                **_course(read, found[label]),
            )


def surest(found: Sequence[Found]) -> Found:
    """Take the surest reading; one that may be relied on before one that may not."""
    return max(
        found,
        key=lambda place: (
            place[0].understood and place[1].reason is None,
            place[1].probability,
        ),
    )


def places(found: Sequence[Found]) -> list[Place]:
    """Give where readings stand, the surest few."""
    order = sorted(found, key=lambda place: -place[1].probability)[:_EVIDENCE]
    return [(turn.position, *reading.span) for turn, reading in order if reading.span is not None]


def _course(read: ConversationRead, found: Sequence[Found]) -> dict[str, object]:
    said = {turn.position: reading.probability for turn, reading in found}
    values = [said.get(turn.position, 0.0) for turn in read.customer]
    return {"value": weighted(values), "details": course(read, values)}


def _held(read: ConversationRead, kind: SignalKind) -> dict[str, list[Found]]:
    """Give the labels that hold for the whole conversation; of intents one at least."""
    found = _by_label(read, kind)
    first = [turn.position for turn in read.customer[:_OPENING]]
    held = {
        label: rows
        for label, rows in found.items()
        if any(_holds(turn, reading, turn.position in first) for turn, reading in rows)
    }
    if not held and found and kind is SignalKind.INTENT:
        best = max(found, key=lambda label: surest(found[label])[1].probability)
        held = {best: found[best]}
    return held


def _holds(turn: TurnRead, reading: LabelReading, early: bool) -> bool:
    sure = early or reading.probability >= _LATE_SURE
    return turn.understood and reading.reason is None and sure


def _by_label(read: ConversationRead, kind: SignalKind) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for turn in read.customer:
        for reading in _readings(turn, kind):
            found.setdefault(reading.label, []).append((turn, reading))
    return found


def _readings(turn: TurnRead, kind: SignalKind) -> tuple[LabelReading, ...]:
    """Give intents or acts; in an unknown language no more than the best guess."""
    if turn.intents is None:
        return ()
    if turn.understood:
        return turn.intents.intents if kind is SignalKind.INTENT else _out_of_scope(turn.intents)
    best = turn.intents.best if kind is SignalKind.INTENT else None
    return () if best is None else (best,)


def _out_of_scope(intents: TurnIntents) -> tuple[LabelReading, ...]:
    """Of what the head of intents calls acts, the one that the head of acts has not."""
    return tuple(reading for reading in intents.acts if reading.label == OUT_OF_SCOPE)
