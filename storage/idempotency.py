"""Requests that were answered, so that a repetition gets the same answer and changes nothing.

The row is written in the transaction of the work itself: there is never one without the other,
and of two equal requests at once the second waits for the first.
"""

from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.base import Record
from storage.statements import insert_for
from storage.tables import IdempotencyRow

KEPT_FOR = timedelta(days=7)


class ReusedKeyError(ValueError):
    """The key was used before with another request."""


class Answer(Record):
    """What a request was answered."""

    status_code: int
    body: dict[str, JsonValue]


def begin(
    session: Session, owner: str, key: str, request_hash: str, now: datetime
) -> Answer | None:
    """Take a key before doing the work of a request.

    Parameters
    ----------
    owner : str
        Name of the API key that calls; others may use the same idempotency key.
    request_hash : str
        Of method, path and body.

    Returns
    -------
    Answer or None
        None if the work is to be done and then ``finish`` called; else what to answer.

    Raises
    ------
    ReusedKeyError
        If the key stands for another request.
    """
    row = {"owner": owner, "key": key, "request_hash": request_hash, "at": now}
    statement = insert_for(session, IdempotencyRow).values(row).on_conflict_do_nothing()
    if session.scalar(statement.returning(IdempotencyRow.key)) is not None:
        return None
    known = session.scalars(select(IdempotencyRow).filter_by(owner=owner, key=key)).one()
    if known.request_hash != request_hash:
        raise ReusedKeyError("the idempotency key was used for another request")
    if known.status_code is None:
        return None
    return Answer.model_validate({"status_code": known.status_code, "body": known.response})


def finish(session: Session, owner: str, key: str, answer: Answer) -> None:
    """Keep the answer, in the transaction in which the work was done."""
    session.execute(
        update(IdempotencyRow)
        .filter_by(owner=owner, key=key)
        .values(status_code=answer.status_code, response=answer.body)
    )


def prune(session: Session, now: datetime) -> None:
    """Forget answers older than a week."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.at < now - KEPT_FOR))
