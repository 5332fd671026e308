"""What people said of event names: these two mean the same, or they do not."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.statements import upsert
from storage.tables import EventAliasRow, EventRow

_ROW = EventAliasRow
EXAMPLES = 5


class AliasWord(Record):
    """One word of a person on two names."""

    alias: str
    name: str
    confirmed: bool
    at: UtcDatetime
    by: str


class AliasError(ValueError):
    """The word would make names go in a circle."""


def confirmed(session: Session) -> dict[str, str]:
    """Give the confirmed aliases: each with the canonical name it ends at."""
    rows = session.execute(select(_ROW.alias, _ROW.name).where(_ROW.confirmed))
    direct = dict(rows.all())
    return {alias: _end(direct, name) for alias, name in direct.items()}


def words(session: Session) -> tuple[AliasWord, ...]:
    """Give all that people said, the latest first."""
    rows = session.scalars(select(_ROW).order_by(_ROW.at.desc(), _ROW.alias))
    return tuple(
        AliasWord(alias=r.alias, name=r.name, confirmed=r.confirmed, at=r.at, by=r.by) for r in rows
    )


def say(session: Session, word: AliasWord) -> None:
    """Keep a word. An alias has one canonical name: a new one takes the place of the old.

    Raises
    ------
    AliasError
        If the name is itself an alias of the alias.
    """
    if word.confirmed:
        others = {a: n for a, n in confirmed(session).items() if a != word.alias}
        if word.alias == word.name or _end(others, word.name) == word.alias:
            raise AliasError(f"{word.name} already means {word.alias}")
        stale = delete(_ROW).where(_ROW.alias == word.alias, _ROW.confirmed)
        session.execute(stale)
    upsert(session, _ROW, [word.model_dump()])


def take_back(session: Session, alias: str, name: str) -> bool:
    """Forget a word; False where there is none."""
    mine = (_ROW.alias == alias, _ROW.name == name)
    gone = session.scalars(delete(_ROW).where(*mine).returning(_ROW.alias)).all()
    return bool(gone)


class SeenName(Record):
    """One spelling of an event's name, as a source used it."""

    name: str
    """As it is kept: canonical by the registry that was in force at the import."""
    raw_name: str | None
    source: str
    events: int
    first_at: UtcDatetime
    last_at: UtcDatetime


def seen(session: Session) -> tuple[SeenName, ...]:
    """Count the events of each spelling and source, the most frequent first."""
    row = EventRow
    key = (row.name, row.raw_name, row.source)
    first, last = func.min(row.at).label("first_at"), func.max(row.at).label("last_at")
    query = select(*key, func.count().label("events"), first, last).group_by(*key)
    found = (SeenName.model_validate(dict(r)) for r in session.execute(query).mappings())
    return tuple(sorted(found, key=lambda s: (-s.events, s.name, s.raw_name or "", s.source)))


def example_ids(session: Session, name: str, limit: int = EXAMPLES) -> tuple[str, ...]:
    """Give the latest events of a name as it is kept."""
    query = select(EventRow.id).where(EventRow.name == name).order_by(EventRow.at.desc())
    return tuple(session.scalars(query.limit(limit)))


def _end(direct: dict[str, str], name: str) -> str:
    """Follow aliases of aliases to their end."""
    passed = {name}
    while (following := direct.get(name)) is not None and following not in passed:
        passed.add(following)
        name = following
    return name
