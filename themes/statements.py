"""The customer's reason for contact, picked from the turns: what is clustered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from domain.conversation import Conversation, Turn
from domain.redaction import Redaction, redacted
from themes.filler import is_filler
from themes.space import Floats

MOST = 3
"""Statements of one conversation."""
_SENTENCES = 4
"""Of one statement: a long mail is about its need, not about all that it tells."""
_WORDS = 4
"""Fewer words than this say nothing by themselves."""
_TELLING = 3
"""Words beside fillers that make a statement. "For two weeks" and "What do I do now?" are part of
a talk and no reason for it."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_HIDDEN = re.compile(r"\[[A-Z_]+\d*\]")
_ADDRESS = 8
"""Words at most of a line that ends in a comma and addresses somebody."""
_AGAIN = re.compile(
    r"\b(?:as i said|like i said|ask(?:ing)? again|same (?:problem|issue|thing)|"
    r"still (?:not|no|waiting|have|haven't|hasn't)|i already|second time|third time|"
    r"once more|following up)\b",
    re.IGNORECASE,
)


class Said(Protocol):
    """A customer's turn, sentence by sentence, as a tagger read it."""

    @property
    def turn(self) -> int:
        """Position in the conversation."""

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """``[start, end)`` of each of n sentences, in the turn's original."""

    @property
    def vectors(self) -> Floats:
        """One unit vector a sentence, shape (n, D)."""

    @property
    def weights(self) -> Floats:
        """How much each sentence counts for what is needed, shape (n,), above 0."""

    @property
    def wants(self) -> Sequence[bool]:
        """Which of the n sentences voice a need."""


@dataclass(frozen=True)
class Statement:
    """A reason for contact in the customer's words.

    Attributes
    ----------
    turn : int
        Position of the turn in the conversation.
    start, end : int
        ``[start, end)`` in the turn's original: up to four whole sentences, from the first that
        is no greeting to the last that voices a need; a need further down is told with the
        sentence that leads to it.
    text : str
        The same words, redacted.
    vector : float32 array of shape (D,)
        Of length 1. It comes from these sentences alone, so equal words have equal vectors.
    wants : bool
        Whether it voices a need.
    """

    turn: int
    start: int
    end: int
    text: str
    vector: Floats
    wants: bool


def statements(
    conversation: Conversation,
    redactions: Sequence[Sequence[Redaction]],
    said: Sequence[Said],
) -> tuple[Statement, ...]:
    """Pick the problem statements of a conversation.

    Taken are, in the order of the turns, the first substantive one, those that voice a need, and
    restatements ("as I said", "still waiting").

    Parameters
    ----------
    conversation : Conversation
    redactions : sequence of sequence of Redaction
        One sequence a turn.
    said : sequence of Said
        The customer's public turns, in order.

    Returns
    -------
    tuple of Statement
        At most ``MOST``, no text twice; empty where the customer said nothing of substance.
    """
    turns = conversation.turns
    read = (_statement(one, turns[one.turn], redactions[one.turn]) for one in said)
    substantive = [s for s in read if s is not None and len(_words(s.text)) >= _WORDS]
    opening = [s for s in substantive if _telling(s.text) >= _TELLING] or substantive
    chosen = [s for s in substantive if s is opening[0] or _voices(s)]
    distinct = {s.text: s for s in reversed(chosen)}
    return tuple(sorted(distinct.values(), key=lambda s: s.turn)[:MOST])


def _voices(statement: Statement) -> bool:
    told = statement.wants and _telling(statement.text) >= _TELLING
    return told or _AGAIN.search(statement.text) is not None


def _statement(said: Said, turn: Turn, hidden: Sequence[Redaction]) -> Statement | None:
    words = [redacted(turn.text, hidden, start, end) for start, end in said.spans]
    telling = [place for place, text in enumerate(words) if not _idle(text)]
    if not telling:
        return None
    wanting = [place for place in telling if said.wants[place]]
    first, last = telling[0], (wanting or telling)[-1] + 1
    if wanting and wanting[0] >= first + _SENTENCES:
        # A need far down in a mail is told with the sentence that leads to it.
        first = max(place for place in telling if place < wanting[0])
    last = min(last, first + _SENTENCES, _before_a_part(said.spans, first, turn))
    start, end = said.spans[first][0], said.spans[last - 1][1]
    weights = said.weights[first:last] * [_told(text) for text in words[first:last]]
    mean = weights @ said.vectors[first:last]
    vector = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    text = redacted(turn.text, hidden, start, end)
    return Statement(said.turn, start, end, text, vector, bool(wanting))


def _words(text: str) -> list[str]:
    return _WORD.findall(_HIDDEN.sub(" ", text))


def _telling(text: str) -> int:
    """Count the different words that are no fillers."""
    return len({word.lower() for word in _words(text) if not is_filler(word)})


def _told(text: str) -> float:
    """Give the share of a sentence's words that are no fillers: "it is Friday now" tells little."""
    return _telling(text) / max(len(_words(text)), 1)


def _idle(text: str) -> bool:
    """Tell whether a sentence greets, thanks, addresses somebody or says no more than a nod."""
    addresses = text.rstrip().endswith(",") and len(_words(text)) <= _ADDRESS
    return addresses or _telling(text) < 1


def _before_a_part(spans: Sequence[tuple[int, int]], first: int, turn: Turn) -> int:
    """Find the sentence at which a quotation or signature lies between it and the one before."""
    for place in range(first + 1, len(spans)):
        gap = range(spans[place - 1][1], spans[place][0])
        if any(part.start < gap.stop and gap.start < part.end for part in turn.parts):
            return place
    return len(spans)
