"""A customer's turn in its place: what it wants and shows after what was said before it.

Heads that read one text alone (:mod:`nlp.heads`) miss what a talk makes plain: an answer to
the agent's question wants nothing, "and when?" asks again for what was wanted before. Small
heads on top of them read their scores beside those of the agent's turn before and of the
customer's earlier turns. A text alone is a turn with nothing before it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain.conversation import Role
from nlp.cues.heads import windows
from nlp.heads import Floats, Head
from nlp.parts import load_part
from nlp.vectors import TextVectors
from nlp.version import short_hash

NAMES = ("turn_near", "turn_intents", "turn_mood", "turn_emotions", "turn_cues")
"""Files of the heads that read turns in their place."""
_UNSAID = -8.0
"""Log-odds of an intent where nobody said anything."""


@dataclass(frozen=True)
class InPlace:
    """A turn of a customer and what came before it.

    Attributes
    ----------
    text : TextVectors
        In the space of signals, with a sentence at least.
    agent : float32 array of shape (D,), or None
        The agent's last turn; None before one spoke.
    asked : bool
        Whether that turn ended in a question.
    follows : bool
        Whether the customer spoke last.
    earlier : range
        Rows, among the turns that are read together, of the customer's earlier turns: all above
        this one.
    """

    text: TextVectors
    body: str
    agent: Floats | None = None
    asked: bool = False
    follows: bool = False
    earlier: range = range(0)
    alone: bool = True
    """Whether nothing else is said in the whole conversation."""


def in_places(turns: Iterable[tuple[int, Role, str, TextVectors]]) -> list[InPlace]:
    """Put customers' turns in their places; turns without a sentence are passed over.

    Parameters
    ----------
    turns : iterable of (int, Role, str, TextVectors)
        Number of the conversation, speaker, body and vectors, in order.
    """
    told = [turn for turn in turns if turn[3].whole is not None]
    count = Counter(number for number, *_ in told)
    found: list[InPlace] = []
    now, agent, asked, follows = -1, None, False, False
    first = 0
    for number, role, body, text in told:
        if number != now:
            now, agent, asked, follows, first = number, None, False, False, len(found)
        if role is not Role.CUSTOMER:
            agent, asked, follows = text.whole, body.rstrip().endswith("?"), False
            continue
        alone = count[number] == 1
        earlier = range(first, len(found))
        found.append(InPlace(text, body, agent, asked, follows, earlier, alone))
        follows = True
    return found


@dataclass(frozen=True)
class Alone:
    """The heads that read one text alone, all of one embedding space."""

    general: Head
    sentiment: Head
    emotion: Head
    cues: Head

    @property
    def spaces(self) -> tuple[str, ...]:
        """Embedding spaces that the heads were fitted on."""
        return tuple(h.space for h in (self.general, self.sentiment, self.emotion, self.cues))


@dataclass(frozen=True)
class Features:
    """What turns in their places are read from.

    Attributes
    ----------
    turns : float32 array of shape (N, F)
    moods : float32 array of shape (N, F + 2 D)
        The same beside the vectors of the agent's turn before and of the customer's.
    pairs : float32 array of shape (N, n_intents, P)
        Of each intent beside each turn.
    """

    turns: Floats
    moods: Floats
    pairs: Floats


def features(alone: Alone, near: Head, turns: Sequence[InPlace]) -> Features:
    """Give the features of turns that are read together.

    Parameters
    ----------
    alone : Alone
        What reads each text alone.
    near : Head
        Of intents on sentences, and on two neighbours: the surest of them tells.
    turns : sequence of InPlace
        At least one.
    """
    vectors = np.stack([turn.text.whole for turn in turns if turn.text.whole is not None])
    sentences = [turn.text.sentences for turn in turns]
    pieces = [windows(turn.text) for turn in turns]
    wholes, surest = alone.general.scores(vectors), _surest(alone.general, sentences)
    shown = [
        0.3 * alone.sentiment.scores(vectors),
        0.3 * alone.emotion.scores(vectors),
        0.3 * _surest(alone.cues, pieces),
        np.array([_flags(turn) for turn in turns], np.float32),
    ]
    rows = np.concatenate([wholes / 5, surest / 5, *shown, 3 * vectors], axis=1)
    before = np.concatenate([_agents(turns, vectors), _last(turns, vectors)], axis=1)
    intents = [alone.general.labels.index(label) for label in near.labels]
    acts = [place for place in range(len(alone.general.labels)) if place not in set(intents)]
    said: Floats = ((wholes + surest)[:, intents] / 8).astype(np.float32)
    close: Floats = (_surest(near, pieces) / 3).astype(np.float32)
    own = [said, _quarter(wholes[:, intents]), _quarter(surest[:, intents]), close]
    own += [_quarter(_of_agents(alone.general, turns)[:, intents]), *_before(said, turns)]
    own += [_before(close, turns)[0], said - _best(said), close - _best(close)]
    shared = np.concatenate(
        [wholes[:, acts] / 4, surest[:, acts] / 4, *shown, _best(said), _best(close)], axis=1
    )
    count, kinds = said.shape
    pairs = [
        np.stack(own, axis=2),
        np.repeat(shared[:, None], kinds, axis=1),
        np.tile(np.eye(kinds, dtype=np.float32)[None], (count, 1, 1)),
    ]
    moods = np.concatenate([rows, 3 * before], axis=1)
    return Features(
        rows.astype(np.float32),
        moods.astype(np.float32),
        np.concatenate(pairs, axis=2).astype(np.float32),
    )


def _surest(head: Head, parts: Sequence[Floats]) -> Floats:
    """Give for each text the highest score that one of its parts has, label by label."""
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    scores = head.scores(np.concatenate(parts))
    return np.asarray(np.maximum.reduceat(scores, starts, axis=0), np.float32)


def _agents(turns: Sequence[InPlace], vectors: Floats) -> Floats:
    """Give the vector of the agent's turn before each; zeros where there is none."""
    rows = np.zeros_like(vectors)
    for row, turn in enumerate(turns):
        if turn.agent is not None:
            rows[row] = turn.agent
    return rows


