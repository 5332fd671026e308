"""Texts that are read already: a head on them costs no further encoder pass."""

from collections.abc import Sequence

from nlp.cut import Cut
from nlp.own.model import OwnTaxonomy, Prediction
from nlp.vectors import TextVectors, Vectors


class KnownVectors(Vectors):
    """Vectors of texts that were read before, in their order.

    Parameters
    ----------
    space : str
        Version of their embedding space.
    dimension : int
    texts : sequence of TextVectors
        Given back by the one call of :meth:`read`, which must ask for so many.
    """

    def __init__(self, space: str, dimension: int, texts: Sequence[TextVectors]) -> None:
        self._known = (space, dimension)
        self._texts = list(texts)

    @property
    def space(self) -> str:
        """Version of the embedding space."""
        return self._known[0]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._known[1]

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        """Give what is known; the cuts are not looked at."""
        assert len(cuts) == len(self._texts)
        return self._texts


def predict_known(
    taxonomy: OwnTaxonomy, texts: Sequence[TextVectors], space: str
) -> list[Prediction]:
    """Label texts that are read already.

    Raises
    ------
    TaxonomyError
        If the taxonomy was fitted on another space.
    """
    dimension = texts[0].sentences.shape[1] if texts else 0
    known = KnownVectors(space, dimension, texts)
    return taxonomy.predict(known, [""] * len(texts))
