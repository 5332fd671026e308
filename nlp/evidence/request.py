"""One conversation whose sentences are taken apart when they are asked for."""

from functools import cache

from domain.conversation import Conversation, Role
from domain.signal import Signal, SubjectKind
from nlp.cut import cut_turn
from nlp.evidence.words import Sentence, take_apart
from nlp.read import to_be_read
from nlp.redact.redact import redact
from nlp.sentences import Span

Place = tuple[int, Span]
"""Position of a turn, and a sentence in it."""


class Request:
    """Sentences of a conversation by their place."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._plain = [hidden.plain for hidden in redact(conversation)]
        self.sentence = cache(self._sentence)
        self._turn_sentences = cache(self._cut)

    def body(self, place: Place) -> str:
        """Give the turn; parts that are not analysed are blank."""
        return self._conversation.turns[place[0]].body

    def places(self, signal: Signal) -> tuple[Place, ...]:
        """Give the sentences a signal points at; where it points at none, all of its subject."""
        if signal.evidence:
            return tuple(
                (e.turn, (e.start, e.end)) for e in signal.evidence if self._holds(e.turn, e.end)
            )
        return tuple(
            (position, span)
            for position, turn in enumerate(self._conversation.turns)
            if turn.role is Role.CUSTOMER and to_be_read(turn) and self._about(signal, position)
            for span in self._turn_sentences(position)
        )

    def _about(self, signal: Signal, position: int) -> bool:
        if signal.subject_kind is SubjectKind.TURN:
            return self._conversation.turn_id(position) == signal.subject_id
        return True

    def _holds(self, turn: int, end: int) -> bool:
        """Whether the place is in the text as it stands now: it may have been edited since."""
        turns = self._conversation.turns
        return turn < len(turns) and end <= len(turns[turn].text)

    def _cut(self, position: int) -> tuple[Span, ...]:
        return cut_turn(self._conversation.turns[position].body, self._plain[position]).spans

    def _sentence(self, place: Place) -> Sentence:
        return take_apart(self.body(place), self._plain[place[0]], place[1])
