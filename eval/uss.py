"""Satisfaction of users of SGD and MultiWOZ: ``python -m eval.uss`` (USS, Sun et al. 2021).

For measuring only: its terms are not clear to us, so nothing that ships is trained on it.
Two things are measured. What ships, as it is; and heads of our kind fitted by 10-fold
cross-validation over whole dialogues, to see what our vectors and signals could carry.
Dissatisfied is a rating below 3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.stats import pearsonr, spearmanr

from eval.metrics import auroc
from eval.prepare import load_vectors
from eval.results import table, write_section
from eval.satisfaction import RESULTS, Doubles
from eval.uss_data import Rated, rated
from nlp.heads import Floats
from nlp.satisfaction.features import NAMES
from nlp.satisfaction.model import DISSATISFIED, SatisfactionModel
from nlp.tagger import WEIGHTS
from nlp.vectors import Vectors

SETS = ("sgd", "mwoz")
SEED = 20261123
FOLDS = 10
_BELOW = _MIDDLE = 3.0
_PENALTIES = (300.0, 3_000.0, 30_000.0)
_RATINGS = np.arange(1.0, 6.0)

console = Console()


def scored(rows: Floats, set_: Rated, kept: NDArray[np.bool_], penalty: float) -> Doubles:
    """Give ridge scores of ``kept`` rows by models that saw no rating of their dialogue."""
    values, rating = rows[kept].astype(np.float32), set_.rating[kept] - _MIDDLE
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    fold = np.random.default_rng(SEED).permutation(int(set_.dialogue.max()) + 1) % FOLDS
    folds = fold[set_.dialogue[kept]]
    grams = [values[folds == f].T @ values[folds == f] for f in range(FOLDS)]
    sides = [values[folds == f].T @ rating[folds == f] for f in range(FOLDS)]
    gram, side = np.sum(grams, axis=0), np.sum(sides, axis=0)
    said = np.zeros(len(rating))
    ridge = penalty * np.eye(values.shape[1], dtype=np.float32)
    for f in range(FOLDS):
        weights = np.linalg.solve(gram - grams[f] + ridge, side - sides[f])
        said[folds == f] = _MIDDLE + values[folds == f] @ weights
    return said


def f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> tuple[float, float]:
    """Give F1, and what the published code calls F1: 2PR / max(P + R, 1)."""
    precision = (said & true).sum() / max(said.sum(), 1)
    recall = (said & true).sum() / max(true.sum(), 1)
    both = 2 * precision * recall
    return float(both / max(precision + recall, 1e-9)), float(both / max(precision + recall, 1))


def thresholded(
    score: Doubles, true: NDArray[np.bool_], group: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say dissatisfied below a threshold that is best on the other dialogues' folds."""
    fold = np.random.default_rng(SEED).permutation(int(group.max()) + 1) % FOLDS
    said = np.zeros(len(score), bool)
    for f in range(FOLDS):
        here = fold[group] == f
        cuts = np.quantile(score[~here], np.linspace(0.01, 0.6, 60))
        best = max(cuts, key=lambda cut: f1(score[~here] < cut, true[~here])[0])
        said[here] = score[here] < best
    return said


def line(
    name: str, score: Doubles, set_: Rated, kept: NDArray[np.bool_], fixed: float | None
) -> list[str]:
    """Give one row of the table; ``fixed`` is the product's own threshold."""
    rating, most = set_.rating[kept], set_.most[kept]
    cells = [
        f"{spearmanr(score, rating)[0]:.3f}",
        f"{pearsonr(score, rating)[0]:.3f}",
    ]
    for true in (rating < _BELOW, most < _BELOW):
        said = score < fixed if fixed is not None else thresholded(score, true, set_.dialogue[kept])
        one, published = f1(said, true)
        cells += [f"{one:.3f} ({published:.3f})", f"{auroc(true.tolist(), (-score).tolist()):.3f}"]
    return [name, *cells]


