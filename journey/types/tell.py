"""Names types in plain words by what sets them apart, and tells how their shares drift."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.stats import chi2_contingency

from domain.base import Record
from domain.interval import wilson
from journey.lenses.words import had, said
from journey.mining.markov import Floats
from journey.types.choose import Trial
from journey.types.methods import Fitted
from journey.types.sample import Ints, Sample

APART = 3
"""Features that name a type."""
EXAMPLES = 5
COMMON = 0.2
"""A feature that fewer journeys have, here and elsewhere, names nothing."""


class Feature(Record):
    """What sets a type apart from the other journeys."""

    words: str
    here: float
    """Share of the type's journeys that have it …"""
    elsewhere: float
    """… and of all others."""
    lacks: bool
    """It is set apart by having it less often than the others."""


class KindTold(Record):
    """One type."""

    number: int
    name: str
    journeys: int
    share: float
    low: float
    high: float
    contacts: float
    effort: float
    """Means."""
    path: tuple[str, ...]
    """The most frequent one."""
    features: tuple[Feature, ...]
    examples: tuple[str, ...]


class Drift(Record):
    """Shares of the types in the older and the newer half of the journeys."""

    before: tuple[float, ...]
    after: tuple[float, ...]
    index: float
    """Population stability index: below 0.1 nothing to speak of, above 0.25 a change."""
    p_value: float | None
    """Chi-square; how often chance alone gives a difference like it. None with one type."""
    words: str


class TypesTold(Record):
    """All types, and how they were chosen."""

    method: str
    journeys: int
    agreement: float
    """With types found in other halves of the data; 1 is perfect, 0 is chance."""
    stable: bool
    trials: tuple[dict[str, float | int | str], ...]
    kinds: tuple[KindTold, ...]
    drift: Drift | None


def tell(fitted: Fitted, sample: Sample, trials: Sequence[Trial]) -> TypesTold:
    """Tell the types of journeys, the most frequent first."""
    labels = fitted.assign(sample)
    chosen = [t for t in trials if (t.method, t.kinds) == (fitted.method, fitted.kinds)]
    agreement = chosen[0].agreement if chosen else 0.0
    told = [_kind(kind, labels, sample) for kind in range(fitted.kinds) if (labels == kind).any()]
    return TypesTold(
        method=fitted.method,
        journeys=len(sample.ids),
        agreement=agreement,
        stable=agreement >= 0.6,
        trials=tuple(vars(one) for one in trials),
        kinds=tuple(sorted(_unlike(told), key=lambda one: (-one.journeys, one.number))),
        drift=_drift(labels, fitted.kinds),
    )


def _kind(kind: int, labels: Ints, sample: Sample) -> KindTold:
    mine = labels == kind
    rows = np.flatnonzero(mine)
    low, high = wilson(len(rows), len(labels)) or (0.0, 1.0)
    paths = Counter(sample.paths[row] for row in rows)
    features = apart(mine, sample)
    return KindTold(
        number=kind,
        name=", ".join(feature.words for feature in features) or "like all others",
        journeys=len(rows),
        share=len(rows) / len(labels),
        low=low,
        high=high,
        contacts=float(sample.signals[rows, 0].mean()),
        effort=float(sample.signals[rows, 1].mean()),
        path=tuple(said(step) for step in max(sorted(paths), key=paths.__getitem__)),
        features=tuple(features),
        examples=tuple(sample.ids[row] for row in rows[:EXAMPLES]),
    )


def apart(mine: Ints, sample: Sample) -> list[Feature]:
    """Give the features by which a type differs most from the other journeys (Cohen's h)."""
    words, table = _features(sample)
    if mine.all():
        return []
    here, elsewhere = table[mine].mean(axis=0), table[~mine].mean(axis=0)
    size = 2 * np.abs(np.arcsin(np.sqrt(here)) - np.arcsin(np.sqrt(elsewhere)))
    size[np.maximum(here, elsewhere) < COMMON] = 0.0
    found: list[Feature] = []
    for place in np.argsort(-size, kind="stable"):
        if size[place] < 0.3 or len(found) == APART:
            break
        there = here[place] > elsewhere[place]
        text = words[place][0 if there else 1]
        found.append(
            Feature(words=text, here=here[place], elsewhere=elsewhere[place], lacks=not there)
        )
    return found


def _features(sample: Sample) -> tuple[list[tuple[str, str]], Floats]:
    """Give what journeys have or lack, in words for both."""
    names = sorted({step for path in sample.paths for step in path})
    words = [had(name) for name in names]
    held = [[float(name in steps) for name in names] for steps in map(set, sample.paths)]
    contacts, effort = sample.signals.T
    channels = [{s for s in path if s.startswith("contact:")} for path in sample.paths]
    back = [float(len(_runs(path)) > len(set(path))) for path in sample.paths]
    words += [
        ("several contacts", "one contact"),
        ("much effort", "little effort"),
        ("over several channels", "on one channel"),
        ("back to a step they had left", "straight on"),
    ]
    more = [contacts > 1, effort > np.median(effort), [len(c) > 1 for c in channels], back]
    return words, np.column_stack([np.array(held), *(np.array(m, dtype=float) for m in more)])


def _runs(path: Sequence[str]) -> list[str]:
    return [path[0], *(two for one, two in pairwise(path) if one != two)]


def _unlike(told: Sequence[KindTold]) -> list[KindTold]:
    """Give two types of the same name a number each."""
    names = [one.name for one in told]
    return [
        one
        if names.count(one.name) == 1
        else one.model_copy(update={"name": f"{one.name} ({names[:place].count(one.name) + 1})"})
        for place, one in enumerate(told)
    ]


def _drift(labels: Ints, kinds: int) -> Drift | None:
    middle = len(labels) // 2
    counts = np.array([np.bincount(p, minlength=kinds) for p in (labels[:middle], labels[middle:])])
    if not counts.sum(axis=1).all():
        return None
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    seen = counts[:, counts.sum(axis=0) > 0]
    p = float(chi2_contingency(seen).pvalue) if seen.shape[1] > 1 else None
    if p is None or p >= 0.05:
        words = "no change that chance could not make"
    else:
        words = "the mix has changed" if index >= 0.1 else "a small change of the mix"
    before, after = (tuple((row / row.sum()).tolist()) for row in counts)
    return Drift(before=before, after=after, index=index, p_value=p, words=words)
