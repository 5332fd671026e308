"""A live conversation grows by turns."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.batch import Batch
from api.intake import OUTGROWN, take
from api.mail import split_turns
from api.problems import Problem, not_found
from api.schemas.conversation import NewTurns
from api.schemas.job import JobAccepted
from domain.base import now
from domain.conversation import Conversation, Turn
from storage import conversations


def grow(session: Session, id_: str, new: NewTurns) -> JobAccepted:
    """Add turns to a conversation and have it read again at once.

    Raises
    ------
    Problem
        404 without such a conversation; 422 where it would grow too long.
    """
    conversations.lock(session, id_)
    known = conversations.get(session, id_)
    if known is None:
        raise not_found("conversation")
    return take(session, Batch([_grown(known, new)], [0], []))


def _grown(known: Conversation, new: NewTurns) -> Conversation:
    fields = {name: getattr(known, name) for name in Conversation.model_fields}
    added = split_turns(new.turns, known.channel)
    turns = (*known.turns, *_timed(added, known, now()))
    try:
        return Conversation.model_validate(fields | {"turns": turns, "ended_at": new.ended_at})
    except ValidationError as error:
        raise Problem(422, OUTGROWN, slug="conversation-too-large") from error


def _timed(turns: Iterable[Turn], known: Conversation, moment: datetime) -> Iterable[Turn]:
    """Give turns without a time that of their receipt: the conversation is live."""
    times = {turn.source_id: turn.at for turn in known.turns if turn.source_id is not None}
    for turn in turns:
        if turn.at is None and turn.start_ms is None:
            known_at = times.get(turn.source_id or "")
            yield turn.model_copy(update={"at": known_at or moment})
        else:
            yield turn
