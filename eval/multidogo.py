"""Intents of service chats, each domain with its own labels: ``python -m eval.multidogo``.

A taxonomy is fitted for each domain on its training split, as ``throughline intents train``
does it, and its test split is read. Many test texts stand in the training split too (61 % in
one domain): both figures are given, on all texts and on those not seen.
"""

from collections import Counter

import numpy as np
from rich.console import Console
from sklearn.metrics import f1_score

from eval.datasets import MULTIDOGO, canonical, pairs
from eval.mlp import HIDDEN, fit_mlp, truth_of
from eval.prepare import load_vectors, read
from eval.results import table, write_section
from nlp.heads import Floats
from nlp.own.fit import fit_examples
from nlp.own.known import predict_known
from nlp.vectors import TextVectors, Vectors

STEPS = 4_000
"""Of the network on frozen vectors, fixed before any test text was asked."""
HEAD = (
    "domain",
    "labels",
    "trained on",
    "head",
    "all",
    "macro F1, all",
    "unseen",
    "macro F1, unseen",
)
Answers = list[tuple[str, ...]]

console = Console()


def examples(domain: str, split: str) -> list[tuple[str, tuple[str, ...]]]:
    """Read a split; a turn may have several labels."""
    found = pairs(f"intent/multidogo/{domain}_{split}")
    return [(text, tuple(label.split("<div>"))) for text, label in found if text.strip()]


def macro_f1(said: Answers, true: Answers) -> float:
    """Macro F1 over the labels that the true ones hold."""
    labels = sorted(set().union(*true))
    rows = [[[label in one for label in labels] for one in answers] for answers in (true, said)]
    return float(f1_score(np.array(rows[0]), np.array(rows[1]), average="macro"))


def network(train: list[TextVectors], true: Answers, test: list[TextVectors]) -> Answers:
    """Say the likeliest label, and all from a half on, by the usual network on frozen vectors."""
    labels = sorted(set().union(*true))
    fitted = fit_mlp(_rows(train), truth_of(true, labels), STEPS)
    shares = fitted.probabilities(_rows(test))
    best = shares.argmax(axis=1)
    said = [np.flatnonzero(row >= 0.5).tolist() for row in shares]
    return [
        tuple(labels[p] for p in dict.fromkeys((*places, int(first))))
        for places, first in zip(said, best, strict=True)
    ]


def _rows(texts: list[TextVectors]) -> Floats:
    zero = np.zeros(texts[0].sentences.shape[1], np.float32)
    return np.stack([zero if text.whole is None else text.whole for text in texts])


def measure(vectors: Vectors, domain: str) -> list[list[str]]:
    """Fit and measure one domain; a row for each head, the columns are those of the table."""
    train, test = examples(domain, "train"), examples(domain, "test")
    known = read(vectors, [text for text, _ in train], f"{domain} train")
    texts = read(vectors, [text for text, _ in test], f"{domain} test")
    fitted = fit_examples(vectors, domain, train)
    # The likeliest label counts where the taxonomy would rather not say: F1 wants an answer.
    ours: Answers = [
        tuple(dict.fromkeys((*prediction.labels, prediction.label)))
        for prediction in predict_known(fitted, texts, vectors.space)
    ]
    taught = [labels for _, labels in train]
    usual = Counter(label for labels in taught for label in labels).most_common(1)[0][0]
    said: dict[str, Answers] = {
        "most frequent label": [(usual,)] * len(test),
        f"network of {HIDDEN}": network(known, taught, texts),
        "ours": ours,
    }
    true = [labels for _, labels in test]
    seen = {canonical(text) for text, _ in train}
    fresh = [place for place, (text, _) in enumerate(test) if canonical(text) not in seen]
    counts = [str(len(fitted.head.labels)), str(len(train))]
    lines = []
    for head, answers in said.items():
        unseen = macro_f1([answers[place] for place in fresh], [true[place] for place in fresh])
        figures = [str(len(test)), f"{macro_f1(answers, true):.4f}", str(len(fresh))]
        lines.append([domain, *counts, head, *figures, f"{unseen:.4f}"])
        console.print(" ".join(lines[-1]))
    return lines


def main() -> None:
    """Measure and write the section."""
    vectors = load_vectors()
    found = [line for domain in MULTIDOGO for line in measure(vectors, domain)]
    for head in dict.fromkeys(line[3] for line in found):
        means = [
            f"{np.mean([float(line[place]) for line in found if line[3] == head]):.4f}"
            for place in (5, 7)
        ]
        found.append(["mean", "", "", head, "", means[0], "", means[1]])
        console.print(" ".join(found[-1]))
    write_section(
        "Intents of service chats: MultiDoGO",
        "python -m eval.multidogo",
        "Customer turns as the authors split them (Peskov et al. 2019), one taxonomy a domain on "
        "the frozen space. Beside ours, on the same vectors: the label that is most frequent, and "
        "the usual head on a fixed encoder, a network with one hidden layer of 512 and dropout, "
        "4,000 steps of 32. The paper's Table 7 was not at hand as text, so its figures are not "
        "put beside these.",
        table(HEAD, found),
    )


if __name__ == "__main__":
    main()
