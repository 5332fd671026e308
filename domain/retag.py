"""A run that reads stored conversations again with a new version of the tagger."""

from enum import StrEnum

from domain.base import Record, UtcDatetime
from domain.conversation import Channel


class RetagState(StrEnum):
    """Where a run stands."""

    COMPARING = "comparing"
    """Reads and compares; nothing that counts is changed."""
    READY = "ready"
    """The difference is there to be looked at."""
    APPLYING = "applying"
    """The new signals take the place of the old ones."""
    APPLIED = "applied"
    CANCELLED = "cancelled"
    """All stayed as it was."""


class Selection(Record):
    """Which conversations are meant; all where nothing is said."""

    since: UtcDatetime | None = None
    """Started at or after."""
    until: UtcDatetime | None = None
    """Started before."""
    channel: Channel | None = None


class Retag(Record):
    """A run at one moment."""

    id: str
    state: RetagState
    tagger: str
    """Version that reads anew."""
    selection: Selection
    by: str
    created_at: UtcDatetime
    changed_at: UtcDatetime
    total: int
    """Conversations that another version had read when the run began."""
    read: int
    """Read and compared so far."""
    failed: int
    """Of them, those that could not be read: they keep their signals."""
    applied: int
    """Whose new signals count."""

    @property
    def open(self) -> bool:
        """Whether there is still something to do or to decide."""
        return self.state not in (RetagState.APPLIED, RetagState.CANCELLED)
