"""Intents of service chats, each domain with its own labels: ``python -m eval.multidogo``.

A taxonomy is fitted for each domain on its training split, as ``throughline intents train``
does it, and its test split is read. Many test texts stand in the training split too (61 % in
one domain): both figures are given, on all texts and on those not seen.
"""

import numpy as np
from rich.console import Console
from sklearn.metrics import f1_score

from eval.datasets import MULTIDOGO, canonical, pairs
from eval.prepare import load_vectors, read
from eval.results import table, write_section
from nlp.own.fit import fit_examples
from nlp.own.known import predict_known
from nlp.vectors import Vectors

HEAD = ("domain", "labels", "trained on", "all", "macro F1, all", "unseen", "macro F1, unseen")

console = Console()


def examples(domain: str, split: str) -> list[tuple[str, tuple[str, ...]]]:
    """Read a split; a turn may have several labels."""
    found = pairs(f"intent/multidogo/{domain}_{split}")
    return [(text, tuple(label.split("<div>"))) for text, label in found if text.strip()]


def macro_f1(said: list[tuple[str, ...]], true: list[tuple[str, ...]]) -> float:
    """Macro F1 over the labels that the true ones hold."""
    labels = sorted(set().union(*true))
    rows = [[[label in one for label in labels] for one in answers] for answers in (true, said)]
    return float(f1_score(np.array(rows[0]), np.array(rows[1]), average="macro"))


def measure(vectors: Vectors, domain: str) -> list[str]:
    """Fit and measure one domain; the columns are those of the table."""
    train, test = examples(domain, "train"), examples(domain, "test")
    read(vectors, [text for text, _ in train], f"{domain} train")
    fitted = fit_examples(vectors, domain, train)
    texts = read(vectors, [text for text, _ in test], f"{domain} test")
    # The likeliest label counts where the taxonomy would rather not say: F1 wants an answer.
    said = [
        tuple(dict.fromkeys((*prediction.labels, prediction.label)))
        for prediction in predict_known(fitted, texts, vectors.space)
    ]
    true = [labels for _, labels in test]
    seen = {canonical(text) for text, _ in train}
    fresh = [place for place, (text, _) in enumerate(test) if canonical(text) not in seen]
    unseen = macro_f1([said[place] for place in fresh], [true[place] for place in fresh])
    every = macro_f1(said, true)
    counts = [str(len(fitted.head.labels)), str(len(train)), str(len(test))]
    return [domain, *counts, f"{every:.4f}", str(len(fresh)), f"{unseen:.4f}"]


def main() -> None:
    """Measure and write the section."""
    vectors = load_vectors()
    found = []
    for domain in MULTIDOGO:
        found.append(measure(vectors, domain))
        console.print(found[-1])
    means = [f"{np.mean([float(row[place]) for row in found]):.4f}" for place in (4, 6)]
    found.append(["mean", "", "", "", means[0], "", means[1]])
    write_section(
        "Intents of service chats: MultiDoGO",
        "python -m eval.multidogo",
        "Customer turns as the authors split them (Peskov et al. 2019), one taxonomy a domain on "
        "the frozen space. The paper's Table 7 was not at hand, so its figures are not put beside "
        "these.",
        table(HEAD, found),
    )


if __name__ == "__main__":
    main()
