"""Records handed in, and what waits of them."""

from collections.abc import Callable

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from storage import backlog, conversations
from storage.database import Database
from storage.tables import WorkRow

Make = Callable[..., Conversation]


def keep(database: Database, *records: Conversation) -> None:
    database.run(lambda session: conversations.save_many(session, records, now()))


def waiting(database: Database) -> int:
    with database.reading() as session:
        return backlog.waiting(session, now())


def make_due(session: Session) -> None:
    session.execute(update(WorkRow).values(not_before=now()))
