"""What the caller of an import may say about its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from domain.base import now
from domain.conversation import Channel, Role
from domain.identity import IdentifierKind


@dataclass(frozen=True)
class ReadOptions:
    """How files are read. Every field has a default that needs no thought."""

    format: str = "auto"
    """Name of a format, or ``auto`` to tell it from the content."""
    timezone: tzinfo = UTC
    """Zone of times that name none."""
    day_first: bool | None = None
    """Whether ``03/04/2026`` is 3 April; None refuses what can be read both ways."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """CSV: our field name to the column's name."""
    source: str | None = None
    """Name of the source, in place of the format's own."""
    channel: Channel | None = None
    """Channel of conversations whose format does not tell it."""
    brand: str | None = None
    """Brand of records that name none."""
    started_at: datetime | None = None
    """Start of calls whose file does not tell it."""
    speakers: Mapping[str, Role] = field(default_factory=dict)
    """Speaker label or channel of a call to its role."""
    identifier_fields: Mapping[str, IdentifierKind] = field(default_factory=dict)
    """Name or id of a custom field that holds an identifier of the customer."""
    read_at: datetime = field(default_factory=now)
    """Moment of the import. Times after it are counted as lying in the future."""
