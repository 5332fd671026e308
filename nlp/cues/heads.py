"""Cues that heads hear, beside the rules: what is said in other words than theirs."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from domain.conversation import Role
from nlp.cues.rules import Cue
from nlp.heads import Floats, Head
from nlp.sentences import Span
from nlp.vectors import TextVectors

URGENCY = "urgency"
"""Label of urgency, beside those of effort, in the head of customers."""
PROMISE = "promise"
"""Label of any promise, beside those of what is promised, in the head of agents."""
NAMES = {Role.CUSTOMER: "cues_customer", Role.AGENT: "cues_agent"}
"""Files of the heads, by who speaks."""


def heard_of_customer(
    head: Head, text: TextVectors, turn: Mapping[str, float], thresholds: Mapping[str, float]
) -> tuple[Cue, ...]:
    """Find effort and urgency: each label once, where it is surest, in order of place.

    Parameters
    ----------
    head : Head
        With a sigmoid for each label: it tells which sentence says it.
    text : TextVectors
        Of one turn, in the head's space.
    turn : mapping of str to float
        Probability of each label of the turn as a whole, 0 to 1.
    thresholds : mapping of str to float
        From which a label is heard.

    Returns
    -------
    tuple of Cue
        A sentence each, or two that say it together.
    """
    if not text.spans or all(turn[label] < thresholds[label] for label in head.labels):
        return ()
    spans, rows = [*text.spans, *_neighbours(text.spans)], head.probabilities(windows(text))
    found = [
        Cue(label, spans[place][0], spans[place][1], turn[label])
        for label, place in zip(head.labels, rows.argmax(axis=0).tolist(), strict=True)
        if turn[label] >= thresholds[label]
    ]
    return tuple(sorted(found, key=lambda cue: (cue.start, cue.end, cue.label)))


def heard_of_agent(head: Head, text: TextVectors) -> tuple[Cue, ...]:
    """Find the sentences that promise, each labelled by what is most probably promised.

    Parameters
    ----------
    head : Head
        With a sigmoid for each action and for any promise, and a threshold.
    text : TextVectors
        Of one turn, in the head's space.

    Returns
    -------
    tuple of Cue
        A sentence each, with the probability of a promise.
    """
    if not text.spans:
        return ()
    rows = head.probabilities(text.sentences)
    promised = rows[:, head.labels.index(PROMISE)]
    actions = [place for place, label in enumerate(head.labels) if label != PROMISE]
    return tuple(
        Cue(head.labels[actions[int(row[actions].argmax())]], *span, float(sure))
        for span, row, sure in zip(text.spans, rows, promised, strict=True)
        if sure >= head.thresholds[PROMISE]
    )


def windows(text: TextVectors) -> Floats:
    """Give the unit vectors of n sentences, then of each two neighbours: (2 n - 1, D).

    "He said Friday. It is Monday." is a wait in two sentences of which neither is one alone.
    """
    both = text.sentences[:-1] + text.sentences[1:]
    both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    return np.concatenate([text.sentences, both])


def _neighbours(spans: tuple[Span, ...]) -> list[Span]:
    return [(one[0], two[1]) for one, two in pairwise(spans)]
