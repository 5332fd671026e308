"""Texts and their vectors to themes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from domain.base import stable_id
from domain.theme import Teller
from themes import names
from themes.assign import DEPTH, Assigner, fit_assigner, least
from themes.consensus import Earlier
from themes.families import families, parents
from themes.languages import foreign, parted
from themes.model import Theme, ThemeModel
from themes.names import Saying
from themes.phrases import roots, words_of
from themes.proper import Proper
from themes.sample import FIT_LIMIT, choose
from themes.socket import Consensus
from themes.space import Floats, Ints, centred, middle
from themes.stability import stabilities
from themes.topics import key_words

FEWEST = 2 * DEPTH
"""Distinct texts below which there are no themes."""
_EXAMPLES = 5
_BEST = 3
"""Key phrases that the first example should hold."""


@dataclass(frozen=True)
class Discovery:
    """How themes are looked for. None of it sets their number.

    Attributes
    ----------
    seed : int
        Of all that is drawn by chance.
    fit_limit : int
        Distinct texts that are fitted at most; time and memory go by it. The rest is assigned.
    namer : callable or None
        Hook that names a theme from its key phrases and examples; where it gives nothing, and
        without it, the name is found in the texts.
    """

    seed: int = 0
    fit_limit: int = FIT_LIMIT
    namer: Callable[[Sequence[str], Sequence[str]], str] | None = None


def discover(
    texts: Sequence[str],
    vectors: Floats,
    space: str,
    how: Discovery | None = None,
    earlier: Earlier | None = None,
    tellers: Sequence[Teller] | None = None,
) -> ThemeModel:
    """Find the themes of texts.

    The same texts in any order, in one process or another, give the same model.

    Parameters
    ----------
    texts : sequence of str
        Reasons for contact, redacted; N of them.
    vectors : float32 array of shape (N, D)
        Of length 1; rows of zeros are left out.
    space : str
        Version of the embedding space.
    how : Discovery, optional
    earlier : Earlier, optional
        What the model before said of the N texts, for a refit that stays put.
    tellers : sequence of Teller, optional
        Who told each of the N texts: names stand on what several people say. Without it each
        text counts as a person's of its own.

    Returns
    -------
    ThemeModel
        Without themes where fewer than ``FEWEST`` texts differ.
    """
    how = how or Discovery()
    spoken = np.flatnonzero(vectors.any(axis=1)).astype(np.int64)
    rows = spoken[choose([texts[row] for row in spoken.tolist()], how.fit_limit)]
    chosen = [texts[row] for row in rows.tolist()]
    # One thread, so that sums are made in one order.
    with threadpool_limits(1):
        mean = middle(vectors[rows]) if len(rows) else np.zeros(vectors.shape[1], np.float32)
        unit = centred(vectors[rows], mean)
        if len(rows) < FEWEST:
            return ThemeModel((), fit_assigner(unit, mean, _none(len(rows))), space, 0.0)
        if earlier is not None:
            earlier = replace(earlier, labels=earlier.labels[rows])
        socket = Consensus(how.seed, earlier=earlier).fit(unit)
        told = [
            Teller(person=text) if tellers is None else tellers[row]
            for row, text in zip(rows.tolist(), chosen, strict=True)
        ]
        codes = [teller.language for teller in told]
        labels = parted(socket.labels_, codes, least(len(rows)))
        candidates = key_words(chosen, labels)
        assigner = fit_assigner(unit, mean, labels)
        level = socket.grouping_.chosen
        sayings = [Saying(text, teller) for text, teller in zip(chosen, told, strict=True)]
        found = _themes(sayings, unit, assigner, candidates, how)
        kept = stabilities(labels, level.parts)
        themes = tuple(
            replace(theme, stability=round(float(value), 3))
            for theme, value in zip(found, kept, strict=True)
        )
        return ThemeModel(
            themes, assigner, space, round(level.stability, 3), round(level.resolution, 4)
        )


def _none(count: int) -> Ints:
    return np.full(count, -1, np.int64)


def _themes(
    sayings: Sequence[Saying],
    unit: Floats,
    assigner: Assigner,
    candidates: Sequence[Sequence[str]],
    how: Discovery,
) -> list[Theme]:
    labels, texts = assigner.bank_themes, [saying.text for saying in sayings]
    members = [np.flatnonzero(labels == place) for place in range(len(candidates))]
    own = [[sayings[row] for row in rows.tolist()] for rows in members]
    proper = Proper(texts)
    keys = [names.ranked(words, mine, proper) for words, mine in zip(candidates, own, strict=True)]
    phrases = [tuple(key.form for key in some) for some in keys]
    shown = [
        _telling_first(_examples(texts, unit, rows), words)
        for rows, words in zip(members, keys, strict=True)
    ]
    every = [saying.teller.language for saying in sayings]
    spoken = [foreign([one.teller.language for one in mine], every) for mine in own]
    given = [
        names.label(some, mine, language)
        for some, mine, language in zip(keys, own, spoken, strict=True)
    ]
    if how.namer:
        asked = zip(phrases, shown, given, strict=True)
        given = [how.namer(some, examples) or name for some, examples, name in asked]
    given = names.distinct(given, phrases)
    sizes = [len(rows) for rows in members]
    apart = {name for name, language in zip(given, spoken, strict=True) if language is not None}
    # Themes of other languages are alike by language, not by what they are about.
    above = [
        None if {name, parent} & apart else parent
        for name, parent in zip(given, parents(families(unit, labels), given, sizes), strict=True)
    ]
    return [
        Theme(_new_id([one.text for one in mine]), name, some, tuple(quoted), size, 0.0, parent)
        for mine, name, some, quoted, size, parent in zip(
            own, given, phrases, shown, sizes, above, strict=True
        )
    ]


def _new_id(texts: Sequence[str]) -> str:
    """Give an id to a theme that has no ancestor: from its texts, so that reruns agree."""
    return stable_id("thm", *sorted(texts))


def _telling_first(examples: Sequence[str], keys: Sequence[names.Key]) -> list[str]:
    """Order examples by how many of the theme's best phrases they hold: the first stands for it."""
    best = [roots(key.form) for key in keys[:_BEST]]
    return sorted(examples, key=lambda text: -sum(words_of(text) >= key for key in best))


def _examples(texts: Sequence[str], unit: Floats, rows: Ints) -> list[str]:
    """Choose texts near the middle of a theme that are not all alike (Carbonell 1998)."""
    middle_of = unit[rows].mean(axis=0)
    central = unit[rows] @ middle_of
    pool = rows[np.argsort(-central, kind="stable")[: 4 * _EXAMPLES]]
    relevance, alike = unit[pool] @ middle_of, unit[pool] @ unit[pool].T
    chosen = [0]
    while len(chosen) < min(_EXAMPLES, len(pool)):
        value = 0.6 * relevance - 0.4 * alike[:, chosen].max(axis=1)
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return [texts[row] for row in pool[chosen].tolist()]
