"""What is done in the talk: acts of turns of both sides, and the customer's rolled up."""

from collections.abc import Iterator

from domain.signal import Signal, SignalKind
from nlp.read import ConversationRead, TurnRead
from nlp.rollup import course, weighted
from nlp.say.labels import Found, places, surest
from nlp.say.subject import Makers, Subject, share, shown


def of_turn(subject: Subject, turn: TurnRead, makers: Makers) -> Iterator[Signal]:
    """Say the acts of one turn, of whomever; none in a language that the head does not know."""
    for reading in turn.acts if turn.understood else ():
        yield subject.signal(
            SignalKind.ACT,
            reading.label,
            makers.acts,
            probability=share(reading.probability),
            evidence=shown(places([(turn, reading)])),
        )


def of_all(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Say what the customer does in the talk, with how much of it each act is."""
    found: dict[str, list[Found]] = {}
    for turn in read.customer:
        for reading in turn.acts if turn.understood else ():
            found.setdefault(reading.label, []).append((turn, reading))
    for act in sorted(found, key=lambda act: (-surest(found[act])[1].probability, act)):
        said = {turn.position: reading.probability for turn, reading in found[act]}
        values = [said.get(turn.position, 0.0) for turn in read.customer]
        yield subject.signal(
            SignalKind.ACT,
            act,
            makers.acts,
            probability=share(surest(found[act])[1].probability),
            value=weighted(values),
            evidence=shown(places(found[act])),
            details=course(read, values),
        )
