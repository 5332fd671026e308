"""How a conversation ended for the customer: resolution and satisfaction."""

from collections.abc import Iterator

from domain.signal import Signal, SignalKind
from nlp.read import ConversationRead
from nlp.reading import WholeReading
from nlp.say.subject import Makers, Subject, doubt, share, shown


def of_all(subject: Subject, read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    """Say what was read of the whole; nothing where nothing was read."""
    if read.resolution is not None:
        yield _said(subject, SignalKind.RESOLUTION, read.resolution, makers.resolution)
    if read.satisfaction is not None:
        yield _said(subject, SignalKind.SATISFACTION, read.satisfaction, makers.satisfaction)


def _said(subject: Subject, kind: SignalKind, reading: WholeReading, model: str) -> Signal:
    return subject.signal(
        kind,
        reading.label,
        model,
        probability=None if reading.probability is None else share(reading.probability),
        value=None if reading.value is None else round(reading.value, 4),
        evidence=shown(reading.evidence),
        **doubt(reading.reason, understood=True),
    )
