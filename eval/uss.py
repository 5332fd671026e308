"""Satisfaction of users of SGD and MultiWOZ: ``python -m eval.uss`` (USS, Sun et al. 2021).

For measuring only: its terms are not clear to us, so nothing that ships is trained on it.
Two things are measured. What ships, as it is; and heads of our kind fitted by 10-fold
cross-validation over whole dialogues, to see what our vectors and signals could carry.
Dissatisfied is a rating below 3.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.stats import pearsonr, spearmanr

from eval.metrics import auroc
from eval.prepare import load_vectors
from eval.results import table, write_section
from eval.satisfaction import RESULTS, Doubles
from eval.uss_data import Rated, rated, texts_before
from eval.uss_ways import HEAD as WAYS_HEAD
from eval.uss_ways import measure as measure_ways
from nlp.heads import Floats
from nlp.satisfaction.features import NAMES
from nlp.satisfaction.model import DISSATISFIED, SatisfactionModel
from nlp.tagger import WEIGHTS

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


def as_shipped(set_: Rated) -> NDArray[np.float64]:
    """Give the shares of each rating that what ships says, shape (N, 5)."""
    model = SatisfactionModel.load(WEIGHTS / "satisfaction.json")
    return np.array(
        [model.shares(dict(zip(NAMES, row, strict=True))) for row in set_.ours.tolist()]
    )


def measure(set_: Rated, name: str) -> list[list[str]]:
    """Measure one set: what ships, then the heads."""
    shipped = as_shipped(set_) @ _RATINGS
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
    """Measure and write the sections."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ways", action="store_true", help="only the published ways")
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    options = parser.parse_args()
    vectors = load_vectors()
    lines, ways = [], []
    for name in options.sets:
        set_ = rated(vectors, name)
        ways += _ways(set_, name)
        lines += [] if options.ways else measure(set_, name)
    command = f"{COMMAND} --ways --sets {' '.join(options.sets)}" if options.ways else COMMAND
    write_section("USS: the published ways", command, WAYS, table(WAYS_HEAD, ways), RESULTS)
    if not options.ways:
        write_section("USS: SGD and MultiWOZ", COMMAND, TEXT, table(HEAD, lines), RESULTS)
        write_section("USS satisfaction", COMMAND, SHORT, table(HEAD, best(lines)))


def _ways(set_: Rated, name: str) -> list[list[str]]:
    fold = np.random.default_rng(SEED).permutation(int(set_.dialogue.max()) + 1) % FOLDS
    ships = as_shipped(set_).argmax(axis=1) + 1
    found = measure_ways(name, set_, texts_before(name), fold[set_.dialogue], ships)
    for line_ in found:
        console.print(line_)
    return found


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
WAYS = (
    "Turns and dialogues together, one of five ratings for each, 10-fold over whole dialogues; the "
    "metrics are those of the published code: unweighted average recall over five ratings, "
    "Cohen's kappa, Spearman's rho with ties shared, F1 of a rating below 3 (in brackets as that "
    "code computes it). Counts of words with logistic regression (at the library's "
    "settings) are its feature-based way, on the words of the talk before the turn, TF-IDF and a "
    "linear SVM variants of it; the frozen vectors are of our "
    "encoder over the same talk; the last two rows also read the turn itself and our signals."
)


if __name__ == "__main__":
    main()
