"""Satisfaction of a contact: ``python -m eval.satisfaction train`` fits what ships.

It is fitted on our own talks alone (``nlp/taxonomies/ended_talks.yaml`` and ``talks``). Without
``train`` it is measured: on them by cross-validation, and on the sample's tuning split;
:mod:`eval.uss` measures it on USS.
"""

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize
from scipy.stats import pearsonr, spearmanr

from eval.metrics import calibration_error, macro_f1
from eval.prepare import load_vectors
from eval.rests import rested_on
from eval.results import table, write_section
from eval.talks import Ended, long_talks, own_talks, reader, sample_talks
from nlp.endings import EndingReader
from nlp.outcome import OutcomeModel
from nlp.parts import load_part, part
from nlp.satisfaction.features import NAMES, features
from nlp.satisfaction.model import SURE, SatisfactionModel, named
from nlp.tagger import WEIGHTS, Tagger
from nlp.vectors import Vectors

RESULTS = Path("docs/results-satisfaction.md")
SEED = 20261123
_DECAY = 0.3
"""Of the squared weights, over the number of talks."""
_CALM = 0.65
"""See ``SatisfactionModel.calm``. Chosen on the sample's tuning split of 0.5 to 1."""
_LEAST = 0.05
"""What a feature's weight is at least, on its side."""
_FOLDS = 10
_RATINGS = np.arange(1.0, 6.0)

console = Console()
Row = dict[str, float]
Doubles = NDArray[np.float64]


def endings(spaces: Collection[str]) -> EndingReader:
    """Load the heads of what sentences say of the end, for some embedding spaces.

    They are those of :mod:`eval.rests`.
    """
    names = ("ending_customer", "ending_agent")
    return EndingReader(*(load_part(rested_on(), name, spaces) for name in names))


def feature_rows(tagger: Tagger, talks: Sequence[Ended]) -> list[Row]:
    """Give the features of talks."""
    heads = endings(tagger.vectors.spaces)
    outcome = OutcomeModel.load(part(rested_on(), "resolution"))
    found = []
    for read in tagger.read([item.conversation for item in talks]):
        stands = heads.read(read.turns)
        found.append(features(read, outcome.read(read, stands), stands))
    return found


def fit(rows: Sequence[Row], ratings: Sequence[float], space: str) -> SatisfactionModel:
    """Fit weights and cuts by their likelihood, with a small penalty on the weights."""
    values = np.array([[row[name] for name in NAMES] for row in rows])
    places = np.asarray(ratings, int) - 1

    def loss(free: Doubles) -> float:
        weights, cuts = _unpacked(free)
        below = 1.0 / (1.0 + np.exp((values @ weights)[:, None] - cuts))
        shares = np.diff(below, prepend=0.0, append=1.0, axis=1)
        fitted = -np.log(np.maximum(shares[np.arange(len(places)), places], 1e-9)).mean()
        return float(fitted + _DECAY * weights @ weights / len(places))

    start = np.concatenate([np.zeros(len(NAMES)), [-2.0, 0.0, 0.5, 0.0]])
    bounds = [*(_bound(name) for name in NAMES), *[(None, None)] * 4]
    weights, cuts = _unpacked(minimize(loss, start, method="L-BFGS-B", bounds=bounds).x)
    shown = {name: round(float(value), 4) for name, value in zip(NAMES, weights, strict=True)}
    return SatisfactionModel(shown, tuple(round(float(cut), 4) for cut in cuts), space, _CALM)


def _bound(name: str) -> tuple[float | None, float | None]:
    """Keep a weight on the side that its feature speaks for.

    Features go together, and few talks would set one against the other.
    """
    if name in ("mood", "mood_last", "thanks", "solved", "praise", "resolved"):
        return _LEAST, None
    return (None, None) if name == "mood_worst" else (None, -_LEAST)


def _unpacked(free: Doubles) -> tuple[Doubles, Doubles]:
    """Give weights and rising cuts: all cuts but the first are kept as logs of the steps."""
    cuts = np.cumsum(np.concatenate([free[len(NAMES)][None], np.exp(free[len(NAMES) + 1 :])]))
    return free[: len(NAMES)], cuts


