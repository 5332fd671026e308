"""Texts to log-odds of labels, for whatever model said them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.signal import Signal
from nlp.cut import Cut
from nlp.evidence.request import Place
from nlp.heads import Floats, Head
from nlp.vectors import Vectors

Odds = NDArray[np.float64]


class Asked(NamedTuple):
    """A text to be read again.

    Attributes
    ----------
    place : Place or None
        Of the sentence that it stands for; None for a text by itself.
    text : str
        The sentence, or what is left of it.
    """

    place: Place | None
    text: str


class Scorer(Protocol):
    """Reads texts again, as the models do that said the signals."""

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """Labels by the name of the model, as it stands on signals."""
        ...

    def read(self, asked: Sequence[Asked]) -> Mapping[str, Odds]:
        """Give the log-odds of every label, (N, n_labels), by the name of the model."""
        ...


class Memo:
    """A scorer that reads each text once.

    Parameters
    ----------
    scorer : Scorer
        What reads.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._places: dict[Asked, int] = {}
        self._odds: list[Mapping[str, Odds]] = []

    def read(self, asked: Iterable[Asked]) -> None:
        """Read what was not read before, all together."""
        fresh = [one for one in dict.fromkeys(asked) if one not in self._places]
        if not fresh:
            return
        read = self._scorer.read(fresh)
        self._places |= {one: len(self._odds) + n for n, one in enumerate(fresh)}
        self._odds += [{name: odds[n] for name, odds in read.items()} for n in range(len(fresh))]

    def odds(self, signal: Signal, asked: Asked) -> float:
        """Give the log-odds of a signal's label for a text that was read."""
        column = self._scorer.labels[signal.model].index(signal.label)
        return float(self._odds[self._places[asked]][signal.model][column])


class VectorHead(Protocol):
    """A classifier of unit vectors."""

    @property
    def labels(self) -> tuple[str, ...]:
        """One for each output."""
        ...

    @property
    def space(self) -> str:
        """Version of the embedding space of the vectors."""
        ...

    def probabilities(self, vectors: Floats) -> Floats:
        """Give the probability of each label: (N, D) -> (N, n_labels)."""
        ...


class VectorScorer:
    """Heads that share one vector a text.

    Parameters
    ----------
    vectors : Vectors
        Of the heads' space.
    heads : mapping of str to VectorHead
        By the name of the model.
    """

    def __init__(self, vectors: Vectors, heads: Mapping[str, VectorHead]) -> None:
        self._vectors = vectors
        self._heads = heads

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """Labels by the name of the model."""
        return {name: head.labels for name, head in self._heads.items()}

    def read(self, asked: Sequence[Asked]) -> Mapping[str, Odds]:
        """Encode each text once, for all heads, wherever it stands."""
        return self.odds(self.encode([one.text for one in asked]))

    def encode(self, texts: Sequence[str]) -> Mapping[str, Floats]:
        """Give the (N, D) vectors of texts in each space that a head asks for."""
        spaces = list(dict.fromkeys(head.space for head in self._heads.values()))
        read = self._vectors.read_in(spaces, [Cut(((0, len(text)),), (text,)) for text in texts])
        return {
            space: np.concatenate([t.sentences for t in found]) for space, found in read.items()
        }

    def odds(self, encoded: Mapping[str, Floats]) -> Mapping[str, Odds]:
        """Give the log-odds of every label for texts that are encoded."""
        return {name: log_odds(head, encoded[head.space]) for name, head in self._heads.items()}


def log_odds(head: VectorHead, vectors: Floats) -> Odds:
    """Give the log-odds of each label: (N, D) -> (N, n_labels).

    Where the head gives its scores they never saturate; a sure label still loses something.
    """
    if not isinstance(head, Head):
        return probability_odds(head.probabilities(vectors))
    scores = head.scores(vectors).astype(np.float64)
    return scores if head.link == "sigmoid" else softmax_odds(scores)


def probability_odds(probabilities: Floats) -> Odds:
    """Turn probabilities into log p/(1-p), no further out than 16."""
    kept = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    return np.asarray(np.log(kept) - np.log1p(-kept), np.float64)


def softmax_odds(scores: Odds) -> Odds:
    """Turn logits into log p/(1-p), (N, L): each label against all others."""
    odds = np.empty_like(scores)
    for column in range(scores.shape[1]):
        others = np.delete(scores, column, axis=1)
        most = others.max(axis=1, keepdims=True)
        odds[:, column] = scores[:, column] - most[:, 0] - np.log(np.exp(others - most).sum(axis=1))
    return odds
