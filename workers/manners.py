"""How the work gives way to whoever waits for an answer of the same process."""

from typing import Protocol

from storage.queues import Priority


class Manners(Protocol):
    """Asked by the work between its steps."""

    @property
    def brief(self) -> bool:
        """Whether steps are to be as small as they can be, because others call."""

    def begin(self, priority: Priority) -> None:
        """Begin a step of work that is so urgent; what came before was no work."""

    def pause(self) -> None:
        """End a step and let others pass.

        Outside transactions, since it may take a moment; in one that only reads, where the rest is
        known to be brief.
        """


class Alone:
    """Nobody else is there."""

    brief = False

    def begin(self, priority: Priority) -> None:
        """Take note of nothing."""

    def pause(self) -> None:
        """Go on at once."""
