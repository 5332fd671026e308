"""What changed, for those who keep tables made from the database."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class MartChangeRow(Base):
    """A row that analysis reads was written or went. Triggers write these; see migration 0021."""

    __tablename__ = "mart_changes"
    __table_args__ = (Index("ix_mart_changes_tx", "tx"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    tx: Mapped[int] = mapped_column(BigInteger)
    """Number of the transaction on PostgreSQL, of the change on SQLite."""
    subject: Mapped[str]
    """Id of a conversation, event, journey or identity; ``*`` where all must be read anew."""
    at: Mapped[datetime]
    """With the id it tells this log from that of a copy that was put back."""
