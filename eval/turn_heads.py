"""Heads that read customers' turns in their place: ``python -m eval.turn_heads``.

They are fitted on our own talks (``nlp/taxonomies/talks``) on top of the heads that read a text
alone, which never saw these; of our own turns, which those were fitted on, only the ones kept for
development.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from domain.conversation import Role
from eval.labelled import LabelledTalk, Row, labelled_talks
from eval.own import own_turns
from eval.prepare import load_vectors, read
from eval.rests import rested_on
from eval.train import SENTIMENTS
from eval.unseen import Truth, best_threshold, calibrated, tempered
from nlp.context import NAMES, Alone, Features, InPlace, features, in_places
from nlp.cues.effort import LABELS as EFFORT
from nlp.cues.effort import effort_cues
from nlp.cues.heads import URGENCY, windows
from nlp.cues.urgency import urgency_cues
from nlp.cut import cut_turn
from nlp.emotion import NEUTRAL
from nlp.heads import Floats, Head, Layer, save_head
from nlp.parts import load_part
from nlp.redact.redact import redact
from nlp.tagger import WEIGHTS
from nlp.taxonomy import general
from nlp.train.fit import Examples, Recipe, fit_plain
from nlp.train.highest import Parted, fit_highest
from nlp.vectors import TextVectors, Vectors

SEED = 20261129
ALONE = ("general", "sentiment", "emotion", "cues_customer")
"""Heads that read a text alone: those of turns read their scores."""
CUES = (*EFFORT, URGENCY)
_FOLDS = 5
_NEAR = Recipe("sigmoid", 128, epochs=20, batch=64, rate=3e-3, noise=0.02, dropout=0.3, decay=1e-2)
_RECIPE = Recipe("sigmoid", 64, epochs=16, batch=512, rate=4e-3, dropout=0.2, decay=1e-3)
_SAID, _LITTLE, _ONE_IN = 0, -1.0, 4
"""Column of what the general head says, a quarter of log-odds, and below what that is little."""
_MOOD_C, _EMOTION_C, _CUE_C = 0.05, 0.1, 0.3
_FIRST_WEIGHT = 0.3
"""Of our own single turns beside those of talks: with 0, 0.1, 0.3 and 1 sentiment is right in
0.751, 0.751, 0.751 and 0.748 of unseen turns, and in 0.732, 0.736, 0.740, 0.732 of first ones."""

console = Console()


@dataclass(frozen=True)
class Sample:
    """Turns in their places, with labels.

    Attributes
    ----------
    talk : tuple of int
        Turns of one number never stand on both sides of a fold.
    """

    turns: tuple[InPlace, ...]
    labels: tuple[Row, ...]
    talk: NDArray[np.int64]

    def intents(self) -> Truth:
        """Give the (N, n_intents) truth."""
        return _truth([row["intents"] for row in self.labels], tuple(general().intents))

    def moods(self) -> NDArray[np.int64]:
        """Give the place of each turn's sentiment, (N,)."""
        return np.array([SENTIMENTS.index(row["sentiment"]) for row in self.labels])

    def emotions(self) -> Truth:
        """Give the (N, n_emotions) truth."""
        return _truth([row["emotions"] for row in self.labels], alone().emotion.labels)

    def cues(self) -> Truth:
        """Give the (N, n_cues) truth."""
        said = [[*row["effort"], *([URGENCY] if row["urgency"] else [])] for row in self.labels]
        return _truth(said, CUES)

    @property
    def fold(self) -> NDArray[np.int64]:
        """The fold of each turn, (N,)."""
        places = np.random.default_rng(SEED).permutation(int(self.talk.max()) + 1)
        return np.asarray(places[self.talk] % _FOLDS)


def _truth(said: Sequence[Sequence[str]], labels: Sequence[str]) -> Truth:
    return np.array([[label in one for label in labels] for one in said], np.float32)


