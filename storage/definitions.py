"""Journey definitions in their versions: plain values here, checked by who hands them over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.statements import insert_missing
from storage.tables import DefinitionChangeRow, DefinitionRow

_ROW = DefinitionRow


class Kept(Record):
    """One version of a definition as it is kept."""

    id: str
    version: str
    number: int
    live: bool
    body: Mapping[str, Any]
    made_at: UtcDatetime
    by: str


class Change(Record):
    """From when a version counted; None for a definition that was taken away."""

    version: str | None
    at: UtcDatetime
    by: str


def live(session: Session) -> dict[str, Kept]:
    """Load the versions that count, by id."""
    rows = session.scalars(select(_ROW).where(_ROW.live).order_by(_ROW.id))
    return {row.id: _kept(row) for row in rows}


def versions(session: Session, id_: str) -> tuple[Kept, ...]:
    """Load all versions of a definition, the newest first."""
    query = select(_ROW).where(_ROW.id == id_).order_by(_ROW.number.desc())
    return tuple(_kept(row) for row in session.scalars(query))


def changes(session: Session, id_: str) -> tuple[Change, ...]:
    """Load which version counted from when, the latest first."""
    row = DefinitionChangeRow
    query = select(row).where(row.id == id_).order_by(row.change.desc())
    return tuple(Change(version=r.version, at=r.at, by=r.by) for r in session.scalars(query))


def save(
    session: Session, id_: str, version: str, body: Mapping[str, Any], by: str, now: datetime
) -> Kept:
    """Let a version count from now on; one that is there already is not written twice."""
    newest = session.scalar(select(func.max(_ROW.number)).where(_ROW.id == id_)) or 0
    row = {"id": id_, "version": version, "number": newest + 1, "live": False}
    row |= {"body": dict(body), "made_at": now, "by": by}
    insert_missing(session, _ROW, [row])
    kept = session.get_one(_ROW, (id_, version))
    if not kept.live:
        _make_live(session, id_, version, by, now)
    return _kept(session.get_one(_ROW, (id_, version), populate_existing=True))


def take_away(session: Session, id_: str, by: str, now: datetime) -> bool:
    """Let no kept version count any more; False where none did. Versions stay to be read."""
    counting = select(_ROW.version).where(_ROW.id == id_, _ROW.live)
    if session.scalar(counting) is None:
        return False
    _make_live(session, id_, None, by, now)
    return True


def _make_live(session: Session, id_: str, version: str | None, by: str, now: datetime) -> None:
    session.execute(update(_ROW).where(_ROW.id == id_, _ROW.live).values(live=False))
    mine = (_ROW.id == id_, _ROW.version == version)
    session.execute(update(_ROW).where(*mine).values(live=True))
    session.add(DefinitionChangeRow(id=id_, version=version, at=now, by=by))
    session.flush()


def _kept(row: DefinitionRow) -> Kept:
    return Kept.model_validate({name: getattr(row, name) for name in Kept.model_fields})
