"""What hears promises in agents' sentences, beside the rules: ``python -m eval.promise_heads``.

Fitted on our own sentences, on turns of the sample's tuning split as ``cue_tuning.yaml`` reads
them and on agents' turns of our own talks, of which only the turn is labelled: the sentence
that is surest answers for it. Texts that were not seen set calibration and threshold.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from domain.conversation import Role
from eval.cue_heads import CUES, Cued, own, tuning, with_any
from eval.heldout import cleared
from eval.labelled import Row, labelled_talks
from eval.prepare import load_vectors, read
from eval.unseen import calibrated
from nlp.cues.heads import NAMES, PROMISE
from nlp.cues.promises import promises
from nlp.heads import Floats, Head, save_head
from nlp.tagger import WEIGHTS
from nlp.train.fit import Recipe
from nlp.train.highest import Parted, fit_highest
from nlp.vectors import Vectors

SEED = 20261129
LABELS = CUES[Role.AGENT]
_FOLDS = 5
_RECIPE = Recipe("sigmoid", 64, epochs=25, batch=64, rate=3e-3, noise=0.02, dropout=0.3, decay=1e-2)
_PRECISION = 0.9
"""Aimed at, of turns in which rules or head hear a promise."""
_GRID = np.arange(0.3, 0.96, 0.025)
_SAID_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

console = Console()


def of_talks(split: str = "train") -> list[tuple[str, Cued]]:
    """Give agents' turns of our own talks, each with the name of its talk."""
    return [
        (talk.conversation.source_id, Cued(talk.conversation.turns[place].body, _holds(row)))
        for talk in labelled_talks(split)
        for place, row in talk.of(Role.AGENT)
    ]


def _holds(row: Row) -> frozenset[str]:
    return with_any(frozenset(promise["action"] for promise in row["promises"]))


def train(vectors: Vectors) -> Head:
    """Fit the head of agents; folds by talk calibrate it and set its threshold."""
    alone = [(cued.text, cued) for cued in (*own(Role.AGENT), *tuning(Role.AGENT))]
    texts = [*alone, *cleared(of_talks(), lambda item: item[1].text, "train")]
    found = read(vectors, [cued.text for _, cued in texts], "promises", vectors.signals)
    kept = [n for n, text in enumerate(found) if len(text.sentences)]
    names = {name: n for n, name in enumerate(dict.fromkeys(texts[n][0] for n in kept))}
    group = np.array([names[texts[n][0]] for n in kept])
    fold = np.random.default_rng(SEED).integers(0, _FOLDS, len(names))[group]
    parts = [found[n].sentences for n in kept]
    truth = np.array([texts[n][1].row(LABELS) for n in kept], np.float32)
    scores = np.zeros_like(truth)
    for number in range(_FOLDS):
        head = _fitted(parts, truth, fold != number, vectors.signals)
        for row in np.flatnonzero(fold == number):
            scores[row] = head.scores(parts[row]).max(axis=0)
    whole = _fitted(parts, truth, fold >= 0, vectors.signals)
    head, chances = calibrated(whole, scores, truth)
    in_talks = np.array(kept) >= len(alone)
    ruled = np.array([bool(promises(texts[n][1].text, _SAID_AT)) for n in kept])
    threshold = _threshold(
        chances[in_talks, LABELS.index(PROMISE)],
        truth[in_talks, LABELS.index(PROMISE)] == 1,
        ruled[in_talks],
    )
    return replace(head, thresholds={PROMISE: threshold})


def _fitted(parts: list[Floats], truth: Floats, chosen: NDArray[np.bool_], space: str) -> Head:
    some = Parted([parts[n] for n in np.flatnonzero(chosen)], truth[chosen])
    return fit_highest(LABELS, some, _RECIPE, space)


def _threshold(chances: Floats, truth: NDArray[np.bool_], ruled: NDArray[np.bool_]) -> float:
    """Give the lowest threshold at which rules and head together are as precise as aimed at."""
    for threshold in _GRID:
        said = (chances >= threshold) | ruled
        precision, recall = truth[said].mean(), said[truth].mean()
        if precision >= _PRECISION:
            break
    console.print(f"promises of unseen turns: {precision:.3f} / {recall:.3f} from {threshold:.3f}")
    return float(threshold)


def main() -> None:
    """Fit and write the head."""
    head = train(load_vectors())
    save_head(head, WEIGHTS, NAMES[Role.AGENT])
    console.print(f"{NAMES[Role.AGENT]}: {head.version}", head.thresholds)


if __name__ == "__main__":
    main()
