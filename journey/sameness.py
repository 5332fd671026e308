"""How probable it is that two contacts are about one issue: a small logistic model.

Each weight says what one unit of a piece of evidence adds to the log-odds. They were
set by hand to what the evidence is worth, then adjusted on the tuning split of the
sample; the frozen split took no part. What is unknown (no vector, no reference) counts
for nothing, neither way.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from domain.conversation import Channel
from domain.journey import JoinPart
from journey.ending import settled_at
from journey.reading import Reading

WEIGHTS = {
    "base": -2.2,
    "same_reference": 3.0,
    "other_reference": -2.5,
    "intent_overlap": 1.9,
    "other_intent": -0.7,
    "text_similarity": 3.0,
    "shared_words": 0.6,
    "points_back": 1.0,
    "goes_on": 0.4,
    "names_staff": 1.8,
    "names_day": 1.0,
    "names_channel": 0.7,
    "unresolved": 0.9,
    "sets_apart": -2.5,
    "days_between": -0.8,
    "passed_over": -1.0,
}
"""Log-odds for one unit of each piece of evidence."""
SIMILARITY_BASE = 0.3
"""Cosine that two needs of one customer have by chance."""
OTHER_KIND = 0.7
"""A ticket beside an order is so much another reference as a second order would be."""
MAX_CUES = 2
"""More words that point back say no more than this many."""

Item = TypeVar("Item", str, int)
Floats = NDArray[np.float64]
_CHANNELS = tuple(Channel)
_DAY = 86_400.0


class Sameness:
    """Compares every contact with those that began before it.

    Parameters
    ----------
    readings : sequence of Reading
        In order of their start.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.size = len(readings)
        self.owner = np.array([r.owner.identity_id for r in readings])
        self.start = np.array([r.start.timestamp() for r in readings])
        self.end = np.array([r.end.at.timestamp() for r in readings])
        self.settled = np.array([_settled(r) for r in readings])
        self.needs, self.spaces = _needs(readings)
        self.languages = np.array([r.language for r in readings])
        self.intents = _intents(readings)
        references = _among(readings, lambda r: r.named)
        named = _incidence(readings, lambda r: r.named, references)
        said = _incidence(readings, lambda r: r.said, references)
        kinds = _incidence(readings, lambda r: r.kinds, _among(readings, lambda r: r.kinds))
        self.same_kinds = _in_common(kinds, kinds)
        self.said = np.array([len(r.said) for r in readings], float)
        self.same_references = _in_common(named, named)
        self.known_references = _in_common(said, named)
        staff = _among(readings, lambda r: r.staff)
        self.staff_named = _in_common(
            _incidence(readings, lambda r: r.opening, staff),
            _incidence(readings, lambda r: r.staff, staff),
        )
        words = _among(readings, lambda r: r.told)
        self.shared_words = _in_common(
            _incidence(readings, lambda r: r.told, words),
            _incidence(readings, lambda r: r.spoken - r.staff, words),
        )
        dates = sorted({day for r in readings for day in r.present})
        self.days_named = _in_common(
            _incidence(readings, lambda r: r.days, range(7)),
            _incidence(readings, lambda r: r.stood_for, range(7)),
        ) + _in_common(
            _incidence(readings, lambda r: r.dates, dates),
            _incidence(readings, lambda r: r.present, dates),
        )
        self.channel = np.array([_CHANNELS.index(r.contact.conversation.channel) for r in readings])
        self.spoken_of = np.array([[c in r.channels for c in _CHANNELS] for r in readings])
        self.points_back = np.array([min(r.points_back, MAX_CUES) for r in readings], float)
        self.goes_on = np.array([min(r.goes_on, MAX_CUES) for r in readings], float)
        self.sets_apart = np.array([r.sets_apart > 0 for r in readings], float)

    def gaps(self, later: int) -> Floats:
        """Seconds from the end of each earlier contact to the start of a later one.

        Returns
        -------
        ndarray of float64, shape (later,)
            0 where the earlier one still went on.
        """
        found: Floats = np.maximum(self.start[later] - self.end[:later], 0.0)
        return found

    def evidence(self, later: int) -> Floats:
        """Weigh a contact against all earlier ones.

        Returns
        -------
        ndarray of float64, shape (later, len(WEIGHTS))
            Values of the evidence, in the order of ``WEIGHTS``.
        """
        columns = {
            "base": np.ones(later),
            **self._references(later),
            **self._intent(later),
            "text_similarity": self._similarity(later),
            "shared_words": np.log1p(_earlier(self.shared_words, later)),
            "names_day": _earlier(self.days_named, later) > 0,
            "points_back": np.full(later, self.points_back[later]),
            "goes_on": np.full(later, self.goes_on[later]),
            "names_staff": _earlier(self.staff_named, later) > 0,
            "names_channel": self.spoken_of[later][self.channel[:later]],
            "unresolved": self.settled[:later] > self.start[later],
            "sets_apart": np.full(later, self.sets_apart[later]),
            "passed_over": self._passed_over(later),
            "days_between": np.log1p(self.gaps(later) / _DAY),
        }
        return np.column_stack([np.asarray(columns[name], float) for name in WEIGHTS])

    def _passed_over(self, later: int) -> Floats:
        """Mark the contacts after which the same customer has been in touch once more."""
        own = np.flatnonzero(self.owner[:later] == self.owner[later])
        latest = own[-1] if len(own) else -1
        return np.asarray(np.arange(later) < latest, float)

    def _references(self, later: int) -> dict[str, Floats]:
        same = _earlier(self.same_references, later) > 0
        said = max(self.said[later], 1.0)
        other = 1.0 - _earlier(self.known_references, later) / said
        both = (self.said[later] > 0) & (self.said[:later] > 0)
        comparable = np.where(_earlier(self.same_kinds, later) > 0, 1.0, OTHER_KIND) * both
        return {"same_reference": same, "other_reference": comparable * other}

    def _intent(self, later: int) -> dict[str, Floats]:
        if not self.intents.shape[1]:
            return {"intent_overlap": np.zeros(later), "other_intent": np.zeros(later)}
        overlap = np.minimum(self.intents[:later], self.intents[later]).max(axis=1)
        known = (self.intents[:later].any(axis=1)) & bool(self.intents[later].any())
        return {"intent_overlap": overlap, "other_intent": known * (1.0 - overlap)}

    def _similarity(self, later: int) -> Floats:
        same_space = (self.spaces[:later] == self.spaces[later]) & (self.spaces[later] >= 0)
        likeness = self.needs[:later] @ self.needs[later] - SIMILARITY_BASE
        # Texts of two languages lie apart in most spaces: that is no evidence against.
        floor = np.where(self.languages[:later] == self.languages[later], -np.inf, 0.0)
        found: Floats = np.where(same_space, np.maximum(likeness, floor), 0.0)
        return found


