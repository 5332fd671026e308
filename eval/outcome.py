"""How contacts ended: ``python -m eval.outcome`` fits the weights of the resolution that ships.

On our own talks, short and long; those kept for development are measured with.
"""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from eval.prepare import load_vectors
from eval.satisfaction import endings
from eval.talks import Ended, long_talks, own_talks, reader
from nlp.outcome import OutcomeModel, Row, outcome_row
from nlp.resolution import LABELS
from nlp.tagger import WEIGHTS, Tagger
from nlp.vectors import Vectors

_C = 0.3
"""Chosen on unseen folds: 0.690, 0.725, 0.702, 0.690 of the long talks and 0.817, 0.890, 0.936,
0.936 of the short with 0.03, 0.1, 0.3, 1."""

console = Console()


def outcome_rows(tagger: Tagger, talks: Sequence[Ended]) -> list[Row]:
    """Give the features of talks."""
    heads = endings(tagger.vectors.spaces)
    reads = tagger.read([item.conversation for item in talks])
    return [outcome_row(read, heads.read(read.turns)) for read in reads]


def fit(rows: Sequence[Row], talks: Sequence[Ended], space: str) -> OutcomeModel:
    """Fit a softmax over the features."""
    names = list(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    places = np.array([LABELS.index(item.resolution) for item in talks])
    model = LogisticRegression(C=_C, max_iter=2000).fit(values, places)
    weights = {
        name: tuple(round(float(v), 4) for v in column)
        for name, column in zip(names, model.coef_.T, strict=True)
    }
    return OutcomeModel(weights, tuple(round(float(v), 4) for v in model.intercept_), space)


def right(model: OutcomeModel, rows: Sequence[Row], talks: Sequence[Ended]) -> float:
    """Give the share of talks whose label is the likeliest."""
    said = [LABELS[int(model.shares(row).argmax())] for row in rows]
    return float(np.mean([one == t.resolution for one, t in zip(said, talks, strict=True)]))


def train(vectors: Vectors) -> OutcomeModel:
    """Fit the model on readings of our own talks, and measure it on those kept back."""
    tagger = reader(vectors)
    talks = [*own_talks(), *long_talks()]
    model = fit(outcome_rows(tagger, talks), talks, vectors.signals)
    kept = long_talks("dev")
    console.print(f"resolution: {right(model, outcome_rows(tagger, kept), kept):.3f} of dev")
    return model


def main() -> None:
    """Fit, measure and write the model."""
    train(load_vectors()).save(WEIGHTS / "resolution.json")


if __name__ == "__main__":
    main()
