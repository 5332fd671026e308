"""What belongs to models: cached vectors and the user's own taxonomies."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonObject


class VectorRow(Base):
    """A cached vector, by content hash and encoder version."""

    __tablename__ = "vectors"

    key: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(index=True)


class TaxonomyRow(Base):
    """One version of a taxonomy. At most one version of a name is live."""

    __tablename__ = "taxonomies"
    __table_args__ = (
        UniqueConstraint("name", "number"),
        Index(
            "uq_taxonomies_live",
            "name",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    """Hash of the content."""
    number: Mapped[int]
    """Counts the versions of a name from 1."""
    live: Mapped[bool]
    description: Mapped[JsonObject]
    artefact: Mapped[bytes] = mapped_column(deferred=True)
    """The fitted head and the examples it was fitted on, as one file."""
    made_at: Mapped[datetime]


class TaxonomyChangeRow(Base):
    """Which version went live when, and who had it so."""

    __tablename__ = "taxonomy_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    version: Mapped[str | None]
    """None where the taxonomy was taken out of tagging."""
    at: Mapped[datetime]
    by: Mapped[str]


class TaxonomyJobRow(Base):
    """Work on an own taxonomy that takes longer than a call: a fit, a report, a reading."""

    __tablename__ = "taxonomy_jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    """Of the taxonomy."""
    task: Mapped[str]
    state: Mapped[str]
    """Open until it ends; whether an open one waits or is in work, its row of work tells."""
    step: Mapped[str | None]
    done: Mapped[int]
    total: Mapped[int]
    digest: Mapped[str]
    """Of what was asked for: who asks for the same while it is open gets this one."""
    given: Mapped[bytes | None] = mapped_column(deferred=True)
    """What it works on; goes when it ends."""
    version: Mapped[str | None]
    """Hash of the version that came of it."""
    result: Mapped[JsonObject | None] = mapped_column(deferred=True)
    error: Mapped[str | None]
    """Why nothing came of it; no words of customers."""
    by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
