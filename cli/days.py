"""Days that are given to commands."""

from datetime import UTC, datetime


def utc(day: datetime | None) -> datetime | None:
    """Take what was typed, which has no zone, as UTC."""
    return None if day is None else day.replace(tzinfo=UTC)
