"""One conversation whose sentences are taken apart when they are asked for."""

from functools import cache

from domain.conversation import Conversation, Role, Turn
from domain.signal import Evidence, Signal, SignalKind, SubjectKind
from nlp.cut import Cut, cut_turn
from nlp.evidence.words import Sentence, take_apart
from nlp.read import to_be_read
from nlp.redact.redact import redact
from nlp.sentences import Span

Place = tuple[int, Span]
"""Position of a turn, and a sentence in it."""
_IN_TWO = frozenset({SignalKind.EFFORT, SignalKind.URGENCY})
"""What two neighbouring sentences may say together."""


class Request:
    """Sentences of a conversation by their place."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._plain = [hidden.plain for hidden in redact(conversation)]
        self.sentence = cache(self._sentence)
        self.cut = cache(self._cut)

    @property
    def read(self) -> list[int]:
        """Positions of the turns that are analysed."""
        turns = enumerate(self._conversation.turns)
        return [position for position, turn in turns if to_be_read(turn)]

    def turn(self, position: int) -> Turn:
        """Give a turn."""
        return self._conversation.turns[position]

    def body(self, place: Place) -> str:
        """Give the turn; parts that are not analysed are blank."""
        return self.turn(place[0]).body

    def places(self, signal: Signal) -> tuple[Place, ...]:
        """Give the sentences a signal points at; where it points at none, all of its subject."""
        if signal.evidence:
            held = [e for e in signal.evidence if self._holds(e.turn, e.end)]
            if signal.kind in _IN_TWO:
                return tuple(dict.fromkeys(place for e in held for place in self._parts(e)))
            return tuple((e.turn, (e.start, e.end)) for e in held)
        return tuple(
            (position, span)
            for position in self.read
            if self.turn(position).role is Role.CUSTOMER and self._about(signal, position)
            for span in self.cut(position).spans
        )

    def _parts(self, evidence: Evidence) -> list[Place]:
        """Give the sentences that evidence stands in."""
        spans = self.cut(evidence.turn).spans
        return [
            (evidence.turn, (start, end))
            for start, end in spans
            if start < evidence.end and evidence.start < end
        ]

    def _about(self, signal: Signal, position: int) -> bool:
        if signal.subject_kind is SubjectKind.TURN:
            return self._conversation.turn_id(position) == signal.subject_id
        return True

    def _holds(self, turn: int, end: int) -> bool:
        """Whether the place is in the text as it stands now: it may have been edited since."""
        turns = self._conversation.turns
        return turn < len(turns) and end <= len(turns[turn].text)

    def _cut(self, position: int) -> Cut:
        return cut_turn(self.turn(position).body, self._plain[position])

    def _sentence(self, place: Place) -> Sentence:
        return take_apart(self.body(place), self._plain[place[0]], place[1])
