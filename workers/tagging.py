"""What the pipeline needs of a tagger, and how one is found."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from importlib import import_module
from typing import Protocol, runtime_checkable

from domain.conversation import Conversation
from domain.explanation import Explanation
from domain.redaction import Redaction
from domain.signal import Signal
from settings import Settings
from storage.database import Database
from themes.statements import Said


class Tagged(Protocol):
    """What a tagger reads out of one conversation."""

    @property
    def conversation_id(self) -> str:
        """Whose it is."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Those of the conversation and of its turns."""

    @property
    def redactions(self) -> tuple[tuple[Redaction, ...], ...]:
        """What to hide, for each turn."""

    @property
    def need(self) -> Iterable[float] | None:
        """Unit vector of the customer's statement of need, shape (dimensions,)."""

    @property
    def space(self) -> str:
        """Version of the embedding space of ``need`` and ``said``."""

    @property
    def said(self) -> Sequence[Said]:
        """The customer's public turns, sentence by sentence: what themes are found in."""


class Tagger(Protocol):
    """Reads conversations. Used by one thread at a time."""

    @property
    def version(self) -> str:
        """Another one whenever the answers may differ."""

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Sequence[Tagged]:
        """Read a batch; one answer for each, in order. Vectors only where ``needs``."""


@runtime_checkable
class Explaining(Protocol):
    """A tagger that can also say which words carried its signals."""

    def explain(self, conversation: Conversation, signals: Sequence[Signal]) -> Explanation:
        """Find the words; keeps nothing."""


class LazyTagger:
    """A tagger that is loaded when it is first needed, in the process that needs it.

    Parameters
    ----------
    load : callable
        Gives the tagger; may take long.
    """

    def __init__(self, load: Callable[[], Tagger]) -> None:
        self._load = load

    @cached_property
    def loaded(self) -> Tagger:
        """The tagger itself."""
        return self._load()

    @property
    def version(self) -> str:
        """The tagger's version."""
        return self.loaded.version

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Sequence[Tagged]:
        """Read a batch."""
        return self.loaded.tag(conversations, needs=needs)


def tagger_of(settings: Settings, database: Database) -> LazyTagger:
    """Give the tagger that the settings name, not yet loaded.

    Its module is imported on loading, so that a process that only takes records in
    never holds a model.
    """

    def load() -> Tagger:
        module, _, name = settings.tagger.partition(":")
        tagger: Tagger = getattr(import_module(module), name)(settings, database)
        return tagger

    return LazyTagger(load)
