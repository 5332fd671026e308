"""Who is behind the identifiers, and what ids became when identities merged."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList


class LinkRow(Base):
    """Evidence that two identifiers belong together."""

    __tablename__ = "identity_links"

    id: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[str] = mapped_column(index=True)
    right: Mapped[str] = mapped_column(index=True)
    level: Mapped[str]
    confidence: Mapped[float]
    rule: Mapped[str]
    seen_in: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class IdentityRow(Base):
    """One person, household, account or session."""

    __tablename__ = "identities"

    id: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    confidence: Mapped[float]
    relatives: Mapped[JsonList]


class MemberRow(Base):
    """An identifier of an identity."""

    __tablename__ = "identity_members"
    __table_args__ = (Index("ix_identity_members_identifier", "identifier"),)

    identity_id: Mapped[str] = mapped_column(
        ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True
    )
    identifier: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class RedirectRow(Base):
    """An id that went away, of an identity, issue or journey, and what took its place."""

    __tablename__ = "redirects"

    old_id: Mapped[str] = mapped_column(primary_key=True)
    new_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
