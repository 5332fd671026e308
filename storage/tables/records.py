"""What came in: conversations with their turns, events, and whom they show."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class ConversationRow(Base):
    """One contact. Its turns stand in ``turns``."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_started_at_id", "started_at", "id"),
        Index("ix_conversations_source_started_at", "source", "started_at"),
        Index("ix_conversations_channel_started_at_id", "channel", "started_at", "id"),
        Index("ix_conversations_brand_started_at_id", "brand", "started_at", "id"),
        Index("ix_conversations_status_started_at_id", "status", "started_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    channel: Mapped[str]
    brand: Mapped[str | None]
    status: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    last_at: Mapped[datetime]
    """The latest moment that anything of it carries."""
    subject: Mapped[str | None]
    customer_name: Mapped[str | None]
    language: Mapped[str | None]
    identifiers: Mapped[JsonList]
    status_history: Mapped[JsonList]
    handovers: Mapped[JsonList]
    ratings: Mapped[JsonList]
    source_metadata: Mapped[JsonObject]
    revision: Mapped[int]
    """Counts the changes, from 1."""
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    tagged_at: Mapped[datetime | None]
    tagger: Mapped[str | None]
    """Version of the tagger that read it last."""


class TurnRow(Base):
    """One message or utterance, with what is hidden when it is shown."""

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_conversation_id_position", "conversation_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str]
    text: Mapped[str]
    source_id: Mapped[str | None]
    at: Mapped[datetime | None]
    start_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    visibility: Mapped[str]
    author: Mapped[str | None]
    parts: Mapped[JsonList]
    redactions: Mapped[JsonList | None]
    """None until the text was read; an edited text is not shown by an old redaction."""
    content_hash: Mapped[str]


class EventRow(Base):
    """Anything else that happened."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_at_id", "at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    name: Mapped[str]
    at: Mapped[datetime]
    raw_name: Mapped[str | None]
    identifiers: Mapped[JsonList]
    brand: Mapped[str | None]
    properties: Mapped[JsonObject]
    received_at: Mapped[datetime]


class SightingRow(Base):
    """A record shows or writes an identifier. Records that share one are neighbours."""

    __tablename__ = "sightings"
    __table_args__ = (Index("ix_sightings_record_id", "record_id"),)

    identifier: Mapped[str] = mapped_column(primary_key=True)
    """``kind:value``, normalised."""
    record_id: Mapped[str] = mapped_column(primary_key=True)
    """Of a conversation or an event; the prefix of the id tells which."""
    written: Mapped[bool]
    """Only in the customer's words: it counts where some record shows it."""


class TombstoneRow(Base):
    """A record was erased and stays away."""

    __tablename__ = "tombstones"

    record_hash: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the record's id: it tells a record that comes again, and nothing else."""
    erased_at: Mapped[datetime]


class NeedRow(Base):
    """The customer's statement of need as a unit vector, for telling sameness."""

    __tablename__ = "needs"

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    space: Mapped[str]
    """Version of the embedding space; only vectors of one space compare."""
    vector: Mapped[bytes]
    """float32, little-endian."""