def read_talks(
    vectors: Vectors, talks: Sequence[LabelledTalk]
) -> list[list[tuple[Role, str, TextVectors]]]:
    """Redact, cut and encode talks as the tagger does: role, body and vectors of each turn."""
    cuts = [
        cut_turn(turn.body, hidden.plain)
        for talk in talks
        for turn, hidden in zip(talk.conversation.turns, redact(talk.conversation), strict=True)
    ]
    found = iter(vectors.read_in([vectors.signals], cuts)[vectors.signals])
    return [[(t.role, t.body, next(found)) for t in talk.conversation.turns] for talk in talks]


def talk_sample(vectors: Vectors, split: str) -> Sample:
    """Give the customers' turns of our own talks."""
    talks = labelled_talks(split)
    said = read_talks(vectors, talks)
    turns = in_places((n, *turn) for n, talk in enumerate(said) for turn in talk)
    kept = [
        (number, talk.labels[place])
        for number, talk in enumerate(talks)
        for place, (role, _, text) in enumerate(said[number])
        if role is Role.CUSTOMER and text.whole is not None
    ]
    return Sample(tuple(turns), tuple(row for _, row in kept), np.array([n for n, _ in kept]))


def alone_sample(vectors: Vectors, texts: Sequence[str], labels: Sequence[Row]) -> Sample:
    """Give texts as turns with nothing before them; those without a word are left out."""
    found = read(vectors, texts, "texts alone", vectors.signals)
    kept = [n for n, text in enumerate(found) if text.whole is not None]
    turns = tuple(InPlace(found[n], texts[n]) for n in kept)
    return Sample(turns, tuple(labels[n] for n in kept), np.arange(len(kept)))


def own_sample(vectors: Vectors, split: str) -> Sample:
    """Give our own turns, which stand alone."""
    turns = own_turns(split)
    labels = [
        {"intents": t.intents, "sentiment": t.sentiment, "emotions": t.emotions} for t in turns
    ]
    return alone_sample(vectors, [turn.text for turn in turns], labels)


def alone() -> Alone:
    """Load the heads that read a text alone; see :mod:`eval.rests`."""
    return Alone(*(load_part(rested_on(), name) for name in ALONE))


def fit_near(parts: Sequence[Sample], space: str) -> Head:
    """Fit what hears intents in sentences, and in two neighbours, like those of our own turns."""
    texts = Parted(
        [windows(turn.text) for part in parts for turn in part.turns],
        np.concatenate([part.intents() for part in parts]),
    )
    return fit_highest(tuple(general().intents), texts, _NEAR, space)


def _chosen(sample: Sample, kept: NDArray[np.bool_]) -> Sample:
    """Give some turns alone; what they look back on is not followed."""
    places = np.flatnonzero(kept)
    turns = tuple(sample.turns[n] for n in places)
    return Sample(turns, tuple(sample.labels[n] for n in places), sample.talk[places])


@dataclass(frozen=True)
class Made:
    """Features of turns, made with a ``near`` that did not see the turn's talk.

    Attributes
    ----------
    first : Sample
        Our own turns as if talks began with them: hardly any of our talks begins with praise.
    """

    talks: Sample
    of_talks: Features
    own: Sample
    of_own: Features
    first: Sample
    of_first: Features
    near: Head


@cache
def made(vectors: Vectors) -> Made:
    """Make the features of our own training talks, and of our own turns for development."""
    talks, own = talk_sample(vectors, "train"), own_sample(vectors, "dev")
    rest = own_sample(vectors, "train")
    space = vectors.signals
    parts: list[list[Features]] = [[], []]
    for fold in range(_FOLDS):
        left = [_chosen(one, one.fold != fold) for one in (talks, own)]
        near = fit_near([*left, rest], space)
        for place, one in enumerate((talks, own)):
            parts[place].append(features(alone(), near, one.turns))
    joined = [_unseen_of(part, one.fold) for part, one in zip(parts, (talks, own), strict=True)]
    near = fit_near([talks, own, rest], space)
    first = replace(rest, turns=tuple(replace(turn, alone=False) for turn in rest.turns))
    of_first = features(alone(), near, first.turns)
    return Made(talks, joined[0], own, joined[1], first, of_first, near)


