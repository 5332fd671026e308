"""Journey definitions in their versions, and what people said of event names."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonObject


class DefinitionRow(Base):
    """One version of a journey definition. At most one version of an id is live."""

    __tablename__ = "journey_definitions"
    __table_args__ = (
        UniqueConstraint("id", "number"),
        Index(
            "uq_journey_definitions_live",
            "id",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    """Hash of the content."""
    number: Mapped[int]
    """Counts the versions of an id from 1."""
    live: Mapped[bool]
    body: Mapped[JsonObject]
    made_at: Mapped[datetime]
    by: Mapped[str]
    """Name of the API key or person, never free text."""


class DefinitionChangeRow(Base):
    """Which version counted from when, and who had it so."""

    __tablename__ = "journey_definition_changes"

    change: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(index=True)
    version: Mapped[str | None]
    """None where it was taken away; a shipped definition of the id then counts again."""
    at: Mapped[datetime]
    by: Mapped[str]


class EventAliasRow(Base):
    """A person said that two names of events mean the same, or that they do not."""

    __tablename__ = "event_aliases"

    alias: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    """The canonical one."""
    confirmed: Mapped[bool]
    at: Mapped[datetime]
    by: Mapped[str]
