"""Runs that tag again with a new version, how far they are, and what would change."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList


class RetagRow(Base):
    """One run over stored conversations. At most one is open."""

    __tablename__ = "retags"
    __table_args__ = (
        Index(
            "uq_retags_open",
            "open",
            unique=True,
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    open: Mapped[bool]
    tagger: Mapped[str]
    """Version of the tagger that reads anew."""
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    channel: Mapped[str | None]
    total: Mapped[int]
    """Conversations that another version had read when the run began."""
    by: Mapped[str]
    """Name of the API key or person, never free text."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class RetagPartRow(Base):
    """A range of conversation ids that one worker at a time walks through."""

    __tablename__ = "retag_parts"

    retag_id: Mapped[str] = mapped_column(
        ForeignKey("retags.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(primary_key=True)
    """How the hexadecimal digits of the ids begin."""
    cursor: Mapped[str]
    """The last id that is done; written together with what was done."""
    finished: Mapped[bool]
    read: Mapped[int]
    failed: Mapped[int]
    """Conversations that could not be read."""
    applied: Mapped[int]
    tallies: Mapped[JsonList]


class RetagChangeRow(Base):
    """One statement about a conversation that would change."""

    __tablename__ = "retag_changes"
    __table_args__ = (
        Index(
            "ix_retag_changes_what",
            *("retag_id", "subject_kind", "kind", "before", "after", "conversation_id"),
        ),
        Index("ix_retag_changes_conversation_id", "conversation_id"),
    )

    retag_id: Mapped[str] = mapped_column(
        ForeignKey("retags.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    kind: Mapped[str]
    role: Mapped[str | None]
    what: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