def _unseen_of(parts: Sequence[Features], fold: NDArray[np.int64]) -> Features:
    """Take each turn's features from the part that was made without its fold."""
    rows = np.arange(len(fold))
    turns, moods, pairs = (
        np.stack([getattr(part, name) for part in parts])[fold, rows]
        for name in ("turns", "moods", "pairs")
    )
    return Features(turns, moods, pairs)


def fit_pairs(rows: Floats, truth: Truth, space: str) -> Head:
    """Fit what tells whether an intent holds of a turn: (N, n_intents, P) and (N, n_intents).

    Of the pairs that nothing speaks for, which are most, one in four stands for all.
    """
    flat, holds = rows.reshape(-1, rows.shape[2]), truth.reshape(-1)
    plain = (holds == 0) & (flat[:, _SAID] < _LITTLE)
    some = np.random.default_rng(SEED).random(len(flat)) < 1 / _ONE_IN
    kept = ~plain | some
    weights = np.where(plain, float(_ONE_IN), 1.0).astype(np.float32)[kept]
    sample = Examples(flat[kept], holds[kept, None].astype(np.float32), weights)
    return fit_plain(("holds",), sample, _RECIPE, space)


def fit_moods(
    rows: Floats, places: NDArray[np.int64], space: str, weights: Floats | None = None
) -> Head:
    """Fit the sentiment of turns."""
    model = LogisticRegression(C=_MOOD_C, max_iter=500).fit(rows, places, weights)
    layer = Layer(model.coef_.astype(np.float32), model.intercept_.astype(np.float32))
    return Head(SENTIMENTS, (layer,), "softmax", space)


def fit_several(
    labels: tuple[str, ...],
    rows: Floats,
    truth: Truth,
    strength: float,
    space: str,
    weights: Floats | None = None,
) -> Head:
    """Fit labels of turns of which several may hold; ``strength`` is scikit-learn's C."""
    fits = [
        LogisticRegression(C=strength, max_iter=500).fit(rows, column, weights)
        for column in truth.T
    ]
    weight = np.concatenate([fit.coef_ for fit in fits]).astype(np.float32)
    bias = np.concatenate([fit.intercept_ for fit in fits]).astype(np.float32)
    return Head(labels, (Layer(weight, bias),), "sigmoid", space)


def unseen(
    fit: Callable[[NDArray[np.bool_]], Head], rows: Floats, fold: NDArray[np.int64]
) -> Floats:
    """Give the scores of each row by a head that did not see its fold."""
    said = [(fold == n, fit(fold != n)) for n in range(_FOLDS)]
    found = np.zeros((len(rows), len(said[0][1].labels)), np.float32)
    for held, head in said:
        found[held] = head.scores(rows[held])
    return found


def train_near(vectors: Vectors) -> Head:
    """Fit ``turn_near``."""
    return made(vectors).near


def train_intents(vectors: Vectors) -> Head:
    """Fit ``turn_intents``; turns that were not seen set its threshold."""
    data = made(vectors)
    parts = [
        (data.of_talks.pairs, data.talks.intents(), data.talks.fold),
        (data.of_own.pairs, data.own.intents(), data.own.fold),
    ]
    rows, truth, fold = (np.concatenate(column) for column in zip(*parts, strict=True))
    scores = np.zeros_like(truth)
    for number in range(_FOLDS):
        head = fit_pairs(rows[fold != number], truth[fold != number], vectors.signals)
        held = rows[fold == number]
        scores[fold == number] = head.scores(held.reshape(-1, held.shape[2])).reshape(
            held.shape[:2]
        )
    scores, seen = scores[: len(data.talks.turns)], truth[: len(data.talks.turns)]
    whole = fit_pairs(rows, truth, vectors.signals)
    head, said = calibrated(whole, scores.reshape(-1, 1), seen.reshape(-1, 1))
    threshold, score = best_threshold(said.reshape(seen.shape), seen)
    console.print(f"turn_intents: threshold {threshold}, micro F1 on unseen talks {score:.3f}")
    return replace(head, thresholds={"holds": threshold})


