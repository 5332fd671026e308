"""One conversation as read by redaction, cutting, encoder, heads and rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.conversation import Conversation, Role, Turn
from nlp.cues.effort import LABELS, effort_cues
from nlp.cues.heads import URGENCY
from nlp.cues.rules import Cue
from nlp.cues.urgency import PRESSING, urgency_cues
from nlp.cut import hide
from nlp.entities.found import Entity
from nlp.intents import TurnIntents
from nlp.language import LanguageReading
from nlp.reading import LabelReading, MoodReading, WholeReading
from nlp.redact.redact import Hidden
from nlp.sentences import Span
from nlp.summary import Line
from nlp.vectors import SHORT, TextVectors, pooled

SPEAKERS = (Role.CUSTOMER, Role.AGENT)
"""Whose public words are read. Bots and systems say nothing that is meant."""

KNOWN_LANGUAGES = frozenset({"en"})
"""What the heads were trained on."""

VOICED = frozenset({"service_complaint", "escalation_request", "praise"})
"""Intents that tell how the customer feels about the service, not what it is about."""


Cues = tuple[Cue, ...]


@dataclass(frozen=True)
class TurnRead:
    """What was read in one turn.

    Attributes
    ----------
    position : int
        In the conversation, from 0.
    intents, mood
        Of customers' turns; None for others.
    emotions
        Those worth saying, the surest first; empty for others' turns or without a head.
    acts
        What it does in the talk, the surest first; empty without a head.
    heard
        Cues that a head hears in it; empty without one.
    by_space
        Its vectors by embedding space; ``vectors`` are those of the encoder's own, or of the
        first where nobody asked for that.
    more
        Labels of further sets, by their name.
    understood : bool
        Whether it is in a language that the heads know.
    """

    position: int
    turn: Turn
    hidden: Hidden
    vectors: TextVectors
    entities: tuple[Entity, ...]
    language: LanguageReading
    understood: bool
    intents: TurnIntents | None
    mood: MoodReading | None
    emotions: tuple[LabelReading, ...] = ()
    acts: tuple[LabelReading, ...] = ()
    heard: tuple[Cue, ...] = ()
    by_space: Mapping[str, TextVectors] = field(default_factory=dict)
    more: Mapping[str, TurnIntents] = field(default_factory=dict)

    @cached_property
    def effort(self) -> tuple[Cue, ...]:
        """Where a customer speaks of effort: what rules read, and what else a head hears."""
        return self._cues(effort_cues, LABELS)

    @cached_property
    def urgency(self) -> tuple[Cue, ...]:
        """Where a customer's words show that it is urgent, labelled by reason."""
        cues = self._cues(urgency_cues, (URGENCY,))
        known = tuple(cue for cue in cues if cue.probability is None)
        return known or tuple(replace(cue, label=PRESSING) for cue in cues)

    def _cues(self, rules: Callable[[str], tuple[Cue, ...]], labels: Sequence[str]) -> Cues:
        if not self.of_customer:
            return ()
        read = rules(self.turn.body)
        known = {cue.label for cue in read}
        heard = (cue for cue in self.heard if cue.label in labels and cue.label not in known)
        return tuple(
            sorted((*read, *(heard if self.understood else ())), key=lambda cue: cue.start)
        )

    @cached_property
    def pseudonyms(self) -> dict[int, str]:
        """What is shown for the identifier that starts at a character."""
        return {item.start: item.pseudonym for item in self.hidden.redactions}

    @property
    def of_customer(self) -> bool:
        """Whether the customer speaks."""
        return self.turn.role is Role.CUSTOMER


@dataclass(frozen=True)
class Said:
    """A customer's turn, sentence by sentence: what its statements of need are pooled from.

    Attributes
    ----------
    turn : int
        Position in the conversation.
    spans : tuple of Span
        Of n sentences, in the original.
    vectors : float32 array of shape (n, D)
        Of length 1 each.
    weights : float32 array of shape (n,)
        How much each sentence counts, above 0.
    wants : tuple of bool
        Which of them voice a need.
    """

    turn: int
    spans: tuple[Span, ...]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    wants: tuple[bool, ...]


@dataclass(frozen=True)
class ConversationRead:
    """What was read in a conversation: the turns that were read, in order.

    Attributes
    ----------
    resolution, satisfaction
        Of the whole; None where nothing was read.
    """

    conversation: Conversation
    hidden: tuple[Hidden, ...]
    turns: tuple[TurnRead, ...]
    language: LanguageReading
    subject: tuple[Entity, ...]
    resolution: WholeReading | None = None
    satisfaction: WholeReading | None = None

    @cached_property
    def customer(self) -> tuple[TurnRead, ...]:
        """The customer's public turns that hold text."""
        return tuple(t for t in self.turns if t.of_customer and t.vectors.whole is not None)

    @property
    def covered(self) -> float:
        """Share of the customer's words that was read."""
        return min((t.vectors.covered for t in self.customer), default=1.0)


def to_be_read(turn: Turn) -> bool:
    """Whether a turn is analysed: public, and by a person."""
    return turn.public and turn.role in SPEAKERS


def lines(read: ConversationRead) -> list[Line]:
    """Give the sentences that a summary may be made of."""
    return [
        Line(turn.position, span, text, turn.turn.role, _wanting(turn, span))
        for turn in read.turns
        for span, text in zip(turn.vectors.spans, _shown(turn), strict=True)
    ]


def _shown(turn: TurnRead) -> list[str]:
    return hide(turn.turn.text, turn.hidden.redactions, turn.vectors.spans)


def _wanting(turn: TurnRead, span: tuple[int, int]) -> float:
    """Give how clearly a sentence voices a need; complaint and praise are less of one."""
    if turn.intents is None:
        return 0.0
    wanted = [
        reading.probability * (0.5 if reading.label in VOICED else 1.0)
        for reading in turn.intents.intents
        if reading.span == span
    ]
    polite = [reading.probability for reading in turn.intents.acts if reading.span == span]
    return max(wanted, default=0.0) - 0.5 * max(polite, default=0.0)


def need(turns: Sequence[TurnRead]) -> NDArray[np.float32] | None:
    """Give the unit vector of what the customer needs, (D,); None where nothing was said.

    Each sentence counts by its length, those that want something three times.
    """
    if not turns:
        return None
    vectors = np.concatenate([turn.vectors.sentences for turn in turns])
    return pooled(vectors, np.concatenate([_counting(turn) for turn in turns]))


def said(turn: TurnRead) -> Said:
    """Give a customer's turn, sentence by sentence, as it counts for what is needed."""
    wants = tuple(_wanting(turn, span) > _WANTS for span in turn.vectors.spans)
    weights = _counting(turn) + np.float32(SHORT)
    return Said(turn.position, turn.vectors.spans, turn.vectors.sentences, weights, wants)


def _counting(turn: TurnRead) -> NDArray[np.float32]:
    factors = [3.0 if _wanting(turn, span) > _WANTS else 1.0 for span in turn.vectors.spans]
    weights: NDArray[np.float32] = turn.vectors.lengths * np.array(factors, np.float32)
    return weights


_WANTS = 0.3
"""Clearness from which a sentence is taken to voice a need."""
