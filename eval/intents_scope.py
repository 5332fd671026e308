"""What texts of no intent among the examples are worth: ``python -m eval.intents_scope``.

Five of Banking77's labels with seven training texts each make a taxonomy; training texts of the
other labels are what customers of the same bank ask besides. No test text is used.
"""

from pathlib import Path

import numpy as np
from rich.console import Console

from eval.datasets import pairs
from eval.prepare import load_vectors
from eval.results import table, write_section
from nlp.own.fit import fit_examples
from nlp.own.model import OOS
from nlp.vectors import Vectors

RESULTS = Path("docs/results-intents.md")
GIVEN = (0, 5, 15, 42, 100)
LABELS, SHOTS, ASKED, DRAWS = 5, 7, 60, 12
HEAD = ("`oos` given", "best label right", "said", "right when said", "held back of no intent")

console = Console()


def draw(seed: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
    """Draw examples of some labels, other texts of these, and texts of the other labels."""
    rng = np.random.default_rng(seed)
    train = pairs("intent/banking77/train")
    names = sorted({label for _, label in train})
    chosen = set(rng.permutation(names)[:LABELS].tolist())
    order = [train[place] for place in rng.permutation(len(train))]
    mine = [pair for pair in order if pair[1] in chosen]
    shown = [
        pair for label in sorted(chosen) for pair in [p for p in mine if p[1] == label][:SHOTS]
    ]
    held = [pair for pair in mine if pair not in shown][:ASKED]
    return shown, held, [text for text, label in order if label not in chosen]


def measure(vectors: Vectors, given: int, seed: int) -> list[float]:
    """Give the figures of one draw, in the order of the column heads."""
    shown, held, others = draw(seed)
    outside = [(text, OOS) for text in others[:given]]
    taxonomy = fit_examples(vectors, "some", [*shown, *outside])
    said = taxonomy.predict(vectors, [text for text, _ in held])
    right = np.array([p.label == label for p, (_, label) in zip(said, held, strict=True)])
    kept = np.array([not p.abstained for p in said])
    away = taxonomy.predict(vectors, others[-ASKED:])
    sure = float(right[kept].mean()) if kept.any() else float("nan")
    held_back = float(np.mean([p.abstained for p in away]))
    return [float(right.mean()), float(kept.mean()), sure, held_back]


def main() -> None:
    """Measure and write the section."""
    vectors = load_vectors()
    rows = []
    for given in GIVEN:
        found = np.nanmean([measure(vectors, given, seed) for seed in range(DRAWS)], axis=0)
        rows.append([str(given), *(f"{value:.3f}" for value in found)])
        console.print(rows[-1])
    write_section(
        "What texts of no intent among the examples are worth",
        "python -m eval.intents_scope",
        f"{LABELS} of Banking77's labels with {SHOTS} training texts each; {ASKED} others of them "
        f"and {ASKED} of the labels left over are asked; means of {DRAWS} draws. Before nearness "
        "counted texts with a label only, and before the share of given texts was reckoned with, "
        "the last column fell with each that was given: 0.582, 0.576, 0.558, 0.521, 0.490 in a "
        "one-off look at like draws.",
        table(HEAD, rows),
        RESULTS,
    )


if __name__ == "__main__":
    main()