def _always(label: str, set_: Rated, kept: NDArray[np.bool_]) -> list[str]:
    """Give what saying dissatisfied of every turn would reach."""
    every = np.ones(int(kept.sum()), bool)
    cells = ["-", "-"]
    for true in (set_.rating[kept] < _BELOW, set_.most[kept] < _BELOW):
        one, published = f1(every, true)
        cells += [f"{one:.3f} ({published:.3f})", "0.500"]
    return [f"{label}: always dissatisfied", *cells]


def measure(vectors: Vectors, name: str) -> list[list[str]]:
    """Measure one set: what ships, then the heads."""
    set_ = rated(vectors, name)
    model = SatisfactionModel.load(WEIGHTS / "satisfaction.json")
    shipped = np.array(
        [model.shares(dict(zip(NAMES, row, strict=True))) @ _RATINGS for row in set_.ours.tolist()]
    )
    ways = {
        "ours": set_.ours,
        "vectors before": set_.before,
        "vectors with": np.hstack([set_.before, set_.own]),
        "vectors with + ours": np.hstack([set_.before, set_.own, set_.ours]),
    }
    lines = []
    for level, kept in (("dialogue", set_.last), ("turn", ~set_.last)):
        label = f"{name} {level} ({kept.sum()})"
        lines.append(_always(label, set_, kept))
        lines.append(line(f"{label}: ships", shipped[kept], set_, kept, DISSATISFIED))
        lines.append(line(f"{label}: ships, cut fitted", shipped[kept], set_, kept, None))
        for way, rows in ways.items():
            penalties = _PENALTIES if way != "ours" else _PENALTIES[:1]
            for penalty in penalties:
                score = scored(rows, set_, kept, penalty)
                lines.append(line(f"{label}: {way}, {penalty:g}", score, set_, kept, None))
                console.print(lines[-1])
    return lines


def main() -> None:
    """Measure both sets and write the sections."""
    vectors = load_vectors()
    lines = [row for name in SETS for row in measure(vectors, name)]
    write_section("USS: SGD and MultiWOZ", COMMAND, TEXT, table(HEAD, lines), RESULTS)
    write_section("USS satisfaction", COMMAND, SHORT, table(HEAD, best(lines)))


def best(lines: Sequence[list[str]]) -> list[list[str]]:
    """Keep what ships, and of the fitted heads the one with the best Spearman, for each part."""
    parts: dict[str, list[list[str]]] = {}
    for row in lines:
        parts.setdefault(row[0].split(":")[0], []).append(row)
    kept = []
    for rows in parts.values():
        fitted = [row for row in rows if ", " in row[0] and "cut fitted" not in row[0]]
        kept += [row for row in rows if row not in fitted]
        kept.append(max(fitted, key=lambda row: float(row[1])))
    return kept


COMMAND = "python -m eval.uss"
HEAD = ["what", "Spearman", "Pearson", "F1 mean < 3", "AUROC", "F1 most < 3", "AUROC"]
SHORT = (
    "What ships, untrained on USS, and the best head of our kind in 10-fold cross-validation over "
    "dialogues; all attempts in [results-satisfaction.md](results-satisfaction.md). The figures "
    "of the paper's BERT were not to be had as text (its repository shows them as a picture), so "
    "the row is measured, not compared."
)
TEXT = (
    "Ratings of user turns (mean of 3 to 7 raters) and of whole dialogues. `ships`: the shipped "
    "model, untrained on USS, at its own threshold of 2.5, then at a threshold fitted on the "
    "other folds. The others are ridge regressions with a penalty, 10-fold over dialogues, "
    "threshold fitted on the other folds: on our own features, on vectors of the talk before the "
    "turn (what the published baselines read), with the turn's own vector, and all. `most`: the "
    "rating that most raters gave, the lower of two, as in the published code. In brackets what "
    "that code calls F1, 2PR / max(P + R, 1). It also takes the best of 100 epochs on the test "
    "folds, splits turns, not dialogues, and ranks ties by their first place in its Spearman "
    "(github.com/sunnweiwei/user-satisfaction-simulation, baselines/): its figures are not of the "
    "same kind, and we could not read them, they are published as a picture."
)


if __name__ == "__main__":
    main()
