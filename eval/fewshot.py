"""Own taxonomies from few examples a label: ``python -m eval.fewshot``."""

import argparse
import random
import time
from collections.abc import Sequence

import numpy as np
from rich.console import Console

from eval.datasets import pairs
from eval.intents import Labelled, Test, measure
from eval.prepare import load_vectors
from eval.results import table, write_section
from nlp.models import DEFAULT_ENCODER, locate
from nlp.own.bundle import without_identifiers
from nlp.own.fit import fit_examples
from nlp.own.model import OOS

SEEDS = range(5)
SHOTS = (5, 10, 20, 50)
SETS = ("Banking77", "CLINC150")
HEAD = (
    "set",
    "examples a label",
    "accuracy",
    "sd",
    "kept",
    "accuracy of kept",
    "OOS AUROC",
    "ECE in scope",
    "fit s",
)

console = Console()


def draw(examples: Labelled, count: int, seed: int) -> list[tuple[str, str]]:
    """Draw so many examples of each label; texts of no intent are not given."""
    shuffled = [pair for pair in examples if pair[1] != OOS]
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    taken: dict[str, int] = {}
    kept = []
    for text, label in shuffled:
        taken[label] = taken.get(label, 0) + 1
        if taken[label] <= count:
            kept.append((text, label))
    return kept


def _tuned(sets: Sequence[str], counts: Sequence[int]) -> None:
    """Set the same draws side by side, without and with a top that was tuned on them."""
    from nlp.own.tune import tune

    vectors, rows = load_vectors(), []
    for name in sets:
        train = pairs(f"intent/{name.lower()}/train")
        held = pairs(f"intent/{name.lower()}/test")
        plain = Test.of(vectors, name, held)
        for count in counts:
            found: dict[str, list[list[float]]] = {"frozen": [], "tuned": []}
            for seed in SEEDS:
                chosen = without_identifiers(draw(train, count, seed))
                found["frozen"].append(measure(fit_examples(vectors, name, chosen), plain))
                adapter = tune(locate(DEFAULT_ENCODER), chosen, lambda _: None)
                taxonomy = fit_examples(vectors, name, chosen, adapter=adapter)
                test = Test.of(taxonomy.reader(vectors), name, held)
                found["tuned"].append(measure(taxonomy, test))
                console.print(seed, *(f"{how} {one[-1][0]:.4f}" for how, one in found.items()))
            for how, figures in found.items():
                accuracy, kept, sure, auroc, _, error, _ = np.mean(figures, axis=0)
                spread = np.std([one[0] for one in figures])
                told = (accuracy, spread, kept, sure, auroc, error)
                rows.append([name, f"{count}, {how}", *(f"{value:.4f}" for value in told)])
                console.print(rows[-1])
    write_section(
        "Own taxonomies from few examples, tuned",
        f"python -m eval.fewshot --tune --sets {' '.join(sets)} "
        f"--shots {' '.join(map(str, counts))}",
        "Test splits; the same five draws of training texts without and with `intents train "
        "--tune`, which learns from six sevenths of them.",
        table(HEAD[:-1], rows),
    )


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", nargs="*", type=int, default=SHOTS)
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--tune", action="store_true", help="tune a top for each draw")
    options = parser.parse_args()
    if options.tune:
        _tuned(options.sets, options.shots)
        return
    counts = options.shots
    vectors = load_vectors()
    rows = []
    for name in options.sets:
        folder = name.lower()
        train = pairs(f"intent/{folder}/train")
        test = Test.of(vectors, name, pairs(f"intent/{folder}/test"))
        for count in counts:
            found, seconds = [], []
            for seed in SEEDS:
                chosen = draw(train, count, seed)
                began = time.perf_counter()
                taxonomy = fit_examples(vectors, name, chosen)
                seconds.append(time.perf_counter() - began)
                plot = f"reliability-{name.lower()}-10" if (count, seed) == (10, 0) else ""
                found.append(measure(taxonomy, test, plot))
            accuracy, kept, sure, auroc, _, error, _ = np.mean(found, axis=0)
            spread = np.std([one[0] for one in found])
            figures = (accuracy, spread, kept, sure, auroc, error)
            figures_said = [f"{value:.4f}" for value in figures]
            rows.append([name, str(count), *figures_said, f"{np.mean(seconds):.1f}"])
            console.print(rows[-1])
    write_section(
        "Own taxonomies from few examples",
        "python -m eval.fewshot",
        "Test splits of Banking77 (3,080 texts) and CLINC150 (5,500, 1,000 of them out of scope). "
        "Means over five draws of training texts; no text of no intent is given. The labels' own "
        "names count as one example each.",
        f"{table(HEAD, rows)}\n\nReliability of the first draw of 10: "
        "[Banking77](plots/reliability-banking77-10.svg), "
        "[CLINC150](plots/reliability-clinc150-10.svg).",
    )


if __name__ == "__main__":
    main()
