"""Labelled texts for theme discovery: what is measured on, and what was tuned on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.datasets import pairs, rows
from eval.prepare import wholes
from eval.vectorcache import FileCache
from nlp.encoder import Encoder
from nlp.heads import Floats
from nlp.vectors import Vectors
from settings import Settings

CACHE = Path("var/themes")
OOS = "oos"


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with their vectors (N, D) and labels (N,)."""

    name: str
    texts: NDArray[np.str_]
    vectors: Floats
    labels: NDArray[np.str_]

    def part(self, rows: NDArray[np.int64] | NDArray[np.bool_], name: str = "") -> "LabelledTexts":
        """Give some of the rows."""
        return LabelledTexts(
            name or self.name, self.texts[rows], self.vectors[rows], self.labels[rows]
        )


def load(name: str) -> LabelledTexts:
    """Read a set and encode it, from the cache in ``var/themes`` where it was before."""
    found = _pairs(name)
    settings = Settings()
    encoder = Encoder.load(settings.model_dir, settings.encoder, settings.threads)
    vectors = Vectors(encoder, FileCache(CACHE / "vectors.sqlite"))
    texts = [text for text, _ in found]
    return LabelledTexts(
        name,
        np.array(texts),
        wholes(vectors, texts, name),
        np.array([label for _, label in found]),
    )


def _pairs(name: str) -> list[tuple[str, str]]:
    if name == "dstc11":
        return [(row["utterance"], row["intent"]) for row in rows("themes/dstc11_insurance_dev")]
    return pairs(f"intent/{name}")


def targets() -> list[LabelledTexts]:
    """Give the three sets of the table; CLINC150 without its out-of-scope texts."""
    clinc = load("clinc150/test")
    return [load("dstc11"), load("banking77/test"), clinc.part(clinc.labels != OOS)]


def with_oos() -> LabelledTexts:
    """Give CLINC150's test split whole: 4,500 texts and 1,000 out of scope."""
    return load("clinc150/test").part(np.arange(5500), "clinc150/test with oos")


def tuning() -> list[LabelledTexts]:
    """Give what constants were tuned on: parts of training and validation splits only.

    Few and many themes, even and very uneven sizes, with and without texts out of scope.
    """
    banking, clinc, validation = (
        load("banking77/train"),
        load("clinc150/train"),
        load("clinc150/val"),
    )
    third = np.unique(validation.labels[validation.labels != OOS])[::3]
    mixed = validation.part(np.isin(validation.labels, [*third, OOS]))
    more = clinc.part(clinc.labels == OOS)
    inside = clinc.part(clinc.labels != OOS)
    return [
        _drawn(banking, 20, 60, 1, "20 of banking77"),
        _drawn(banking, 40, 30, 2, "40 of banking77"),
        _drawn(banking, 30, 120, 4, "30 of banking77, uneven", uneven=True),
        _drawn(inside, 30, 40, 6, "30 of clinc150"),
        _drawn(inside, 30, 100, 7, "30 of clinc150, uneven", uneven=True),
        LabelledTexts(
            "50 of clinc150 with oos",
            np.concatenate([mixed.texts, more.texts]),
            np.concatenate([mixed.vectors, more.vectors]),
            np.concatenate([mixed.labels, more.labels]),
        ),
    ]


def _drawn(
    source: LabelledTexts, labels: int, each: int, seed: int, name: str, *, uneven: bool = False
) -> LabelledTexts:
    """Draw some labels, and texts of each: evenly, or by a power law of their rank."""
    random = np.random.default_rng(seed)
    kept: list[int] = []
    for rank, label in enumerate(random.choice(np.unique(source.labels), labels, replace=False), 1):
        members = random.permutation(np.flatnonzero(source.labels == label))
        count = max(5, int(2 * each * rank**-0.7)) if uneven else each
        kept += members[:count].tolist()
    return source.part(np.array(kept), name)
