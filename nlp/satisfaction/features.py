"""What a customer's satisfaction is read from: each a number between -1 and 1."""

from collections.abc import Sequence

import numpy as np

from domain.conversation import Role
from nlp.endings import Stand
from nlp.read import ConversationRead, TurnRead
from nlp.reading import Place, WholeReading
from nlp.rollup import NEUTRAL_FLOOR, end_weights
from nlp.sentiment import say

NAMES = (
    "mood",
    "mood_worst",
    "mood_last",
    "thanks",
    "solved",
    "broken",
    "gives_up",
    "complaint",
    "praise",
    "effort",
    "resolved",
    "unresolved",
    "repeats",
    "length",
)
"""Of the features, in their order in a row."""

_VOICES = {
    "complaint": ("service_complaint", "escalation_request"),
    "praise": ("praise",),
}
"""Intents that voice a feature."""
_SAME = 0.8
"""Cosine of two turns from which the second tells the first again."""
_TELLS = 24
"""Characters from which a turn tells something."""
_COMPARED = 40
"""Turns that are compared with one another at most, the last ones."""
_HARD = 2.0
"""Turns with a word of effort from which a talk is as hard as it gets."""
_LONG = 20.0
"""Customer turns from which a talk is as long as it gets."""


def features(
    read: ConversationRead, resolution: WholeReading, stands: Sequence[Stand]
) -> dict[str, float]:
    """Give the features of one conversation by name."""
    moods = [say(turn.mood).value for turn in read.customer]
    last = [stand for stand in stands if stand.role is Role.CUSTOMER]
    final = [stand for stand in last if stand.turn == last[-1].turn] if last else []
    held = resolution.probability or 0.0
    return {
        "mood": _mood(read.customer, moods),
        "mood_worst": min(moods, default=0.0),
        "mood_last": moods[-1] if moods else 0.0,
        "thanks": _most(final, "thanks"),
        "solved": _most(final, "solved"),
        "broken": _most(final, "broken"),
        "gives_up": _most(last, "gives_up"),
        **{name: max(_voices(read, name), default=(0.0,))[0] for name in _VOICES},
        "effort": min(sum(bool(turn.effort) for turn in read.customer) / _HARD, 1.0),
        "resolved": held if resolution.label == "resolved" else 0.0,
        "unresolved": held if resolution.label == "unresolved" else 0.0,
        "repeats": _repeats(read.customer),
        "length": min(float(np.log1p(len(read.customer)) / np.log1p(_LONG)), 1.0),
    }


def shown(read: ConversationRead, name: str, stands: Sequence[Stand]) -> Place | None:
    """Give the words behind a feature; None where it has no words of its own."""
    if name.startswith("mood") and read.customer:
        worst = min(read.customer, key=lambda turn: say(turn.mood).value)
        turn = worst if name == "mood_worst" else read.customer[-1]
        return (turn.position, turn.vectors.spans[0][0], turn.vectors.spans[-1][1])
    if name in ("thanks", "solved", "broken", "gives_up"):
        mine = [stand for stand in stands if stand.role is Role.CUSTOMER]
        return max(mine, key=lambda stand: stand.states[name]).place if mine else None
    if name == "effort":
        cues = [(t.position, cue.start, cue.end) for t in read.customer for cue in t.effort]
        return cues[-1] if cues else None
    if name in _VOICES:
        return max(_voices(read, name), default=(0.0, None))[1]
    return None


def _mood(turns: Sequence[TurnRead], moods: Sequence[float]) -> float:
    """Mean over the turns, weighted to the end; a neutral turn counts little."""
    if not turns:
        return 0.0
    calm = np.array([0.0 if t.mood is None else 1.0 - t.mood.probabilities[1] for t in turns])
    weights = (NEUTRAL_FLOOR + calm) * end_weights(len(turns))
    return float(weights @ np.asarray(moods) / weights.sum())


def _most(stands: Sequence[Stand], state: str) -> float:
    return max((stand.states[state] for stand in stands), default=0.0)


def _voices(read: ConversationRead, name: str) -> list[tuple[float, Place]]:
    """Give the places where an intent that voices the feature was read, with how surely."""
    return [
        (reading.probability, (turn.position, *reading.span))
        for turn in read.customer
        if turn.intents is not None
        for reading in turn.intents.intents
        if reading.label in _VOICES[name] and reading.span is not None
    ]


def _repeats(turns: Sequence[TurnRead]) -> float:
    """Share of the later turns that tell an earlier one again."""
    rows = [
        turn.vectors.whole
        for turn in turns[-_COMPARED:]
        if turn.vectors.whole is not None and turn.vectors.lengths.sum() >= _TELLS
    ]
    if len(rows) < 2:
        return 0.0
    alike = np.tril(np.stack(rows) @ np.stack(rows).T >= _SAME, k=-1).any(axis=1)
    return float(alike.sum() / (len(rows) - 1))
