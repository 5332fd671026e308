"""How the matter stands, sentence by sentence: what speakers say of it near the end.

Words are looked at first (``taxonomies/ending_cues.yaml``), because a vector hardly tells
"it works" from "it doesn't"; a small head on the sentence's vector reads what they miss.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import yaml

from domain.conversation import Role
from nlp.heads import Floats, Head
from nlp.read import TurnRead
from nlp.reading import Place
from nlp.taxonomy import FOLDER
from nlp.version import short_hash

LAST_TURNS = 8
"""Turns at the end that are looked at."""
LAST_SENTENCES = 12
"""Of one turn: how long mails stand shows at their end."""
_WORDS = 0.85
"""How far words that fit stand above what the head says."""
_COURTESY = 0.5
"""The same for thanks and goodbyes, which may stand beside anything."""
_COURTEOUS = frozenset({"thanks", "closes"})


@dataclass(frozen=True)
class Stand:
    """What one sentence says of how the matter stands.

    Attributes
    ----------
    place : Place
        Turn and characters.
    states : mapping of str to float
        Probability of each state of the speaker's role, 0 to 1; together 1.
    """

    place: Place
    role: Role
    states: Mapping[str, float]

    @property
    def turn(self) -> int:
        """Position of its turn."""
        return self.place[0]


class EndingReader:
    """Reads the last turns of conversations with one head for each role."""

    def __init__(self, customer: Head, agent: Head) -> None:
        self._heads = {Role.CUSTOMER: customer, Role.AGENT: agent}

    @property
    def version(self) -> str:
        """Changes with the words and with either head."""
        words = (FOLDER / "ending_cues.yaml").read_bytes()
        return short_hash([words, *(head.version.encode() for head in self._heads.values())])

    @property
    def spaces(self) -> tuple[str, ...]:
        """Embedding spaces that the heads were fitted on."""
        return tuple(head.space for head in self._heads.values())

    def read(self, turns: Sequence[TurnRead]) -> tuple[Stand, ...]:
        """Read the sentences of the last turns, in order."""
        last = [turn for turn in turns[-LAST_TURNS:] if turn.vectors.whole is not None]
        return tuple(stand for turn in last for stand in self._turn(turn))

    def _turn(self, turn: TurnRead) -> Iterable[Stand]:
        role, body = turn.turn.role, turn.turn.body
        head = self._heads[role]
        spans = turn.vectors.spans[-LAST_SENTENCES:]
        vectors = turn.by_space[head.space]
        rows = head.probabilities(vectors.sentences[-LAST_SENTENCES:])
        for (start, end), row in zip(spans, rows, strict=True):
            states = _states(head.labels, row, cue(role, body[start:end]))
            yield Stand((turn.position, start, end), role, states)


def cue(role: Role, sentence: str) -> str | None:
    """Give the state that a sentence's words show, None where they show none."""
    plain = sentence.replace("\u2019", "'")
    for state, pattern in _patterns()[role].items():
        if pattern.search(plain):
            return state
    return None


def _states(labels: Sequence[str], row: Floats, worded: str | None) -> dict[str, float]:
    shares = np.asarray(row, float)
    if worded is not None:
        weight = _COURTESY if worded in _COURTEOUS else _WORDS
        shares = (1.0 - weight) * shares
        shares[labels.index(worded)] += weight
    return dict(zip(labels, shares.tolist(), strict=True))


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    text = (FOLDER / "ending_cues.yaml").read_text(encoding="utf-8")
    return {
        role: {
            state: re.compile("|".join(f"(?:{row})" for row in rows), re.IGNORECASE)
            for state, rows in states.items()
        }
        for role, states in yaml.safe_load(text).items()
    }
