"""What was tried for own taxonomies on frozen vectors: ``python -m eval.intents_attempts``.

Only Banking77's training texts are used: 10 of each label are trained on and 4,000 others asked,
over three draws; and every seventh is asked of a head that was trained on the rest.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from eval.datasets import pairs
from eval.prepare import load_vectors, wholes
from eval.results import table, write_section
from nlp.heads import Floats
from nlp.own.ridge import solve

RESULTS = Path("docs/results-intents.md")
SHOTS, DRAWS, ASKED = 10, 3, 4_000

Ints = NDArray[np.int64]
Method = Callable[[Floats, Ints, Floats], Ints]
"""Training vectors and labels, and vectors to label -> labels."""

console = Console()


def kernel(width: float = 1.0, ridge: float = 0.1) -> Method:
    """Kernel ridge regression, the head that was chosen."""

    def run(rows: Floats, owners: Ints, asked: Floats) -> Ints:
        count = int(owners.max()) + 1
        base = np.full(count, 1 / count, np.float32)
        fitted = solve(rows, np.eye(count, dtype=np.float32)[owners], base, width, ridge)
        votes = np.exp(2 * width * (asked @ rows.T - 1)) @ fitted.weights
        return np.asarray(votes.argmax(axis=1), np.int64)

    return run


def centroids(rows: Floats, owners: Ints, asked: Floats) -> Ints:
    """Nearest mean."""
    means = np.stack([rows[owners == owner].mean(axis=0) for owner in range(owners.max() + 1)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray((asked @ means.T).argmax(axis=1), np.int64)


def regression(strength: float) -> Method:
    """Logistic regression, as before."""

    def run(rows: Floats, owners: Ints, asked: Floats) -> Ints:
        model = LogisticRegression(C=strength, max_iter=300).fit(rows, owners)
        return np.asarray(model.predict(asked), np.int64)

    return run


def discriminant(rows: Floats, owners: Ints, asked: Floats) -> Ints:
    """Linear discriminant analysis with a shrunk covariance (Ledoit & Wolf 2004)."""
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(rows, owners)
    return np.asarray(model.predict(asked), np.int64)


def machine(rows: Floats, owners: Ints, asked: Floats) -> Ints:
    """Support vector machine with the same kernel."""
    return np.asarray(SVC(C=3, gamma=1.0).fit(rows, owners).predict(asked), np.int64)


def whitening(rows: Floats, owners: Ints, shrink: float) -> Floats:
    """Give the (D, D) map that undoes the spread within labels of another set."""
    means = np.stack([rows[owners == owner].mean(axis=0) for owner in range(owners.max() + 1)])
    rest = rows - means[owners]
    values, axes = np.linalg.eigh(rest.T @ rest / len(rest))
    return np.asarray(axes / np.sqrt(values + shrink * values.mean()), np.float32)


def mapped(rows: Floats, by: Floats) -> Floats:
    """Apply a map and give unit vectors."""
    found = rows @ by
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


FEW: list[tuple[str, Method]] = [
    ("nearest mean", centroids),
    ("logistic regression, C = 10", regression(10)),
    ("logistic regression, C = 30", regression(30)),
    *((f"kernel ridge, width {w:g}, ridge {r:g}", kernel(w, r))
      for w in (0.5, 1.0, 2.0) for r in (0.1, 0.3, 1.0)),
]  # fmt: skip
FULL: list[tuple[str, Method]] = [
    ("discriminant analysis, shrunk", discriminant),
    ("logistic regression, C = 10", regression(10)),
    ("support vectors, C = 3", machine),
    ("kernel ridge, width 1, ridge 0.1", kernel()),
]


def few(rows: Floats, owners: Ints, names: Floats, method: Method) -> str:
    """Train on 10 a label, with what labels are called where names are given."""
    found = []
    for seed in range(DRAWS):
        order = np.random.default_rng(seed).permutation(len(rows))
        taken = [order[owners[order] == owner][:SHOTS] for owner in range(owners.max() + 1)]
        train = np.concatenate(taken)
        asked = np.setdiff1d(order, train)[:: len(rows) // ASKED]
        extra = np.arange(len(names))
        known = np.concatenate([rows[train], names]), np.concatenate([owners[train], extra])
        found.append((method(*known, rows[asked]) == owners[asked]).mean())
    return f"{np.mean(found):.4f}"


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few examples only")
    quick = parser.parse_args().quick
    vectors = load_vectors()
    train = pairs("intent/banking77/train")
    labels, owners = np.unique([label for _, label in train], return_inverse=True)
    rows = wholes(vectors, [text for text, _ in train], "Banking77")
    names = wholes(vectors, [label.replace("_", " ") for label in labels.tolist()], "labels")
    other = [pair for pair in pairs("intent/clinc150/train") if pair[1] != "oos"]
    others = np.unique([label for _, label in other], return_inverse=True)[1]
    spread = wholes(vectors, [text for text, _ in other], "CLINC150")
    none = names[:0]
    found = []

    def note(what: str, ten: str, full: str = "") -> None:
        found.append([what, ten, full])
        console.print(found[-1])

    for what, method in FEW:
        note(what, few(rows, owners, none, method))
    for shrink in (0.1, 1.0, 3.0):
        by = whitening(spread, others, shrink)
        note(
            f"the same, whitened by the spread within CLINC150's labels, shrunk by {shrink:g}",
            few(mapped(rows, by), owners, none, kernel()),
        )
    note(
        "kernel ridge 1, 0.1, with the labels' names: **chosen**",
        few(rows, owners, names, kernel()),
    )
    held = np.arange(len(rows)) % 7 == 0
    for what, method in [] if quick else FULL:
        right = method(rows[~held], owners[~held], rows[held]) == owners[held]
        note(what, "", f"{right.mean():.4f}")
    write_section(
        "Attempts on Banking77's training texts",
        "python -m eval.intents_attempts" + (" --quick" if quick else ""),
        "Accuracy at 10 examples a label (three draws, 4,000 or so other training texts), and of "
        "every seventh training text after training on the rest. No test text decided anything.",
        table(["what", "10 a label", "six sevenths"], found),
        RESULTS,
    )


if __name__ == "__main__":
    main()
