"""Sentences read again in their talk, by the heads that decided there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from domain.conversation import Role
from nlp.context import ContextReader, InPlace, features, in_places
from nlp.cues.heads import URGENCY
from nlp.evidence.request import Request
from nlp.evidence.scorers import Asked, Odds, VectorScorer, log_odds
from nlp.say.subject import Makers
from nlp.vectors import TextVectors, Vector, Vectors, pooled

_SAID = {URGENCY: "urgent"}
"""Labels of the head of cues that are called otherwise on signals."""


class TalkScorer:
    """Puts a changed sentence into its turn and reads the turn again in its place.

    The other sentences and turns stay as they were read: only what is changed is encoded.

    Parameters
    ----------
    plain : VectorScorer
        Reads sentences by themselves, and a text that nothing else is said beside.
    request : Request
        The talk.
    vectors : Vectors
        Where those of the talk are known.
    context : ContextReader
        What decides in a talk, and hears effort and urgency in any text.
    makers : Makers
        Names of the models, as they stand on signals.
    """

    def __init__(
        self,
        plain: VectorScorer,
        request: Request,
        vectors: Vectors,
        context: ContextReader,
        makers: Makers,
    ) -> None:
        self._plain = plain
        self._request = request
        self._vectors = vectors
        self._context = context
        self._makers = makers
        heard = tuple(_SAID.get(label, label) for label in context.cues.labels)
        self.labels = {**plain.labels, makers.cues: heard}

    def read(self, asked: Sequence[Asked]) -> Mapping[str, Odds]:
        """Encode each text once, for all heads."""
        encoded = self._plain.encode([one.text for one in asked])
        odds = dict(self._plain.odds(encoded))
        rows = encoded[self._context.near.space]
        turns = [self._changed(one, row) for one, row in zip(asked, rows, strict=True)]
        self._tell(odds, turns)
        return odds

    def _tell(self, odds: dict[str, Odds], turns: Sequence[InPlace]) -> None:
        """Put what is read in talks in the place of what sentences say by themselves."""
        context, makers, said = self._context, self._makers, self._talk[1]
        first, made = len(said), features(context.alone, context.near, [*said, *turns])
        pairs = made.pairs[first:]
        holds = log_odds(context.intents, pairs.reshape(-1, pairs.shape[2]))
        labels = context.alone.general.labels
        columns = np.array([labels.index(label) for label in context.near.labels])
        rows = np.flatnonzero([not turn.alone for turn in turns])
        odds[makers.intents][np.ix_(rows, columns)] = holds.reshape(pairs.shape[:2])[rows]
        odds[makers.sentiment][rows] = log_odds(context.moods, made.moods[first:])[rows]
        odds[makers.emotion][rows] = log_odds(context.emotions, made.moods[first:])[rows]
        odds[makers.cues] = log_odds(context.cues, made.turns[first:])

    @cached_property
    def _talk(self) -> tuple[list[int], list[InPlace]]:
        """Positions of the customer's turns, and the turns as they were read in the talk."""
        positions = self._request.read
        cuts = [self._request.cut(position) for position in positions]
        space = self._context.near.space
        read = self._vectors.read_in([space], cuts)[space]
        turns = [self._request.turn(position) for position in positions]
        mine = [
            position
            for position, turn, text in zip(positions, turns, read, strict=True)
            if turn.role is Role.CUSTOMER and text.whole is not None
        ]
        told = ((0, t.role, t.body, text) for t, text in zip(turns, read, strict=True))
        return mine, in_places(told)

    def _changed(self, asked: Asked, vector: Vector) -> InPlace:
        """Give the turn with the text in the place of its sentence; by itself where none is."""
        positions, turns = self._talk
        if asked.place is not None and asked.place[0] in positions:
            turn = turns[positions.index(asked.place[0])]
            start, end = asked.place[1]
            hit = [n for n, (s, e) in enumerate(turn.text.spans) if s < end and start < e]
            if hit:
                return replace(turn, text=_with(turn.text, hit[0], hit[-1], asked.text, vector))
        spans, lengths = ((0, len(asked.text)),), np.array([len(asked.text)], np.float32)
        return InPlace(TextVectors(spans, vector[None], lengths, vector, 1.0), asked.text)


def _with(text: TextVectors, first: int, last: int, said: str, vector: Vector) -> TextVectors:
    """Put one text in the place of the sentences ``first`` to ``last``."""
    span = (text.spans[first][0], text.spans[last][1])
    spans = (*text.spans[:first], span, *text.spans[last + 1 :])
    parts = [text.sentences[:first], vector[None], text.sentences[last + 1 :]]
    length = np.array([len(said)], np.float32)
    lengths = np.concatenate([text.lengths[:first], length, text.lengths[last + 1 :]])
    sentences = np.concatenate(parts)
    return TextVectors(spans, sentences, lengths, pooled(sentences, lengths), text.covered)
