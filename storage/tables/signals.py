"""What was read out of conversations, and what people said about it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class SignalRow(Base):
    """One statement about a conversation or a turn of it."""

    __tablename__ = "signals"
    __table_args__ = (
        Index(
            "ix_signals_kind_label_subject_kind", "kind", "label", "subject_kind", "conversation_id"
        ),
        Index("ix_signals_conversation_id", "conversation_id"),
        Index("ix_signals_subject_id", "subject_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    kind: Mapped[str]
    label: Mapped[str]
    probability: Mapped[float | None]
    value: Mapped[float | None]
    evidence: Mapped[JsonList]
    abstained: Mapped[bool]
    reason: Mapped[str | None]
    role: Mapped[str | None]
    covered: Mapped[float]
    taxonomy: Mapped[str | None]
    model: Mapped[str]
    content_hash: Mapped[str]
    origin: Mapped[str]
    details: Mapped[JsonObject]
    made_at: Mapped[datetime | None]
    position: Mapped[int]
    """Place among the signals of the conversation, as the tagger gave them."""
    effective: Mapped[bool]
    """False where a person's word stands in its place; kept so that it can be taken back."""


class CorrectionRow(Base):
    """What a person said about one label of one subject."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_subject_id", "subject_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    """None where the subject is a journey."""
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    kind: Mapped[str]
    action: Mapped[str]
    taxonomy: Mapped[str | None]
    """Name of an own taxonomy; None for the general one and for other kinds."""
    machine_label: Mapped[str | None]
    label: Mapped[str | None]
    value: Mapped[float | None]
    role: Mapped[str | None]
    content_hash: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