def train_mood(vectors: Vectors) -> Head:
    """Fit ``turn_mood``."""
    data = made(vectors)
    rows, first = data.of_talks.moods, data.of_first.moods
    places, of_first = data.talks.moods(), data.first.moods()

    def fitted(kept: NDArray[np.bool_]) -> Head:
        return fit_moods(
            np.concatenate([rows[kept], first]),
            np.concatenate([places[kept], of_first]),
            vectors.signals,
            _weights(kept, len(first)),
        )

    scores = unseen(fitted, rows, data.talks.fold)
    console.print(f"turn_mood: accuracy on unseen talks {(scores.argmax(1) == places).mean():.3f}")
    return tempered(fitted(data.talks.fold >= 0), scores, places)


def train_emotions(vectors: Vectors) -> Head:
    """Fit ``turn_emotions``; turns that were not seen set its thresholds."""
    data = made(vectors)
    rows, first = data.of_talks.moods, data.of_first.moods
    truth, of_first, labels = data.talks.emotions(), data.first.emotions(), alone().emotion.labels

    def fitted(kept: NDArray[np.bool_]) -> Head:
        return fit_several(
            labels,
            np.concatenate([rows[kept], first]),
            np.concatenate([truth[kept], of_first]),
            _EMOTION_C,
            vectors.signals,
            _weights(kept, len(first)),
        )

    scores = unseen(fitted, rows, data.talks.fold)
    head, said = calibrated(fitted(data.talks.fold >= 0), scores, truth)
    shown = np.array([label != NEUTRAL for label in labels])
    threshold, score = best_threshold(said[:, shown], truth[:, shown])
    console.print(f"turn_emotions: threshold {threshold}, micro F1 on unseen talks {score:.3f}")
    thresholds = dict.fromkeys(labels, threshold)
    thresholds[NEUTRAL] = best_threshold(said[:, ~shown], truth[:, ~shown])[0]
    return replace(head, thresholds=thresholds)


def _weights(kept: NDArray[np.bool_], first: int) -> Floats:
    return np.concatenate([np.ones(kept.sum()), np.full(first, _FIRST_WEIGHT)]).astype(np.float32)


def train_cues(vectors: Vectors) -> Head:
    """Fit ``turn_cues``; turns that were not seen set its thresholds."""
    data = made(vectors)
    rows, truth = data.of_talks.turns, data.talks.cues()

    def fitted(kept: NDArray[np.bool_]) -> Head:
        return fit_several(CUES, rows[kept], truth[kept], _CUE_C, vectors.signals)

    scores = unseen(fitted, rows, data.talks.fold)
    head, said = calibrated(fitted(data.talks.fold >= 0), scores, truth)
    effort = len(EFFORT)
    # Rules speak beside the head, so a threshold is chosen for what both say.
    said[np.array([_ruled(turn.body) for turn in data.talks.turns])] = 1.0
    thresholds = dict.fromkeys(EFFORT, best_threshold(said[:, :effort], truth[:, :effort])[0])
    thresholds[URGENCY] = best_threshold(said[:, effort:], truth[:, effort:])[0]
    console.print("turn_cues:", thresholds)
    return replace(head, thresholds=thresholds)


def _ruled(body: str) -> list[bool]:
    found = {cue.label for cue in effort_cues(body)}
    return [*(label in found for label in EFFORT), bool(urgency_cues(body))]


TRAIN: Mapping[str, Callable[[Vectors], Head]] = {
    "turn_near": train_near,
    "turn_intents": train_intents,
    "turn_mood": train_mood,
    "turn_emotions": train_emotions,
    "turn_cues": train_cues,
}


def main() -> None:
    """Fit and write the heads."""
    vectors = load_vectors()
    for name in NAMES:
        head = TRAIN[name](vectors)
        save_head(head, WEIGHTS, name)
        console.print(f"{name}: {head.version}, {len(head.labels)} labels")


if __name__ == "__main__":
    main()
