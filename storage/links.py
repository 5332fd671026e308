"""Identity links: evidence that identifiers belong together, which people can take back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.identity import IdentityLink
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


def withdraw(session: Session, link_id: str, by: str, now: datetime) -> None:
    """Take a link back; what hung together by it is rebuilt.

    Raises
    ------
    LookupError
        If there is no such link.
    """
    held = update(LinkRow).where(LinkRow.id == link_id)
    change = held.values(withdrawn_at=now, withdrawn_by=by).returning(LinkRow.seen_in)
    seen_in = session.scalar(change)
    if seen_in is None:
        raise LookupError(f"there is no identity link {link_id}")
    work.add(session, work.Kind.REBUILD, seen_in, now)
