"""What a taxonomy has no label for: texts that none of its labels fits, in groups with a name."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from nlp.heads import Floats

MOST = 3_000
"""Texts that are grouped at most; the time grows with the square."""
_APART = 0.5
"""Mean cosine distance up to which two groups are one."""
_SHOWN = 3
_ALIKE = 0.95
_WORD = re.compile(r"\[[A-Z_]+\d*\]|[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_TALK = """
hi hello hey thanks thank please ok okay yes yeah just really want wants need needs like know help
tell trying got get im i'm i'd i've it's don't can't didn't doesn't won't
"""
_EMPTY = ENGLISH_STOP_WORDS | frozenset(_TALK.split())
"""Words that no phrase begins or ends with."""


@dataclass(frozen=True)
class Gap:
    """A group of texts that may deserve a label.

    Attributes
    ----------
    name : str
        Suggested id, in snake_case.
    phrases : tuple of str
        What its texts say more than others do, the most telling first.
    places : tuple of int
        Of its texts in what was given, the most typical first.
    shown : tuple of int
        The few of them to show, no two alike.
    """

    name: str
    phrases: tuple[str, ...]
    places: tuple[int, ...]
    shown: tuple[int, ...]


def find_gaps(
    texts: Sequence[str], rows: Floats, least: int = 3, taken: Sequence[str] = ()
) -> list[Gap]:
    """Group texts by average linkage on the cosine, the largest group first.

    Parameters
    ----------
    texts : sequence of str
        N redacted ones that no label fits; of more than ``MOST`` the first are taken.
    rows : float32 array of shape (N, D)
        Unit vectors.
    least : int
        Texts of a group; smaller ones are left out.
    taken : sequence of str
        Labels that are there already, and so no names for a new one.
    """
    texts, rows = texts[:MOST], rows[:MOST]
    if len(texts) < max(least, 2):
        return []
    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=_APART, metric="cosine", linkage="average"
    )
    groups = model.fit_predict(rows)
    said = [_phrases(text) for text in texts]
    everywhere = Counter(phrase for phrases in said for phrase in phrases)
    found: list[Gap] = []
    names = set(taken)
    for group, size in Counter(groups.tolist()).most_common():
        if size < least:
            break
        places = _typical(rows, np.flatnonzero(groups == group))
        phrases = _telling([said[place] for place in places], everywhere, len(texts))
        name = next((n for p in phrases if (n := _snake(p)) not in names), f"gap_{len(found) + 1}")
        names.add(name)
        found.append(Gap(name, tuple(phrases[:3]), tuple(places), _unlike(rows, places)))
    return found


def _typical(rows: Floats, places: np.ndarray) -> list[int]:
    centre = rows[places].mean(axis=0)
    order = np.argsort(-(rows[places] @ centre), kind="stable")
    return [int(place) for place in places[order]]


def _unlike(rows: Floats, places: Sequence[int]) -> tuple[int, ...]:
    chosen: list[int] = []
    for place in places:
        if all(float(rows[place] @ rows[other]) < _ALIKE for other in chosen):
            chosen.append(place)
        if len(chosen) == _SHOWN:
            break
    return tuple(chosen)


def _phrases(text: str) -> set[str]:
    """Give the phrases of one to three words that neither begin nor end with an empty word."""
    words = [match.group().lower().replace("\u2019", "'") for match in _WORD.finditer(text)]
    runs = (words[n : n + size] for n in range(len(words)) for size in (1, 2, 3))
    return {" ".join(run) for run in runs if run and _stands(run)}


def _stands(run: list[str]) -> bool:
    ends = run[0] in _EMPTY or run[-1] in _EMPTY
    return not ends and not any(word.startswith("[") for word in run) and len(run[0]) > 2


def _telling(said: Sequence[set[str]], everywhere: Counter[str], total: int) -> list[str]:
    """Order phrases by how much more often the group says them than all do, longer ones first."""
    here = Counter(phrase for phrases in said for phrase in phrases)
    least = max(2, len(said) // 5)
    scores = {
        phrase: count * log(1 + total / everywhere[phrase]) * (1 + 0.3 * phrase.count(" "))
        for phrase, count in here.items()
        if count >= least
    }
    order = sorted(scores, key=lambda phrase: (-scores[phrase], phrase))
    kept: list[str] = []
    for phrase in order:
        if not any(phrase in other or other in phrase for other in kept):
            kept.append(phrase)
    return kept


def _snake(phrase: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", phrase).strip("_") or "gap"
