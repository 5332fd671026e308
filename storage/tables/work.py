"""Work that is to be done, the jobs that wait for it, and reports of imports."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class WorkRow(Base):
    """One subject is to be worked on. A row goes when its work is done."""

    __tablename__ = "work_items"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_work_items_claim", "state", "priority", "not_before", "id"),
    )

    # SQLite counts by itself only in an INTEGER, which has 64 bits there.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str]
    subject_id: Mapped[str]
    state: Mapped[str]
    priority: Mapped[int]
    not_before: Mapped[datetime]
    generation: Mapped[int]
    """Counts the requests, so that one that comes in during the work is not lost."""
    claimed_generation: Mapped[int | None]
    attempts: Mapped[int]
    worker: Mapped[str | None]
    token: Mapped[str | None]
    """Names one claim. Who does not hold it changes nothing."""
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None]
    """A reason code and the class of an exception, never its message."""
    added_at: Mapped[datetime]
    progress: Mapped[int] = mapped_column(server_default="0")
    """Turns of a long conversation that are read ahead; per cent of a fit."""
    parked_at: Mapped[datetime | None]
    trace: Mapped[str | None]
    """W3C ``traceparent`` of the call that asked last, where calls are traced."""


class WorkerRow(Base):
    """A process that works, as it was last heard of."""

    __tablename__ = "workers"
    __table_args__ = (Index("ix_workers_seen_at", "seen_at"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    """``tag`` or ``themes``."""
    version: Mapped[str | None]
    """Of its tagger; None until the first batch."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    """When it last finished a piece of work."""
    done: Mapped[int]
    failed: Mapped[int]


class JobRow(Base):
    """An import or one batch of the API, followed until all its records are worked on."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_created_at", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    """When the last record was in; None while they still come."""
    counts: Mapped[JsonObject]
    rejections: Mapped[JsonList]


class JobItemRow(Base):
    """A job waits for one subject, up to the generation it asked for."""

    __tablename__ = "job_items"
    __table_args__ = (Index("ix_job_items_subject", "kind", "subject_id"),)

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]
    state: Mapped[str]


class ImportReportRow(Base):
    """The quality report of an import."""

    __tablename__ = "import_reports"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    report: Mapped[JsonObject]
