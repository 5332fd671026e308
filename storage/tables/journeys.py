"""Issues, journeys and what came of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class IssueRow(Base):
    """One need of one customer."""

    __tablename__ = "issues"

    id: Mapped[str] = mapped_column(primary_key=True)
    identity_id: Mapped[str] = mapped_column(index=True)


class JoinRow(Base):
    """A contact stands in an issue, and why."""

    __tablename__ = "joins"
    __table_args__ = (Index("ix_joins_conversation_id", "conversation_id"),)

    issue_id: Mapped[str] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int]
    previous_id: Mapped[str | None]
    probability: Mapped[float]
    parts: Mapped[JsonList]


class JourneyRow(Base):
    """A journey: the whole record, and the columns that it is found by."""

    __tablename__ = "journeys"
    __table_args__ = (
        Index("ix_journeys_opened_at_id", "opened_at", "id"),
        Index("ix_journeys_main_intent", "main_intent", "opened_at"),
        Index("ix_journeys_effort", "effort"),
        Index("ix_journeys_brand_opened_at_id", "brand", "opened_at", "id"),
        Index(
            "ix_journeys_open",
            *("opened_at", "id"),
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    issue_id: Mapped[str] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    identity_id: Mapped[str] = mapped_column(index=True)
    brand: Mapped[str | None]
    main_intent: Mapped[str | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    contacts: Mapped[int]
    effort: Mapped[float]
    """Customer effort score, 0 to 100."""
    record: Mapped[JsonObject]


class OutcomeRow(Base):
    """What came of a contact or of a journey; one of the two columns names it."""

    __tablename__ = "outcomes"
    __table_args__ = (Index("ix_outcomes_kind_state", "kind", "state"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    journey_id: Mapped[str | None] = mapped_column(
        ForeignKey("journeys.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str]
    state: Mapped[str]
    rule: Mapped[str]
    provenance: Mapped[str]
    at: Mapped[datetime | None]
    window_hours: Mapped[float | None]
    probability: Mapped[float | None]
    evidence: Mapped[JsonList]
