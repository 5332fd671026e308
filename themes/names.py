"""Names for themes, from the phrases that set them apart."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import log

from themes.phrases import phrases

Namer = Callable[[Sequence[str], Sequence[str]], str]
"""Hook for a language model: key phrases and representative texts to a name."""

KEPT = 8
"""Key phrases of a theme."""
_ENOUGH = 0.35
"""A phrase that this share of the texts holds names the theme alone."""


def ranked(candidates: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Order the phrases of a theme by how well they stand for its texts.

    Parameters
    ----------
    candidates : sequence of str
        By class-based TF-IDF, best first: what is more frequent here than elsewhere.
    texts : sequence of str
        The theme's.

    Returns
    -------
    list of str
        At most ``KEPT``. One that says no more than a better one is left out.
    """
    counts = Counter(said for text in texts for said in set(map(_stemmed, phrases(text))))
    values = {
        phrase: _support(counts[_stemmed(phrase)], len(texts))
        * _length_bonus(phrase)
        / log(place + 3)
        for place, phrase in enumerate(candidates)
    }
    kept: list[str] = []
    for phrase in sorted(values, key=lambda name: (-values[name], name)):
        if values[phrase] > 0 and not any(_alike(phrase, other) for other in kept):
            kept.append(phrase)
    return kept[:KEPT]


def _support(count: int, size: int) -> float:
    """Give the share of texts that hold a phrase; what one alone says is hardly the theme's."""
    return (count - 1 + _ALONE) / size if count else 0.0


_ALONE = 0.05


def _length_bonus(phrase: str) -> float:
    # Two words say what is wanted with what ("cancel policy"); one word seldom does.
    return (1.0, 3.0, 3.6)[phrase.count(" ")]


def _alike(first: str, second: str) -> bool:
    one, other = (set(_stemmed(phrase).split()) for phrase in (first, second))
    return one <= other or other <= one


def _stemmed(phrase: str) -> str:
    """Bring forms of a word together: "refunds", "refunded"; rough, and never shown."""
    return " ".join(map(_stem, phrase.split()))


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT:
            word = word.removesuffix(ending)
            break
    # "cancelled" and "cancel", "invoice" and "invoiced"
    doubled = len(word) > _ROOT and (word[-1] == "e" or word[-1] == word[-2])
    return word[:-1] if doubled else word


_ROOT = 3


def label(key_phrases: Sequence[str], texts: Sequence[str]) -> str:
    """Give a short name: the best phrase, and a second where it is one word or covers few texts."""
    if not key_phrases:
        return "Unnamed theme"
    first = key_phrases[0]
    mark = _stemmed(first)
    holding = sum(mark in map(_stemmed, phrases(text)) for text in texts)
    share = holding / max(len(texts), 1)
    alone = share >= _ENOUGH and " " in first
    chosen = [first] if alone else list(key_phrases[:2])
    return _capital(", ".join(chosen))


def distinct(labels: Sequence[str], key_phrases: Sequence[Sequence[str]]) -> list[str]:
    """Tell themes of one name apart by their next key phrase, or by a number."""
    given: list[str] = []
    for name, keys in zip(labels, key_phrases, strict=True):
        options = [name, *(f"{name}, {key}" for key in keys if key not in name.lower())]
        options += [f"{name} ({number})" for number in range(2, len(labels) + 2)]
        given.append(next(option for option in options if option not in given))
    return given


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
