"""What passes the tagger together: never so much that others wait for long."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from domain.conversation import Conversation

T = TypeVar("T")
CHARACTERS = 20_000
"""In one portion; a longer conversation goes alone."""
LONG = 200
"""Turns that are read at once: about a second. Of a longer conversation so many are read ahead
at a time, so that their vectors are known when it is read as a whole."""


def portions(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Cut items, in order, into portions of bounded size.

    Parameters
    ----------
    size : callable
        Characters of an item.
    """
    portion: list[T] = []
    room = CHARACTERS
    for item in items:
        needed = size(item)
        if portion and needed > room:
            yield portion
            portion, room = [], CHARACTERS
        portion.append(item)
        room -= needed
    if portion:
        yield portion


def characters(conversation: Conversation) -> int:
    """Count the characters of a conversation."""
    return sum(len(turn.text) for turn in conversation.turns)


def ahead(conversation: Conversation, progress: int, most: int = LONG) -> Conversation | None:
    """Cut out what to read ahead of a long conversation next; None where it can be read whole.

    Parameters
    ----------
    progress : int
        Turns that are read ahead already.
    most : int
        Turns that are read at once.
    """
    turns: Sequence[object] = conversation.turns[progress : progress + most]
    if len(conversation.turns) <= most or not turns:
        return None
    return conversation.model_copy(update={"turns": turns})
