"""Mail that is handed in: quotations and signatures are kept, but not read as the customer's."""

from collections.abc import Iterable

from domain.conversation import Channel, Conversation, Role, Turn
from ingest.clean.message import mark_mail

_WRITERS = frozenset({Role.CUSTOMER, Role.AGENT})


def split(conversation: Conversation) -> Conversation:
    """Mark what is quoted or signed in each turn of a mail, unless the caller has done so.

    A given list of parts, even an empty one, stands as it is.
    """
    marked = split_turns(conversation.turns, conversation.channel)
    return conversation.model_copy(update={"turns": marked})


def split_turns(turns: Iterable[Turn], channel: Channel) -> tuple[Turn, ...]:
    """Mark turns of one channel; only mail quotes and is signed."""
    if channel is not Channel.EMAIL:
        return tuple(turns)
    return tuple(_split_turn(turn) for turn in turns)


def _split_turn(turn: Turn) -> Turn:
    if "parts" in turn.model_fields_set or turn.role not in _WRITERS:
        return turn
    return turn.model_copy(update={"parts": mark_mail(turn.text)})
