"""Dialogue acts: ``python -m eval.acts train`` fits the head, without ``train`` it is measured.

Trained on MultiDoGO's training splits through ``acts.yaml`` and on our own sentences
(``nlp/taxonomies/act_examples.yaml``); no text that stands in a test split is trained on.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from rich.console import Console

from eval.datasets import MULTIDOGO, canonical, pairs
from eval.metrics import calibration_error
from eval.prepare import load_vectors, wholes
from eval.results import table, write_section
from nlp.acts import ACTS, probabilities
from nlp.heads import Floats, Head, load_head, save_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER
from nlp.train.fit import Examples, Recipe, fit
from nlp.vectors import Vectors

SEED = 20261123
_TABLE = Path(__file__).with_name("acts.yaml")
_OWN = FOLDER / "act_examples.yaml"
_SPLIT_EVERY = 6
_PER_LABEL = 150
"""Texts of one label and domain at most."""
_PER_LABEL_DEV = 40
_OWN_WEIGHT = 12.0
_OWN_WEIGHT_DEV = 60.0
"""Ours are few, but read as support does: a quarter of what is calibrated on."""
_NONE = "other"
_RECIPE = Recipe("sigmoid", hidden=256, epochs=30, batch=256, rate=3e-3, noise=0.1, dropout=0.3)

console = Console()


@dataclass(frozen=True)
class Acted:
    """A text with the acts that hold and those that nobody labelled."""

    text: str
    holds: frozenset[str]
    open: frozenset[str] = frozenset()

    def row(self) -> list[float]:
        """Give 1, 0 or NaN for each act."""
        return [np.nan if a in self.open else float(a in self.holds) for a in ACTS]


@cache
def _mapping() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return loaded


def own_examples(split: str) -> list[Acted]:
    """Give our own sentences; every sixth of each key is for development."""
    data = yaml.safe_load(_OWN.read_text(encoding="utf-8"))["examples"]
    return [
        Acted(text, frozenset(key.split("+")) - {_NONE})
        for key, texts in data.items()
        for place, text in enumerate(texts)
        if (place % _SPLIT_EVERY == _SPLIT_EVERY - 1) == (split == "dev")
    ]


def multidogo(split: str) -> list[Acted]:
    """Give a split of all domains through the table."""
    return [
        acted
        for domain in MULTIDOGO
        for text, label in pairs(f"intent/multidogo/{domain}_{split}")
        if text.strip() and (acted := _acted(text, label)) is not None
    ]


def _acted(text: str, label: str) -> Acted | None:
    kinds = {part if part in _mapping() else "*" for part in label.split("<div>")}
    if label == "outofdomain" or len(kinds) > 1:
        return None
    entry = _mapping()[kinds.pop()]
    return Acted(text, frozenset(entry["holds"]), frozenset(entry["open"]))


def training(split: str) -> list[Acted]:
    """Collect a split, each text once, without those that stand in a test split."""
    held = {canonical(text) for d in MULTIDOGO for text, _ in pairs(f"intent/multidogo/{d}_test")}
    public = multidogo(split)
    Random(SEED).shuffle(public)  # noqa: S311
    most = (_PER_LABEL if split == "train" else _PER_LABEL_DEV) * len(MULTIDOGO)
    counts: Counter[frozenset[str]] = Counter()
    seen: set[str] = set()
    kept = []
    for acted in public:
        key = canonical(acted.text)
        if key in held or key in seen or counts[acted.holds] >= most:
            continue
        seen.add(key)
        counts[acted.holds] += 1
        kept.append(acted)
    return [*kept, *own_examples(split)]


def examples(vectors: Vectors, split: str) -> Examples:
    """Give vectors and targets of a split.

    Development texts count as often as their kind stands in the whole split, so that what
    is calibrated on them fits talks as they come.
    """
    found = training(split)
    own = len(own_examples(split))
    texts = [acted.text for acted in found]
    rows = wholes(vectors, texts, f"acts {split}", vectors.signals)
    weights = np.ones(len(found), np.float32)
    if split == "dev":
        come = Counter(acted.holds for acted in multidogo(split))
        kept = Counter(acted.holds for acted in found[:-own])
        weights = np.array([come[a.holds] / max(kept[a.holds], 1) for a in found], np.float32)
    weights[-own:] = _OWN_WEIGHT if split == "train" else _OWN_WEIGHT_DEV
    return Examples(rows, np.array([acted.row() for acted in found], np.float32), weights)


def train(vectors: Vectors) -> Head:
    """Fit the head of acts: several may hold."""
    sets = [examples(vectors, split) for split in ("train", "dev")]
    return fit(ACTS, sets[0], sets[1], _RECIPE, vectors.signals)


def figures(
    head: Head, found: Sequence[Acted], rows: Floats
) -> dict[str, tuple[float, float, float]]:
    """Give F1, texts with the act and calibration error, of each act that was labelled."""
    truth = np.array([acted.row() for acted in found])
    asks = np.array([acted.text.rstrip().endswith("?") for acted in found])
    p = probabilities(head, rows, asks)
    result = {}
    for place, act in enumerate(head.labels):
        known = ~np.isnan(truth[:, place])
        yes = truth[known, place] == 1
        said = p[known, place] >= head.thresholds[act]
        if yes.any():
            f1 = 2 * (said & yes).sum() / max(said.sum() + yes.sum(), 1)
            error = calibration_error(p[known, place].tolist(), yes.tolist())
            result[act] = (float(f1), float(yes.sum()), error)
    return result


def measure(vectors: Vectors, head: Head) -> str:
    """Measure on MultiDoGO's test splits: all texts, and those not seen in training."""
    found = multidogo("test")
    rows = wholes(vectors, [acted.text for acted in found], "acts test", head.space)
    seen = {canonical(text) for d in MULTIDOGO for text, _ in pairs(f"intent/multidogo/{d}_train")}
    fresh = [n for n, acted in enumerate(found) if canonical(acted.text) not in seen]
    every = figures(head, found, rows)
    unseen = figures(head, [found[n] for n in fresh], rows[fresh])
    own = own_examples("dev")
    texts = [acted.text for acted in own]
    mine = figures(head, own, wholes(vectors, texts, "acts own", head.space))
    lines = [
        [act, *(_cells(part.get(act)) for part in (every, unseen, mine))] for act in head.labels
    ]
    means = [f"{np.mean([v[0] for v in part.values()]):.3f}" for part in (every, unseen, mine)]
    lines.append(["macro", *means])
    console.print(lines, len(found), len(fresh))
    return table(["act", f"all {len(found)}", f"unseen {len(fresh)}", f"own {len(own)}"], lines)


def _cells(figure: tuple[float, float, float] | None) -> str:
    return "-" if figure is None else f"{figure[0]:.3f} ({figure[1]:.0f}; {figure[2]:.3f})"


def main() -> None:
    """Fit and write the head, or measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", nargs="?", choices=["train"])
    train_it = parser.parse_args().do == "train"
    vectors = load_vectors()
    if train_it:
        head = train(vectors)
        save_head(head, WEIGHTS, "acts")
        console.print(f"acts: {head.version}, {len(head.labels)} acts", head.thresholds)
        return
    body = measure(vectors, load_head(WEIGHTS, "acts", vectors.spaces))
    write_section(
        "Dialogue acts",
        "python -m eval.acts",
        "MultiDoGO test splits (customers' turns) through `eval/acts.yaml`; a cell is F1 (texts "
        "with the act; calibration error). `unseen`: without texts that stand in a training "
        "split; none of the test texts was trained on. `own`: every sixth of our own sentences, "
        "kept for development, thresholds were set on it and on MultiDoGO dev.",
        body,
    )


if __name__ == "__main__":
    main()
