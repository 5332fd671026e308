"""How contacts end: fit the two heads of ``nlp/endings.py`` with ``python -m eval.endings train``.

Without ``train``, resolution is measured: on our own talks, on the sample's tuning split
and on tau airline chats.
"""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

import numpy as np
import yaml
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from domain.conversation import Role
from eval.datasets import MULTIDOGO, pairs
from eval.heldout import cleared
from eval.metrics import auroc, calibration_error, macro_f1
from eval.prepare import load_vectors, wholes
from eval.results import table, write_section
from eval.satisfaction import RESULTS, endings, feature_rows
from eval.talks import Ended, own_talks, reader, sample_talks, tau_talks
from nlp.heads import Head, save_head
from nlp.outcome import OutcomeModel
from nlp.satisfaction.features import NAMES
from nlp.tagger import WEIGHTS, Tagger
from nlp.taxonomy import FOLDER
from nlp.train.fit import Examples, Recipe, fit
from nlp.vectors import Vectors

SEED = 20261123
_PUBLIC = {
    "thankyou": "thanks",
    "closinggreeting": "thanks",
    "contentonly": "other",
    "openinggreeting": "other",
}
"""Labels of MultiDoGO's training splits (customers' turns) that say how things stand."""
_PER_LABEL = 60
"""Texts of one label and domain at most."""
_OWN_WEIGHT = 4.0

console = Console()


def own_sentences(role: Role, split: str) -> list[tuple[str, str]]:
    """Give our own sentences of a role with their state; every sixth is for development."""
    data = yaml.safe_load((FOLDER / "ending_examples.yaml").read_text(encoding="utf-8"))
    found = [
        (text, state)
        for state, texts in data[role].items()
        for place, text in enumerate(texts)
        if (place % 6 == 5) == (split == "dev")
    ]
    return cleared(found, itemgetter(0), split)


def public_sentences() -> list[tuple[str, str]]:
    """Give customers' texts of MultiDoGO's training splits whose label maps to a state."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for domain in MULTIDOGO:
        texts = sorted(set(pairs(f"intent/multidogo/{domain}_train")))
        texts = cleared(texts, itemgetter(0), "train")
        random.Random(SEED).shuffle(texts)  # noqa: S311
        for text, label in texts:
            counts[domain, label] += 1
            if label in _PUBLIC and text.strip() and counts[domain, label] <= _PER_LABEL:
                found.append((text, _PUBLIC[label]))
    return found


def train(vectors: Vectors, role: Role) -> Head:
    """Fit the head of a role."""
    labels = tuple(dict.fromkeys(state for _, state in own_sentences(role, "train")))
    sets = []
    for split in ("train", "dev"):
        own = own_sentences(role, split)
        more = public_sentences() if role is Role.CUSTOMER and split == "train" else []
        texts = [*own, *more]
        places = np.array([labels.index(state) for _, state in texts])
        counts = np.bincount(places, minlength=len(labels))
        weights = np.sqrt(counts.mean() / counts[places]).astype(np.float32)
        weights[: len(own)] *= _OWN_WEIGHT if more else 1.0
        said = [text for text, _ in texts]
        rows = wholes(vectors, said, f"endings {role} {split}", vectors.signals)
        sets.append(Examples(rows, np.eye(len(labels), dtype=np.float32)[places], weights))
    recipe = Recipe(
        "softmax", hidden=64, epochs=80, patience=12, batch=64, rate=3e-3, noise=0.1, seed=SEED
    )
    return fit(labels, sets[0], sets[1], recipe, vectors.signals)


def accuracy_rows(tagger: Tagger, name: str, talks: Sequence[Ended]) -> list[str]:
    """Measure resolution on talks of which it is known; others' languages abstain."""
    heads, outcome = endings(tagger.vectors.spaces), OutcomeModel.load(WEIGHTS / "resolution.json")
    reads = tagger.read([item.conversation for item in talks])
    said = [
        outcome.read(
            read,
            heads.read(read.turns),
            understood=any(turn.understood for turn in read.customer),
        )
        for read in reads
    ]
    right = [one.label == item.resolution for one, item in zip(said, talks, strict=True)]
    kept = [n for n, one in enumerate(said) if one.reason is None]
    figures = (
        np.mean(right),
        macro_f1([one.label for one in said], [item.resolution for item in talks]),
        len(kept) / len(said),
        np.mean([right[n] for n in kept]),
        macro_f1([said[n].label for n in kept], [talks[n].resolution for n in kept]),
        calibration_error(
            [said[n].probability or 0.0 for n in kept], [right[n] for n in kept], bins=5
        ),
    )
    return [name, str(len(said)), *(f"{figure:.3f}" for figure in figures)]


def reward(tagger: Tagger) -> list[list[str]]:
    """Measure how well the end of tau airline chats tells their reward."""
    talks = tau_talks()
    rows = feature_rows(tagger, talks)
    true = [item.rating == 1 for item in talks]
    values = np.array([[row[name] for name in NAMES] for row in rows])
    fitted = cross_val_predict(
        LogisticRegression(class_weight="balanced"),
        values,
        true,
        cv=GroupKFold(10),
        groups=[item.group for item in talks],
        method="predict_proba",
    )[:, 1]
    plain = [row["resolved"] - row["unresolved"] for row in rows]
    return [
        ["resolved minus unresolved, as it ships", f"{auroc(true, plain):.3f}"],
        ["its negative", f"{1 - auroc(true, plain):.3f}"],
        ["logistic regression on our features, 10-fold by task", f"{auroc(true, fitted):.3f}"],
    ]


def report(vectors: Vectors) -> None:
    """Measure and write the section."""
    tagger = reader(vectors)
    lines = [
        accuracy_rows(tagger, "own talks", own_talks()),
        accuracy_rows(tagger, "sample, tuning split", sample_talks()),
    ]
    head = ["talks", "n", "accuracy", "macro F1", "kept", "accuracy kept", "F1 kept", "ECE kept"]
    tau = table(["tau airline, 200 chats: reward from", "AUROC"], reward(tagger))
    body = f"{table(head, lines)}\n\n{tau}"
    write_section("Resolution of a contact", "python -m eval.endings", TEXT, body, RESULTS)
    console.print(lines, tau)


TEXT = (
    "Resolved, unresolved, promised or unclear. The rules were written with our own talks and "
    "the sample's tuning split at hand, so these figures are those of tuning. Tau's reward tells "
    "whether the airline's policy was followed, which often means that the customer's wish was "
    "rightly refused: the customers are simulated and thank at nearly every end."
)


def main() -> None:
    """Fit and write the heads, or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", nargs="?", choices=["train"])
    do = parser.parse_args().do
    vectors = load_vectors()
    if do is None:
        report(vectors)
        return
    for role in (Role.CUSTOMER, Role.AGENT):
        head = train(vectors, role)
        save_head(head, WEIGHTS, f"ending_{role}")
        console.print(f"ending_{role}: {head.version}, {len(head.labels)} states")


if __name__ == "__main__":
    main()
