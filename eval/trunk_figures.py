"""How good heads on an encoder's vectors are: ``python -m eval.trunk_figures <encoder> …``.

Each encoder goes the product's path (redact, cut, OpenVINO, pool), and the same logistic
regression is fitted on its vectors, so that two encoders differ in nothing else.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    normalized_mutual_info_score,
    recall_score,
    roc_auc_score,
)

from eval.datasets import pairs, rows
from eval.prepare import wholes
from eval.trunk import FOLDER, SEED, plain, trainable
from eval.vectorcache import FileCache
from nlp.encoder import Encoder
from nlp.heads import Floats
from nlp.models import DEFAULT_ENCODER, build
from nlp.vectors import Vectors
from settings import Settings

_C = 10.0
"""Fixed before any figure was seen; unit vectors want a weak penalty."""
_SHOTS, _DRAWS = 10, 5
_SENTIMENT_TEXTS = 12_000
"""Of some 28,000 for training, the same for each encoder: fewer to encode."""

Texts = Sequence[tuple[str, str]]
Labels = NDArray[np.str_]


class Space:
    """One encoder, asked for vectors of labelled texts."""

    def __init__(self, encoder: str, threads: int) -> None:
        settings = Settings()
        build(settings.model_dir, encoder, lambda _: None)
        loaded = Encoder.load(settings.model_dir, encoder, threads)
        self._vectors = Vectors(loaded, FileCache(FOLDER / "vectors.sqlite"))

    def read(self, texts: Texts) -> tuple[Floats, Labels]:
        """Give the (N, D) vectors and the N labels."""
        found = wholes(self._vectors, [text for text, _ in texts], "encoding")
        return found, np.array([label for _, label in texts])


def head(vectors: Floats, labels: Labels, balanced: bool = False) -> LogisticRegression:
    """Fit the head that the figures compare encoders by."""
    weight = "balanced" if balanced else None
    return LogisticRegression(C=_C, max_iter=500, class_weight=weight).fit(vectors, labels)


def banking(space: Space, split: str) -> Mapping[str, float]:
    """Banking77: accuracy on all training texts, and with ten a label."""
    train = pairs("intent/banking77/train")
    test = pairs("intent/banking77/test")
    if split == "dev":
        test = train[::7]
        train = [pair for place, pair in enumerate(train) if place % 7]
    x, y = space.read(train)
    given, truth = space.read(test)
    few = []
    for draw in range(_DRAWS):
        rng = np.random.default_rng(SEED + draw)
        chosen = [rng.choice(np.flatnonzero(y == label), _SHOTS, False) for label in np.unique(y)]
        places = np.concatenate(chosen)
        few.append(accuracy_score(truth, head(x[places], y[places]).predict(given)))
    return {
        "banking77": accuracy_score(truth, head(x, y).predict(given)),
        "banking77_10": float(np.mean(few)),
        "banking77_10_sd": float(np.std(few)),
    }


def clinc(space: Space, split: str) -> Mapping[str, float]:
    """CLINC150: accuracy in scope, and how well out-of-scope texts stand apart."""
    train = [pair for pair in pairs("intent/clinc150/train") if pair[1] != "oos"]
    x, y = space.read(train)
    given, truth = space.read(pairs(f"intent/clinc150/{'val' if split == 'dev' else 'test'}"))
    fitted = head(x, y)
    inside = truth != "oos"
    near = np.sort(given @ x.T, axis=1)[:, -10:].mean(axis=1)
    surest = fitted.predict_proba(given).max(axis=1)
    return {
        "clinc150": accuracy_score(truth[inside], fitted.predict(given[inside])),
        "oos_auroc_probability": float(roc_auc_score(inside, surest)),
        "oos_auroc_neighbours": float(roc_auc_score(inside, near)),
    }


def sentiment(space: Space, split: str) -> Mapping[str, float]:
    """TweetEval sentiment, and airline tweets by the same head."""
    train = trainable((text, (label,)) for text, label in pairs("sentiment/semeval2013_2016"))
    chosen = np.random.default_rng(SEED).permutation(len(train))[:_SENTIMENT_TEXTS]
    x, y = space.read([(train[place][0], train[place][1][0]) for place in chosen])
    fitted = head(x, y, balanced=True)
    given, truth = space.read(pairs(f"sentiment/tweeteval_{'val' if split == 'dev' else 'test'}"))
    said = fitted.predict(given)
    found = {"sentiment_recall": float(recall_score(truth, said, average="macro"))}
    if split == "test":
        given, truth = space.read(pairs("sentiment/airline_a"))
        found["airline_f1"] = float(f1_score(truth, fitted.predict(given), average="macro"))
    return found


def emotion(space: Space, split: str) -> Mapping[str, float]:
    """TweetEval emotion, macro F1."""
    train = [(plain(text), label) for text, label in pairs("sentiment/tweeteval_emotion_train")]
    fitted = head(*space.read(train), balanced=True)
    name = "val" if split == "dev" else "test"
    given, truth = space.read(pairs(f"sentiment/tweeteval_emotion_{name}"))
    return {"emotion_f1": float(f1_score(truth, fitted.predict(given), average="macro"))}


def drift(space: Space, frozen: Space) -> Mapping[str, float]:
    """How much of the base's similarity is left for utterances of no task."""
    texts = [(row["utterance"], row["intent"]) for row in rows("themes/dstc11_insurance_dev")]
    x, truth = space.read(texts)
    before, _ = frozen.read(texts)
    upper = np.triu_indices(len(x), 1)
    nmi = [
        normalized_mutual_info_score(
            truth, KMeans(len(set(truth)), n_init=5, random_state=seed).fit_predict(x)
        )
        for seed in range(5)
    ]
    return {
        "cosine_to_frozen": float((x * before).sum(axis=1).mean()),
        "similarity_correlation": float(
            np.corrcoef((x @ x.T)[upper], (before @ before.T)[upper])[0, 1]
        ),
        "themes_nmi": float(np.mean(nmi)),
    }


_PARTS: Mapping[str, Callable[[Space, str], Mapping[str, float]]] = {
    "banking": banking,
    "clinc": clinc,
    "emotion": emotion,
    "sentiment": sentiment,
}


def main() -> None:
    """Print one line of JSON for each encoder and part, as they are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", nargs="+", help="id or folder")
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--only", nargs="*", choices=[*_PARTS, "drift"])
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    frozen = Space(DEFAULT_ENCODER, chosen.threads)
    for encoder in chosen.encoder:
        space = frozen if encoder == DEFAULT_ENCODER else Space(encoder, chosen.threads)
        for name in chosen.only or [*_PARTS, "drift"]:
            part = _PARTS.get(name)
            found = part(space, chosen.split) if part else drift(space, frozen)
            told = {key: round(value, 4) for key, value in found.items()}
            line = {"encoder": Path(encoder).as_posix(), "split": chosen.split, **told}
            print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
