"""Vectors and a tagger for own taxonomies that need no model: words by their hash."""

import hashlib
from collections.abc import Sequence

import numpy as np

from domain.conversation import Conversation, Role
from nlp.cut import Cut
from nlp.own.known import predict_known
from nlp.own.model import OwnTaxonomy
from nlp.own.reading import OwnReading
from nlp.vectors import TextVectors, Vector, Vectors, pooled

SPACE, SIZE = "tiny@1", 64


class TinyVectors(Vectors):
    def __init__(self) -> None:
        """Load nothing."""

    @property
    def space(self) -> str:
        return SPACE

    @property
    def dimension(self) -> int:
        return SIZE

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        return [_read(cut) for cut in cuts]


def _read(cut: Cut) -> TextVectors:
    lengths = np.array([len(text) for text in cut.texts], np.float32)
    if not cut.texts:
        return TextVectors((), np.zeros((0, SIZE), np.float32), lengths, None, cut.covered)
    rows = np.stack([row_of(text) for text in cut.texts])
    return TextVectors(cut.spans, rows, lengths, pooled(rows, lengths), cut.covered)


def row_of(text: str) -> Vector:
    row = np.full(SIZE, 1e-3, np.float32)
    for word in text.lower().split():
        digest = hashlib.sha256(word.strip(".,!?").encode("utf-8", "replace")).digest()
        row[digest[0] % SIZE] += 1.0
    return np.asarray(row / np.linalg.norm(row), np.float32)


def as_text(row: Vector) -> TextVectors:
    """See a unit vector of shape (D,) as a text of one sentence."""
    return TextVectors(((0, 0),), row[None, :], np.ones(1, np.float32), row, 1.0)


class TinyOwnTagger:
    """Labels the first words of a customer."""

    def __init__(self) -> None:
        self.vectors: Vectors = TinyVectors()

    def read_own(
        self, conversations: Sequence[Conversation], taxonomy: OwnTaxonomy
    ) -> list[OwnReading]:
        return [_reading(conversation, taxonomy) for conversation in conversations]


def _reading(conversation: Conversation, taxonomy: OwnTaxonomy) -> OwnReading:
    first = next((n for n, t in enumerate(conversation.turns) if t.role is Role.CUSTOMER), None)
    text = "" if first is None else conversation.turns[first].text
    if first is None or not text.strip():
        return OwnReading(conversation.id, conversation.channel, None, (), 0.0, first, "", None)
    row = row_of(text)
    (said,) = predict_known(taxonomy, [as_text(row)], SPACE)
    return OwnReading(
        conversation.id,
        conversation.channel,
        said.label,
        said.labels,
        said.probability,
        first,
        text,
        row,
        reason=said.reason,
    )
