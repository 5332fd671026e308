"""Dialogue acts: ``python -m eval.acts train`` fits the head, without ``train`` it is measured.

Trained on MultiDoGO's training splits through ``acts.yaml``, on our own sentences
(``nlp/taxonomies/act_examples.yaml``) and on our own talks, of which turns are labelled and the
surest sentence answers for its turn; no text that stands in a test split is trained on.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console

from eval.datasets import MULTIDOGO, canonical, pairs
from eval.heldout import cleared
from eval.labelled import labelled_talks
from eval.metrics import calibration_error
from eval.prepare import load_vectors, read, wholes
from eval.results import table, write_section
from eval.unseen import best_threshold, calibrated
from nlp.acts import ACTS, probabilities
from nlp.heads import Floats, Head, load_head, save_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER
from nlp.train.fit import Recipe
from nlp.train.highest import Parted, fit_highest
from nlp.vectors import Vectors

SEED = 20261123
_TABLE = Path(__file__).with_name("acts.yaml")
_OWN = FOLDER / "act_examples.yaml"
_SPLIT_EVERY = 6
_PER_LABEL = 150
"""Texts of one label and domain at most."""
_PER_LABEL_DEV = 40
_OWN_TIMES = 6
"""Our own sentences are few, and are shown as often in each epoch."""
_NONE = "other"
_RECIPE = Recipe(
    "sigmoid", hidden=128, epochs=12, batch=128, rate=3e-3, noise=0.02, dropout=0.3, decay=1e-2
)
_ONE_IN = 5
"""Of talks are held back once, to calibrate and to set thresholds."""

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


def own_sentences(split: str) -> list[Acted]:
    """Give those of our own that nothing is measured on: "thank you" is anybody's."""
    return cleared(own_examples(split), lambda acted: acted.text, split)


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
    public = cleared(multidogo(split), lambda acted: acted.text, split)
    Random(SEED).shuffle(public)  # noqa: S311
    most = (_PER_LABEL if split == "train" else _PER_LABEL_DEV) * len(MULTIDOGO)
    counts: Counter[frozenset[str]] = Counter()
    seen: set[str] = set()
    kept = []
    for acted in public:
        key = canonical(acted.text)
        if key in seen or counts[acted.holds] >= most:
            continue
        seen.add(key)
        counts[acted.holds] += 1
        kept.append(acted)
    return [*kept, *own_sentences(split)]


@dataclass(frozen=True)
class Turns:
    """Turns of talks as their sentences.

    Attributes
    ----------
    parted : Parted
        With the acts of each turn.
    asks : sequence of N bool arrays of shape (n_parts,)
        Which sentences end with a question mark.
    talk : int array of shape (N,)
        Number of each turn's talk.
    """

    parted: Parted
    asks: Sequence[NDArray[np.bool_]]
    talk: NDArray[np.int64]

    def chosen(self, kept: NDArray[np.bool_]) -> "Turns":
        """Give some of them."""
        rows = np.flatnonzero(kept).tolist()
        parted = Parted([self.parted.parts[n] for n in rows], self.parted.targets[rows])
        return Turns(parted, [self.asks[n] for n in rows], self.talk[rows])

    def probabilities(self, head: Head) -> Floats:
        """Give the probability of each act where it is surest, (N, n_acts)."""
        parts = zip(self.parted.parts, self.asks, strict=True)
        return np.stack([probabilities(head, *part).max(axis=0) for part in parts])


def turns_of_talks(vectors: Vectors, split: str = "train") -> Turns:
    """Give the turns of our own talks, of both sides."""
    talks = labelled_talks(split)
    found = [
        (number, talk.conversation.turns[place].body, row)
        for number, talk in enumerate(talks)
        for place, row in enumerate(talk.labels)
    ]
    found = cleared(found, itemgetter(1), split)
    texts = read(vectors, [body for _, body, _ in found], "acts in talks", vectors.signals)
    kept = [n for n, text in enumerate(texts) if text.spans]
    truth = [[float(act in found[n][2]["acts"]) for act in ACTS] for n in kept]
    return Turns(
        Parted([texts[n].sentences for n in kept], np.array(truth, np.float32)),
        [np.array([found[n][1][:end].endswith("?") for _, end in texts[n].spans]) for n in kept],
        np.array([found[n][0] for n in kept]),
    )


def sentences(vectors: Vectors, split: str) -> tuple[Parted, NDArray[np.bool_]]:
    """Give single sentences of a split, and which end with a question mark."""
    found = training(split)
    texts = [acted.text for acted in found]
    rows = wholes(vectors, texts, f"acts {split}", vectors.signals)
    truth = np.array([acted.row() for acted in found], np.float32)
    asks = np.array([text.rstrip().endswith("?") for text in texts])
    shown = list(range(len(found)))
    if split == "train":
        shown += shown[-len(own_sentences(split)) :] * (_OWN_TIMES - 1)
    return Parted([rows[place][None] for place in shown], truth[shown]), asks[shown]


def train(vectors: Vectors) -> Head:
    """Fit the head of acts; talks that were held back once, and dev texts, calibrate it."""
    turns, (alone, _) = turns_of_talks(vectors), sentences(vectors, "train")
    places = np.random.default_rng(SEED).permutation(int(turns.talk.max()) + 1)
    held = places[turns.talk] % _ONE_IN == 0
    seen, unseen = turns.chosen(~held), turns.chosen(held)
    dev, asks = sentences(vectors, "dev")
    told = Turns(
        unseen.parted + dev,
        [*unseen.asks, *asks[:, None]],
        np.concatenate([unseen.talk, np.full(len(asks), -1)]),
    )
    tried = fit_highest(ACTS, alone + seen.parted, _RECIPE, vectors.signals)
    scores = np.stack([tried.scores(part).max(axis=0) for part in told.parted.parts])
    whole = fit_highest(ACTS, alone + turns.parted, _RECIPE, vectors.signals)
    truth = told.parted.targets
    chances = told.probabilities(calibrated(tried, scores, truth)[0])
    return replace(calibrated(whole, scores, truth)[0], thresholds=_thresholds(chances, truth))


def _thresholds(chances: Floats, truth: Floats) -> dict[str, float]:
    known = ~np.isnan(truth)
    return {
        act: best_threshold(chances[known[:, n], n, None], truth[known[:, n], n, None])[0]
        for n, act in enumerate(ACTS)
    }


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
