"""An extractive summary: the customer's need, what was done, how it ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.conversation import Role
from nlp.sentences import Span


@dataclass(frozen=True)
class Line:
    """A sentence of the talk that may stand in the summary.

    Attributes
    ----------
    turn : int
        Position of its turn.
    span : Span
        Characters of the turn's original.
    text : str
        Without identifiers.
    role : Role
        Who says it.
    wanting : float
        Probability that it voices an intent, 0 to 1; 0 for those who help.
    """

    turn: int
    span: Span
    text: str
    role: Role
    wanting: float


RULES = "summary-1"

_ACTION = re.compile(
    r"\b(?:refund|credit|replac|resen[dt]|reset|book|cancel|sen[dt]|rais|order|arrang|fix|chang"
    r"|remov|unlock|activat|ship|dispatch|reserv|correct|revers|waiv|extend|updat|transfer|escalat"
    r"|paid|pay|block|switch|attach|call you|ring you|write to you)\w*",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:i|we)(?:'ve| have|'m| am|'ll| will)\b|\b(?:has|have|had) been\b"
    r"|\b(?:is|are|was|were) (?:now |being )?(?:\w+ed|sent|paid|put|set|done|on its way"
    r"|attached)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"\b(?:i|we)(?:'ll| will|'ve| have)\b", re.IGNORECASE)
_POLITE = re.compile(
    r"^(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|thanks?|thank you"
    r"|sorry|i'm sorry|kind regards|regards|best|cheers|you're welcome|bye|goodbye|no problem|glad"
    r"|anything else)\b",
    re.IGNORECASE,
)
_SHORTEST = 15
_LONGEST = 280


def summarise(lines: Sequence[Line]) -> dict[str, Line]:
    """Choose up to three sentences.

    Parameters
    ----------
    lines : sequence of Line
        Public sentences of customer and agents, in order.

    Returns
    -------
    dict of str to Line
        ``need``, ``done`` and ``ended``, each only where there is a sentence for it.
    """
    chosen: dict[str, Line] = {}
    for name, choose in (("need", _need), ("done", _done), ("ended", _ended)):
        line = choose([line for line in lines if line not in chosen.values()])
        if line is not None:
            chosen[name] = line
    return chosen


def _need(lines: Sequence[Line]) -> Line | None:
    """Take the sentence of the customer that most clearly wants something, early ones first."""
    said = [line for line in lines if line.role is Role.CUSTOMER]
    if not said:
        return None
    turns = list(dict.fromkeys(line.turn for line in said))
    return max(
        said, key=lambda line: line.wanting + _readable(line.text) - 0.12 * turns.index(line.turn)
    )


def _done(lines: Sequence[Line]) -> Line | None:
    """Take the last sentence of those who help that tells or promises an action."""
    told = [line for line in lines if line.role is Role.AGENT and _tells_action(line.text)]
    told = [line for line in told if not line.text.rstrip().endswith("?")]
    if not told:
        return None
    last = told[-1].turn
    return max(
        told,
        key=lambda line: (
            0.3 * bool(_PROMISE.search(line.text))
            + 0.4 * bool(_ACTION.search(line.text))
            + _readable(line.text)
            - 0.1 * min(last - line.turn, 8)
        ),
    )


def _tells_action(text: str) -> bool:
    return bool(_DONE.search(text) or _ACTION.search(text))


def _ended(lines: Sequence[Line]) -> Line | None:
    """Take what was said last and says something."""
    last = [line for line in lines[-6:] if line.role in (Role.CUSTOMER, Role.AGENT)]
    if not last or last[-1].turn == lines[0].turn:
        return None
    # The very last words may be no more than "Okay.": then what was said before them tells more.
    return max(last, key=lambda line: _readable(line.text) - 0.12 * (last[-1].turn - line.turn))


def _readable(text: str) -> float:
    """Prefer sentences that stand alone: neither a scrap nor a page nor a courtesy."""
    score = 0.0
    if len(text) < _SHORTEST:
        score -= 0.5
    elif len(text) > _LONGEST:
        score -= 0.2
    else:
        score += min(len(text), 80) / 400
    if _POLITE.match(text) and len(text) < 60:
        score -= 0.4
    return score
