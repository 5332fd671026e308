"""How the customer feels: sentiment, its trend, and emotion."""

from collections.abc import Iterator

from domain.signal import Signal, SignalKind
from nlp import sentiment
from nlp.emotion import NEUTRAL
from nlp.read import ConversationRead, TurnRead
from nlp.rollup import NEUTRAL_FLOOR, course, quarters, weighted
from nlp.say.labels import Found, places, surest
from nlp.say.subject import Makers, Subject, doubt, share, shown
from nlp.sentiment import Mood


def of_turn(subject: Subject, turn: TurnRead, makers: Makers) -> Iterator[Signal]:
    """Say the sentiment of one turn, which is always there, and its emotions."""
    mood = sentiment.say(turn.mood)
    yield subject.signal(
        SignalKind.SENTIMENT,
        mood.label,
        makers.sentiment,
        **_told(mood),
        **doubt(mood.reason, understood=turn.understood),
    )
    for reading in turn.emotions if turn.understood else turn.emotions[:1]:
        yield subject.signal(
            SignalKind.EMOTION,
            reading.label,
            makers.emotion,
            probability=share(reading.probability),
            evidence=shown(places([(turn, reading)])),
            **doubt(reading.reason, understood=turn.understood),
        )


def of_all(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Roll sentiment and emotion up over the customer's turns."""
    yield from _sentiment(subject, read, makers)
    yield from _emotions(subject, read, makers)


def _sentiment(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    moods = [turn.mood for turn in read.customer if turn.mood is not None]
    understood = not moods or any(turn.understood for turn in read.customer)
    mood = sentiment.roll_up(moods) if moods or not read.customer else sentiment.NO_HEAD
    values = [sentiment.say(turn.mood).value for turn in read.customer]
    yield subject.signal(
        SignalKind.SENTIMENT,
        mood.label,
        makers.sentiment,
        details={"quarters": quarters(read, values)} if values else {},
        **_told(mood),
        **doubt(mood.reason, understood=understood),
    )
    way = sentiment.trend(moods)
    if way is not None:
        yield subject.signal(
            SignalKind.SENTIMENT_TREND,
            way.label,
            makers.sentiment,
            value=way.value,
            **doubt(None, understood=understood),
        )


def _told(mood: Mood) -> dict[str, object]:
    return {"probability": share(mood.probability), "value": round(mood.value, 4)}


def _emotions(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Say each emotion that surely showed, the strongest first; neutral where none did.

    The value is the mean of the emotion's probability over the customer's turns, weighted
    to the end; a turn counts the less the more neutral it is.
    """
    found = _by_label(read)
    sure = {label: rows for label, rows in found.items() if _holds(surest(rows))}
    felt = {label: rows for label, rows in sure.items() if label != NEUTRAL} or sure
    calm = [_probability(turn, NEUTRAL) for turn in read.customer]
    weights = [NEUTRAL_FLOOR + 1.0 - probability for probability in calm]
    values = {
        label: [_probability(turn, label) for turn in read.customer] for label in felt or found
    }
    means = {label: weighted(said, weights) for label, said in values.items()}
    order = sorted(means, key=lambda label: (-means[label], label))
    for place, label in enumerate(order if felt else order[:1]):
        turn, reading = surest(found[label])
        yield subject.signal(
            SignalKind.EMOTION,
            label,
            makers.emotion,
            probability=share(reading.probability),
            value=means[label],
            evidence=shown(places(found[label])),
            details={"main": place == 0, **course(read, values[label])},
            **doubt(reading.reason, understood=turn.understood),
        )


def _by_label(read: ConversationRead) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for turn in read.customer:
        for reading in turn.emotions:
            found.setdefault(reading.label, []).append((turn, reading))
    return found


def _holds(found: Found) -> bool:
    turn, reading = found
    return turn.understood and reading.reason is None


def _probability(turn: TurnRead, label: str) -> float:
    return next((r.probability for r in turn.emotions if r.label == label), 0.0)
