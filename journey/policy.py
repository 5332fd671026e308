"""All that an organisation can set about identities, issues and outcomes."""

from datetime import timedelta

from pydantic import Field

from domain.base import Probability, Record


class JourneyPolicy(Record):
    """Windows, thresholds and caps. Changing one and building anew is always safe."""

    merge_threshold: Probability = 0.7
    """Identifiers merge into one person at this combined confidence of their links."""
    max_sharers: int = Field(default=6, ge=2)
    """An identifier of more unlike people than this is public: it makes nobody a relative."""
    max_pairs: int = Field(default=12, ge=2)
    """A record that shows more identifiers than this links them all to the first only."""
    join_threshold: Probability = 0.4
    """A contact joins an issue of the same person at this probability."""
    strict_join_threshold: Probability = 0.8
    """The same, where it is not sure that both contacts are of one person."""
    issue_window_days: float = Field(default=30.0, gt=0)
    """Contacts of one issue are never further apart than this."""
    silence_hours: float = Field(default=72.0, gt=0)
    """A contact that nobody closed has ended after this much silence."""
    repeat_window_hours: float = Field(default=168.0, gt=0)
    """The window of the repeat contacts that are shown first."""
    repeat_windows_hours: tuple[float, ...] = (24.0, 72.0, 168.0, 336.0)
    """All windows for which repeat contact is told."""
    lookback_days: float = Field(default=7.0, ge=0)
    """Events so long before the first contact still belong to the journey."""
    satisfied_from: float = Field(default=4.0, ge=1, le=5)
    """A rating of at least this, from 1 to 5, is a satisfied customer."""

    @property
    def windows_hours(self) -> tuple[float, ...]:
        """All windows of repeat contact, the main one among them, shortest first."""
        return tuple(sorted({*self.repeat_windows_hours, self.repeat_window_hours}))

    @property
    def issue_window(self) -> timedelta:
        """``issue_window_days`` as a difference of time."""
        return timedelta(days=self.issue_window_days)

    @property
    def silence(self) -> timedelta:
        """``silence_hours`` as a difference of time."""
        return timedelta(hours=self.silence_hours)
