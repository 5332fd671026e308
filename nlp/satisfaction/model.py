"""An ordinal model of few weights, so that everybody can see what makes a customer content.

``P(rating <= k) = sigmoid(cut_k - w . x)`` for k = 1 … 4 (proportional odds, McCullagh
1980, "Regression models for ordinal data"). The rating that is said is the mean over the
five; the weights stand in ``nlp/weights/satisfaction.json``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.signal import AbstainReason
from nlp.endings import Stand
from nlp.read import ConversationRead
from nlp.reading import WholeReading
from nlp.satisfaction.features import NAMES, features, shown

LABELS = ("dissatisfied", "neutral", "satisfied")
DISSATISFIED, SATISFIED = 2.5, 3.5
"""Below the one the customer is dissatisfied, above the other satisfied."""
SURE = 0.55
"""Probability of the label below which the reading abstains."""
_EVIDENCE = 3
_MATTERS = 0.25
"""Part of the score from which a feature's words are shown."""
_RATINGS = np.arange(1.0, 6.0)
_PARTS = {"dissatisfied": slice(0, 2), "neutral": slice(2, 3), "satisfied": slice(3, 5)}


@dataclass(frozen=True)
class SatisfactionModel:
    """Weights of the features, the four cuts between the ratings, and the heads' versions."""

    weights: Mapping[str, float]
    cuts: tuple[float, ...]
    space: str
    calm: float = 1.0
    """What score and cuts are multiplied with where it is asked how sure the label is: written
    talks are clearer than real ones, so a model fitted on them is too sure."""

    @classmethod
    def load(cls, path: Path) -> "SatisfactionModel":
        """Read what :meth:`save` wrote.

        Raises
        ------
        FileNotFoundError
            If the file is missing.
        """
        about = json.loads(path.read_text(encoding="utf-8"))
        return cls(about["weights"], tuple(about["cuts"]), about["space"], about["calm"])

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.write_text(self._text(), encoding="utf-8")

    @property
    def version(self) -> str:
        """The first 8 hexadecimal digits of the hash of its content."""
        return hashlib.sha256(self._text().encode()).hexdigest()[:8]

    def shares(self, row: Mapping[str, float], calm: float = 1.0) -> NDArray[np.float64]:
        """Give the probability of each rating from 1 to 5, (5,), as fitted or ``calm``er."""
        score = sum(weight * row[name] for name, weight in self.weights.items())
        below = [0.0, *(1.0 / (1.0 + exp(calm * (score - cut))) for cut in self.cuts), 1.0]
        return np.array([high - low for low, high in pairwise(below)])

    def value(self, row: Mapping[str, float]) -> float:
        """Give the expected rating, 1 to 5."""
        return float(self.shares(row) @ _RATINGS)

    def probability(self, row: Mapping[str, float], label: str) -> float:
        """Give how sure a label is, 0 to 1."""
        return float(self.shares(row, self.calm)[_PARTS[label]].sum())

    def read(
        self, read: ConversationRead, resolution: WholeReading, stands: Sequence[Stand]
    ) -> WholeReading:
        """Read how content the customer was; without a word of theirs nothing is told."""
        if not read.customer:
            return WholeReading("neutral", 0.0, 3.0, reason=AbstainReason.NO_TEXT)
        row = features(read, resolution, stands)
        value = self.value(row)
        label = named(value)
        probability = self.probability(row, label)
        reason = AbstainReason.LOW_PROBABILITY if probability < SURE else None
        if not any(turn.understood for turn in read.customer):
            reason = AbstainReason.UNKNOWN_LANGUAGE
        places = tuple(
            place
            for name in self._telling(row, label)
            if (place := shown(read, name, stands)) is not None
        )
        return WholeReading(label, probability, value, tuple(dict.fromkeys(places)), reason)

    def _telling(self, row: Mapping[str, float], label: str) -> list[str]:
        """Give the features that speak for the label, the strongest first."""
        sign = -1.0 if label == "dissatisfied" else 1.0
        parts = {name: sign * self.weights[name] * row[name] for name in NAMES}
        telling = [name for name in NAMES if parts[name] >= _MATTERS]
        return sorted(telling, key=lambda name: -parts[name])[:_EVIDENCE]

    def _text(self) -> str:
        about = {
            "weights": dict(self.weights),
            "cuts": list(self.cuts),
            "calm": self.calm,
            "space": self.space,
        }
        return json.dumps(about, indent=1) + "\n"


def named(value: float) -> str:
    """Give the label of a rating from 1 to 5."""
    if value < DISSATISFIED:
        return "dissatisfied"
    return "satisfied" if value > SATISFIED else "neutral"
