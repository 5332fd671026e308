"""Ids that went away when identities, issues or journeys merged, and what to ask for instead."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from storage.statements import chunks, upsert
from storage.tables import RedirectRow


def resolve(session: Session, id_: str) -> str:
    """Give the id that stands for another one now; the same id where nothing took its place."""
    return session.scalar(select(RedirectRow.new_id).where(RedirectRow.old_id == id_)) or id_


def write(
    session: Session, gone: Mapping[str, str], living: Collection[str], now: datetime
) -> None:
    """Send ids that went away to those that took their place.

    Parameters
    ----------
    gone : mapping of str to str
        Old id to new id.
    living : collection of str
        Ids that exist: what stands for itself again after an un-merge redirects no longer.
    """
    for chunk in chunks(living):
        session.execute(delete(RedirectRow).where(RedirectRow.old_id.in_(chunk)))
    for old, new in gone.items():
        # What was sent to the id that now goes is sent on, so one step is always enough.
        session.execute(update(RedirectRow).where(RedirectRow.new_id == old).values(new_id=new))
    rows = [{"old_id": old, "new_id": new, "at": now} for old, new in sorted(gone.items())]
    upsert(session, RedirectRow, rows)