def values(model: SatisfactionModel, rows: Sequence[Row]) -> Doubles:
    """Give the rating that is said of each row."""
    return np.array([model.shares(row) @ _RATINGS for row in rows])


def cross_validated(rows: Sequence[Row], ratings: Sequence[float]) -> tuple[Doubles, Doubles]:
    """Give ratings said, and how surely, by models that did not see the talk."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    said, sure = np.zeros(len(rows)), np.zeros(len(rows))
    for fold in range(_FOLDS):
        held = order[fold::_FOLDS]
        kept = np.setdiff1d(order, held)
        model = fit([rows[n] for n in kept], [ratings[n] for n in kept], "")
        said[held] = values(model, [rows[n] for n in held])
        sure[held] = sureness(model, [rows[n] for n in held])
    return said, sure


def measured(name: str, said: Doubles, sure: Doubles, ratings: Sequence[float]) -> list[str]:
    """Measure said ratings; ``sure`` is the probability of each label."""
    labels, true = [named(v) for v in said], [named(v) for v in ratings]
    right = [one == other for one, other in zip(labels, true, strict=True)]
    kept = [n for n, probability in enumerate(sure) if probability >= SURE]
    figures = (
        spearmanr(said, ratings)[0],
        pearsonr(said, ratings)[0],
        np.abs(said - np.asarray(ratings)).mean(),
        macro_f1(labels, true),
        len(kept) / len(said),
        macro_f1([labels[n] for n in kept], [true[n] for n in kept]),
        calibration_error(sure.tolist(), right, bins=5),
    )
    return [name, str(len(said)), *(f"{figure:.3f}" for figure in figures)]


def sureness(model: SatisfactionModel, rows: Sequence[Row]) -> Doubles:
    """Give the probability of the label that is said of each row."""
    return np.array([model.probability(row, named(model.value(row))) for row in rows])


def report(tagger: Tagger, rows: Sequence[Row], ratings: Sequence[float]) -> None:
    """Measure on our own talks and on the sample, and write the section."""
    model = SatisfactionModel.load(WEIGHTS / "satisfaction.json")
    sample = sample_talks()
    seen = feature_rows(tagger, sample)
    lines = [
        measured("own talks, cross-validated", *cross_validated(rows, ratings), ratings),
        measured(
            "sample, tuning split",
            values(model, seen),
            sureness(model, seen),
            [item.rating for item in sample],
        ),
    ]
    weights = [[name, f"{weight:+.2f}"] for name, weight in model.weights.items()]
    head = ["talks", "n", "Spearman", "Pearson", "mean error", "macro F1", "kept", "F1 kept", "ECE"]
    body = f"{table(head, lines)}\n\n{table(['feature', 'weight'], weights)}"
    write_section("Satisfaction of a contact", "python -m eval.satisfaction", TEXT, body, RESULTS)
    console.print(lines)


TEXT = (
    "Ratings from 1 to 5. What ships is fitted on our own talks only; the sample's contacts were "
    "rated by one reader from their text; they decided the penalty on the weights (0.1 to 10 "
    "tried) and how much the probabilities are drawn to the middle. Macro F1 of dissatisfied, "
    "neutral, satisfied; kept: share that does not abstain; ECE of the label's probability, "
    "5 bins."
)


def rated_rows(tagger: Tagger) -> tuple[list[Row], list[float]]:
    """Give the features of our own talks, with how content the customers were."""
    own = [*own_talks(), *long_talks()]
    return feature_rows(tagger, own), [item.rating for item in own]


def train(vectors: Vectors) -> SatisfactionModel:
    """Fit the model on readings of our own talks."""
    return fit(*rated_rows(reader(vectors)), vectors.signals)


def main() -> None:
    """Fit and write the model, or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", nargs="?", choices=["train"])
    do = parser.parse_args().do
    vectors = load_vectors()
    if do == "train":
        model = train(vectors)
        model.save(WEIGHTS / "satisfaction.json")
        console.print(model.version, model.weights, model.cuts)
        return
    tagger = reader(vectors)
    report(tagger, *rated_rows(tagger))


if __name__ == "__main__":
    main()
