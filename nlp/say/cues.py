"""What people say outright: effort and urgency of customers, promises of agents.

Rules and heads hear them: what rules read needs no probability, and a head adds what they miss.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import JsonValue

from domain.days import due_at
from domain.signal import Signal, SignalKind
from nlp.cues.promises import promises
from nlp.cues.rules import Cue
from nlp.read import ConversationRead, TurnRead
from nlp.reading import Place
from nlp.rollup import course, strength
from nlp.say.subject import Makers, Subject, share, shown

_URGENT = "urgent"
_EVIDENCE = 5
"""Places shown behind a conversation's label at most."""


def of_turn(subject: Subject, turn: TurnRead, makers: Makers) -> Iterator[Signal]:
    """Say the effort and urgency that a customer's turn shows; nothing without words for it."""
    for label in _labels(turn.effort):
        model, probability = _said_by([c for c in turn.effort if c.label == label], makers)
        yield subject.signal(
            SignalKind.EFFORT,
            label,
            model,
            probability=probability,
            value=strength([len(_labels(turn.effort))]),
            evidence=shown(_places(turn, turn.effort, label)),
        )
    if turn.urgency:
        reasons = _labels(turn.urgency)
        model, probability = _said_by(turn.urgency, makers)
        yield subject.signal(
            SignalKind.URGENCY,
            _URGENT,
            model,
            probability=probability,
            value=strength([len(reasons)]),
            evidence=shown(_places(turn, turn.urgency)),
            details={"reasons": reasons},
        )


def of_agent(
    subject: Subject, turn: TurnRead, read: ConversationRead, makers: Makers
) -> Iterator[Signal]:
    """Say what an agent's turn promises: by the rules, and in other sentences by a head."""
    moment = read.conversation.moment(turn.turn)
    known = promises(turn.turn.body, moment)
    for promise in known:
        yield subject.signal(
            SignalKind.PROMISE,
            promise.action,
            makers.rules,
            evidence=shown([(turn.position, promise.start, promise.end)]),
            details={"due_at": _written(promise.due_at), "who": promise.who},
        )
    for cue in turn.heard if turn.understood else ():
        if any(cue.start < promise.end and promise.start < cue.end for promise in known):
            continue
        yield subject.signal(
            SignalKind.PROMISE,
            cue.label,
            makers.cues,
            probability=share(cue.probability or 0.0),
            evidence=shown([(turn.position, cue.start, cue.end)]),
            details={
                "due_at": _written(due_at(turn.turn.body[cue.start : cue.end], moment)),
                "who": None,
            },
        )


def of_all(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Roll effort and urgency up over the customer's turns.

    The value counts the labels, or reasons, of all turns, later ones more; quarters hold the
    mean of the values of their turns.
    """
    effort = [turn.effort for turn in read.customer]
    course = _course(read, effort)
    for label in _labels([cue for cues in effort for cue in cues]):
        places = [p for turn in read.customer for p in _places(turn, turn.effort, label)]
        same = [cue for cues in effort for cue in cues if cue.label == label]
        model, probability = _said_by(same, makers)
        yield subject.signal(
            SignalKind.EFFORT,
            label,
            model,
            probability=probability,
            value=_total(effort),
            evidence=shown(places[-_EVIDENCE:]),
            details={"turns": len({turn for turn, _, _ in places}), **course},
        )
    urgency = [turn.urgency for turn in read.customer]
    reasons: list[JsonValue] = [*_labels([cue for cues in urgency for cue in cues])]
    if reasons:
        places = [p for turn in read.customer for p in _places(turn, turn.urgency)]
        model, probability = _said_by([cue for cues in urgency for cue in cues], makers)
        yield subject.signal(
            SignalKind.URGENCY,
            _URGENT,
            model,
            probability=probability,
            value=_total(urgency),
            evidence=shown(places[-_EVIDENCE:]),
            details={"reasons": reasons, **_course(read, urgency)},
        )


def _said_by(cues: Sequence[Cue], makers: Makers) -> tuple[str, float | None]:
    """Give who says it: the rules, which need no probability, or the head where they are silent."""
    chances = [cue.probability for cue in cues if cue.probability is not None]
    if len(chances) < len(cues):
        return makers.rules, None
    return makers.cues, share(max(chances))


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _labels(cues: Sequence[Cue]) -> list[str]:
    return list(dict.fromkeys(cue.label for cue in cues))


def _places(turn: TurnRead, cues: Sequence[Cue], label: str | None = None) -> list[Place]:
    return [(turn.position, c.start, c.end) for c in cues if label in (None, c.label)]


def _total(turns: Sequence[Sequence[Cue]]) -> float:
    return strength([len(_labels(cues)) for cues in turns])


def _course(read: ConversationRead, turns: Sequence[Sequence[Cue]]) -> dict[str, JsonValue]:
    return course(read, [strength([len(_labels(cues))]) for cues in turns])
