"""Cues read by heads: ``python -m eval.cue_heads train`` fits them, without it they are measured.

The head of customers; what hears agents' promises is fitted by :mod:`eval.promise_heads`.
Fitted on our own sentences (``nlp/taxonomies/cue_examples.yaml``) and on customers' texts of
MultiDoGO's training splits in which no rule hears a cue, which stand for all that is said.
Turns of the sample's tuning split, as ``cue_tuning.yaml`` reads them, show how talks come.
Folds that did not see a text decide on calibration and thresholds, which aim at precision.
"""

import argparse
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console

from domain.conversation import Role
from eval.datasets import MULTIDOGO, pairs
from eval.heldout import cleared
from eval.labels.pick import conversations, spoken
from eval.prepare import load_vectors, read, wholes
from eval.results import table, write_section
from eval.unseen import calibrated
from nlp.cues.effort import LABELS, effort_cues
from nlp.cues.heads import (
    NAMES,
    PROMISE,
    URGENCY,
    heard_of_agent,
    heard_of_customer,
    windows,
)
from nlp.cues.promises import ACTIONS
from nlp.cues.rules import Cue
from nlp.cues.urgency import urgency_cues
from nlp.heads import Floats, Head, load_head, save_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER
from nlp.train.fit import Examples, Recipe, fit_plain
from nlp.vectors import TextVectors, Vectors

SEED = 20261123
CUES = {Role.CUSTOMER: (*LABELS, URGENCY), Role.AGENT: (*ACTIONS, PROMISE)}
_OWN = FOLDER / "cue_examples.yaml"
_TUNING = Path(__file__).with_name("cue_tuning.yaml")
_FOLDS = 5
_PER_DOMAIN = 400
"""Texts of one domain of MultiDoGO that stand for all that is said."""
_PRECISION = 0.9
"""Aimed at."""
_PRECISION_OF_TURNS = 0.75
"""The least on turns of the sample alone, which are few."""
_GRID = np.arange(0.3, 0.96, 0.025)
_RECIPE = Recipe("sigmoid", 64, epochs=40, batch=64, rate=3e-3, noise=0.4, dropout=0.4)

Truth = NDArray[np.float64]
Held = NDArray[np.bool_]

console = Console()


@dataclass(frozen=True)
class Cued:
    """A text, or a turn of ``rows`` sentence vectors, with its labels.

    Attributes
    ----------
    open : frozenset of str
        Labels that may be said of it or not.
    """

    text: str
    holds: frozenset[str]
    open: frozenset[str] = frozenset()

    def row(self, labels: tuple[str, ...]) -> list[float]:
        """Give 1, 0 or NaN for each label."""
        return [1.0 if n in self.holds else np.nan if n in self.open else 0.0 for n in labels]


def own(role: Role) -> list[Cued]:
    """Give our own sentences."""
    data = yaml.safe_load(_OWN.read_text(encoding="utf-8"))[role]
    found = [
        Cued(text, with_any(frozenset(key.split("+")) - {"none"}))
        for key, lines in data.items()
        for text in lines.splitlines()
    ]
    return cleared(found, lambda cued: cued.text, "train")


def with_any(labels: frozenset[str]) -> frozenset[str]:
    """Add the label of any promise to what is promised."""
    return labels | {PROMISE} if labels & {*ACTIONS} else labels


@cache
def said() -> list[Cued]:
    """Give what customers say all day, without what a rule hears a cue in."""
    found = []
    for domain in MULTIDOGO:
        texts = sorted({text for text, _ in pairs(f"intent/multidogo/{domain}_train")})
        texts = cleared(texts, str, "train")
        Random(SEED).shuffle(texts)  # noqa: S311
        found += [t for t in texts if t.strip() and not effort_cues(t) and not urgency_cues(t)][
            :_PER_DOMAIN
        ]
    return [Cued(text, frozenset()) for text in found]


def tuning(role: Role) -> list[Cued]:
    """Give the turns of the sample's tuning split as they were read for development."""
    noted = {}
    for place, row in yaml.safe_load(_TUNING.read_text(encoding="utf-8"))[role].items():
        sure, _, unsure = f" {row} ".partition(" or ")
        noted[place] = frozenset(sure.split()), frozenset(unsure.split())
    turns = []
    for conversation in conversations(["tuning"]):
        for position in spoken(conversation):
            turn = conversation.turns[position]
            holds, unclear = noted.get(f"{conversation.id[4:8]} {position}", (frozenset(),) * 2)
            if turn.role is role:
                turns.append(Cued(turn.body, with_any(holds), with_any(unclear)))
    return turns