def probability(evidence: Floats) -> Floats:
    """Turn evidence into the probability of one issue.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n, len(WEIGHTS))

    Returns
    -------
    ndarray of float64, shape (n,)
        From 0 to 1.
    """
    found: Floats = 1.0 / (1.0 + np.exp(-(evidence @ np.array(list(WEIGHTS.values())))))
    return found


def parts(evidence: Floats) -> tuple[JoinPart, ...]:
    """Name the pieces of evidence of one comparison that count for anything."""
    pairs = zip(WEIGHTS.items(), evidence, strict=True)
    return tuple(
        JoinPart(name=name, value=round(float(value), 4), weight=weight)
        for (name, weight), value in pairs
        if value
    )


def _settled(reading: Reading) -> float:
    at = settled_at(reading.contact.conversation)
    return np.inf if at is None else at.timestamp()


def _needs(readings: Sequence[Reading]) -> tuple[Floats, NDArray[np.int64]]:
    """Stack the vectors; a contact without one stands in no space (-1)."""
    names = sorted({r.contact.space or "" for r in readings if r.contact.need})
    width = max((len(r.contact.need or ()) for r in readings), default=0)
    needs = np.zeros((len(readings), width))
    spaces = np.full(len(readings), -1)
    for row, reading in enumerate(readings):
        if reading.contact.need:
            needs[row, : len(reading.contact.need)] = reading.contact.need
            spaces[row] = names.index(reading.contact.space or "")
    return needs, spaces


def _intents(readings: Sequence[Reading]) -> Floats:
    labels = sorted({label for r in readings for label in r.intents})
    return np.array([[r.intents.get(label, 0.0) for label in labels] for r in readings], float)


def _among(readings: Sequence[Reading], items: Callable[[Reading], Iterable[str]]) -> list[str]:
    return sorted({item for r in readings for item in items(r)})


def _incidence(
    readings: Sequence[Reading],
    items: Callable[[Reading], Iterable[Item]],
    among: Sequence[Item],
) -> csr_matrix:
    """Mark which contact has which item: one row a contact, one column an item."""
    column = {item: n for n, item in enumerate(among)}
    cells = [(row, column[i]) for row, r in enumerate(readings) for i in items(r) if i in column]
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    shape = (len(readings), len(column))
    return csr_matrix((np.ones(len(cells)), (rows, columns)), shape=shape)


def _in_common(one: csr_matrix, other: csr_matrix) -> csr_matrix:
    """Count the items that each row of one has in common with each row of the other."""
    return (one @ other.T).tocsr()


def _earlier(counts: csr_matrix, later: int) -> Floats:
    """Give one row of counts up to its diagonal."""
    row = np.zeros(counts.shape[1])
    cells = slice(counts.indptr[later], counts.indptr[later + 1])
    row[counts.indices[cells]] = counts.data[cells]
    return row[:later]