def _last(turns: Sequence[InPlace], vectors: Floats) -> Floats:
    """Give the vector of the customer's turn before each; zeros where there is none."""
    rows = np.zeros_like(vectors)
    for row, turn in enumerate(turns):
        if turn.earlier:
            rows[row] = vectors[turn.earlier[-1]]
    return rows


def _of_agents(head: Head, turns: Sequence[InPlace]) -> Floats:
    """Give what the agent's turn before each is about, as log-odds."""
    rows = np.full((len(turns), len(head.labels)), _UNSAID, np.float32)
    said = [row for row, turn in enumerate(turns) if turn.agent is not None]
    if said:
        rows[said] = head.scores(np.stack([a for t in turns if (a := t.agent) is not None]))
    return rows


def _before(scores: Floats, turns: Sequence[InPlace]) -> tuple[Floats, Floats, Floats]:
    """Give the highest, first and last scores of the customer's earlier turns."""
    highest, first, last = (np.full_like(scores, _UNSAID / 4) for _ in range(3))
    for row, turn in enumerate(turns):
        if turn.earlier:
            # Those before the last one were looked at with that one, in a row further up.
            above = turn.earlier[-1]
            known = highest[above] if len(turn.earlier) > 1 else scores[above]
            highest[row] = np.maximum(known, scores[above])
            first[row], last[row] = scores[turn.earlier[0]], scores[above]
    return highest, first, last


def _quarter(scores: Floats) -> Floats:
    return np.asarray(scores / 4, np.float32)


def _best(scores: Floats) -> Floats:
    return np.asarray(scores.max(axis=1, keepdims=True), np.float32)


def _flags(turn: InPlace) -> list[float]:
    body = turn.body.rstrip()
    return [
        float(not turn.earlier),
        min(len(turn.earlier), 6) / 6,
        float(turn.agent is None),
        float(turn.follows),
        float(turn.asked),
        float("?" in body),
        float(body.endswith("?")),
        float("!" in body),
        float(np.log1p(len(body))) / 6,
        float(np.log1p(len(turn.text.spans))) / 3,
    ]


@dataclass(frozen=True)
class TurnScores:
    """What was read of a turn in its place: probabilities.

    Attributes
    ----------
    intents : float32 array of shape (n_intents,), or None
        In the order of the taxonomy's intents.
    mood : float32 array of shape (3,), or None
        Of negative, neutral and positive.
    emotions : float32 array of shape (n_emotions,), or None
        In the order of the head of emotions. All three are None for a text alone, which the
        heads below read as well or better: no talk tells what it means.
    cues : mapping of str to float
        Of effort's labels and urgency.
    """

    intents: Floats | None
    mood: Floats | None
    emotions: Floats | None
    cues: Mapping[str, float]


@dataclass(frozen=True)
class ContextReader:
    """Reads turns in their places."""

    alone: Alone
    near: Head
    intents: Head
    moods: Head
    emotions: Head
    cues: Head

    @classmethod
    def load(cls, weights: Path, alone: Alone, spaces: Collection[str] = ()) -> "ContextReader":
        """Load the heads of turns, beside those that read a text alone (see ``load_part``)."""
        return cls(alone, *(load_part(weights, name, spaces) for name in NAMES))

    @property
    def version(self) -> str:
        """Changes with each of the heads."""
        return short_hash(head.version.encode() for head in self._heads)

    @property
    def spaces(self) -> tuple[str, ...]:
        """Embedding spaces that the heads were fitted on."""
        return tuple(head.space for head in self._heads)

    @property
    def _heads(self) -> tuple[Head, ...]:
        return (self.near, self.intents, self.moods, self.emotions, self.cues)

    def read(self, turns: Sequence[InPlace]) -> list[TurnScores]:
        """Read turns; the rows of ``earlier`` are those of ``turns``."""
        if not turns:
            return []
        made = features(self.alone, self.near, turns)
        count, kinds, width = made.pairs.shape
        holds = self.intents.probabilities(made.pairs.reshape(count * kinds, width))
        moods = self.moods.probabilities(made.moods)
        felt = self.emotions.probabilities(made.moods)
        cues = self.cues.probabilities(made.turns).tolist()
        return [
            TurnScores(
                None if turn.alone else intents,
                None if turn.alone else mood,
                None if turn.alone else emotions,
                dict(zip(self.cues.labels, row, strict=True)),
            )
            for turn, intents, mood, emotions, row in zip(
                turns, holds.reshape(count, kinds), moods, felt, cues, strict=True
            )
        ]
