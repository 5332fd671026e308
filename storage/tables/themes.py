"""Themes: what is clustered, the models, what became of themes, and what people decided."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class StatementRow(Base):
    """A reason for contact in the customer's words: a span of one turn, with its vector."""

    __tablename__ = "theme_statements"
    __table_args__ = (
        Index("ix_theme_statements_conversation_id", "conversation_id"),
        Index("ix_theme_statements_content_hash_id", "content_hash", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    turn_id: Mapped[str]
    turn: Mapped[int]
    """Position in the conversation."""
    start: Mapped[int]
    end: Mapped[int]
    """``[start, end)`` in the turn's original; shown through its redactions only."""
    content_hash: Mapped[str]
    """Of the redacted words."""
    space: Mapped[str]
    """Version of the embedding space."""
    vector: Mapped[bytes]
    """float16, little-endian; of length 1."""


class ThemeModelRow(Base):
    """A fitted theme model. At most one is live; the others are proposals or history."""

    __tablename__ = "theme_models"
    __table_args__ = (
        Index(
            "uq_theme_models_live",
            "state",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )

    version: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    """proposed, live or past."""
    base: Mapped[str | None]
    """The version that was live when this one was fitted."""
    digest: Mapped[str] = mapped_column(index=True)
    """Of what was fitted: the same texts and decisions need no second fit."""
    space: Mapped[str]
    made_at: Mapped[datetime]
    live_at: Mapped[datetime | None]
    revision: Mapped[int]
    """Raised by each decision of a person, so that workers read the model anew."""
    places: Mapped[JsonList]
    """Id of the theme of each place of the model; several places may be one theme."""
    themes: Mapped[JsonList]
    """What the fit found, as it goes or went live."""
    ledger: Mapped[JsonList]
    """What becomes of the themes when it goes live."""
    facts: Mapped[JsonObject]
    """Counts, stability and parameters of the fit."""
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The assigner's arrays (safetensors); taken away from past versions."""


class ThemeRow(Base):
    """A theme that was ever live."""

    __tablename__ = "themes"
    __table_args__ = (Index("ix_themes_state_id", "state", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    found_label: Mapped[str]
    """The machine's own name for it."""
    named: Mapped[bool]
    confirmed: Mapped[bool]
    parent_id: Mapped[str | None] = mapped_column(index=True)
    placed: Mapped[bool]
    state: Mapped[str]
    merged_into: Mapped[str | None]
    key_phrases: Mapped[JsonList]
    example_ids: Mapped[JsonList]
    stability: Mapped[float]
    first_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class AssignmentRow(Base):
    """The theme of a statement, by one model."""

    __tablename__ = "theme_assignments"
    __table_args__ = (
        Index("ix_theme_assignments_theme", "version", "theme_id", "state", "conversation_id"),
        Index("ix_theme_assignments_conversation", "conversation_id", "version"),
        Index("ix_theme_assignments_statement_id", "statement_id"),
    )

    version: Mapped[str] = mapped_column(
        ForeignKey("theme_models.version", ondelete="CASCADE"), primary_key=True
    )
    statement_id: Mapped[str] = mapped_column(
        ForeignKey("theme_statements.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[str]
    theme_id: Mapped[str | None]
    """Also where the state is ``near``; None where it is ``none``."""
    score: Mapped[float]
    """Probability that the statement belongs to the theme; 1 where a person says so."""
    state: Mapped[str]
    by_person: Mapped[bool]


class LedgerRow(Base):
    """One line of what became of themes."""

    __tablename__ = "theme_ledger"
    __table_args__ = (
        Index("ix_theme_ledger_theme_id", "theme_id", "id"),
        Index("ix_theme_ledger_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    change: Mapped[str]
    theme_id: Mapped[str]
    others: Mapped[JsonList]
    share: Mapped[float]
    by: Mapped[str]
    version: Mapped[str | None]
    details: Mapped[JsonObject]


class DecisionRow(Base):
    """What a person decided about texts and themes, laid over every model from then on."""

    __tablename__ = "theme_decisions"
    __table_args__ = (Index("ix_theme_decisions_kind", "kind"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    """merge, split or move; names, parents and confirmations stand on the theme itself."""
    subject: Mapped[str] = mapped_column(primary_key=True)
    """merge: the theme taken up. split: the theme cut out. move: the statement's content hash."""
    theme_id: Mapped[str | None]
    """merge: what takes it up. split: what it is cut out of. move: where to; None for none."""
    space: Mapped[str | None]
    vectors: Mapped[bytes | None] = mapped_column(LargeBinary)
    """split: middles of the rest and of the part, (2, D) float32: the nearer one decides."""
    at: Mapped[datetime]
    by: Mapped[str]
