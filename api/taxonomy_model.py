"""The tagger as own taxonomies use it: a little at a time, so that direct calls get in between."""

from collections.abc import Sequence
from concurrent.futures import TimeoutError as LoadTimeoutError
from typing import cast

from api.model import PATIENCE_SECONDS, RETRY_SECONDS, Model
from api.precedence import Guest
from api.problems import Problem
from domain.conversation import Conversation
from nlp.cut import Cut
from nlp.own.model import OwnTaxonomy
from nlp.own.reading import OwnReading
from nlp.vectors import TextVectors, Vectors, WrappedVectors
from workers.taxonomy_registry import OwnTagger

_TEXTS = 32
_CONVERSATIONS = 4


class SharedVectors(WrappedVectors):
    """Vectors that are read a few texts at a time."""

    def __init__(self, guest: Guest, inner: Vectors) -> None:
        super().__init__(inner)
        self._guest = guest

    def wrapping(self, inner: Vectors) -> Vectors:
        """Ask another reader in the same way."""
        return SharedVectors(self._guest, inner)

    def read(self, cuts: Sequence[Cut]) -> list[TextVectors]:
        """Give the vectors of texts."""
        result: list[TextVectors] = []
        for first in range(0, len(cuts), _TEXTS):
            with self._guest.reading():
                result += self._inner.read(cuts[first : first + _TEXTS])
            self._guest.pause()
        return result


class SharedOwnTagger:
    """What own taxonomies need of the tagger of this process.

    Raises
    ------
    Problem
        503 where the model is not loaded, 409 where it knows no own taxonomies.
    """

    def __init__(self, model: Model, tagger: OwnTagger | None = None) -> None:
        self._guest = Guest(model.turns)
        self._tagger = tagger or _loaded(model)
        self.vectors: Vectors = SharedVectors(self._guest, self._tagger.vectors)

    @classmethod
    def patient(cls, model: Model) -> object:
        """Wait for the model as long as it takes, for work that no call waits for.

        A tagger that knows no own taxonomies is given as it is.
        """
        tagger = model.loading.result()
        return cls(model, cast(OwnTagger, tagger)) if hasattr(tagger, "read_own") else tagger

    def read_own(
        self, conversations: Sequence[Conversation], taxonomy: OwnTaxonomy
    ) -> list[OwnReading]:
        """Read conversations under a version, live or not."""
        result: list[OwnReading] = []
        for first in range(0, len(conversations), _CONVERSATIONS):
            with self._guest.reading():
                part = conversations[first : first + _CONVERSATIONS]
                result += self._tagger.read_own(part, taxonomy)
            self._guest.pause()
        return result


def _loaded(model: Model) -> OwnTagger:
    try:
        tagger = model.loading.result(PATIENCE_SECONDS)
    except (Exception, LoadTimeoutError) as error:
        detail = "The model is not loaded. Ask again in a few seconds; see /readyz."
        headers = {"Retry-After": str(RETRY_SECONDS)}
        raise Problem(503, detail, slug="model-not-ready", headers=headers) from error
    if not hasattr(tagger, "read_own"):
        detail = "The tagger that THROUGHLINE_TAGGER names knows no own taxonomies."
        raise Problem(409, detail, slug="no-own-taxonomies")
    return cast(OwnTagger, tagger)
