"""The trace of a call goes with the work that it asks for."""

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from storage.queues import Kind
from storage.statements import chunks
from storage.tables import WorkRow


def carry(session: Session, kind: Kind, subject_ids: Collection[str], traceparent: str) -> None:
    """Write a trace on work that was asked for in the same transaction.

    Where several calls ask for one subject before it is worked on, the last one is followed.

    Parameters
    ----------
    traceparent : str
        As W3C Trace Context writes it: ids and flags, nothing of the caller.
    """
    for chunk in chunks(sorted(subject_ids)):
        asked = (WorkRow.kind == kind, WorkRow.subject_id.in_(chunk))
        session.execute(update(WorkRow).where(*asked).values(trace=traceparent))
