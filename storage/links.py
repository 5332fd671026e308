"""Identity links: evidence that identifiers belong together, which people can take back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from domain.identity import Identifier, IdentityLink
from storage import work
from storage.statements import chunks, upsert
from storage.tables import LinkRow

COLUMNS = tuple(name for name in IdentityLink.model_fields if name not in ("left", "right"))


def replace(session: Session, records: Collection[str], links: Sequence[IdentityLink]) -> None:
    """Make these the links that some records show. A withdrawn link stays withdrawn."""
    kept = {link.id for link in links}
    for chunk in chunks(records):
        query = select(LinkRow.id).where(LinkRow.seen_in.in_(chunk), LinkRow.withdrawn_at.is_(None))
        gone = set(session.scalars(query)) - kept
        session.execute(delete(LinkRow).where(LinkRow.id.in_(gone)))
    rows = {
        link.id: {name: getattr(link, name) for name in COLUMNS}
        | {"id": link.id, "left": str(link.left), "right": str(link.right)}
        for link in links
    }
    ordered = [rows[id_] for id_ in sorted(rows)]
    upsert(session, LinkRow, ordered, keep=["withdrawn_at", "withdrawn_by"])


def of_identifiers(session: Session, identifiers: Collection[str]) -> tuple[IdentityLink, ...]:
    """Load all links at some identifiers, ``kind:value``, withdrawn ones too."""
    result: dict[str, IdentityLink] = {}
    for chunk in chunks(identifiers):
        query = select(LinkRow).where(or_(LinkRow.left.in_(chunk), LinkRow.right.in_(chunk)))
        result |= {row.id: _link_of(row) for row in session.scalars(query)}
    return tuple(result[id_] for id_ in sorted(result))


def withdraw(session: Session, link_id: str, by: str, now: datetime) -> None:
    """Take a link back; what hung together by it is rebuilt.

    Raises
    ------
    LookupError
        If there is no such link.
    """
    _set(session, link_id, now, by, now)


def restore(session: Session, link_id: str, now: datetime) -> None:
    """Let a withdrawn link hold again.

    Raises
    ------
    LookupError
        If there is no such link.
    """
    _set(session, link_id, None, None, now)


def _set(
    session: Session, link_id: str, at: datetime | None, by: str | None, now: datetime
) -> None:
    change = update(LinkRow).where(LinkRow.id == link_id).values(withdrawn_at=at, withdrawn_by=by)
    seen_in = session.scalar(change.returning(LinkRow.seen_in))
    if seen_in is None:
        raise LookupError(f"there is no identity link {link_id}")
    work.add(session, work.Kind.REBUILD, seen_in, now)


def _link_of(row: LinkRow) -> IdentityLink:
    fields = {name: getattr(row, name) for name in COLUMNS}
    ends = {"left": _identifier(row.left), "right": _identifier(row.right)}
    return IdentityLink.model_validate(fields | ends)


def _identifier(text: str) -> Identifier:
    return Identifier.model_validate(text)
