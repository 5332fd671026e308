"""Fitted theme models: proposals, the live one, and what was live before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import ScalarSelect, delete, select, update
from sqlalchemy.orm import Session, defer

from domain.base import Record, UtcDatetime
from domain.theme import LedgerEntry
from storage.statements import upsert
from storage.tables import ThemeModelRow


class ModelState(StrEnum):
    """Where a version stands."""

    PROPOSED = "proposed"
    """Fitted, not live: a dry run, or a refit on its way."""
    LIVE = "live"
    PAST = "past"


class ModelVersion(Record):
    """One version, without its arrays."""

    version: str
    state: ModelState
    base: str | None
    digest: str
    space: str
    made_at: UtcDatetime
    live_at: UtcDatetime | None = None
    revision: int = 0
    places: tuple[str, ...]
    """Id of the theme of each place of the model."""
    themes: tuple[Mapping[str, JsonValue], ...]
    ledger: tuple[LedgerEntry, ...]
    facts: Mapping[str, JsonValue]


COLUMNS = tuple(ModelVersion.model_fields)
KEPT = 5
"""Past versions whose facts and ledger stay; their arrays go at once."""


def live(session: Session) -> ModelVersion | None:
    """Load the live version."""
    return _first(session, ThemeModelRow.state == ModelState.LIVE)


def get(session: Session, version: str) -> ModelVersion | None:
    """Load one version."""
    return _first(session, ThemeModelRow.version == version)


def proposed(session: Session, digest: str, base: str | None) -> ModelVersion | None:
    """Load a proposal that was fitted on the same texts and decisions, to go on with it."""
    same = (ThemeModelRow.digest == digest, ThemeModelRow.base.is_not_distinct_from(base))
    return _first(session, ThemeModelRow.state == ModelState.PROPOSED, *same)


def proposal(session: Session) -> ModelVersion | None:
    """Load the last fit that is not live."""
    return _first(session, ThemeModelRow.state == ModelState.PROPOSED)


def live_version() -> ScalarSelect[str]:
    """Give the name of the live version, to stand inside another statement."""
    query = select(ThemeModelRow.version).where(ThemeModelRow.state == ModelState.LIVE)
    return query.scalar_subquery()


def stamp(session: Session) -> tuple[str, int] | None:
    """Give version and revision of the live model: when they change, read it anew."""
    query = select(ThemeModelRow.version, ThemeModelRow.revision)
    row = session.execute(query.where(ThemeModelRow.state == ModelState.LIVE)).first()
    return None if row is None else (row.version, row.revision)


def data(session: Session, version: str) -> bytes | None:
    """Load the arrays of a version."""
    return session.scalar(select(ThemeModelRow.data).where(ThemeModelRow.version == version))


def save(session: Session, model: ModelVersion, arrays: bytes) -> None:
    """Keep a proposal; other proposals, which were never taken, go."""
    stale = ThemeModelRow.version != model.version
    session.execute(delete(ThemeModelRow).where(ThemeModelRow.state == ModelState.PROPOSED, stale))
    row = {name: getattr(model, name) for name in COLUMNS}
    row |= {name: list(map(dict, getattr(model, name))) for name in ("themes",)}
    row |= {"places": list(model.places), "facts": dict(model.facts), "data": arrays}
    row |= {"ledger": [entry.model_dump(mode="json") for entry in model.ledger]}
    upsert(session, ThemeModelRow, [row])


def go_live(session: Session, version: str, now: datetime) -> None:
    """Make a proposal the live version; the one before becomes history and loses its arrays."""
    before = update(ThemeModelRow).where(ThemeModelRow.state == ModelState.LIVE)
    session.execute(before.values(state=ModelState.PAST, data=None))
    mine = update(ThemeModelRow).where(ThemeModelRow.version == version)
    session.execute(mine.values(state=ModelState.LIVE, live_at=now))


def touch(session: Session, places: Sequence[str] | None = None) -> None:
    """Say that a person's decision changed what the live model answers."""
    mine = update(ThemeModelRow).where(ThemeModelRow.state == ModelState.LIVE)
    values: dict[str, object] = {} if places is None else {"places": list(places)}
    session.execute(mine.values(revision=ThemeModelRow.revision + 1, **values))


def prune(session: Session) -> None:
    """Forget all but the last past versions."""
    past = select(ThemeModelRow.version).where(ThemeModelRow.state == ModelState.PAST)
    old = past.order_by(ThemeModelRow.live_at.desc()).offset(KEPT)
    gone = session.scalars(old).all()
    session.execute(delete(ThemeModelRow).where(ThemeModelRow.version.in_(gone)))


def _first(session: Session, *conditions: object) -> ModelVersion | None:
    query = select(ThemeModelRow).options(defer(ThemeModelRow.data))
    row = session.scalars(query.where(*conditions).order_by(ThemeModelRow.made_at.desc())).first()  # type: ignore[arg-type]
    if row is None:
        return None
    return ModelVersion.model_validate({name: getattr(row, name) for name in COLUMNS})
