"""What every adapter is given: the caller's options and the clock made from them."""

from dataclasses import dataclass

from ingest.clock import Clock
from ingest.options import ReadOptions


@dataclass(frozen=True)
class Context:
    """One import."""

    options: ReadOptions
    clock: Clock

    @classmethod
    def of(cls, options: ReadOptions) -> "Context":
        """Make the context of one import."""
        return cls(options, Clock.of(options))
