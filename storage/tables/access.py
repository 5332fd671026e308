"""Who may call, and what they were answered."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonList, JsonObject


class ApiKeyRow(Base):
    """A key of the API. The secret itself is shown once and never kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the secret, which has 256 random bits and so needs no salt."""
    scopes: Mapped[JsonList]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """A request that was answered, so that its repetition gets the same answer."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    """Name of the API key that sent it."""
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status_code: Mapped[int | None]
    response: Mapped[JsonObject | None]
    at: Mapped[datetime] = mapped_column(index=True)
