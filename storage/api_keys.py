"""Keys of the API: made once, shown once, kept as a hash."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime, stable_id
from storage.tables import ApiKeyRow

SECRET_BYTES = 32


class ApiKey(Record):
    """A key, without its secret."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: UtcDatetime
    revoked_at: UtcDatetime | None = None


def create(session: Session, name: str, scopes: Collection[str], now: datetime) -> str:
    """Make a key and give its secret, which nobody can read again.

    Raises
    ------
    ValueError
        If there is a key of this name.
    """
    secret = f"tl_{token_urlsafe(SECRET_BYTES)}"
    row = ApiKeyRow(
        id=stable_id("key", name),
        name=name,
        secret_hash=hashed(secret),
        scopes=sorted(scopes),
        created_at=now,
        revoked_at=None,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise ValueError(f"there is an API key named {name}; choose another name") from error
    return secret


def find(session: Session, secret: str) -> ApiKey | None:
    """Find the key of a secret; None if there is none or it was revoked."""
    query = select(ApiKeyRow).where(
        ApiKeyRow.secret_hash == hashed(secret), ApiKeyRow.revoked_at.is_(None)
    )
    row = session.scalars(query).one_or_none()
    return None if row is None else _key_of(row)


def every(session: Session) -> tuple[ApiKey, ...]:
    """List all keys by name, revoked ones too."""
    return tuple(
        _key_of(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.name))
    )


def revoke(session: Session, name: str, now: datetime) -> bool:
    """Refuse a key from now on; False if there is no such key in force."""
    change = update(ApiKeyRow).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
    return session.scalar(change.values(revoked_at=now).returning(ApiKeyRow.id)) is not None


def hashed(secret: str) -> str:
    """Hash a secret. It is random and long, so a plain SHA-256 cannot be searched."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key_of(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