def train(vectors: Vectors) -> Head:
    """Fit the head of customers; folds that did not see a text calibrate it and set thresholds."""
    labels, space = CUES[Role.CUSTOMER], vectors.signals
    ours = own(Role.CUSTOMER)
    single = [*ours, *said()]
    rows = wholes(vectors, [cued.text for cued in single], "cues", space)
    turns = tuning(Role.CUSTOMER)
    read_turns = read(vectors, [cued.text for cued in turns], "turns", space)
    groups = [
        *(_Group(row[None], cued, row[None]) for row, cued in zip(rows, single, strict=True)),
        *(
            _Group(text.sentences, cued, windows(text))
            for text, cued in zip(read_turns, turns, strict=True)
            if len(text.sentences)
        ),
    ]
    fold = np.random.default_rng(SEED).integers(0, _FOLDS, len(groups))
    scores = np.zeros((len(groups), len(labels)), np.float32)
    for number in range(_FOLDS):
        head = _fitted([g for g, f in zip(groups, fold, strict=True) if f != number], space)
        for row in np.flatnonzero(fold == number):
            scores[row] = head.scores(groups[row].windows).max(axis=0)
    truth = np.array([group.cued.row(labels) for group in groups])
    head, chances = calibrated(_fitted(groups, space), scores, truth)
    thresholds = {}
    parts = np.arange(len(groups)) < len(single)
    near = np.arange(len(groups)) < len(ours)
    for place, label in enumerate(labels):
        kind = slice(0, len(LABELS)) if label in LABELS else slice(place, place + 1)
        good = [
            float(threshold)
            for threshold in _GRID
            if all(
                _precision((chances[:, place] >= threshold) & part, truth, place, kind, near) >= aim
                for part, aim in ((parts | ~parts, _PRECISION), (~parts, _PRECISION_OF_TURNS))
            )
        ]
        thresholds[label] = min(good, default=float(_GRID[-1]))
        console.print(label, thresholds[label], *_recalls(
            chances[:, place] >= thresholds[label], truth[:, place], parts))  # fmt: skip
    return replace(head, thresholds=thresholds)


@dataclass(frozen=True)
class _Group:
    """A text's sentences, what is known of it, and the windows it is judged by."""

    sentences: Floats
    cued: Cued
    windows: Floats

    def targets(self, labels: tuple[str, ...]) -> Floats:
        """Give targets of the sentences: which of several holds a label is not known."""
        row = np.array(self.cued.row(labels), np.float32)
        if len(self.sentences) > 1:
            row[row == 1] = np.nan
        return np.tile(row, (len(self.sentences), 1))


def _fitted(groups: list[_Group], space: str) -> Head:
    labels = CUES[Role.CUSTOMER]
    rows = np.concatenate([group.sentences for group in groups])
    targets = np.concatenate([group.targets(labels) for group in groups])
    sample = Examples(rows, targets, np.ones(len(rows), np.float32))
    return fit_plain(labels, sample, _RECIPE, space)


def _precision(held: Held, truth: Truth, place: int, kind: slice, near: Held) -> float:
    """Give the precision; a wrong label of the right kind is half wrong.

    So is a near miss of our own: they were sought out, and are far rarer in talks.
    """
    held = held & ~np.isnan(truth[:, place])
    right = truth[:, place] == 1
    half = ((truth[:, kind] == 1).any(axis=1) | near) & ~right
    count = held.sum()
    return float(((held & right).sum() + (held & half).sum() / 2) / count) if count else 1.0


def _recalls(held: Held, truth: NDArray[np.float64], parts: Held) -> list[str]:
    return [
        f"{(held & (truth == 1) & part).sum()} of {(held & part & ~np.isnan(truth)).sum()} said, "
        f"{((truth == 1) & part).sum()} true"
        for part in (parts, ~parts)
    ]


def measure(vectors: Vectors) -> str:
    """Measure the heads on the tuning split, which they were fitted with."""
    rows = []
    for role, name in NAMES.items():
        head, turns = load_head(WEIGHTS, name, vectors.spaces), tuning(role)
        texts = read(vectors, [cued.text for cued in turns], name, head.space)
        hear = _heard_alone if role is Role.CUSTOMER else heard_of_agent
        said_of = [{cue.label for cue in hear(head, text)} for text in texts]
        if role is Role.AGENT:
            said_of = [{*said, PROMISE} if said else said for said in said_of]
        for label in head.labels:
            known = [n for n, cued in enumerate(turns) if label not in cued.open]
            held = [n for n in known if label in said_of[n]]
            true = [n for n in known if label in turns[n].holds]
            both = len(set(held) & set(true))
            counts = [str(len(held)), str(len(true))]
            threshold = f"{head.thresholds[label]:.3f}"
            shares = [_ratio(both, len(held)), _ratio(both, len(true))]
            rows.append([role, label, *counts, *shares, threshold])
    return table(["who", "label", "said", "true", "precision", "recall", "threshold"], rows)


def _heard_alone(head: Head, text: TextVectors) -> tuple[Cue, ...]:
    """Hear what the surest sentence says, without the turn's place in its talk."""
    if not text.spans:
        return ()
    surest = head.probabilities(windows(text)).max(axis=0).tolist()
    return heard_of_customer(
        head, text, dict(zip(head.labels, surest, strict=True)), head.thresholds
    )


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def main() -> None:
    """Fit and write the heads, or measure them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", nargs="?", choices=["train"])
    vectors = load_vectors()
    if parser.parse_args().do == "train":
        head = train(vectors)
        save_head(head, WEIGHTS, NAMES[Role.CUSTOMER])
        console.print(f"{NAMES[Role.CUSTOMER]}: {head.version}", head.thresholds)
        return
    body = measure(vectors)
    console.print(body)
    write_section(
        "Heads of cues, without rules",
        "python -m eval.cue_heads",
        "Turns of the sample's tuning split, which the heads were fitted with: figures of tuning, "
        "not of what is to be expected.",
        body,
    )


if __name__ == "__main__":
    main()
