"""What one version of a taxonomy says of a conversation, summed up for people."""

from dataclasses import dataclass

from domain.conversation import Channel
from domain.redaction import redacted
from domain.signal import AbstainReason, Signal, SubjectKind
from nlp.heads import Floats
from nlp.own.model import OwnTaxonomy
from nlp.own.say import say_own
from nlp.read import ConversationRead, TurnRead


@dataclass(frozen=True)
class OwnReading:
    """A conversation under one version.

    Attributes
    ----------
    label : str or None
        The surest one, also when abstained; None where the customer wants nothing.
    labels : tuple of str
        Those that hold, the surest first; empty when abstained.
    probability : float
        That ``label`` is right, 0 to 1; 0 without a label.
    turn : int or None
        Position of the turn that shows it best; None where nothing was said.
    text : str
        That turn, redacted.
    vector : float32 array of shape (D,), or None
        Unit vector of that turn.
    understood : bool
        Whether that turn is in a language that the heads know.
    reason : AbstainReason or None
        Why no label holds.
    """

    conversation_id: str
    channel: Channel
    label: str | None
    labels: tuple[str, ...]
    probability: float
    turn: int | None
    text: str
    vector: Floats | None
    understood: bool = True
    reason: AbstainReason | None = None

    @property
    def abstained(self) -> bool:
        """Whether no label holds."""
        return not self.labels

    @property
    def close(self) -> bool:
        """Whether it abstains between two labels that are there: none is missing then."""
        return self.abstained and self.reason is AbstainReason.CLOSE_CALL

    @property
    def said(self) -> str:
        """The label that counts, or ``unsure``, or ``nothing asked``."""
        if self.label is None:
            return "nothing asked"
        return " + ".join(sorted(self.labels)) or "unsure"


def own_reading(read: ConversationRead, taxonomy: OwnTaxonomy, space: str) -> OwnReading:
    """Read one conversation under one version, by the path of the tagger."""
    signals = list(say_own(read, [taxonomy], space))
    whole = [s for s in signals if s.subject_kind is SubjectKind.CONVERSATION]
    best = whole[0] if whole else None
    shown = _shown(read, signals, best)
    return OwnReading(
        conversation_id=read.conversation.id,
        channel=read.conversation.channel,
        label=best.label if best else None,
        labels=tuple(s.label for s in whole if not s.abstained),
        probability=(best.probability or 0.0) if best else 0.0,
        turn=shown.position if shown else None,
        text=redacted(shown.turn.text, shown.hidden.redactions) if shown else "",
        vector=shown.vectors.whole if shown else None,
        understood=shown is None or shown.understood,
        reason=best.reason if best else None,
    )


def _shown(read: ConversationRead, signals: list[Signal], best: Signal | None) -> TurnRead | None:
    """Find the turn that shows the best label, or else where the customer begins."""
    if best is None:
        return next(iter(read.customer), None)
    sure = {
        signal.subject_id: signal.probability or 0.0
        for signal in signals
        if signal.subject_kind is SubjectKind.TURN and signal.label == best.label
    }
    turns = {read.conversation.turn_id(turn.position): turn for turn in read.customer}
    return turns[max(sure, key=sure.__getitem__)]
